"""`earn.birthday`: points, a voucher or a free item around the birthday, once a year."""

from datetime import date, timedelta

import msgspec

from rules.account import reward_asset
from rules.basis import Basis, Effect, applied, nothing
from rules.decision import Reason
from rules.errors import Problem
from rules.kinds.base import Kind, Phase, register
from rules.prize import awarded, prize_assets, prize_faults
from rules.programme.model import Programme, Rule
from rules.programme.values import Days
from rules.rewards import FreeUnit, redeem_unit, reward_filters, reward_last_day


class EarnBirthday(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From `before` days before the birthday to `after` after it: `points`, a `voucher`, or a free item `reward`."""

    before: Days = Days(0)
    after: Days = Days(0)
    points: int = 0
    voucher: str = ""
    reward: FreeUnit | None = None


def birthday_year(birthday: tuple[int, int], day: date, before: int, after: int) -> int | None:
    """Year of the birthday (month, day) whose window holds `day`, or None; 29 February is kept on the 28th."""
    month, number = birthday
    if birthday == (2, 29):
        number = 28
    for year in (
        day.year,
        day.year - 1,
        day.year + 1,
    ):  # windows are under half a year: one at most holds the day
        feast = date(year, month, number)
        if feast - timedelta(days=before) <= day <= feast + timedelta(days=after):
            return year
    return None


def _apply(rule: Rule, basis: Basis) -> Effect:
    table, birthday = rule.table, basis.account.birthday
    if birthday is None:
        return nothing(rule, Reason.FIELD_ABSENT)
    year = birthday_year(birthday, basis.day, table.before, table.after)
    if year is None:
        return nothing(rule, Reason.OUTSIDE_SCHEDULE)
    before = basis.state_of(rule)
    if before is not None and before["year"] >= year:
        return nothing(rule, Reason.ALREADY_USED)
    counted = basis.lines_of(rule)
    if table.reward is not None:
        last_day = reward_last_day(table.reward, basis.day)
        contribution = basis.whole(rule, reward_asset(rule.id), 1, last_day)
    else:
        contribution = awarded(rule, basis, table, counted)
    return applied(rule, contribution, counted, state={"year": year})


def _redeem(rule: Rule, basis: Basis) -> Effect:
    if rule.table.reward is None:
        return Effect(None)
    return redeem_unit(rule, basis, reward_asset(rule.id), rule.table.reward)


def _assets(rule_id: str, table: EarnBirthday) -> tuple[str, ...]:
    return prize_assets(table) if table.reward is None else (reward_asset(rule_id),)


def _check(rule: Rule, programme: Programme) -> tuple[Problem, ...]:
    table = rule.table
    if table.reward is not None and (table.points or table.voucher):
        text = "give either a reward, or points or a voucher: one of the two"
        return (Problem(text, key="points"),)
    faults = prize_faults(table, programme) if table.reward is None else ()
    if faults:
        return faults
    if table.before + table.after > 180:
        return (Problem("keep the days around the birthday under half a year", key="before"),)
    return ()


KIND = register(
    Kind(
        "earn.birthday",
        Phase.BONUS,
        EarnBirthday,
        _apply,
        check=_check,
        needs_history=True,
        netting=lambda _table: "year",
        also=((Phase.BURN, _redeem),),
        filters=lambda table: reward_filters(table.reward),
        assets=_assets,
        free_units=lambda _table: 1,
    )
)
