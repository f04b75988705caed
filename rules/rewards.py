"""What redemptions share: whether the price is at hand, and goods given free on a line of the ticket."""

from datetime import date, timedelta
from typing import Literal

import msgspec

from rules.account import FOREVER, POINTS
from rules.allocate import rounded
from rules.basis import Basis, Effect, nothing
from rules.decision import Burn, Gap, Option, Outcome, Progress, Reason
from rules.programme.model import Rule
from rules.programme.values import Cents, Days
from rules.ticket import Line

FILTER = "reward.lines"


class FreeUnit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A free item: one unit of a line that passes `lines`, worth at most `max_value` cents.

    `expires` is its life after the day it was won; without it the free item does not lapse.
    """

    kind: Literal["free_unit"] = "free_unit"
    lines: str = ""
    max_value: Cents | None = None
    pick: Literal["cheapest", "dearest"] = "cheapest"
    expires: Days | None = None


class Unit(msgspec.Struct, frozen=True):
    """Goods that can be given free now: the line and its cents."""

    line: int
    cents: int


def missing(rule: Rule, basis: Basis, asset: str, price: int) -> Effect | None:
    """Why `price` units of `asset` cannot be spent now, or None when they can.

    NO_BALANCE: not owned. NOT_YET_AVAILABLE: owned, with a first usable day still to come. ON_HOLD: owned, and
    held elsewhere or blocked by a deficit.
    """
    if basis.spendable(asset) >= price:
        return None
    owned = basis.owned(asset) - basis.spent.get(asset, 0)
    if owned < price:
        # A voucher or free item is had or not: nothing lies between.
        gap = Gap(POINTS, max(0, owned), price) if asset == POINTS else None
        return nothing(rule, Reason.NO_BALANCE, gap)
    day = basis.day
    pending = sum([h.quantity for h in basis.account.holdings if h.asset == asset and h.available_on > day])
    in_deficit = basis.account.deficit.get(asset, 0) > 0
    if not in_deficit and basis.spendable(asset) + pending >= price:
        return nothing(rule, Reason.NOT_YET_AVAILABLE)
    return nothing(rule, Reason.ON_HOLD)


def free_units(
    basis: Basis,
    lines: tuple[int, ...],
    units: int,
    most: int,
    *,
    dearest: bool = False,
    max_value: int | None = None,
) -> tuple[Unit, ...]:
    """Up to `most` gifts of `units` units each on one of `lines`, cheapest (or dearest) first.

    A gift is worth its share of the line, the whole rest of the line with the last unit, and never more than
    is left to pay.
    """
    free, off = list(basis.free), list(basis.discounts)
    left = basis.paid
    found: list[Unit] = []
    while len(found) < most and left > 0:
        priced = [
            Unit(n, cents)
            for n in lines
            if (cents := _value(basis.ticket.lines[n], units, free[n], off[n], max_value)) > 0
        ]
        if not priced:
            break
        best = min(priced, key=lambda unit: (-unit.cents if dearest else unit.cents, unit.line))
        best = Unit(best.line, min(best.cents, left))
        free[best.line] += units
        off[best.line] += best.cents
        left -= best.cents
        found.append(best)
    return tuple(found)


def _value(line: Line, units: int, free: int, off: int, max_value: int | None) -> int:
    """Cents of `units` units of `line`, of which `free` units and `off` cents are already given."""
    if line.cents <= 0 or line.qty < units + free:
        return 0
    rest = line.cents - off
    if line.qty > units + free:
        top, bottom = (line.qty / units).as_integer_ratio()
        rest = min(rest, rounded(line.cents * bottom, top, "half_up"))
    return rest if max_value is None else min(rest, int(max_value))


def give(rule: Rule, basis: Basis, asset: str, price: int, gifts: tuple[Unit, ...]) -> Effect:
    """Offer `gifts` at `price` of `asset` each, and burn as many as the customer chose: one burn each."""
    if not gifts:
        return nothing(rule, Reason.NO_ELIGIBLE_LINE)
    option = Option(rule.id, asset, price, gifts[0].cents, len(gifts))
    taken = gifts[: basis.choices.get(rule.id, 0)]
    if not taken:
        return Effect(Outcome(rule.id, rule.kind.name, Reason.NOT_CHOSEN), option=option)
    size = len(basis.ticket.lines)
    burns = tuple(
        [
            Burn(
                rule.id,
                asset,
                price,
                1,
                gift.cents,
                (0,) * gift.line + (gift.cents,) + (0,) * (size - gift.line - 1),
            )
            for gift in taken
        ]
    )
    outcome = Outcome(
        rule.id,
        rule.kind.name,
        Reason.APPLIED,
        asset,
        price * len(taken),
        sum([gift.cents for gift in taken]),
        tuple(sorted({gift.line for gift in taken})),
    )
    return Effect(outcome, burns=burns, option=option)


def redeem_unit(rule: Rule, basis: Basis, asset: str, reward: FreeUnit) -> Effect:
    """Redeem free items the member holds as `asset`, one unit of an eligible line each."""
    short = missing(rule, basis, asset, 1)
    if short is not None:
        return short
    gifts = free_units(
        basis,
        basis.lines_of(rule, FILTER),
        1,
        basis.spendable(asset),
        dearest=reward.pick == "dearest",
        max_value=reward.max_value,
    )
    return give(rule, basis, asset, 1, gifts)


def to_reward(rule: Rule, basis: Basis, asset: str, price: int) -> Progress:
    """How far the balance is from `price`."""
    return Progress("reward", rule.id, rule.id, asset, max(0, basis.after(asset)), price)


def reward_filters(reward: FreeUnit | None) -> dict[str, str]:
    """The line filter of a free item, by key."""
    return {FILTER: reward.lines} if reward is not None and reward.lines else {}


def reward_last_day(reward: FreeUnit, day: date) -> date:
    """Last usable day of a free item won on `day`."""
    return FOREVER if reward.expires is None else day + timedelta(days=reward.expires)
