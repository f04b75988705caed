"""What a programme lets members get for what they hold, and what one unit of it is worth."""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

import msgspec

from rules.account import POINTS, reward_asset, voucher_asset
from rules.kinds.base import Phase
from rules.kinds.burn_money import price
from rules.programme.model import Programme, Rule
from rules.rewards import FreeUnit

_GOODS = "burn.product"


class Offer(msgspec.Struct, frozen=True):
    """`price` units of `asset` buy one redemption of `rule`.

    `cents` is what it is worth, an upper bound where `most` is set, None where only a sale can tell. `own_goods`
    tells goods of the shop from money and from what others give.
    """

    rule: str
    asset: str
    price: int
    cents: int | None
    most: bool = False
    own_goods: bool = False


def offers(programme: Programme) -> tuple[Offer, ...]:
    """Every redemption, in the programme's order."""
    return tuple([offer for rule in programme.rules for offer in _offers_of(rule)])


def dearest(programme: Programme) -> Fraction | None:
    """Cents that a point buys at most, as far as the programme says."""
    rates = [
        Fraction(one.cents, one.price)
        for one in offers(programme)
        if one.asset == POINTS and one.cents is not None
    ]
    return max(rates, default=None)


def _offers_of(rule: Rule) -> Iterator[Offer]:
    table = rule.table
    goods = free_unit(table)
    value, most = _value(table)
    if rule.kind.name == "burn.money":
        points, cents = price(table)
        yield Offer(rule.id, POINTS, points, cents)
    elif rule.kind.phase is Phase.BURN and getattr(table, "points", None):
        yield Offer(rule.id, POINTS, table.points, value, most, rule.kind.name == _GOODS)
    elif goods is not None:
        bounded = goods.max_value is not None
        yield Offer(rule.id, reward_asset(rule.id), 1, goods.max_value, bounded, own_goods=True)
    else:
        for asset in _own_vouchers(rule):
            yield Offer(rule.id, asset, 1, value, most, table.product is not None)


def free_unit(table: Any) -> FreeUnit | None:
    """The free item that a rule's table promises, if it does."""
    reward = getattr(table, "reward", None)
    return reward if isinstance(reward, FreeUnit) else None


def _own_vouchers(rule: Rule) -> tuple[str, ...]:
    assets = rule.kind.assets(rule.id, rule.table) if rule.kind.assets is not None else ()
    return tuple([asset for asset in assets if asset == voucher_asset(rule.id)])


def _value(table: Any) -> tuple[int | None, bool]:
    """Cents of one redemption as far as the table says, and whether they are only its upper bound."""
    value = getattr(table, "value", None)
    if isinstance(value, int) and value:
        return int(value), False
    most = getattr(table, "max_value", None)
    return (int(most), True) if isinstance(most, int) else (None, False)


def cheapest(programme: Programme) -> dict[str, int]:
    """By asset, how many units the cheapest redemption or conversion into something usable asks for."""
    least: dict[str, int] = {}
    for offer in offers(programme):
        least[offer.asset] = min(offer.price, least.get(offer.asset, offer.price))
    return least


class Paid(msgspec.Struct, frozen=True):
    """What redemptions of an asset came to over a history: units spent, and cents given for them."""

    units: int = 0
    cents: int = 0


def worth(programme: Programme, paid: Mapping[str, Paid]) -> dict[str, Fraction]:
    """Cents that one unit of an asset is worth: at the rate of its cheapest reward with a value of its own.

    Where no reward has one, what redemptions came to in `paid`, else the bound of the cheapest one. Assets that
    nothing tells the value of are left out. What only turns into something else is worth its share of that.
    """
    found: dict[str, Fraction] = {}
    every = [offer for offer in offers(programme) if offer.cents is not None]
    for offer in sorted(every, key=lambda offer: (offer.most, offer.price, offer.rule)):
        done = paid.get(offer.asset)
        if offer.asset in found or offer.cents is None:
            continue
        known = offer.most and done is not None and done.units > 0
        found[offer.asset] = (
            Fraction(done.cents, done.units) if known and done else Fraction(offer.cents, offer.price)
        )
    for asset, done in paid.items():
        if asset not in found and done.units > 0:
            found[asset] = Fraction(done.cents, done.units)
    pending = programme.conversions
    for _ in pending:
        for turn in pending:
            if turn.target in found and turn.source not in found:
                found[turn.source] = found[turn.target] / turn.need
    return found


def family(asset: str) -> str:
    """What kind of thing an asset is: points, stamp, reward or voucher."""
    return asset.partition(":")[0]
