"""Which rewards nobody could ever reach: by the file alone with a very good customer, or by what a history shows."""

from collections.abc import Iterator, Mapping
from datetime import date
from fractions import Fraction

import msgspec

from rules.account import POINTS, stamp_asset
from rules.kinds.tiers import TIERS
from rules.lifetime import last_day_of
from rules.programme.model import Programme, Rule
from rules.tools.limits import LONGEST_WEEKS, WEEKLY_CENTS, WEEKLY_UNITS, WEEKLY_VISITS
from rules.tools.offers import offers

_OPEN_ENDED = frozenset({"earn.event", "referral"})
_SOME_DAY = date(2026, 1, 1)


class Beyond(msgspec.Struct, frozen=True):
    """A reward that costs `price` units of an asset of which at most `most` can be held."""

    rule: str
    asset: str
    price: int
    most: int


def prices(programme: Programme) -> tuple[tuple[str, str, int], ...]:
    """Rule, asset and units of everything that can be bought or made."""
    bought = [(offer.rule, offer.asset, offer.price) for offer in offers(programme)]
    return (*bought, *[(one.rule, one.source, one.need) for one in programme.conversions])


def beyond_anybody(programme: Programme) -> tuple[Beyond, ...]:
    """Rewards that even a very good customer does not reach before points or stamps lapse."""
    most = {POINTS: _points(programme)} | dict(_stamps(programme))
    return _beyond(programme, most)


def never_reached(programme: Programme, peaks: Mapping[str, int]) -> tuple[Beyond, ...]:
    """Rewards that no member of a history could have afforded; `peaks` is the most of every asset that one held."""
    return _beyond(programme, {asset: peaks.get(asset, 0) for _, asset, _ in prices(programme)})


def _beyond(programme: Programme, most: Mapping[str, int | None]) -> tuple[Beyond, ...]:
    return tuple(
        [
            Beyond(rule, asset, price, limit)
            for rule, asset, price in prices(programme)
            if (limit := most.get(asset)) is not None and price > limit
        ]
    )


def _points(programme: Programme) -> int | None:
    """The most points that can be held; None where events elsewhere may give any number."""
    if any(rule.kind.name in _OPEN_ENDED for rule in programme.rules):
        return None
    weeks = min(LONGEST_WEEKS, (last_day_of(programme, _SOME_DAY) - _SOME_DAY).days // 7 + 1)
    weekly = sum([_weekly(rule) for rule in programme.rules], Fraction(0))
    once = sum([rule.table.points or 0 for rule in programme.rules if _is_bonus(rule)])
    return int(weekly * best_factor(programme) * weeks) + once


def _weekly(rule: Rule) -> Fraction:
    """Points of a week in which everything the rule looks at is bought, every day."""
    table = rule.table
    match rule.kind.name:
        case "earn.amount":
            return Fraction(table.points * WEEKLY_CENTS, table.per)
        case "earn.unit":
            return Fraction(table.points * WEEKLY_UNITS)
        case "earn.visit":
            return Fraction(table.points * WEEKLY_VISITS)
        case "earn.visits":
            return Fraction(sum([step.points for step in table.steps]), 4)
        case "earn.streak" | "earn.comeback":
            return Fraction(table.points)
    return Fraction(0)


def _is_bonus(rule: Rule) -> bool:
    """Whether the rule gives points now and then, not by the week."""
    return rule.kind.name in ("earn.once", "earn.birthday")


def best_factor(programme: Programme) -> Fraction:
    """The largest multiplier of campaigns and levels."""
    factors = [rule.table.factor for rule in programme.rules if rule.kind.name == "earn.multiply"]
    for rule in programme.rules:
        if rule.kind.name == TIERS:
            factors += [level.multiply for level in rule.table.levels if level.multiply is not None]
    return max([Fraction(factor) for factor in factors], default=Fraction(1))


def _stamps(programme: Programme) -> Iterator[tuple[str, int]]:
    """By stamp card, the most stamps that can be collected before the first one lapses."""
    for rule in programme.rules:
        if rule.kind.name != "stamp":
            continue
        days = rule.table.card_expires
        weeks = LONGEST_WEEKS if days is None else min(LONGEST_WEEKS, days // 7 + 1)
        yield stamp_asset(rule.id), weeks * (WEEKLY_UNITS if rule.table.per == "unit" else WEEKLY_VISITS)
