"""`burn.gift`: points for a gift of a catalogue, handed out beside the ticket; its stock may be counted."""

from collections.abc import Iterator
from typing import Literal

import msgspec

from rules.account import POINTS
from rules.basis import Basis, Effect, nothing
from rules.decision import Option, Outbound, Progress, Reason
from rules.errors import Problem
from rules.kinds.base import Kind, Phase, register
from rules.programme.header import ID, ID_ADVICE, Text, per_language, text_fault
from rules.programme.model import Programme, Rule
from rules.programme.values import Cents
from rules.redeeming import beside, not_chosen
from rules.rewards import missing, to_reward

Stock = Literal["store", "chain"]


class Gift(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One gift for `points`. `value` is what it costs the shop; `stock` says who counts how many are left."""

    id: str
    points: int
    label: Text = ""
    value: Cents = Cents(0)
    stock: Stock | None = None


class BurnGift(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The catalogue: each of `gifts` is a rule of its own, named after the catalogue and itself.

    `stock` holds for the gifts that do not have their own.
    """

    gifts: tuple[Gift, ...]
    stock: Stock | None = None


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
                table=msgspec.structs.replace(gift, stock=gift.stock or rule.table.stock),
            )
            for gift in rule.table.gifts
        ]
    )


def _apply(rule: Rule, basis: Basis) -> Effect:
    gift = rule.table
    short = missing(rule, basis, POINTS, gift.points)
    if short is not None:
        return short
    most = basis.spendable(POINTS) // gift.points
    left = basis.left(stock_key(rule.id)) if gift.stock is not None else None
    if left is not None:
        most = min(most, left)
    if most < 1:
        return nothing(rule, Reason.BUDGET_SPENT)
    option = Option(rule.id, POINTS, gift.points, 0, most)
    steps = min(basis.choices.get(rule.id, 0), most)
    if steps < 1:
        return not_chosen(rule, option)
    effect = beside(rule, option, steps, Outbound(rule.id, "gift", gift.id, steps, gift.value * steps))
    if gift.stock is None:
        return effect
    return msgspec.structs.replace(effect, drawn={stock_key(rule.id): steps})


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
            for text in _faults(gift, f"{rule.id}.{gift.id}", names)
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
