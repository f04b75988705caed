"""`convert`: so many points become a voucher by themselves."""

import msgspec

from rules.account import POINTS, voucher_asset
from rules.basis import Basis, Effect, nothing
from rules.conversions import Conversion
from rules.decision import Gap, Progress, Reason
from rules.errors import Problem
from rules.kinds.base import Kind, Phase, register
from rules.prize import voucher_fault
from rules.programme.model import Programme, Rule


class Convert(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`points` become one `voucher`, which can be used at once and lives as its own rule says."""

    points: int
    voucher: str


def _conversion(rule: Rule, programme: Programme) -> Conversion:
    named = programme.rule(rule.table.voucher)
    life = named.table.life if named is not None else None
    return Conversion(rule.id, rule.table.points, POINTS, voucher_asset(rule.table.voucher), life)


def _apply(rule: Rule, basis: Basis) -> Effect:
    """Nothing happens here: whoever holds the points converts them once the ticket stands."""
    if not basis.known and POINTS not in basis.account.balance:
        return nothing(rule, Reason.SETTLED_LATER)
    have, need = max(0, basis.after(POINTS)), rule.table.points
    if have < need:
        return nothing(rule, Reason.NO_BALANCE, Gap(POINTS, have, need))
    return nothing(rule, Reason.NO_EFFECT)


def _progress(rule: Rule, basis: Basis) -> Progress | None:
    need, after = rule.table.points, max(0, basis.after(POINTS))
    have = after % need or min(after, need)
    return Progress("voucher", rule.id, rule.table.voucher, POINTS, have, need)


def _check(rule: Rule, programme: Programme) -> tuple[Problem, ...]:
    table = rule.table
    if table.points < 1:
        return (Problem("ask for at least 1 point", key="points"),)
    fault = voucher_fault(table.voucher, programme)
    return (Problem(fault, key="voucher"),) if fault else ()


KIND = register(
    Kind(
        "convert",
        Phase.POLICY,
        Convert,
        _apply,
        check=_check,
        assets=lambda _id, table: (POINTS, voucher_asset(table.voucher)),
        progress=_progress,
        conversion=_conversion,
    )
)
