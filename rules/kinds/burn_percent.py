"""`burn.percent`: points for a percentage off the ticket, or off the lines the rule counts."""

import msgspec

from rules.account import POINTS
from rules.basis import Basis, Effect, nothing
from rules.decision import Option, Progress, Reason
from rules.errors import Problem
from rules.kinds.base import Kind, Phase, register
from rules.programme.model import Programme, Rule
from rules.programme.values import Cents, Percent
from rules.redeeming import left_on, not_chosen, share_of, take_off
from rules.rewards import missing, to_reward


class BurnPercent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`points` for `percent` off what is left to pay, at most `max_value` cents; one step a ticket."""

    points: int
    percent: Percent
    max_value: Cents | None = None


def _apply(rule: Rule, basis: Basis) -> Effect:
    table = rule.table
    short = missing(rule, basis, POINTS, table.points)
    if short is not None:
        return short
    lines = basis.lines_of(rule)
    cents = share_of(left_on(basis, lines), table.percent)
    if table.max_value is not None:
        cents = min(cents, int(table.max_value))
    if cents <= 0:
        return nothing(rule, Reason.NO_ELIGIBLE_LINE)
    option = Option(rule.id, POINTS, table.points, cents, 1)
    if basis.choices.get(rule.id, 0) < 1:
        return not_chosen(rule, option)
    return take_off(rule, basis, option, cents=cents, steps=1, lines=lines)


def _progress(rule: Rule, basis: Basis) -> Progress:
    return to_reward(rule, basis, POINTS, rule.table.points)


def _check(rule: Rule, _programme: Programme) -> tuple[Problem, ...]:
    table = rule.table
    if table.points < 1:
        return (Problem("ask for at least 1 point", key="points"),)
    if not table.percent:
        return (Problem('take more than "0%" off', key="percent"),)
    if table.max_value is not None and not table.max_value:
        return (Problem("allow a discount above 0.00", key="max_value"),)
    return ()


KIND = register(
    Kind(
        "burn.percent",
        Phase.BURN,
        BurnPercent,
        _apply,
        check=_check,
        assets=lambda _id, _table: (POINTS,),
        progress=_progress,
        money_off=True,
    )
)
