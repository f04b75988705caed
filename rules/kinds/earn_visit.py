"""`earn.visit`: a prize for coming, once a business day or a few times."""

from typing import Any

import msgspec

from rules.basis import Basis, Effect, nothing
from rules.decision import Reason
from rules.errors import Problem
from rules.kinds.base import Kind, Phase, register
from rules.prize import award, prize_assets, prize_faults
from rules.programme.model import Programme, Rule

_MOST = 100


class EarnVisit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A prize (`points`, or a `voucher`) for each of the first `max_per_day` tickets of a business day."""

    points: int = 0
    voucher: str = ""
    max_per_day: int = 1


def _apply(rule: Rule, basis: Basis) -> Effect:
    today = basis.day.isoformat()
    before, times = basis.state_of(rule), 0
    if before is not None and before["day"] >= today:
        if before["day"] > today:  # settled in order of sale; a late one breaks nothing
            return nothing(rule, Reason.NO_EFFECT)
        times = before.get("n", 1)
        if times >= rule.table.max_per_day:
            return nothing(rule, Reason.ALREADY_USED)
    state: dict[str, Any] = {"day": today} if not times else {"day": today, "n": times + 1}
    return award(rule, basis, rule.table, basis.lines_of(rule), state)


def _check(rule: Rule, programme: Programme) -> tuple[Problem, ...]:
    problems = list(prize_faults(rule.table, programme))
    if not 1 <= rule.table.max_per_day <= _MOST:
        text = f"let from 1 to {_MOST} tickets of a day earn"
        problems.append(Problem(text, key="max_per_day"))
    return tuple(problems)


KIND = register(
    Kind(
        "earn.visit",
        Phase.BONUS,
        EarnVisit,
        _apply,
        check=_check,
        needs_history=True,
        netting=lambda _table: "day",
        assets=lambda _id, table: prize_assets(table),
    )
)
