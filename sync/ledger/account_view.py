"""What a till may know of a member: the settled account with everything held, and where it is held."""

from collections.abc import Sequence
from datetime import date

from rules.account import FOREVER, POINTS, Account, Holding
from rules.kinds.tiers import tier_of
from rules.lifetime import quiet_until
from sync.field import DISPLAY, INCIDENT, NOTE, decrypt, encrypt
from sync.ledger.books import Books, Origin, replace
from sync.ledger.holds import held_elsewhere
from sync.ledger.records import Incarnation, MemberCard, MemberData, MemberRecord
from sync.ledger.work import Work, account_of
from sync.wire import MemberRow


async def member_rows(work: Work, till: Incarnation, members: Sequence[int], pos: int) -> list[MemberRow]:
    """Rows of several members for a till, all from the same read. Expiry and tier are counted for today."""
    rows = []
    for found, card in await work.tx.views(members):
        today = await work.today(till.store, found.record.programme)
        data = await _awake(work, found)
        account = await _account(work, data, today)
        display = await display_for(work, data.record, till.store)
        note = await note_for(work, data.record, till.store)
        complaint = await complaint_for(work, data.record, till.store)
        row = _row(data, card, account, till.dev, today)
        rows.append(replace(row, pos=pos, display=display, note=note, complaint=complaint))
    return rows


async def account_of_view(work: Work, data: MemberData, today: date) -> Account:
    """The settled account of a member as on `today`."""
    return await _account(work, await _awake(work, data), today)


async def display_for(work: Work, record: MemberRecord, store: str) -> bytes:
    """The name under the key of the store that asks: each store can read its own rows only."""
    return await _told_to(work, record, store, DISPLAY, record.display)


async def note_for(work: Work, record: MemberRecord, store: str) -> bytes:
    """The note in the same way."""
    return await _told_to(work, record, store, NOTE, record.note)


async def complaint_for(work: Work, record: MemberRecord, store: str) -> bytes:
    """What was noted of an incident, in the same way."""
    return await _told_to(work, record, store, INCIDENT, record.complaint)


async def _told_to(work: Work, record: MemberRecord, store: str, purpose: bytes, sealed: bytes) -> bytes:
    if record.store == store or not sealed:
        return sealed
    home, here = await work.store(record.store), await work.store(store)
    text = decrypt(home.scope_key, purpose, record.member, sealed)
    return encrypt(here.scope_key, purpose, record.member, text)


def _row(data: MemberData, card: MemberCard, account: Account, dev: int, today: date) -> MemberRow:
    books = _books(data, today)
    available: dict[str, int] = {}
    for lot in data.lots:
        if lot.available and lot.usable(today):
            available[lot.asset] = available.get(lot.asset, 0) + lot.available
    return MemberRow(
        member=data.record.member,
        cards=card.cards,
        contacts=card.contacts,
        display=b"",
        account=account,
        available=dict(sorted(available.items())),
        elsewhere=dict(sorted(held_elsewhere(books, dev, today).items())),
        pos=0,
        blocked=card.blocked,
        phone=card.phone,
    )


async def _awake(work: Work, data: MemberData) -> MemberData:
    """`data` in which points end on the day on which they lapse if the member stays away, posted or not."""
    programme = await work.programme(data.record.programme)
    if programme is None or quiet_until(programme, None, date.min) == FOREVER:
        return data
    visit = account_of(data.record, data.record.history).last_visit
    lots = [
        replace(lot, last_day=min(lot.last_day, quiet_until(programme, visit, lot.earned_on)))
        if lot.asset == POINTS
        else lot
        for lot in data.lots
    ]
    return replace(data, lots=tuple(lots))


def _books(data: MemberData, today: date) -> Books:
    return Books(data, Origin(0, 0, 0, today))


def _holdings(books: Books, today: date) -> tuple[Holding, ...]:
    """What the member has, first to be used first: not what a lot inside a grant is going to bear of a debt."""
    waiting = books.waiting()
    left = [
        lot.holding(lot.available + lot.granted - waiting.get(lot.lot, 0))
        for lot in sorted(books.lots.values(), key=lambda lot: lot.fifo)
        if lot.last_day >= today
    ]
    return tuple([holding for holding in left if holding.quantity])


async def _account(work: Work, data: MemberData, today: date) -> Account:
    books = _books(data, today)
    holdings = _holdings(books, today)
    balance: dict[str, int] = {}
    for holding in holdings:
        balance[holding.asset] = balance.get(holding.asset, 0) + holding.quantity
    account = replace(
        account_of(data.record, data.record.history),
        holdings=holdings,
        balance=dict(sorted(balance.items())),
        deficit=dict(sorted(books.deficit().items())),
    )
    programme = await work.programme(data.record.programme)
    if programme is None:
        return account
    tier = tier_of(account, programme, today)
    return account if tier == account.tier else replace(account, tier=tier, tier_since=None)
