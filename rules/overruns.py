"""What tills without a line may give beyond budgets, counted gifts and daily limits, where a programme says so."""

from collections.abc import Iterator
from decimal import Decimal

import msgspec

from rules.kinds.burn_gift import KIND as GIFTS
from rules.kinds.burn_gift import stock_key
from rules.kinds.transition import BURN_LIMIT, transition_of
from rules.programme.model import Budget, Programme
from rules.programme.values import units_from


class Overrun(msgspec.Struct, frozen=True):
    """Most `units` (cents with `money`) that one till may give beyond a shared counter; each day anew with `daily`."""

    counter: str
    units: int
    money: bool = False
    daily: bool = False


def overruns_of(programme: Programme) -> tuple[Overrun, ...]:
    """All that the programme allows, in the order of its rules."""
    return tuple(_overruns(programme))


def _overruns(programme: Programme) -> Iterator[Overrun]:
    for rule in programme.rules:
        if rule.budget is not None and rule.budget.overrun:
            yield Overrun(Budget.key(rule.id), rule.budget.overrun, money=rule.budget.money)
        if rule.kind is GIFTS and rule.table.overrun is not None:
            yield Overrun(stock_key(rule.id), rule.table.overrun)
    table = transition_of(programme)
    if table is not None and table.overrun is not None:
        money = isinstance(table.overrun, Decimal)
        yield Overrun(BURN_LIMIT, units_from(table.overrun), money=money, daily=True)
