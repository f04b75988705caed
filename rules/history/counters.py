"""What members of a history draw on together: budgets of campaigns, and what a store may redeem a day during a move."""

from collections.abc import Mapping, Sequence
from datetime import date

from rules.account import FOREVER
from rules.history.versions import Version
from rules.kinds.burn_gift import KIND as GIFTS
from rules.kinds.burn_gift import stock_key
from rules.kinds.referral import REFERRAL
from rules.kinds.transition import BURN_LIMIT, transition_of
from rules.programme.model import Budget, Programme
from rules.programme.values import units_from

_PLENTY = 10**18


class Counters:
    """The shared counters of some programmes. Nobody counts the gifts of a shop here: there are always enough."""

    def __init__(self, programmes: Sequence[Programme]) -> None:
        self._left = budgets_of(programmes)
        self._limits = {one.sha256: limit for one in programmes if (limit := burn_limit(one)) is not None}
        self._days: dict[str, tuple[date, int]] = {}
        self.any = bool(self._left or self._limits)
        if self.any:
            rules = [rule for one in programmes for rule in one.rules if rule.kind is GIFTS]
            self._left |= {stock_key(rule.id): _PLENTY for rule in rules}

    def left(self, version: Version, store: str, day: date) -> Mapping[str, int] | None:
        """What a ticket of a store on a business date may still take; None where there is nothing to count."""
        if not self.any:
            return None
        limit = self._limits.get(version.programme.sha256)
        if limit is None:
            return self._left
        on, used = self._days.get(store, (FOREVER, 0))
        return {**self._left, BURN_LIMIT: max(0, limit - (used if on == day else 0))}

    def take(self, drawn: Mapping[str, int], store: str, day: date) -> None:
        """Count what a ticket took. A store's day begins with its first redemption, and the day before is over."""
        for counter, units in drawn.items():
            if counter == BURN_LIMIT:
                on, used = self._days.get(store, (day, 0))
                self._days[store] = day, (used if on == day else 0) + units
            elif counter in self._left:
                self._left[counter] -= units


def budgets_of(programmes: Sequence[Programme]) -> dict[str, int]:
    """What the campaigns may give in all, by counter."""
    return {Budget.key(rule.id): rule.budget.total for one in programmes for rule in one.rules if rule.budget}


def burn_limit(programme: Programme) -> int | None:
    """Points, or cents, that one store redeems a day while the move of `programme` lasts."""
    table = transition_of(programme)
    return None if table is None or table.burn_limit is None else units_from(table.burn_limit)


def refers(programme: Programme) -> bool:
    """Whether a ticket may give something to another member."""
    return any(rule.kind.name == REFERRAL for rule in programme.rules)


def joined(programmes: Sequence[Programme]) -> bool:
    """Whether members concern each other, so that all their records must be counted together, in the order of time."""
    return any(map(refers, programmes)) or Counters(programmes).any
