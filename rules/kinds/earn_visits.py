"""`earn.visits`: a bonus at the n-th visit of a calendar month or of a rolling period: regularity, not turnover."""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

import msgspec

from rules.basis import Basis, Effect, applied, nothing
from rules.calendar import month_end
from rules.decision import Gap, Progress, Reason
from rules.errors import Problem
from rules.kinds.base import Kind, Phase, register
from rules.prize import PlainPrize, Prize, awarded, prize_assets, prize_faults
from rules.programme.model import Programme, Rule
from rules.programme.values import days_from

MONTH = "month"
_LONGEST = 366
_MONTH_DAYS = 31


class VisitStep(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`points`, or a `voucher`, at visit number `visit`."""

    visit: int
    points: int = 0
    voucher: str = ""


class EarnVisits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Bonuses by the number of the visit; a visit is a business date with a ticket that passes the gates.

    `per` is a calendar month, or a rolling period such as `30d`, today included. In a rolling period a step is due
    once so many visits lie in it, and again when the period no longer holds the day on which it was given.
    """

    steps: tuple[VisitStep, ...]
    per: str = MONTH


class Tally(msgspec.Struct, frozen=True):
    """How far a member is: `visits` of the period, its `last` one, and the steps that may be given at them."""

    visits: int
    last: str
    open: tuple[VisitStep, ...]


@lru_cache(maxsize=64)
def _window(per: str) -> int:
    """Days of a rolling period. Raises ValueError."""
    return days_from(per)


def _state(rule: Rule, basis: Basis) -> Any:
    """The counters, or None; those of another `per` in an earlier version of the programme do not count."""
    state = basis.state_of(rule)
    mine = MONTH if rule.table.per == MONTH else "days"
    return state if state is not None and mine in state else None


def _tally(rule: Rule, basis: Basis) -> Tally:
    """Where the member is on the day, this ticket not counted; whatever is older than the period is left out."""
    state, table = _state(rule, basis), rule.table
    if table.per == MONTH:
        if state is None or state["month"] != basis.day.isoformat()[:7]:
            return Tally(0, state["day"] if state is not None else "", table.steps)
        return Tally(
            state["visits"], state["day"], tuple([s for s in table.steps if s.visit > state["visits"]])
        )
    if state is None:
        return Tally(0, "", table.steps)
    kept = _within(state, basis.day, table)
    given = kept["given"]
    open_steps = tuple([step for step in table.steps if str(step.visit) not in given])
    return Tally(len(kept["days"]), state["days"][-1], open_steps)


def _within(state: Mapping[str, Any], day: date, table: EarnVisits) -> dict[str, Any]:
    """The counters of a rolling period that ends on `day`; no more visits are kept than the last step needs."""
    first = (day - timedelta(days=_window(table.per) - 1)).isoformat()
    most = max([step.visit for step in table.steps])
    return {
        "days": [one for one in state["days"] if one >= first][-most:],
        "given": {step: one for step, one in sorted(state["given"].items()) if one >= first},
    }


def _counted(rule: Rule, basis: Basis, before: Tally, due: tuple[VisitStep, ...]) -> dict[str, Any]:
    """The counters once today's visit is counted and `due` is given."""
    today = basis.day.isoformat()
    if rule.table.per == MONTH:
        return {"month": today[:7], "visits": before.visits + 1, "day": today}
    state = _state(rule, basis) or {"days": [], "given": {}}
    given = {**state["given"], **{str(step.visit): today for step in due}}
    return _within({"days": [*state["days"], today], "given": given}, basis.day, rule.table)


def _apply(rule: Rule, basis: Basis) -> Effect:
    before, today = _tally(rule, basis), basis.day.isoformat()
    if before.last >= today:  # settled in order of sale; a late one breaks nothing
        return nothing(rule, Reason.ALREADY_USED if before.last == today else Reason.NO_EFFECT)
    visits = before.visits + 1
    due = tuple([step for step in before.open if step.visit <= visits])
    state = _counted(rule, basis, before, due)
    if not due:
        step = _next(before, visits)
        gap = Gap("visits", visits, step.visit) if step else None
        return Effect(nothing(rule, Reason.NO_EFFECT, gap).outcome, state=state)
    return _given(rule, basis, due, state)


def _given(rule: Rule, basis: Basis, due: tuple[VisitStep, ...], state: dict[str, Any]) -> Effect:
    """The prizes of the steps that are due: the points of all together, then each voucher."""
    lines = basis.lines_of(rule)
    points = sum([step.points for step in due])
    prizes: list[Prize] = [PlainPrize(points)] if points else []
    prizes += [step for step in due if step.voucher]
    given = tuple([awarded(rule, basis, prize, lines) for prize in prizes])
    return Effect(applied(rule, given[0], lines).outcome, given, state=state, state_if_lost=state)


def _next(tally: Tally, visits: int) -> VisitStep | None:
    return min([s for s in tally.open if s.visit > visits], key=lambda s: s.visit, default=None)


def _progress(rule: Rule, basis: Basis) -> Progress | None:
    if not basis.known:
        return None
    tally = _tally(rule, basis)
    # A step that was given too long ago to count is due again at the very next visit.
    need = min([max(step.visit, tally.visits + 1) for step in tally.open], default=0)
    if not need:
        return None
    if rule.table.per == MONTH:
        return Progress("visits", rule.id, rule.id, "visits", tally.visits, need, month_end(basis.day))
    return Progress("visits", rule.id, rule.id, "in_window", tally.visits, need)


def _period_fault(per: str) -> str:
    """What is wrong with a period, or an empty text."""
    if per == MONTH:
        return ""
    try:
        days = _window(per)
    except ValueError as error:
        return f'write "month", or a rolling period: {error}'
    return "" if 2 <= days <= _LONGEST else f'write a period from "2d" to "{_LONGEST}d"'


def _steps_fault(table: EarnVisits) -> str:
    """What is wrong with the visits that are named, or an empty text."""
    visits = [step.visit for step in table.steps]
    longest = _MONTH_DAYS if table.per == MONTH else _window(table.per)
    if not visits:
        return "name at least one visit that earns a bonus"
    if min(visits) < 1:
        return "count visits from 1"
    if len(set(visits)) < len(visits):
        return "name every visit once"
    return f"the period has at most {longest} visits: one a day counts" if max(visits) > longest else ""


def _check(rule: Rule, programme: Programme) -> tuple[Problem, ...]:
    table: EarnVisits = rule.table
    fault = _period_fault(table.per)
    if fault:
        return (Problem(fault, key="per"),)
    fault = _steps_fault(table)
    if fault:
        return (Problem(fault, key="steps"),)
    faults = [each for step in table.steps for each in prize_faults(step, programme)]
    return tuple([Problem(each.message, key="steps") for each in faults])


KIND = register(
    Kind(
        "earn.visits",
        Phase.BONUS,
        EarnVisits,
        _apply,
        check=_check,
        needs_history=True,
        netting=lambda table: table.per if table.per == MONTH else "ever",
        assets=lambda _id, table: tuple(sorted({a for step in table.steps for a in prize_assets(step)})),
        progress=_progress,
    )
)
