"""`earn.streak`: a bonus for coming k periods in a row, such as four weeks (rules.md section 3)."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Literal

import msgspec

from rules.basis import Basis, Effect, nothing
from rules.calendar import period_after, period_start, periods_between
from rules.decision import Gap, Progress, Reason
from rules.errors import Problem
from rules.kinds.base import Kind, Phase, register
from rules.prize import award, prize_assets, prize_faults
from rules.programme.model import Programme, Rule

_UNITS = {"day": "days", "week": "weeks", "month": "months"}
_LONGEST = 1000


class EarnStreak(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A prize (`points`, or a `voucher`) when a run of `period`s reaches `length`; with `repeat` every `length` again.

    A period counts with its first counted ticket that passes the gates; weeks are ISO weeks. A run survives
    `grace` missed periods in all; one more and it begins again at 1.
    """

    period: Literal["day", "week", "month"]
    length: int
    points: int = 0
    voucher: str = ""
    grace: int = 0
    repeat: bool = False


class Run(msgspec.Struct, frozen=True):
    """A run of counted periods: the first day of the `last` one, how many, the `longest` ever, the grace left."""

    last: date
    run: int
    longest: int
    grace: int


def longest_run(state: Mapping[str, Any] | None) -> int:
    """The longest run in periods that the counters of a streak rule tell of."""
    return state["longest"] if state else 0


def _run_of(rule: Rule, basis: Basis) -> Run | None:
    state = basis.state_of(rule)
    if state is None:
        return None
    return Run(date.fromisoformat(state["last"]), state["run"], state["longest"], state["grace"])


def _state(run: Run) -> dict[str, Any]:
    return {"last": run.last.isoformat(), "run": run.run, "longest": run.longest, "grace": run.grace}


def _went_on(table: EarnStreak, before: Run | None, day: date) -> Run:
    """The run once the period of `day`, later than the last one, counts."""
    start = period_start(table.period, day)
    if before is None:
        return Run(start, 1, 1, table.grace)
    missed = periods_between(table.period, before.last, day) - 1
    if missed > before.grace:
        return Run(start, 1, before.longest, table.grace)
    run = before.run + 1
    return Run(start, run, max(run, before.longest), before.grace - missed)


def _earns(table: EarnStreak, run: int) -> bool:
    return run % table.length == 0 if table.repeat else run == table.length


def _next(table: EarnStreak, run: int) -> int | None:
    """The run that brings the next prize, or None when this run brings none any more."""
    if run < table.length:
        return table.length
    return (run // table.length + 1) * table.length if table.repeat else None


def _apply(rule: Rule, basis: Basis) -> Effect:
    table: EarnStreak = rule.table
    before = _run_of(rule, basis)
    if before is not None and basis.day < before.last:  # settled in order of sale; a late one breaks nothing
        return nothing(rule, Reason.NO_EFFECT)
    if before is not None and period_start(table.period, basis.day) == before.last:
        return nothing(rule, Reason.ALREADY_USED)
    run = _went_on(table, before, basis.day)
    state = _state(run)
    if not _earns(table, run.run):
        need = _next(table, run.run)
        gap = Gap(_UNITS[table.period], run.run, need) if need is not None else None
        return Effect(nothing(rule, Reason.NO_EFFECT, gap).outcome, state=state)
    given = award(rule, basis, table, basis.lines_of(rule), state)
    return msgspec.structs.replace(given, state_if_lost=state)


def _progress(rule: Rule, basis: Basis) -> Progress | None:
    """The run, and the last day on which the next visit must come; none for a run that earns nothing more."""
    if not basis.known:
        return None
    table: EarnStreak = rule.table
    before = _run_of(rule, basis)
    ahead = 0 if before is None else periods_between(table.period, before.last, basis.day)
    if before is None or ahead - 1 > before.grace:
        return Progress("streak", rule.id, rule.id, _UNITS[table.period], 0, table.length)
    need = _next(table, before.run)
    if need is None or ahead < 0:
        return None
    coming = period_after(table.period, basis.day, 2 if ahead == 0 else 1)
    until = coming - timedelta(days=1)
    return Progress("streak", rule.id, rule.id, _UNITS[table.period], before.run, need, until)


def _check(rule: Rule, programme: Programme) -> tuple[Problem, ...]:
    table: EarnStreak = rule.table
    problems = list(prize_faults(table, programme))
    if not 2 <= table.length <= _LONGEST:
        text = f"a streak is from 2 to {_LONGEST} periods long"
        problems.append(Problem(text, key="length"))
    if not 0 <= table.grace <= _LONGEST:
        text = f"a run survives from 0 to {_LONGEST} missed periods"
        problems.append(Problem(text, key="grace"))
    return tuple(problems)


KIND = register(
    Kind(
        "earn.streak",
        Phase.BONUS,
        EarnStreak,
        _apply,
        check=_check,
        needs_history=True,
        netting=lambda table: table.period,
        assets=lambda _id, table: prize_assets(table),
        progress=_progress,
    )
)
