"""`earn.visits`: a bonus at the n-th visit of a calendar month, for regularity instead of turnover."""

from typing import Literal

import msgspec

from rules.account import POINTS
from rules.basis import Basis, Effect, applied, nothing
from rules.decision import Gap, Progress, Reason
from rules.errors import Problem
from rules.kinds.base import Kind, Phase, register
from rules.lifetime import month_end
from rules.programme.model import Programme, Rule


class VisitStep(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`points` at visit number `visit`."""

    visit: int
    points: int


class EarnVisits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Bonuses by the number of the visit; a visit is a business date with a ticket that passes the gates."""

    steps: tuple[VisitStep, ...]
    per: Literal["month"] = "month"


def _count(rule: Rule, basis: Basis) -> tuple[int, str]:
    """Visits of this month up to now, and the last day that was one."""
    before = basis.state_of(rule)
    if before is None or before["month"] != basis.day.isoformat()[:7]:
        return 0, ""
    return before["visits"], before["day"]


def _apply(rule: Rule, basis: Basis) -> Effect:
    visits, last = _count(rule, basis)
    today = basis.day.isoformat()
    if last == today:
        return nothing(rule, Reason.ALREADY_USED)
    visits += 1
    state = {"month": today[:7], "visits": visits, "day": today}
    points = sum([step.points for step in rule.table.steps if step.visit == visits])
    if not points:
        step = _next(rule.table, visits)
        gap = Gap("visits", visits, step.visit) if step else None
        return Effect(nothing(rule, Reason.NO_EFFECT, gap).outcome, state=state)
    counted = basis.lines_of(rule)
    effect = applied(rule, basis.points(rule, points, counted), counted)
    return Effect(effect.outcome, effect.contributions, state=state, state_if_lost=state)


def _next(table: EarnVisits, visits: int) -> VisitStep | None:
    return min([s for s in table.steps if s.visit > visits], key=lambda s: s.visit, default=None)


def _progress(rule: Rule, basis: Basis) -> Progress | None:
    if not basis.known:
        return None
    visits, _ = _count(rule, basis)
    step = _next(rule.table, visits)
    if step is None:
        return None
    return Progress("visits", rule.id, rule.id, "visits", visits, step.visit, month_end(basis.day))


def _check(rule: Rule, _programme: Programme) -> tuple[Problem, ...]:
    steps = rule.table.steps
    if not steps:
        return (Problem("name at least one visit that earns a bonus", rule=rule.id, key="steps"),)
    if any(step.visit < 1 or step.points < 1 for step in steps):
        return (Problem("count visits and points from 1", rule=rule.id, key="steps"),)
    if len({step.visit for step in steps}) < len(steps):
        return (Problem("name every visit once", rule=rule.id, key="steps"),)
    if max(step.visit for step in steps) > 31:
        return (Problem("a month has at most 31 visits: one a day counts", rule=rule.id, key="steps"),)
    return ()


KIND = register(
    Kind(
        "earn.visits",
        Phase.BONUS,
        EarnVisits,
        _apply,
        check=_check,
        needs_history=True,
        netting=lambda table: table.per,
        assets=lambda _id, _table: (POINTS,),
        progress=_progress,
    )
)
