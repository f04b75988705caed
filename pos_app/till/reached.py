"""The dearest reward for points that a balance pays for: said on arrival, and after a sale for the next visit. Pure."""

from collections.abc import Iterable
from typing import Final

from pos_app.languages.words import Words
from pos_app.till.labels import label
from rules.decision import Outcome, Reason
from rules.kinds.base import Phase
from rules.programme.model import Programme

# Another ticket does not get it either, or nobody can tell: nothing is promised.
_NO_PROMISE: Final = frozenset(
    {
        Reason.NOT_YET_VALID,
        Reason.ENDED,
        Reason.OUTSIDE_SCHEDULE,
        Reason.CONDITION_FALSE,
        Reason.FIELD_ABSENT,
        Reason.CAP_REACHED,
        Reason.BUDGET_SPENT,
        Reason.WRONG_STORE,
        Reason.WRONG_CHANNEL,
    }
)


def reached(programme: Programme, usable: int, outcomes: Iterable[Outcome]) -> str:
    """The dearest reward for points that `usable` pays for and that only this ticket kept away; "" without one."""
    kept = {one.rule for one in outcomes if one.reason in _NO_PROMISE}
    prices = {
        rule.id: price
        for rule in programme.rules
        if rule.kind.phase is Phase.BURN and rule.kind.progress is not None and rule.id not in kept
        if (price := getattr(rule.table, "points", 0)) > 0
    }
    within = [rule for rule, price in prices.items() if price <= usable]
    return max(within, key=lambda rule: prices[rule], default="")


def reached_text(programme: Programme, usable: int, outcomes: Iterable[Outcome], words: Words) -> str:
    """The same on arrival, with the smallest ticket it takes; "" without one."""
    found = reached(programme, usable, outcomes)
    rule = programme.rule(found) if found else None
    if rule is None:
        return ""
    name = label(programme, found, words)
    if rule.min_basket:
        return words("{label}: usable from {amount}", amount=words.money(rule.min_basket), label=name)
    return words("{label}: usable now", label=name)
