"""`stamp`: so many bought, the next one free."""

from datetime import date, timedelta
from typing import Literal

import msgspec

from rules.account import FOREVER, reward_asset, stamp_asset
from rules.basis import Basis, Effect, applied, nothing
from rules.conversions import Conversion
from rules.decision import Contribution, Progress, Reason
from rules.errors import Problem
from rules.kinds.base import Kind, Phase, register
from rules.programme.model import Programme, Rule
from rules.programme.values import Days
from rules.rewards import FreeUnit, redeem_unit, reward_filters


class Stamp(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One stamp per unit, ticket or day; `need` of them make a card, which is worth `reward`.

    `card_expires` is the life of a stamp. Goods given free earn no stamp unless `stamp_on_reward`.
    """

    need: int
    reward: FreeUnit
    per: Literal["unit", "ticket", "day"] = "unit"
    card_expires: Days | None = None
    stamp_on_reward: bool = False


def _conversion(rule: Rule, _programme: Programme) -> Conversion:
    table = rule.table
    return Conversion(rule.id, table.need, stamp_asset(rule.id), reward_asset(rule.id), table.reward.expires)


def _apply(rule: Rule, basis: Basis) -> Effect:
    table = rule.table
    if table.per == "day":
        return _once_a_day(rule, basis)
    units = _units(rule, basis)
    counted = tuple([n for n, number in enumerate(units) if number])
    if not counted:
        return nothing(rule, Reason.NO_ELIGIBLE_LINE)
    last_day = _last_day(rule, basis)
    asset = stamp_asset(rule.id)
    if table.per == "ticket":
        return applied(rule, basis.whole(rule, asset, 1, last_day), counted)
    contribution = Contribution(rule.id, asset, sum(units), basis.day, last_day, tuple(units))
    return applied(rule, contribution, counted)


def _once_a_day(rule: Rule, basis: Basis) -> Effect:
    if not basis.known:
        return nothing(rule, Reason.SETTLED_LATER)
    today = basis.day.isoformat()
    before = basis.state_of(rule)
    if before is not None and before["day"] >= today:  # settled in order of sale; a late one breaks nothing
        return nothing(rule, Reason.ALREADY_USED if before["day"] == today else Reason.NO_EFFECT)
    counted = tuple([n for n, number in enumerate(_units(rule, basis)) if number])
    if not counted:
        return nothing(rule, Reason.NO_ELIGIBLE_LINE)
    contribution = basis.whole(rule, stamp_asset(rule.id), 1, _last_day(rule, basis))
    return applied(rule, contribution, counted, state={"day": today})


def _units(rule: Rule, basis: Basis) -> list[int]:
    """Whole units by line that earn a stamp; a line with a negative amount is a discount, not goods."""
    lines, by_unit = basis.ticket.lines, rule.table.per == "unit"
    free = [0] * len(lines) if rule.table.stamp_on_reward else basis.free
    units = [0] * len(lines)
    for n in basis.lines_of(rule):
        line = lines[n]
        if line.cents >= 0:
            units[n] = max(0, int(line.qty) - free[n]) if by_unit else int(line.qty > free[n])
    return units


def _last_day(rule: Rule, basis: Basis) -> date:
    life = rule.table.card_expires
    return FOREVER if life is None else basis.day + timedelta(days=life)


def _redeem(rule: Rule, basis: Basis) -> Effect:
    return redeem_unit(rule, basis, reward_asset(rule.id), rule.table.reward)


def _progress(rule: Rule, basis: Basis) -> Progress | None:
    if not basis.known and stamp_asset(rule.id) not in basis.account.balance:
        return None
    after = max(0, basis.after(stamp_asset(rule.id)))
    have = after % rule.table.need or min(after, rule.table.need)
    return Progress("stamps", rule.id, reward_asset(rule.id), "stamps", have, rule.table.need)


def _check(rule: Rule, _programme: Programme) -> tuple[Problem, ...]:
    if not 1 <= rule.table.need <= 1000:
        return (Problem("a card needs from 1 to 1000 stamps", key="need"),)
    return ()


KIND = register(
    Kind(
        "stamp",
        Phase.COUNTER,
        Stamp,
        _apply,
        check=_check,
        netting=lambda table: "day" if table.per == "day" else "ticket",
        also=((Phase.BURN, _redeem),),
        filters=lambda table: reward_filters(table.reward),
        assets=lambda rule_id, _table: (stamp_asset(rule_id), reward_asset(rule_id)),
        progress=_progress,
        free_units=lambda _table: 1,
        conversion=_conversion,
        products=lambda table: table.per == "unit",
    )
)
