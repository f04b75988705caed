"""`earn.multiply`: base points of named groups or rules times an exact factor."""

from fractions import Fraction

import msgspec

from rules.account import POINTS
from rules.allocate import rounded, spread
from rules.basis import DEFAULT_GROUPS, Basis, Effect, applied, nothing
from rules.decision import Contribution, Reason
from rules.errors import Problem
from rules.kinds.base import Kind, Phase, register
from rules.programme.model import Programme, Rule
from rules.programme.values import Factor


class EarnMultiply(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`factor` on what the groups or rules in `applies_to` gave; with `lines`, on their part of these lines."""

    factor: Factor
    applies_to: tuple[str, ...] = ("base",)


def multiplied(rule: Rule, basis: Basis, factor: Fraction, applies_to: tuple[str, ...]) -> Effect:
    """The points that `factor` adds, allocated like the points it multiplies.

    In a group that stacks, what earlier multipliers of the group added is multiplied too.
    """
    own = rule.group or DEFAULT_GROUPS[Phase.MULTIPLIER]
    targets = set(applies_to)
    if basis.programme.groups.get(own) == "stack":
        targets.add(own)
    weights = [0] * len(basis.ticket.lines)
    for contribution in basis.contributions:
        if contribution.asset == POINTS and _is_target(contribution, basis, targets):
            for n, points in enumerate(contribution.allocation):
                weights[n] += points
    kept = basis.lines_of(rule)
    base = sum([weights[n] for n in kept])
    more = (factor - 1) * base
    quantity = rounded(more.numerator, more.denominator, basis.programme.header.rounding)
    if quantity <= 0:
        return nothing(rule, Reason.NO_EFFECT)
    inside = set(kept)
    weights = [points if n in inside else 0 for n, points in enumerate(weights)]
    contribution = Contribution(
        rule.id, POINTS, quantity, basis.day, basis.points_last_day(), spread(quantity, weights)
    )
    exact = "" if more.denominator == 1 else f"{more.numerator}/{more.denominator}"
    return applied(rule, contribution, tuple([n for n, points in enumerate(weights) if points]), exact)


def _is_target(contribution: Contribution, basis: Basis, targets: set[str]) -> bool:
    if contribution.rule in targets:
        return True
    rule = basis.programme.rule(contribution.rule)
    return rule is not None and (rule.group or DEFAULT_GROUPS.get(rule.kind.phase, "")) in targets


def unknown_targets(rule: Rule, programme: Programme, applies_to: tuple[str, ...]) -> tuple[Problem, ...]:
    """One problem for every name in `applies_to` that is neither a group with rules nor a rule."""
    names = {each.id for each in programme.rules} | set(programme.groups) | set(DEFAULT_GROUPS.values())
    names |= {each.group for each in programme.rules}
    return tuple(
        Problem(f'"{name}" is neither a rule nor a group: name one of them', rule=rule.id, key="applies_to")
        for name in applies_to
        if name not in names
    )


def _apply(rule: Rule, basis: Basis) -> Effect:
    return multiplied(rule, basis, rule.table.factor, rule.table.applies_to)


def _check(rule: Rule, programme: Programme) -> tuple[Problem, ...]:
    problems = unknown_targets(rule, programme, rule.table.applies_to)
    if rule.table.factor <= 1:
        problems += (Problem("write a factor above 1", rule=rule.id, key="factor"),)
    return problems


KIND = register(
    Kind(
        "earn.multiply",
        Phase.MULTIPLIER,
        EarnMultiply,
        _apply,
        check=_check,
        assets=lambda _id, _table: (POINTS,),
    )
)
