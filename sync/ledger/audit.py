"""Are the books sound? Conservation per lot and per member, and every column explained by its postings."""

from collections import Counter

from sync.ledger.books import AVAILABLE, BURNED, CLAWED, CONVERTED, EXPIRED, GRANTED
from sync.ledger.port import Transaction
from sync.ledger.records import Lot, MemberData, Posting

COLUMNS = (AVAILABLE, GRANTED, BURNED, CONVERTED, EXPIRED, CLAWED)
ISSUING = ("ACCRUE", "TOP_UP", "HONOUR", "ADJUST", "CONVERT", "VOID")


async def check(tx: Transaction) -> list[str]:
    """Everything that is wrong with the books, as sentences; empty when they are sound."""
    return [fault for member in await tx.members() for fault in await check_member(tx, member)]


async def check_member(tx: Transaction, member: int) -> list[str]:
    """What is wrong with the books of one member, as sentences."""
    lots = await tx.all_lots(member)
    data = await tx.member_data(member)
    postings = await tx.postings(member)
    faults = (
        *_lots(lots),
        *_slices(lots, data),
        *_postings(lots, postings),
        *_debts(data, postings),
        *_totals(lots, data, postings),
    )
    return [f"member {member}: {fault}" for fault in faults]


def _lots(lots: tuple[Lot, ...]) -> list[str]:
    wrong = []
    for lot in lots:
        parts = [getattr(lot, column) for column in COLUMNS]
        if min(parts) < 0:
            wrong.append(f"lot {lot.lot} has a column below 0")
        if sum(parts) != lot.quantity:
            wrong.append(f"lot {lot.lot} is {lot.quantity} but its columns sum to {sum(parts)}")
    return wrong


def _slices(lots: tuple[Lot, ...], data: MemberData) -> list[str]:
    held: Counter[str] = Counter()
    for piece in data.slices:
        held[piece.lot] += piece.rem
    return [
        f"lot {lot.lot} has {lot.granted} granted but slices of {held[lot.lot]}"
        for lot in lots
        if lot.granted != held[lot.lot]
    ]


def _postings(lots: tuple[Lot, ...], postings: tuple[Posting, ...]) -> list[str]:
    """Columns follow from postings alone."""
    sums: Counter[tuple[str, str]] = Counter()
    for posting in postings:
        if posting.lot and (posting.source or posting.target):
            sums[posting.lot, posting.source.partition(":")[0]] -= posting.quantity
            sums[posting.lot, posting.target.partition(":")[0]] += posting.quantity
    wrong = []
    for lot in lots:
        for column in COLUMNS:
            if getattr(lot, column) != sums[lot.lot, column]:
                wrong.append(
                    f"lot {lot.lot} has {getattr(lot, column)} {column}, postings say {sums[lot.lot, column]}"
                )
        if lot.quantity != -sums[lot.lot, ""]:
            wrong.append(f"lot {lot.lot} is {lot.quantity}, postings issued {-sums[lot.lot, '']}")
    return wrong


def _debts(data: MemberData, postings: tuple[Posting, ...]) -> list[str]:
    """What is owed is what was booked without a lot, less what was lifted or repaid."""
    booked: Counter[str] = Counter()
    for posting in postings:
        if not posting.lot:
            booked[posting.asset] += posting.quantity if posting.source == "owed" else -posting.quantity
    open_now: Counter[str] = Counter()
    for debt in data.owed:
        open_now[debt.asset] += debt.quantity
    repaid = _repaid(postings)
    return [
        f"{asset}: {booked[asset]} booked as owed, {repaid[asset]} repaid, {open_now[asset]} open"
        for asset in sorted({*booked, *open_now})
        if booked[asset] - repaid[asset] != open_now[asset]
    ]


def _repaid(postings: tuple[Posting, ...]) -> Counter[str]:
    repaid: Counter[str] = Counter()
    for posting in postings:
        if posting.cause == "REPAY" and posting.lot:
            undone = posting.target == AVAILABLE
            repaid[posting.asset] += -posting.quantity if undone else posting.quantity
    return repaid


def _totals(lots: tuple[Lot, ...], data: MemberData, postings: tuple[Posting, ...]) -> list[str]:
    """earned + honoured + adjusted + owed = balance + burned + converted + expired + clawed, per asset."""
    issued: Counter[str] = Counter()
    held: Counter[str] = Counter()
    for posting in postings:
        if posting.cause in ISSUING:
            sign = -1 if posting.target == "" and posting.source else 1
            if not posting.source or not posting.target:
                issued[posting.asset] += sign * posting.quantity
    for lot in lots:
        held[lot.asset] += sum(getattr(lot, column) for column in COLUMNS)
    owed: Counter[str] = Counter()
    for debt in data.owed:
        owed[debt.asset] += debt.quantity
        held[debt.asset] += debt.quantity
    return [
        f"{asset}: issued {issued[asset]} and owed {owed[asset]} do not explain {held[asset]}"
        for asset in sorted({*issued, *held})
        if issued[asset] + owed[asset] != held[asset]
    ]
