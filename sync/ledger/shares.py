"""Shared counters at the centre: what a campaign or a store has in all, and the shares of it that tills hold.

Half of what is left stays here. A till that has used up half of its share is given more with the next look; what lies
at a till that never comes back is written off with it, like any grant.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from rules.account import FOREVER
from rules.history.counters import budgets_of, burn_limit
from rules.kinds.transition import BURN_LIMIT
from rules.programme.model import Programme
from sync.entry import Draw, TicketBody
from sync.ledger.books import AVAILABLE, BURNED, OUTSIDE, Books, Origin, Why
from sync.ledger.debits import credit, draw, expire, lift_burn, put_back
from sync.ledger.grants import LEASE, Sign, issue
from sync.ledger.records import Incarnation, Lot, MemberRecord, Owed
from sync.ledger.taken import Taken
from sync.ledger.task import Task
from sync.ledger.work import Work
from sync.shares import (
    asset_of,
    campaign_account,
    counter_of,
    counters_of,
    is_allowance,
    is_overrun,
    is_shared,
    overdrawn,
    store_account,
)
from sync.wire import Want

DAYS_AHEAD = 3
"""A till without a line has its part of a daily limit for so many days."""


async def fund_budgets(work: Work, programme: Programme) -> None:
    """Give the campaigns of a programme what their budgets say, less or more with a new version."""
    totals = budgets_of([programme])
    if totals:
        books = await open_books(work, campaign_account(programme.header.id), "")
        for counter, total in totals.items():
            held = sum([lot.quantity for lot in await lots_of(work, books, counter)])
            await change(work, books, counter, total - held, FOREVER)
        await save_shares(work, books)


async def count_gift(work: Work, programme: Programme, store: str, counter: str, left: int) -> None:
    """Say that `left` of a gift are there, at tills and in the back. Raises KeyError where nobody counts it so."""
    account = counters_of(programme, store)[counter]
    books = await open_books(work, account, store)
    held = sum([lot.available + lot.granted for lot in await lots_of(work, books, counter)])
    await change(work, books, counter, left - held, FOREVER)
    await save_shares(work, books)


async def fund_stores(work: Work) -> None:
    """Give every store what it may redeem today and on the days to come, where a move to a new programme limits it.

    Of each day the programme that will be in force says how much: less or more with a new version, as for a budget.
    """
    stores = [row.store for row in await work.tx.stores()]
    for store in sorted(stores, key=store_account):  # as a push holds them: so nobody waits in a circle
        limits = await _limits(work, store)
        if limits:
            await _fund_days(work, store, limits)


async def _limits(work: Work, store: str) -> dict[date, int]:
    today = await work.business_day(store, work.now_ms)
    limits: dict[date, int] = {}
    for day in [today + timedelta(days=ahead) for ahead in range(DAYS_AHEAD)]:
        programme = await work.programme_on(day, store)
        limit = None if programme is None else burn_limit(programme)
        if limit is not None:
            limits[day] = limit
    return limits


async def _fund_days(work: Work, store: str, limits: Mapping[date, int]) -> None:
    books = await open_books(work, store_account(store), store)
    for day, limit in limits.items():
        asset = asset_of(BURN_LIMIT, day)
        held = sum([lot.quantity for lot in await lots_of(work, books, asset)])
        await change(work, books, asset, limit - held, day)
    if books.postings:
        await save_shares(work, books)


async def review_shares(work: Work, sign: Sign, account: int) -> None:
    """Give every till that has too little its share of what is left."""
    for data in await work.tx.open_books((account,), (), ()):
        tills = await work.tx.open_tills(data.record.store)
        centre = await _centre(work, data.record.store)
        short = [till for till in tills if _wants(Books(data, centre), till, len(tills))]
        for till in short:  # before the account, as a push does: so nobody waits in a circle
            await work.tx.incarnation(till.dev, till.inc)
        await _give_shares(work, sign, data.record, short, len(tills))


async def _give_shares(
    work: Work, sign: Sign, account: MemberRecord, short: Sequence[Incarnation], tills: int
) -> None:
    books = Books(await work.tx.member_data(account.member), await _centre(work, account.store))
    issued = False
    for till in short:
        wants = _wants(books, till, tills)
        gno, _ = await issue(work, till, books, LEASE, "", wants, sign) if wants else (0, 0)
        if gno:
            issued = True
            await work.tx.log(f"device:{till.dev}", f"grant:{till.inc}:{gno}")
    if issued:
        await work.tx.save_data(books.changes())


def _wants(books: Books, till: Incarnation, tills: int) -> list[Want]:
    """What one of so many tills has too little of."""
    assets = sorted({lot.asset for lot in books.lots.values() if lot.available})
    return [want for asset in assets if (want := _want(books, till, asset, tills)) is not None]


def _want(books: Books, till: Incarnation, asset: str, tills: int) -> Want | None:
    free = sum([lot.available for lot in books.free_lots(asset)])
    mine = {g.id for g in books.grants.values() if (g.dev, g.inc) == (till.dev, till.inc)}
    held = sum([piece.rem for piece in books.slices.values() if piece.asset == asset and piece.id in mine])
    leased = sum([piece.rem for piece in books.slices.values() if piece.asset == asset])
    if is_overrun(
        asset
    ):  # nothing of it is kept here: who is cut off has all that it may give beyond its share
        share = -(-(free + leased) // tills)
        return Want(asset, share - held) if free and held < share else None
    share = max(1, (free + leased) // (2 * tills))
    return Want(asset, share - held) if free and held * 2 < share else None


async def take_shares(work: Work, task: Task, draws: Sequence[Draw], programme: Programme) -> None:
    """Book what a ticket took of shared counters; what no share of its till covers is owed, and counted as overrun.

    So is what `programme` let a till give beyond its share.
    """
    for books, mine in await _books_of(work, task, draws, programme):
        for one in mine:
            asset = overdrawn(one.asset)
            why = Why("BURN", task.ticket, asset)
            uncovered = draw(books, [one], BURNED, why)
            missing = one.quantity if is_overrun(one.asset) else uncovered
            if missing and not is_allowance(books.member):  # what a member got too much of is honoured
                books.owe(Owed(0, asset, BURNED, missing, "", task.ticket, asset), why)
        await save_shares(work, books)


async def put_back_shares(work: Work, task: Task, sold: TicketBody, ticket: str) -> None:
    """Undo `take_shares` of a ticket that never was. What was beyond a share is repaid, and given out anew later on."""
    for books, mine in await _books_of(work, task, sold.shared, await work.programme(sold.programme)):
        for one in mine:
            why = Why("VOID", ticket, overdrawn(one.asset))
            rest = one.quantity if is_overrun(one.asset) else await _put_back(work, books, one, why)
            if rest:
                lift_burn(books, why.rule, rest, why)
        await save_shares(work, books)


async def free_shares(work: Work, task: Task, sold: TicketBody, ticket: str) -> None:
    """Undo `take_shares` of a ticket that moved to somebody else: its till keeps nothing of it, it is free again."""
    for books, mine in await _books_of(work, task, sold.shared, await work.programme(sold.programme)):
        taken = Taken(await work.tx.postings(books.member), ticket)
        for one in mine:
            why = Why("VOID", ticket, overdrawn(one.asset))
            rest = one.quantity if is_overrun(one.asset) else taken.free(books, [one], BURNED, why)
            if rest:
                lift_burn(books, why.rule, rest, why)
        await save_shares(work, books)


async def _put_back(work: Work, books: Books, one: Draw, why: Why) -> int:
    """What never came from the till's share. The many postings of a campaign are only read if there may be any.

    What a member got too much of is owed by nobody, so that only the postings tell.
    """
    if not is_allowance(books.member) and not books.debts(why.ticket, why.rule, why.rule, BURNED):
        return put_back(books, [one], BURNED, why)
    return Taken(await work.tx.postings(books.member), why.ticket).to_slices(books, [one], BURNED, why)


async def _books_of(
    work: Work, task: Task, draws: Sequence[Draw], programme: Programme | None
) -> list[tuple[Books, list[Draw]]]:
    """The books of the accounts whose shares are drawn on, in ascending order; a member's grant is none of these.

    Of a grant that was lost with a ledger `programme` says whose counter it was a share of. What a member is allowed
    is worked out anew from the history.
    """
    known = counters_of(programme, task.store) if draws and programme is not None else {}
    found: dict[int, list[Draw]] = {}
    for one in draws:
        grant = await work.tx.grant(one.grant)
        account = known.get(counter_of(overdrawn(one.asset)), 0) if grant is None else grant.member
        if is_shared(account):
            found.setdefault(account, []).append(one)
    origin = await task.origin(work)
    return [
        (await work.books(account, origin, [one.lot for one in mine]), mine)
        for account, mine in sorted(found.items())
    ]


async def open_books(work: Work, account: int, store: str) -> Books:
    """The books of a campaign or a store, begun where there are none."""
    if await work.tx.member(account) is None:
        await work.tx.save_member(MemberRecord(account, "active", None, store, None, b"", b"{}"))
    return await work.books(account, await _centre(work, store))


async def lots_of(work: Work, books: Books, asset: str) -> list[Lot]:
    """Every lot of an asset that there ever was."""
    return [lot for lot in await work.tx.all_lots(books.member) if lot.asset == asset]


async def change(work: Work, books: Books, asset: str, more: int, last_day: date) -> None:
    """Issue `more` units, or take back as many as are free when it is below 0."""
    why = Why("ADJUST")
    if more > 0:
        lot = Lot(await work.lot_name(), asset, more, books.origin.day, date.min, last_day, "ADJUST")
        books.issue(lot, AVAILABLE, why)
    for lot in books.free_lots(asset) if more < 0 else ():
        part = min(lot.available, -more)
        books.move(lot.lot, AVAILABLE, OUTSIDE, part, why)
        more += part


async def save_shares(work: Work, books: Books) -> None:
    """Write the books of a campaign or a store: credits repay, what has ended lapses, tills are looked at again.

    What a till gave back of what a member is allowed is gone: it is worked out anew when it is lent again.
    """
    if is_allowance(books.member):
        sweep(books)
    credit(books)
    expire(books, books.origin.day)
    await work.tx.save_data(books.changes())
    await work.tx.mark_due(books.member)


def sweep(books: Books) -> None:
    """Let everything that is free go."""
    for lot in list(books.lots.values()):
        books.move(lot.lot, AVAILABLE, OUTSIDE, lot.available, Why("ADJUST"))


async def _centre(work: Work, store: str) -> Origin:
    """What the ledger does by itself, today: the business date of a `store`, for the chain ("") the date in UTC."""
    return Origin(0, 0, 0, await work.today(store) if store else _day(work.now_ms))


def _day(now_ms: int) -> date:
    return datetime.fromtimestamp(now_ms / 1000, UTC).date()
