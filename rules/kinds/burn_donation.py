"""`burn.donation`: points that become money for a charity."""

import msgspec

from rules.account import POINTS
from rules.basis import Basis, Effect
from rules.decision import Outbound
from rules.errors import Problem
from rules.kinds.base import Kind, Phase, register
from rules.programme.model import Programme, Rule
from rules.programme.values import Cents
from rules.redeeming import send, send_faults


class BurnDonation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`points` become `value` cents for the charity `to`, in whole steps, at most `max_steps` a ticket."""

    points: int
    value: Cents
    to: str
    max_steps: int | None = None


def _apply(rule: Rule, basis: Basis) -> Effect:
    table = rule.table
    return send(rule, basis, Outbound(rule.id, "donation", table.to, cents=int(table.value)))


def _check(rule: Rule, _programme: Programme) -> tuple[Problem, ...]:
    if not rule.table.value:
        return (Problem("give more than 0.00", key="value"),)
    return send_faults(rule)


KIND = register(
    Kind(
        "burn.donation",
        Phase.BURN,
        BurnDonation,
        _apply,
        check=_check,
        assets=lambda _id, _table: (POINTS,),
    )
)
