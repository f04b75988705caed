"""`burn.money`: points for money off the ticket, in whole steps."""

import msgspec

from rules.account import POINTS
from rules.basis import Basis, Effect, nothing
from rules.decision import Gap, Option, Progress, Reason
from rules.errors import Problem
from rules.kinds.base import Kind, Phase, register
from rules.programme.model import Programme, Rule
from rules.programme.values import Cents, Percent
from rules.redeeming import left_on, not_chosen, share_of, take_off
from rules.rewards import missing, to_reward


class BurnMoney(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`points` are worth `value` cents. A step is `step` points (all of them by default).

    At most `max_steps` steps a ticket, and at most `max_share` of the eligible total.
    """

    points: int
    value: Cents
    step: int | None = None
    max_steps: int | None = None
    max_share: Percent | None = None


def price(table: BurnMoney) -> tuple[int, int]:
    """Points and cents of one step."""
    points = table.points if table.step is None else table.step
    return points, table.value * points // table.points


def _apply(rule: Rule, basis: Basis) -> Effect:
    table = rule.table
    points, cents = price(table)
    short = missing(rule, basis, POINTS, points)
    if short is not None:
        return short
    share, lines = table.max_share, basis.lines_of(rule)
    left = room = left_on(basis, lines)
    if share is not None:
        room = min(room, share_of(basis.gross, share))
    if room < cents:
        gap = Gap("cents", left, cents)
        if share is not None and left >= cents:
            gap = Gap("cents", basis.gross, -(-cents * share.denominator // share.numerator))
        return nothing(rule, Reason.BELOW_MINIMUM, gap)
    most = min(basis.spendable(POINTS) // points, room // cents)
    if table.max_steps is not None:
        most = min(most, table.max_steps)
    option = Option(rule.id, POINTS, points, cents, most)
    steps = min(basis.choices.get(rule.id, 0), most)
    if steps <= 0:
        return not_chosen(rule, option)
    return take_off(rule, basis, option, cents=cents * steps, steps=steps, lines=lines)


def _progress(rule: Rule, basis: Basis) -> Progress:
    return to_reward(rule, basis, POINTS, price(rule.table)[0])


def _check(rule: Rule, _programme: Programme) -> tuple[Problem, ...]:
    table = rule.table
    if table.points < 1 or (table.step is not None and table.step < 1):
        return (Problem("ask for at least 1 point", key="points"),)
    step = table.points if table.step is None else table.step
    if table.value * step % table.points or table.value * step < table.points:
        text = f"a step of {step} points must be worth whole cents: change step, points or value"
        return (Problem(text, key="step"),)
    if table.max_steps is not None and table.max_steps < 1:
        return (Problem("allow at least 1 step", key="max_steps"),)
    if table.max_share is not None and not table.max_share:
        return (Problem('allow more than "0%" of the ticket', key="max_share"),)
    return ()


KIND = register(
    Kind(
        "burn.money",
        Phase.BURN,
        BurnMoney,
        _apply,
        check=_check,
        assets=lambda _id, _table: (POINTS,),
        progress=_progress,
        money_off=True,
    )
)
