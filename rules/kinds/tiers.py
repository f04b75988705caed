"""`tiers`: levels by points earned, spend or visits inside a window; up at once, down with grace."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any, Literal

import msgspec

from rules.account import POINTS, Account
from rules.basis import Basis, Effect, nothing
from rules.decision import Contribution, Decision, Outcome, Progress, Reason
from rules.errors import Problem
from rules.kinds.base import EVENT, SALE, Kind, Phase, register
from rules.kinds.earn_multiply import multiplied, unknown_targets
from rules.lifetime import parse_life
from rules.prize import PlainPrize, awarded, prize_assets, prize_faults
from rules.programme.header import text_fault
from rules.programme.model import Programme, Rule
from rules.programme.values import Days, Factor, cents_fault
from rules.refund import Back, target
from rules.standing import CALENDAR_YEAR, Scale, falling, horizon, measured, standing

TIERS = "tiers"
_UNITS = {"points_earned": "points", "spend": "cents", "visits": "visits"}


class Level(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A tier reached `from` a measure on: points, visits, or an amount with two decimals.

    `benefits` are words for people, one list or one per language; no rule reads them. `gives` is what a member gets who
    reaches the level for the first time.
    """

    id: str
    start: int | Decimal = msgspec.field(name="from")
    multiply: Factor | None = None
    benefits: dict[str, tuple[str, ...]] | tuple[str, ...] = ()
    gives: PlainPrize | None = None


class Tiers(msgspec.Struct, frozen=True, forbid_unknown_fields=True, dict=True):
    """Levels from low to high over a `window` (`365d`, `12m` or `calendar_year`).

    A level stays for `grace` after the last day on which the measure held it, and falls at a `review`: to what the
    measure holds, or `one_step` at a time. A level's `multiply` is one more member of the multipliers' group, on
    what `applies_to` gave. `notice` is how long before a fall the member is told what keeps the level.
    """

    levels: tuple[Level, ...]
    measure: Literal["points_earned", "spend", "visits"] = "points_earned"
    window: str = "365d"
    grace: Days = Days(0)
    down: Literal["to_measure", "one_step"] = "to_measure"
    review: Literal["daily", "monthly", "yearly"] = "daily"
    notice: Days = Days(60)
    applies_to: tuple[str, ...] = ("base",)

    @cached_property
    def scale(self) -> Scale:
        """Where the levels begin and how they fall."""
        starts = tuple(threshold(level) for level in self.levels)
        return Scale(starts, self.window, self.grace, self.review, self.down == "one_step")

    @cached_property
    def prizes(self) -> bool:
        """Whether some level gives something."""
        return any(level.gives is not None for level in self.levels)


def tier_of(account: Account, programme: Programme, day: date, state: Mapping[str, Any] | None = None) -> str:
    """The tier of `account` on `day`: the level in force by measure, grace and reviews (rules.standing).

    `state` are its tiers' counters, where they are newer than those of `account`. "" below all levels or without
    tiers. An account that is not fully known has the tier it came with.
    """
    table: Tiers | None = programme.policy(TIERS)
    if table is None or not table.levels:
        return ""
    if account.known != "full":
        return account.tier
    state = state or account.state.get(TIERS)
    level = standing(table.scale, state["days"] if state else {}, day)
    return table.levels[level].id if level >= 0 else ""


def measure_of(table: Tiers, state: Mapping[str, Any] | None, day: date) -> int:
    """The measure (points, cents or visits) over the window that ends with `day`."""
    return measured(state["days"], table.window, day) if state else 0


def benefits_of(programme: Programme, tier: str, language: str) -> tuple[str, ...]:
    """What the level `tier` brings, in words, for the cashier and the member; the first language for want of one."""
    table: Tiers | None = programme.policy(TIERS)
    for level in table.levels if table is not None else ():
        if level.id == tier:
            words = level.benefits
            if not isinstance(words, dict):
                return tuple(words)
            return words.get(language) or next(iter(words.values()), ())
    return ()


def higher(state: Mapping[str, Any], other: Mapping[str, Any]) -> Mapping[str, Any]:
    """The counters of `state`, its tiers as those of `other` where that one has brought more."""
    had, brings = (sum(one.get(TIERS, {"days": {}})["days"].values()) for one in (state, other))
    return {**state, TIERS: other[TIERS]} if brings > had else state


def lowered(state: Mapping[str, Any] | None, day: date, quantity: int) -> dict[str, Any]:
    """The counters after a refund took `quantity` back from what the ticket of `day` had brought."""
    before = state or {"days": {}}
    days = _added(before["days"], day.isoformat(), -quantity)
    return {**before, "days": days}


def less_returns(
    account: Account, decision: Decision, programme: Programme, backs: Sequence[Back]
) -> Account:
    """`account` after a ticket with the measure lower on its day by what was returned of it.

    `backs` are what came back of every line of the ticket, () for nothing; `decision` what the rules give it.
    """
    rule = programme.rule(TIERS)
    if rule is None or not backs or not decision.counted:
        return account
    fallen = 0
    if rule.table.measure == "points_earned":
        fallen = sum(target(one, backs) for one in decision.contributions if one.asset == POINTS)
    elif rule.table.measure == "spend":
        fallen = min(decision.paid, sum(back.cents for back in backs))
    if not fallen:
        return account
    state = {**account.state, TIERS: lowered(account.state.get(TIERS), decision.bdate, fallen)}
    return msgspec.structs.replace(account, state=dict(sorted(state.items())))


def brought(programme: Programme, tier: str, day: date) -> Mapping[str, Any] | None:
    """The counters of somebody who reached `tier` on `day` elsewhere; None for a tier that is not there.

    What that level and those below it give once is taken as given.
    """
    rule = programme.rule(TIERS)
    levels: tuple[Level, ...] = rule.table.levels if rule is not None else ()
    place = next((n for n, level in enumerate(levels) if level.id == tier), None)
    if place is None:
        return None
    given = sorted(level.id for level in levels[: place + 1] if level.gives is not None)
    counters: dict[str, Any] = {"days": {day.isoformat(): threshold(levels[place])}}
    return counters | ({"given": given} if given else {})


def threshold(level: Level) -> int:
    """Where `level` begins, in points, cents or visits."""
    return int(level.start * 100) if isinstance(level.start, Decimal) else level.start


def _added(days: Mapping[str, int], day: str, quantity: int) -> dict[str, int]:
    """`days` with `quantity` more on `day`, never below 0, in ascending order."""
    changed = dict(days)
    late = day not in changed and bool(changed) and next(reversed(changed)) > day
    changed[day] = max(0, changed.get(day, 0) + quantity)
    return dict(sorted(changed.items())) if late else changed


def _multiply(rule: Rule, basis: Basis) -> Effect:
    level = next((level for level in rule.table.levels if level.id == basis.account.tier), None)
    if level is None or level.multiply is None:
        return nothing(rule, Reason.NO_EFFECT)
    return multiplied(rule, basis, level.multiply, rule.table.applies_to)


def _apply(rule: Rule, basis: Basis) -> Effect:
    """Count the ticket, and give what belongs to a level that it reaches first.

    What the tier multiplied was told in the multipliers' phase.
    """
    if not basis.known:
        return Effect(None)
    table: Tiers = rule.table
    before = basis.state_of(rule) or {"days": {}}
    today = basis.day.isoformat()
    gained = _gained(table, basis, bool(before["days"].get(today)))
    if not gained:
        return Effect(None)
    days = before["days"]
    if days:
        oldest = horizon(table.scale, basis.day).isoformat()
        if next(iter(days)) < oldest:
            days = {day: value for day, value in days.items() if day >= oldest}
    state = {**before, "days": _added(days, today, gained)}
    return _reached(rule, basis, state) if table.prizes else Effect(None, state=state)


def _reached(rule: Rule, basis: Basis, state: dict[str, Any]) -> Effect:
    """The prizes of the levels that the ticket reaches and the member never had; points among them count too."""
    table: Tiers = rule.table
    today = basis.day.isoformat()
    ids = [level.id for level in table.levels]
    at = ids.index(basis.account.tier) if basis.account.tier in ids else -1
    had, given, counted = list(state.get("given", ())), [], state
    while at < standing(table.scale, state["days"], basis.day):
        at += 1
        level = table.levels[at]
        if level.gives is None or level.id in had:
            continue
        had.append(level.id)
        prize = awarded(rule, basis, level.gives, basis.lines_of(rule))
        given.append(prize)
        if prize.asset == POINTS and table.measure == "points_earned":
            state = {**state, "days": _added(state["days"], today, prize.quantity)}
    if not given:
        return Effect(None, state=state)
    after = {**state, "given": sorted(had)}
    return Effect(_prize_outcome(rule, given), tuple(given), state=after, state_if_lost=counted)


def _prize_outcome(rule: Rule, given: list[Contribution]) -> Outcome:
    asset = given[0].asset
    quantity = sum([one.quantity for one in given if one.asset == asset])
    return Outcome(rule.id, rule.kind.name, Reason.APPLIED, asset, quantity)


def _gained(table: Tiers, basis: Basis, came_today: bool) -> int:
    if basis.ticket.event is not None and table.measure != "points_earned":
        return 0
    if table.measure == "spend":
        return basis.paid
    if table.measure == "visits":
        return 0 if came_today else 1
    return sum([c.quantity for c in basis.contributions if c.asset == POINTS])


def _progress(rule: Rule, basis: Basis) -> tuple[Progress, ...]:
    """The way to the next level, and what keeps the one in force where it would fall within the notice."""
    if not basis.known:
        return ()
    table: Tiers = rule.table
    state, unit = basis.state_of(rule), _UNITS[table.measure]
    days = state["days"] if state else {}
    measure = measured(days, table.window, basis.day)
    found = []
    ids = [level.id for level in table.levels]
    at = ids.index(basis.account.tier) if basis.account.tier in ids else -1  # it may outlive its measure
    place = max(at, table.scale.level(measure)) + 1
    if place < len(table.levels):
        level = table.levels[place]
        found.append(Progress("tier", rule.id, level.id, unit, measure, table.scale.thresholds[place]))
    keep = falling(table.scale, days, basis.day, table.notice)
    if keep is not None:
        place = standing(table.scale, days, basis.day)
        level, need = table.levels[place], table.scale.thresholds[place]
        found.append(Progress("keep", rule.id, level.id, unit, keep.have, need, keep.until))
    return tuple(found)


def _check(rule: Rule, programme: Programme) -> tuple[Problem, ...]:
    table = rule.table
    problems = list(unknown_targets(programme, table.applies_to))
    if not table.levels:
        problems.append(Problem("name at least one level", key="levels"))
    if len({level.id for level in table.levels}) < len(table.levels):
        problems.append(Problem("give every level an id of its own", key="levels"))
    if not _is_window(table.window):
        text = 'write the window as "365d", "12m" or "calendar_year"'
        problems.append(Problem(text, key="window"))
    for level in table.levels:
        for text in _level_faults(table.measure, level):
            problems.append(Problem(text, key=f"levels.{level.id}"))
        if level.gives is not None:
            for problem in prize_faults(level.gives, programme):
                problems.append(msgspec.structs.replace(problem, key=f"levels.{level.id}"))
    starts = [threshold(level) for level in table.levels]
    if starts != sorted(set(starts)):
        problems.append(Problem("order the levels from low to high", key="levels"))
    return tuple(problems)


def _is_window(text: str) -> bool:
    if text == CALENDAR_YEAR:
        return True
    try:
        parse_life(text)
    except ValueError:
        return False
    return True


def _level_faults(measure: str, level: Level) -> tuple[str, ...]:
    faults = [_wrong_start(measure, level)]
    if level.multiply is not None and level.multiply < 1:
        faults.append("write a factor of at least 1")
    if level.gives is not None and level.start == 0:
        faults.append("nobody reaches a level that begins at 0: give the prize with earn.once")
    words = level.benefits if isinstance(level.benefits, dict) else {"": level.benefits}
    faults += [text_fault({language: one}) for language, some in words.items() for one in some]
    return tuple([fault for fault in faults if fault])


def _wrong_start(measure: str, level: Level) -> str:
    if measure == "spend":
        return cents_fault(level.start)
    if isinstance(level.start, Decimal):
        return f"write {_UNITS[measure]} without decimals"
    return "count from 0" if level.start < 0 else ""


def _assets(_id: str, table: Tiers) -> tuple[str, ...]:
    prizes = [
        asset for level in table.levels if level.gives is not None for asset in prize_assets(level.gives)
    ]
    return tuple(dict.fromkeys((POINTS, *prizes)))


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
        netting=lambda table: "ever" if table.prizes else "ticket",
        assets=_assets,
        progress=_progress,
    )
)
