"""`earn.multiply`: base points of named groups or rules times an exact factor."""

from fractions import Fraction

import msgspec

from rules.account import POINTS
from rules.allocate import rounded
from rules.basis import Basis, Effect, applied, nothing
from rules.decision import Contribution, Reason
from rules.errors import Problem
from rules.kinds.base import Kind, Phase, register
from rules.programme.model import DEFAULT_GROUPS, Programme, Rule, giving_phase, group_of
from rules.programme.values import Factor


class EarnMultiply(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`factor` on what the groups or rules in `applies_to` gave; with `lines`, on their part of these lines."""

    factor: Factor
    applies_to: tuple[str, ...] = ("base",)


def multiplied(rule: Rule, basis: Basis, factor: Fraction, applies_to: tuple[str, ...]) -> Effect:
    """The points that `factor` adds, allocated like the points it multiplies.

    In a group that stacks, what earlier multipliers of the group added is multiplied too.
    """
    targets = frozenset(applies_to)
    own = group_of(rule, Phase.MULTIPLIER)
    if basis.programme.groups.get(own) == "stack":
        targets |= {own}
    base, over = basis.points_over(targets, basis.lines_of(rule))
    top, bottom = (factor.numerator - factor.denominator) * base, factor.denominator
    quantity = rounded(top, bottom, basis.programme.header.rounding)
    if quantity <= 0:
        return nothing(rule, Reason.NO_EFFECT)
    contribution = Contribution(rule.id, POINTS, quantity, *basis.points_days(rule), ())
    exact = "" if top % bottom == 0 else f"{top}/{bottom}"
    effect = applied(rule, contribution, tuple(over[0]), exact)
    return Effect(effect.outcome, effect.contributions, over=over)


def unknown_targets(programme: Programme, applies_to: tuple[str, ...]) -> tuple[Problem, ...]:
    """One problem for every name in `applies_to` that is neither a group with rules nor a rule."""
    names = {each.id for each in programme.rules} | set(programme.groups) | set(DEFAULT_GROUPS.values())
    names |= {each.group for each in programme.rules}
    found = []
    for name in applies_to:
        if name not in names:
            found.append(
                Problem(f'"{name}" is neither a rule nor a group: name one of them', key="applies_to")
            )
        elif _too_late(name, programme):
            text = f"{name} gives nothing before the multipliers: name rules or groups of base points"
            found.append(Problem(text, key="applies_to"))
    return tuple(found)


def _too_late(name: str, programme: Programme) -> bool:
    """Whether all that `name` stands for gives its points after the multipliers, so that none could be multiplied."""
    phases = [giving_phase(each.kind) for each in programme.rules if name in programme.names[each.id]]
    phases += [phase for phase, group in DEFAULT_GROUPS.items() if group == name and not phases]
    return bool(phases) and not any(phase in (Phase.BASE, Phase.MULTIPLIER) for phase in phases)


def _apply(rule: Rule, basis: Basis) -> Effect:
    return multiplied(rule, basis, rule.table.factor, rule.table.applies_to)


def _check(rule: Rule, programme: Programme) -> tuple[Problem, ...]:
    problems = unknown_targets(programme, rule.table.applies_to)
    if rule.table.factor <= 1:
        problems += (Problem("write a factor above 1", key="factor"),)
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
