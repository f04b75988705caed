"""`burn.product`: points for a product; a line of that product becomes free."""

import msgspec

from rules.account import POINTS
from rules.basis import Basis, Effect
from rules.decision import Progress
from rules.errors import Problem
from rules.kinds.base import Kind, Phase, register
from rules.programme.model import Programme, Rule
from rules.rewards import free_units, give, missing, to_reward


class Gift(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`qty` units of the product `sku`."""

    sku: str
    qty: int = 1


class BurnProduct(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`points` for `gives`, which must be on the ticket; at most `max_steps` times a ticket."""

    points: int
    gives: Gift
    max_steps: int | None = None


def _apply(rule: Rule, basis: Basis) -> Effect:
    table = rule.table
    short = missing(rule, basis, POINTS, table.points)
    if short is not None:
        return short
    most = basis.spendable(POINTS) // table.points
    if table.max_steps is not None:
        most = min(most, table.max_steps)
    lines = tuple([n for n in basis.lines_of(rule) if basis.ticket.lines[n].sku == table.gives.sku])
    return give(rule, basis, POINTS, table.points, free_units(basis, lines, table.gives.qty, most))


def _progress(rule: Rule, basis: Basis) -> Progress:
    return to_reward(rule, basis, POINTS, rule.table.points)


def _check(rule: Rule, _programme: Programme) -> tuple[Problem, ...]:
    table = rule.table
    if table.points < 1:
        return (Problem("ask for at least 1 point", key="points"),)
    if not table.gives.sku or table.gives.qty < 1:
        return (Problem("name the product and at least one unit of it", key="gives"),)
    if table.max_steps is not None and table.max_steps < 1:
        return (Problem("allow at least 1 step", key="max_steps"),)
    return ()


KIND = register(
    Kind(
        "burn.product",
        Phase.BURN,
        BurnProduct,
        _apply,
        check=_check,
        assets=lambda _id, _table: (POINTS,),
        progress=_progress,
        free_units=lambda table: table.gives.qty,
        money_off=True,
    )
)
