"""The account after a ticket: history, and what is held (rules.md section 5)."""

from collections.abc import Mapping
from datetime import date

import msgspec

from rules.account import Account, Holding
from rules.decision import Decision
from rules.lifetime import usable_until
from rules.programme.model import Programme
from rules.ticket import Ticket


def fold(account: Account, ticket: Ticket, decision: Decision) -> Account:
    """`account` after `ticket` was closed with `decision`.

    The lot of the n-th contribution is named by `born_as`. Burns draw lots that are usable on the day, the first to
    expire first; what no known lot covers lowers the balance alone.
    """
    if account.member is None:
        return account
    holdings = account.holdings
    change: dict[str, int] = {}
    usable: dict[str, int] = {}
    for burn in decision.burns:
        holdings = drawn(holdings, burn.asset, burn.quantity, decision.bdate)
        _add(change, burn.asset, -burn.quantity)
        _add(usable, burn.asset, -burn.quantity)
    born = []
    for n, given in enumerate(decision.contributions):
        lot = born_as(ticket.id, n)
        born.append(
            Holding(given.asset, lot, given.quantity, decision.bdate, given.available_on, given.last_day)
        )
        _add(change, given.asset, given.quantity)
        if given.available_on <= decision.bdate:
            _add(usable, given.asset, given.quantity)
    return msgspec.structs.replace(
        remember(account, decision),
        holdings=(*holdings, *born),
        balance=balance_after(account, change),
        usable=None if account.usable is None else _summed(account.usable, usable),
    )


def born_as(ticket: str, n: int) -> str:
    """Name of the lot of the n-th contribution of a ticket that nobody has numbered yet."""
    return f"{ticket}:{n}"


def remember(account: Account, decision: Decision) -> Account:
    """`account` with the history after `decision`: visits, counters and tier. What is held stays as it was."""
    return msgspec.structs.replace(
        _visited(account, decision),
        state=decision.state,
        tier=decision.tier,
        tier_since=account.tier_since if decision.tier == account.tier else decision.bdate,
    )


def expire(account: Account, day: date, programme: Programme | None = None) -> Account:
    """`account` without the lots whose last usable day lies before `day`.

    With `programme` also without the points of a member who has not come for too long; what a till may spend
    (`usable`) then falls to what is left.
    """
    gone: dict[str, int] = {}
    left = []
    for holding in account.holdings:
        last = holding.last_day if programme is None else usable_until(holding, account, programme)
        if last < day:
            _add(gone, holding.asset, -holding.quantity)
        else:
            left.append(holding)
    if not gone:
        return account
    alive = msgspec.structs.replace(account, holdings=tuple(left), balance=balance_after(account, gone))
    usable = account.usable
    if programme is None or usable is None:
        return alive
    most = {asset: sum([one.quantity for one in left if one.asset == asset]) for asset in gone}
    return msgspec.structs.replace(
        alive, usable={asset: min(quantity, most.get(asset, quantity)) for asset, quantity in usable.items()}
    )


def take(account: Account, asset: str, quantity: int, day: date) -> Account:
    """`account` less `quantity` of `asset`, out of the lots usable on `day`."""
    holdings = drawn(account.holdings, asset, quantity, day)
    return msgspec.structs.replace(
        account, holdings=holdings, balance=balance_after(account, {asset: -quantity})
    )


def drawn(holdings: tuple[Holding, ...], asset: str, quantity: int, day: date) -> tuple[Holding, ...]:
    """`holdings` less `quantity` of `asset` out of lots usable on `day`, by (last day, day earned, lot)."""
    mine = [h for h in holdings if h.asset == asset and h.available_on <= day <= h.last_day]
    left, taken = quantity, {}
    for holding in sorted(mine, key=lambda h: (h.last_day, h.earned_on, h.lot.encode())):
        taken[holding.lot] = min(left, holding.quantity)
        left -= taken[holding.lot]
        if not left:
            break
    return tuple(
        [
            holding
            if holding.asset != asset or not taken.get(holding.lot)
            else msgspec.structs.replace(holding, quantity=holding.quantity - taken[holding.lot])
            for holding in holdings
            if holding.asset != asset or taken.get(holding.lot, -1) != holding.quantity
        ]
    )


def _visited(account: Account, decision: Decision) -> Account:
    """Count a visit: a business date with at least one ticket that counts."""
    day = decision.bdate
    last = account.last_visit
    if not decision.counted or last == day:
        return account
    first = account.first_visit
    return msgspec.structs.replace(
        account,
        visits=account.visits + 1,
        first_visit=day if first is None else min(first, day),
        last_visit=day if last is None else max(last, day),
    )


def balance_after(account: Account, change: Mapping[str, int]) -> dict[str, int]:
    """The balance of `account` after `change`; what it does not tell of an asset is what is held of it."""
    known = dict(account.balance)
    for asset in change:
        if asset not in known:
            known[asset] = sum([h.quantity for h in account.holdings if h.asset == asset])
    return _summed(known, change)


def _summed(before: Mapping[str, int], change: Mapping[str, int]) -> dict[str, int]:
    return {asset: before.get(asset, 0) + change.get(asset, 0) for asset in sorted({*before, *change})}


def _add(sums: dict[str, int], asset: str, quantity: int) -> None:
    sums[asset] = sums.get(asset, 0) + quantity
