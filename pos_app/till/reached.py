"""The dearest reward for points that a balance pays for: said on arrival, and after a sale for the next visit. Pure."""

from collections.abc import Iterable
from datetime import date
from typing import Final

from pos_app.languages.words import Words
from pos_app.till.labels import label
from rules.decision import Outcome, Reason
from rules.kinds.base import Phase
from rules.kinds.transition import transition_of
from rules.programme.model import Programme, Rule

_OFF_THE_TICKET: Final = frozenset({"burn.money", "burn.percent"})
# Another ticket does not get it either, or nobody can tell: nothing is promised.
NO_PROMISE: Final = frozenset(
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
    return _dearest(programme.rules, usable, outcomes)


def reached_text(
    programme: Programme, usable: int, outcomes: Iterable[Outcome], day: date, words: Words
) -> str:
    """The same on arrival, with the smallest ticket it takes; "" without one.

    What an empty ticket cannot tell of (a condition, a limit, a stock, what must be bought) is left to the ticket.
    """
    if not takes_points(programme, day):
        return ""
    found = _dearest([rule for rule in programme.rules if is_plain(rule)], usable, outcomes)
    rule = programme.rule(found) if found else None
    if rule is None:
        return ""
    name = label(programme, found, words)
    if rule.min_basket:
        return words("{label}: usable from {amount}", amount=words.money(rule.min_basket), label=name)
    return words("{label}: usable now", label=name)


def takes_points(programme: Programme, day: date) -> bool:
    """Whether no move to another programme stands between the member and a reward on `day`."""
    move = transition_of(programme)
    if move is None or move.burn_limit is not None:
        return move is None
    return move.last_burn is None or day <= move.last_burn


def is_plain(rule: Rule) -> bool:
    """Whether `rule` takes something off any ticket that is large enough: an empty one can tell."""
    bound = (rule.when, rule.lines, rule.limit, rule.budget)
    return rule.kind.name in _OFF_THE_TICKET and all(one is None for one in bound)


def _dearest(rules: Iterable[Rule], usable: int, outcomes: Iterable[Outcome]) -> str:
    kept = {one.rule for one in outcomes if one.reason in NO_PROMISE}
    prices = {
        rule.id: price
        for rule in rules
        if rule.kind.phase is Phase.BURN and rule.kind.progress is not None and rule.id not in kept
        if (price := getattr(rule.table, "points", 0)) > 0
    }
    within = [rule for rule, price in prices.items() if price <= usable]
    return max(within, key=lambda rule: prices[rule], default="")
