"""`voucher`: money off, a percentage off or a free product, given by other rules and used on a later ticket."""

from collections.abc import Iterator
from typing import Literal

import msgspec

from rules.account import voucher_asset
from rules.basis import Basis, Effect, nothing
from rules.decision import Gap, Option, Outcome, Reason
from rules.errors import Problem
from rules.kinds.base import Kind, Phase, register
from rules.programme.model import Programme, Rule
from rules.programme.values import Cents, Days, Percent
from rules.redeeming import left_on, not_chosen, share_of, take_off
from rules.rewards import free_units, give, missing

FILTER = "product.lines"


class Product(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One unit of a line that passes `lines`, worth at most `max_value` cents."""

    lines: str = ""
    max_value: Cents | None = None
    pick: Literal["cheapest", "dearest"] = "cheapest"


class Voucher(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of `value` (cents), `percent` (at most `max_value` cents) and `product`.

    It lives `life` days after the day it was given and can be used from `starts` days after that day. Up to
    `per_ticket` of them on one ticket, for at most `max_share` of it; with no other redemption unless `combinable`.
    """

    value: Cents | None = None
    percent: Percent | None = None
    product: Product | None = None
    max_value: Cents | None = None
    life: Days | None = None
    starts: Days = Days(0)
    combinable: bool = True
    per_ticket: int = 1
    max_share: Percent | None = None


def _apply(rule: Rule, basis: Basis) -> Effect:
    lacking = _lacks(rule, basis)
    if lacking is not None:
        return Effect(lacking)
    table = rule.table
    most = min(basis.spendable(voucher_asset(rule.id)), table.per_ticket)
    effect = _money(rule, basis, most) if table.product is None else _product(rule, basis, most)
    return effect if table.combinable else msgspec.structs.replace(effect, alone=True)


def _lacks(rule: Rule, basis: Basis) -> Outcome | None:
    """Why the member has no voucher to use today, or None; where one begins later, in how many days."""
    if basis.account.member is None or basis.account.blocked:
        return None
    asset = voucher_asset(rule.id)
    short = missing(rule, basis, asset, 1)
    if short is None or short.outcome is None or short.outcome.reason is not Reason.NOT_YET_AVAILABLE:
        return None if short is None else short.outcome
    held = [lot.available_on for lot in basis.account.holdings if lot.asset == asset]
    days = (min([day for day in held if day > basis.day]) - basis.day).days
    return msgspec.structs.replace(short.outcome, gap=Gap("days", 0, days))


def _money(rule: Rule, basis: Basis, most: int) -> Effect:
    table, lines = rule.table, basis.lines_of(rule)
    left = room = left_on(basis, lines)
    if table.max_share is not None:
        room = min(room, share_of(basis.gross, table.max_share))
    worth: list[int] = []
    while len(worth) < most:
        cents = min(_face(table, left), room)
        if cents <= 0:
            break
        worth.append(cents)
        left, room = left - cents, room - cents
    if not worth:
        return nothing(rule, Reason.NO_ELIGIBLE_LINE)
    option = Option(rule.id, voucher_asset(rule.id), 1, worth[0], len(worth))
    steps = min(basis.choices.get(rule.id, 0), len(worth))
    if steps < 1:
        return not_chosen(rule, option)
    face = 0 if table.value is None else int(table.value) * steps
    return take_off(rule, basis, option, cents=sum(worth[:steps]), steps=steps, lines=lines, face=face)


def _face(table: Voucher, left: int) -> int:
    """What one voucher is worth where `left` cents are still to pay, before any limit of the ticket."""
    if table.percent is None:
        return int(table.value or 0)
    cents = share_of(left, table.percent)
    return cents if table.max_value is None else min(cents, int(table.max_value))


def _product(rule: Rule, basis: Basis, most: int) -> Effect:
    product, counted = rule.table.product, basis.lines_of(rule)
    lines = tuple([n for n in basis.lines_of(rule, FILTER) if n in counted])
    dearest = product.pick == "dearest"
    gifts = free_units(basis, lines, 1, most, dearest=dearest, max_value=product.max_value)
    return give(rule, basis, voucher_asset(rule.id), 1, gifts)


def _check(rule: Rule, _programme: Programme) -> tuple[Problem, ...]:
    return tuple([Problem(text, key=key) for key, text in _faults(rule.table)])


def _faults(table: Voucher) -> Iterator[tuple[str, str]]:
    """Key and text of everything that is wrong."""
    if sum([each is not None for each in (table.value, table.percent, table.product)]) != 1:
        yield "value", "give one of value, percent and product"
    for key in ("value", "percent", "max_value", "max_share"):
        amount = getattr(table, key)
        if amount is not None and not amount:
            yield key, "write more than nothing here"
    if table.max_value is not None and table.percent is None:
        yield "max_value", "max_value goes with percent; inside product it limits the product"
    if table.max_share is not None and table.product is not None:
        yield "max_share", "max_share goes with value or percent"
    if table.life is not None and table.starts > table.life:
        yield "starts", "the voucher would lapse before it starts: shorten starts or lengthen life"
    if table.per_ticket < 1:
        yield "per_ticket", "allow at least 1 a ticket"


def _filters(table: Voucher) -> dict[str, str]:
    return {FILTER: table.product.lines} if table.product is not None and table.product.lines else {}


KIND = register(
    Kind(
        "voucher",
        Phase.BURN,
        Voucher,
        _apply,
        check=_check,
        filters=_filters,
        assets=lambda rule_id, _table: (voucher_asset(rule_id),),
        free_units=lambda table: int(table.product is not None),
        lacks=_lacks,
        money_off=True,
    )
)
