"""What tills without a line may give beyond shared counters, where a programme says so (ledger-and-sync.md 4.4).

It is lent to them ahead, like their shares: units of an asset of its own, as many as tills times what one of them may
give, less what is owed already. What a till takes of it the campaign or the store owes until it has units again, and
only then is it lent anew. So together they never owe more than was said when the programme was published.
"""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import msgspec

from rules.account import FOREVER, POINTS
from rules.kinds.burn_gift import KIND as GIFTS
from rules.kinds.burn_gift import stock_key
from rules.kinds.transition import BURN_LIMIT, transition_of
from rules.overruns import Overrun, overruns_of
from rules.programme.model import Budget, Programme
from rules.tools.offers import worth
from sync.ledger.shares import DAYS_AHEAD, change, lots_of, open_books, save_shares
from sync.ledger.work import Work
from sync.shares import asset_of, campaign_account, counters_of, overrun_asset


class Bound(msgspec.Struct, frozen=True):
    """What `overrun` may come to in all while every one of `tills` is off line: `total`, in its unit."""

    overrun: Overrun
    tills: int
    total: int


async def bounds(work: Work, programme: Programme) -> tuple[Bound, ...]:
    """The worst case of everything that tills may give beyond the shared counters of a programme."""
    tills = await work.tx.count_tills()
    return tuple([Bound(one, tills, tills * one.units) for one in overruns_of(programme)])


async def lend_campaign(work: Work, programme: Programme) -> None:
    """Lend what tills may give beyond what the whole chain counts, as a programme that is published says."""
    account = campaign_account(programme.header.id)
    shared = counters_of(programme, "")
    mine = [one for one in overruns_of(programme) if shared[one.counter] == account]
    if mine:
        await _lend(work, account, "", mine, date.min)


async def lend_all(work: Work) -> None:
    """Lend it for every store and campaign, under the programmes in force: to new tills too, and what was repaid."""
    found: dict[int, tuple[str, date, dict[str, Overrun]]] = {}
    for row in await work.tx.stores():
        moment = await work.moment(row.store, work.now_ms)
        programme = await work.programme_on(moment.bdate, row.store)
        if programme is None:
            continue
        today = (await work.moment(row.store, work.now_ms, programme)).bdate
        campaign, accounts = campaign_account(programme.header.id), counters_of(programme, row.store)
        for one in overruns_of(programme):
            account = accounts[one.counter]
            store = "" if account == campaign else row.store
            _, _, wanted = found.setdefault(account, (store, today, {}))
            wanted[one.counter] = max(wanted.get(one.counter, one), one, key=lambda other: other.units)
    for account, (store, today, wanted) in sorted(found.items()):
        await _lend(work, account, store, wanted.values(), today)


async def _lend(work: Work, account: int, store: str, overruns: Iterable[Overrun], today: date) -> None:
    books = await open_books(work, account, store)
    tills = len(await work.tx.open_tills(store))
    for one in overruns:
        for asset, last_day in _assets(one, today):
            lent = overrun_asset(asset)
            owed = sum([debt.quantity for debt in books.owed.values() if debt.asset == asset])
            there = sum([lot.available + lot.granted for lot in await lots_of(work, books, lent)])
            await change(work, books, lent, max(0, tills * one.units - owed) - there, last_day)
    if books.postings:
        await save_shares(work, books)


def _assets(one: Overrun, today: date) -> Iterator[tuple[str, date]]:
    """The assets that a counter stands for from `today` on, each with its last day."""
    if not one.daily:
        yield one.counter, FOREVER
    for ahead in range(DAYS_AHEAD if one.daily else 0):
        day = today + timedelta(days=ahead)
        yield asset_of(one.counter, day), day


async def unit_worth(work: Work, ticket: str, asset: str) -> Fraction | None:
    """Cents that a unit of a shared counter is worth, by the programme of a ticket; None where it does not tell."""
    sale = await work.tx.sale(ticket)
    programme = None if sale is None else await work.programme(sale.programme)
    return None if programme is None else _worth(programme, asset)


def _worth(programme: Programme, asset: str) -> Fraction | None:
    for rule in programme.rules:
        if rule.kind is GIFTS and asset == stock_key(rule.id):
            return Fraction(rule.table.value) or None
        if rule.budget is not None and rule.budget.money and asset == Budget.key(rule.id):
            return Fraction(1)
    table = transition_of(programme)
    if table is not None and isinstance(table.burn_limit, Decimal) and asset.startswith(BURN_LIMIT):
        return Fraction(1)
    return worth(programme, {}).get(POINTS)
