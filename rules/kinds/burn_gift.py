"""`burn.gift`: points for a gift of a catalogue, handed out beside the ticket; its stock may be counted."""

from collections.abc import Iterator
from typing import Literal

import msgspec

from rules.account import POINTS
from rules.basis import Basis, Effect
from rules.decision import Outbound, Progress
from rules.errors import Problem
from rules.kinds.base import Kind, Phase, register
from rules.programme.header import ID, ID_ADVICE, Text, per_language, text_fault
from rules.programme.model import Programme, Rule
from rules.programme.values import Cents
from rules.redeeming import beside
from rules.rewards import to_reward

Stock = Literal["store", "chain"]


class Gift(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One gift for `points`. `value` is what it costs the shop; `stock` says who counts how many are left.

    `overrun` is how many a till without a line may hand out beyond what is left.
    """

    id: str
    points: int
    label: Text = ""
    value: Cents = Cents(0)
    stock: Stock | None = None
    overrun: int | None = None


class BurnGift(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The catalogue: each of `gifts` is a rule of its own, named after the catalogue and itself.

    `stock` and `overrun` hold for the gifts that do not have their own.
    """

    gifts: tuple[Gift, ...]
    stock: Stock | None = None
    overrun: int | None = None


def stock_key(rule_id: str) -> str:
    """Name of the shared counter of what is left of a gift."""
    return f"gift:{rule_id}"


def _expand(rule: Rule) -> tuple[Rule, ...]:
    return tuple(
        [
            msgspec.structs.replace(
                rule,
                id=f"{rule.id}.{gift.id}",
                label=per_language(gift.label) if gift.label else rule.label,
                table=_own(gift, rule.table),
            )
            for gift in rule.table.gifts
        ]
    )


def _own(gift: Gift, table: BurnGift) -> Gift:
    """A gift with what the catalogue says for all of them."""
    overrun = table.overrun if gift.overrun is None else gift.overrun
    return msgspec.structs.replace(gift, stock=gift.stock or table.stock, overrun=overrun)


def _apply(rule: Rule, basis: Basis) -> Effect:
    gift = rule.table
    left = basis.left(stock_key(rule.id)) if gift.stock is not None else None
    effect = beside(rule, basis, Outbound(rule.id, "gift", gift.id, 1, int(gift.value)), gift.points, left)
    if gift.stock is None:
        return effect
    drawn = {stock_key(rule.id): burn.steps for burn in effect.burns}
    return msgspec.structs.replace(effect, drawn=drawn)


def _progress(rule: Rule, basis: Basis) -> Progress:
    return to_reward(rule, basis, POINTS, rule.table.points)


def _check(rule: Rule, programme: Programme) -> tuple[Problem, ...]:
    if not rule.table.gifts:
        return (Problem("put at least one gift into the catalogue", key="gifts"),)
    names = [each.id for each in programme.rules]
    return tuple(
        [
            Problem(f"gift {gift.id}: {text}", key="gifts")
            for gift in rule.table.gifts
            for text in _faults(_own(gift, rule.table), f"{rule.id}.{gift.id}", names)
        ]
    )


def _faults(gift: Gift, name: str, names: list[str]) -> Iterator[str]:
    if not ID.fullmatch(gift.id) or not ID.fullmatch(name):
        yield f"{ID_ADVICE}; those before the dot count too"
    elif names.count(name) > 1:
        yield f"the id {name} is used twice: choose another one"
    if gift.points < 1:
        yield "ask for at least 1 point"
    if gift.label and text_fault(gift.label):
        yield text_fault(gift.label)
    if gift.overrun is not None and gift.overrun < 1:
        yield "write an overrun of at least 1, or leave it out"
    if gift.overrun is not None and gift.stock is None:
        yield "an overrun goes with stock: nobody counts this gift, so leave it out"


KIND = register(
    Kind(
        "burn.gift",
        Phase.BURN,
        BurnGift,
        _apply,
        check=_check,
        assets=lambda _id, _table: (POINTS,),
        progress=_progress,
        expand=_expand,
    )
)
