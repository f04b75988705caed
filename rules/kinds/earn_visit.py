"""`earn.visit`: points for coming, once a business day."""

import msgspec

from rules.account import POINTS
from rules.basis import Basis, Effect, applied, nothing
from rules.decision import Reason
from rules.errors import Problem
from rules.kinds.base import Kind, Phase, register
from rules.programme.model import Programme, Rule


class EarnVisit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`points` for the first ticket of a business day."""

    points: int


def _apply(rule: Rule, basis: Basis) -> Effect:
    today = basis.day.isoformat()
    before = basis.state_of(rule)
    if before is not None and before["day"] == today:
        return nothing(rule, Reason.ALREADY_USED)
    counted = basis.lines_of(rule)
    contribution = basis.points(rule, rule.table.points, counted)
    effect = applied(rule, contribution, counted)
    return Effect(effect.outcome, effect.contributions, state={"day": today})


def _check(rule: Rule, _programme: Programme) -> tuple[Problem, ...]:
    if rule.table.points < 1:
        return (Problem("give at least 1 point", rule=rule.id, key="points"),)
    return ()


KIND = register(
    Kind(
        "earn.visit",
        Phase.BONUS,
        EarnVisit,
        _apply,
        check=_check,
        needs_history=True,
        netting=lambda _table: "day",
        assets=lambda _id, _table: (POINTS,),
    )
)
