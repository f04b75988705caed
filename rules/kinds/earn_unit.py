"""`earn.unit`: so many points for every unit of a product or category."""

from fractions import Fraction

import msgspec

from rules.account import POINTS
from rules.allocate import spread
from rules.basis import Basis, Effect, applied, nothing
from rules.decision import Contribution, Reason
from rules.errors import Problem
from rules.kinds.base import Kind, Phase, register
from rules.programme.model import Programme, Rule

_FINEST = 1_000_000  # lines carry points by the millionths of their units
_MOST = 1_000_000


class EarnUnit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`points` for every whole unit of the lines that count, for at most `max_units` of a ticket."""

    points: int
    max_units: int | None = None


def _units(rule: Rule, basis: Basis) -> dict[int, Fraction]:
    """Units by line that earn: neither those given free nor a discount, which is a line below zero."""
    found: dict[int, Fraction] = {}
    for n in basis.lines_of(rule):
        line = basis.ticket.lines[n]
        left = Fraction(line.qty) - basis.free[n]
        if line.cents >= 0 and left > 0:
            found[n] = left
    return found


def _apply(rule: Rule, basis: Basis) -> Effect:
    table: EarnUnit = rule.table
    units = _units(rule, basis)
    if not units:
        return nothing(rule, Reason.NO_ELIGIBLE_LINE)
    total = sum(units.values())
    whole = int(total)
    if table.max_units is not None:
        whole = min(whole, table.max_units)
    if not whole:
        return nothing(rule, Reason.NO_EFFECT)
    quantity = whole * table.points
    weights = [int(units.get(n, 0) * _FINEST) for n in range(len(basis.ticket.lines))]
    usable, last_day = basis.points_days(rule)
    given = Contribution(rule.id, POINTS, quantity, usable, last_day, spread(quantity, weights))
    exact = str(total * table.points) if whole < total < whole + 1 else ""
    return applied(rule, given, tuple(units), exact)


def _check(rule: Rule, _programme: Programme) -> tuple[Problem, ...]:
    table: EarnUnit = rule.table
    problems = []
    if not 1 <= table.points <= _MOST:
        problems.append(Problem(f"give from 1 to {_MOST} points a unit", key="points"))
    if table.max_units is not None and table.max_units < 1:
        problems.append(Problem("let at least 1 unit of a ticket count", key="max_units"))
    return tuple(problems)


KIND = register(
    Kind(
        "earn.unit",
        Phase.BASE,
        EarnUnit,
        _apply,
        check=_check,
        assets=lambda _id, _table: (POINTS,),
        products=lambda _table: True,
    )
)
