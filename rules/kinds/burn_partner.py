"""`burn.partner`: points that become miles or credit at a partner."""

import msgspec

from rules.account import POINTS
from rules.basis import Basis, Effect
from rules.decision import Outbound
from rules.errors import Problem
from rules.kinds.base import Kind, Phase, register
from rules.programme.model import Programme, Rule
from rules.redeeming import send, send_faults


class BurnPartner(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`points` become `quantity` units (miles, credit) at the partner `to`, in whole steps."""

    points: int
    quantity: int
    to: str
    max_steps: int | None = None


def _apply(rule: Rule, basis: Basis) -> Effect:
    table = rule.table
    return send(rule, basis, Outbound(rule.id, "partner", table.to, quantity=table.quantity))


def _check(rule: Rule, _programme: Programme) -> tuple[Problem, ...]:
    if rule.table.quantity < 1:
        return (Problem("give at least 1 unit", key="quantity"),)
    return send_faults(rule)


KIND = register(
    Kind(
        "burn.partner",
        Phase.BURN,
        BurnPartner,
        _apply,
        check=_check,
        assets=lambda _id, _table: (POINTS,),
    )
)
