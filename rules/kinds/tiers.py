"""`tiers`: levels by points earned, spend or visits inside a window; up at once, down with grace."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from itertools import accumulate
from typing import Any, Literal

import msgspec

from rules.account import POINTS, Account
from rules.basis import Basis, Effect, nothing
from rules.decision import Progress, Reason
from rules.errors import Problem
from rules.kinds.base import EVENT, SALE, Kind, Phase, register
from rules.kinds.earn_multiply import multiplied, unknown_targets
from rules.programme.model import Programme, Rule
from rules.programme.values import Days, Factor, cents_from

TIERS = "tiers"
_UNITS = {"points_earned": "points", "spend": "cents", "visits": "visits"}
_ROLLING = re.compile(r"([1-9][0-9]{0,4})d")


class Level(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A tier reached `from` a measure on: points, visits, or an amount with two decimals."""

    id: str
    start: int | Decimal = msgspec.field(name="from")
    multiply: Factor | None = None


class Tiers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Levels from low to high over a `window` (`365d` or `calendar_year`).

    A level stays for `grace` after the last day on which the measure held it. A level's `multiply` is one more
    member of the multipliers' group, on what `applies_to` gave.
    """

    levels: tuple[Level, ...]
    measure: Literal["points_earned", "spend", "visits"] = "points_earned"
    window: str = "365d"
    grace: Days = Days(0)
    applies_to: tuple[str, ...] = ("base",)


def tier_of(account: Account, programme: Programme, day: date, state: Mapping[str, Any] | None = None) -> str:
    """The tier of `account` on `day`: the best level its measure held on `day` or within the grace before it.

    `state` are its tiers' counters, where they are newer than those of `account`. "" below all levels or without
    tiers. An account that is not fully known has the tier it came with.
    """
    rule = programme.rule(TIERS)
    if rule is None or rule.kind is not KIND or not rule.table.levels:
        return ""
    if account.known != "full":
        return account.tier
    level = _level(rule.table, _best(rule.table, state or account.state.get(TIERS), day))
    return level.id if level is not None else ""


def measure_of(table: Tiers, state: Mapping[str, Any] | None, day: date) -> int:
    """The measure (points, cents or visits) over the window that ends with `day`."""
    first, last = window_start(table.window, day).isoformat(), day.isoformat()
    days = state["days"] if state else {}
    if not days or (first <= min(days) and max(days) <= last):  # the usual case, at half the time
        return sum(days.values())
    return sum([gained for on, gained in days.items() if first <= on <= last])


@lru_cache(maxsize=64)
def window_start(window: str, day: date) -> date:
    """First day of the window that ends with `day`. A window of n days holds `day` and the n - 1 before it."""
    rolling = _ROLLING.fullmatch(window)
    return day - timedelta(days=int(rolling[1]) - 1) if rolling else date(day.year, 1, 1)


def lowered(state: Mapping[str, Any] | None, day: date, quantity: int) -> dict[str, Any]:
    """The counters after a refund took `quantity` back from what the ticket of `day` had brought."""
    days = dict((state or {"days": {}})["days"])
    days[day.isoformat()] = days.get(day.isoformat(), 0) - quantity
    return {"days": days}


def threshold(level: Level) -> int:
    """Where `level` begins, in points, cents or visits."""
    return int(level.start * 100) if isinstance(level.start, Decimal) else level.start


def _sums(state: Mapping[str, Any] | None) -> tuple[list[str], list[int]]:
    days = state["days"] if state else {}
    order = sorted(days)
    return order, [0, *accumulate([days[day] for day in order])]


def _between(days: list[str], sums: list[int], first: date, last: date) -> int:
    return sums[bisect_right(days, last.isoformat())] - sums[bisect_left(days, first.isoformat())]


def _best(table: Tiers, state: Mapping[str, Any] | None, day: date) -> int:
    """The highest measure on `day` or one of the `grace` days before it."""
    if not table.grace:
        return measure_of(table, state, day)
    days, sums = _sums(state)
    first = day - timedelta(days=table.grace)
    inside = days[bisect_right(days, first.isoformat()) : bisect_right(days, day.isoformat())]
    moments = {first, day, *map(date.fromisoformat, inside)}
    return max(_between(days, sums, window_start(table.window, moment), moment) for moment in moments)


def _level(table: Tiers, measure: int) -> Level | None:
    return max((lv for lv in table.levels if measure >= threshold(lv)), key=threshold, default=None)


def _multiply(rule: Rule, basis: Basis) -> Effect:
    level = next((level for level in rule.table.levels if level.id == basis.account.tier), None)
    if level is None or level.multiply is None:
        return nothing(rule, Reason.NO_EFFECT)
    return multiplied(rule, basis, level.multiply, rule.table.applies_to)


def _apply(rule: Rule, basis: Basis) -> Effect:
    """Count the ticket; what the tier multiplied was told in the multipliers' phase."""
    if not basis.known:
        return Effect(None)
    before = basis.state_of(rule) or {"days": {}}
    today = basis.day.isoformat()
    gained = _gained(rule.table, basis, today in before["days"])
    if not gained:
        return Effect(None)
    horizon = window_start(rule.table.window, basis.day - timedelta(days=rule.table.grace)).isoformat()
    days = dict(before["days"])
    if days and min(days) < horizon:
        days = {day: value for day, value in days.items() if day >= horizon}
    days[today] = days.get(today, 0) + gained
    return Effect(None, state={"days": days})


def _gained(table: Tiers, basis: Basis, came_today: bool) -> int:
    if basis.ticket.event is not None and table.measure != "points_earned":
        return 0
    if table.measure == "spend":
        return basis.paid
    if table.measure == "visits":
        return 0 if came_today else 1
    return sum([c.quantity for c in basis.contributions if c.asset == POINTS])


def _progress(rule: Rule, basis: Basis) -> Progress | None:
    if not basis.known:
        return None
    measure = measure_of(rule.table, basis.state_of(rule), basis.day)
    ahead = [level for level in rule.table.levels if threshold(level) > measure]
    if not ahead:
        return None
    level = min(ahead, key=threshold)
    return Progress("tier", rule.id, level.id, _UNITS[rule.table.measure], measure, threshold(level))


def _check(rule: Rule, programme: Programme) -> tuple[Problem, ...]:
    table = rule.table
    problems = list(unknown_targets(rule, programme, table.applies_to))
    if not table.levels:
        problems.append(Problem("name at least one level", rule=rule.id, key="levels"))
    if len({level.id for level in table.levels}) < len(table.levels):
        problems.append(Problem("give every level an id of its own", rule=rule.id, key="levels"))
    if table.window != "calendar_year" and not _ROLLING.fullmatch(table.window):
        problems.append(Problem('write "365d" or "calendar_year"', rule=rule.id, key="window"))
    for level in table.levels:
        text = _wrong_start(table.measure, level)
        if text:
            problems.append(Problem(text, rule=rule.id, key=f"levels.{level.id}"))
        if level.multiply is not None and level.multiply < 1:
            problems.append(Problem("write a factor of at least 1", rule=rule.id, key=f"levels.{level.id}"))
    starts = [threshold(level) for level in table.levels]
    if starts != sorted(set(starts)):
        problems.append(Problem("order the levels from low to high", rule=rule.id, key="levels"))
    return tuple(problems)


def _wrong_start(measure: str, level: Level) -> str:
    if measure != "spend":
        if isinstance(level.start, Decimal):
            return f"write {_UNITS[measure]} without decimals"
        return "count from 0" if level.start < 0 else ""
    try:
        cents_from(level.start)
    except ValueError as error:
        return str(error)
    return ""


KIND = register(
    Kind(
        TIERS,
        Phase.COUNTER,
        Tiers,
        _apply,
        check=_check,
        singleton=True,
        takes=(SALE, EVENT),
        also=((Phase.MULTIPLIER, _multiply),),
        assets=lambda _id, _table: (POINTS,),
        progress=_progress,
    )
)
