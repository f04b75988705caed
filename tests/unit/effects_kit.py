"""What a reader of the effects log adds up, beside what stands in the books."""

from collections import Counter

from sync.ledger.effect import Placed
from sync.ledger.port import Transaction
from sync.shares import is_shared


async def whole_log(tx: Transaction, page: int = 1000) -> tuple[Placed, ...]:
    """All effects, read page by page from the beginning."""
    found: list[Placed] = []
    while more := await tx.effects(found[-1].pos if found else 0, page):
        found += more
    return tuple(found)


async def untold(tx: Transaction) -> list[str]:
    """Members and assets of which a reader of all effects would know another balance than the books."""
    sums = added_up(await whole_log(tx))
    wrong = []
    for member in await tx.members():
        if is_shared(member):
            continue  # what a campaign or a store has is no effect on a member
        held: Counter[str] = Counter()
        for lot in await tx.all_lots(member):
            held[lot.asset] += lot.available + lot.granted
        for debt in (await tx.member_data(member)).owed:
            held[debt.asset] -= debt.quantity
        for asset in sorted({*held, *sums.get(member, ())}):
            told = sums.get(member, Counter())[asset]
            if held[asset] != told:
                wrong.append(f"member {member} has {held[asset]} {asset}, readers were told {told}")
    return wrong


def added_up(effects: tuple[Placed, ...]) -> dict[int, Counter[str]]:
    """Gains less losses by member and asset; who was merged is counted with whom it was merged into."""
    sums: dict[int, Counter[str]] = {}
    for one in effects:
        mine = sums.setdefault(one.member, Counter())
        if one.what == "merged":
            sums.setdefault(int(one.detail), Counter()).update(sums.pop(one.member))
        elif one.what in ("gain", "loss"):
            mine[one.asset] += one.quantity if one.what == "gain" else -one.quantity
    return sums
