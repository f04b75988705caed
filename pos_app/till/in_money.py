"""What a balance is worth in money now, where the programme takes points for money off the ticket. Pure."""

from collections.abc import Iterable
from datetime import date

from pos_app.till.reached import NO_PROMISE, is_plain, takes_points
from rules.decision import Outcome
from rules.kinds.burn_money import BurnMoney, price
from rules.programme.model import Programme, Rule


def in_money(programme: Programme, usable: int, outcomes: Iterable[Outcome], day: date) -> int:
    """Cents that `usable` points take off a ticket that is large enough: whole steps of the best rule; 0 for nothing.

    Never more than one ticket gives now: rules that are not in force here and now, that have a condition or a limit, or
    that no ticket of this day gets, do not count, and a rule's steps a ticket are its most.
    """
    if not takes_points(programme, day):
        return 0
    kept = {one.rule for one in outcomes if one.reason in NO_PROMISE}
    return max(
        (_cents(rule, usable) for rule in programme.rules if is_plain(rule) and rule.id not in kept),
        default=0,
    )


def _cents(rule: Rule, usable: int) -> int:
    table = rule.table
    if not isinstance(table, BurnMoney):
        return 0
    points, cents = price(table)
    steps = max(0, usable) // points
    return cents * (steps if table.max_steps is None else min(steps, table.max_steps))
