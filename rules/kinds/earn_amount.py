"""`earn.amount`: so many points for every amount, on all lines or on some.

With `rounding = "carry"` the rest of a ticket, in thousandths of a point, waits for the next one (rules.md section 3).
A till that knows the member only thinly rounds down and leaves the rest to settlement.
"""

import msgspec

from rules.account import POINTS
from rules.allocate import rounded
from rules.basis import Basis, Effect, applied, nothing
from rules.decision import Gap, Reason
from rules.errors import Problem
from rules.kinds.base import Kind, Phase, register
from rules.programme.model import Programme, Rule
from rules.programme.values import Cents
from rules.shares import Shares

_MILLI = 1000


class EarnAmount(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`points` for every `per` cents of what counts for the rule: `earn_on` is one of the common keys."""

    points: int
    per: Cents


def _apply(rule: Rule, basis: Basis) -> Effect:
    table, header = rule.table, basis.programme.header
    earn_on = rule.earn_on
    counted = basis.lines_of(rule)
    if basis.reward:
        by_line = basis.cents_by_line(earn_on)
        counted = tuple([n for n in counted if by_line[n] or not basis.discounts[n]])
    if not counted:
        return nothing(rule, Reason.NO_ELIGIBLE_LINE)
    shares = basis.shares(counted, earn_on)
    cents = shares.cents
    if header.rounding == "carry" and basis.known:
        return _carried(rule, basis, counted, shares)
    quantity = rounded(cents * table.points, table.per, header.rounding)
    if not quantity:
        return nothing(rule, Reason.NO_EFFECT, Gap("cents", cents, -(-table.per // table.points)))
    exact = "" if cents * table.points % table.per == 0 else f"{cents * table.points}/{table.per}"
    return applied(rule, basis.points_by(rule, quantity, shares), counted, exact)


def _carried(rule: Rule, basis: Basis, counted: tuple[int, ...], shares: Shares) -> Effect:
    """Points with what earlier tickets left over; the outcome's exact figure holds both."""
    table: EarnAmount = rule.table
    state = basis.state_of(rule)
    kept = state["milli"] if state is not None else 0
    milli = kept + shares.cents * table.points * _MILLI // table.per
    quantity, rest = divmod(milli, _MILLI)
    after = {"milli": rest}
    if not quantity:
        need = -(-(_MILLI - kept) * table.per // (table.points * _MILLI))
        outcome = nothing(rule, Reason.NO_EFFECT, Gap("cents", shares.cents, need)).outcome
        return Effect(outcome, state=after)
    exact = f"{milli}/{_MILLI}" if rest or kept else ""
    return applied(rule, basis.points_by(rule, quantity, shares), counted, exact, after)


def _check(rule: Rule, _programme: Programme) -> tuple[Problem, ...]:
    problems = []
    if rule.table.points < 1:
        problems.append(Problem("give at least 1 point", key="points"))
    if rule.table.per < 1:
        problems.append(Problem("write an amount above 0.00", key="per"))
    return tuple(problems)


KIND = register(
    Kind(
        "earn.amount",
        Phase.BASE,
        EarnAmount,
        _apply,
        check=_check,
        assets=lambda _id, _table: (POINTS,),
        products=lambda _table: True,
        counts_money=True,
    )
)
