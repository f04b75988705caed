"""What a redemption does: money off the ticket, spread over its lines, or something done beside the ticket."""

from typing import Protocol

import msgspec

from rules.account import POINTS
from rules.allocate import spread
from rules.basis import Basis, Effect, nothing
from rules.decision import Burn, Gap, Option, Outbound, Outcome, Reason
from rules.errors import Problem
from rules.programme.model import Rule
from rules.programme.values import Percent
from rules.rewards import missing


def left_on(basis: Basis, lines: tuple[int, ...]) -> int:
    """Cents that are left to pay of `lines` after the redemptions before; never more than of the whole ticket."""
    every, off = basis.ticket.lines, basis.discounts
    return max(0, min(basis.paid, sum([every[n].cents - off[n] for n in lines])))


def share_of(cents: int, share: Percent) -> int:
    """The whole cents of a share of `cents`, rounded down once."""
    return cents * share.numerator // share.denominator


def take_off(
    rule: Rule,
    basis: Basis,
    option: Option,
    *,
    cents: int,
    steps: int,
    lines: tuple[int, ...],
    face: int = 0,
) -> Effect:
    """Burn `steps` steps of `option` for `cents` off `lines`, spread by largest remainder of what is left of each.

    `face` is what the steps are worth where the ticket is large enough; what lapses of it is said.
    """
    weights = [0] * len(basis.ticket.lines)
    for n in lines:
        weights[n] = basis.ticket.lines[n].cents - basis.discounts[n]
    allocation = spread(cents, weights)
    burn = Burn(rule.id, option.asset, option.quantity * steps, steps, cents, allocation)
    touched = tuple([n for n, off in enumerate(allocation) if off])
    gap = Gap("face", cents, face) if face > cents else None
    outcome = Outcome(
        rule.id, rule.kind.name, Reason.APPLIED, option.asset, burn.quantity, cents, touched, gap=gap
    )
    return Effect(outcome, burns=(burn,), option=option)


def not_chosen(rule: Rule, option: Option) -> Effect:
    """The effect of a redemption that is possible and that nobody asked for."""
    return Effect(Outcome(rule.id, rule.kind.name, Reason.NOT_CHOSEN), option=option)


class Sent(Protocol):
    """The keys of a table whose points go somewhere else, in whole steps."""

    @property
    def points(self) -> int:
        """Points of one step."""

    @property
    def to(self) -> str:
        """Who receives it."""

    @property
    def max_steps(self) -> int | None:
        """Most steps a ticket, None for as many as the points allow."""


def send(rule: Rule, basis: Basis, step: Outbound) -> Effect:
    """Burn the chosen steps of a rule with a `Sent` table, and have `step` done as many times elsewhere."""
    table: Sent = rule.table
    return beside(rule, basis, step, table.points, table.max_steps)


def beside(rule: Rule, basis: Basis, step: Outbound, points: int, left: int | None) -> Effect:
    """Burn the chosen steps of `points` each for something that takes nothing off the ticket: `step` is done elsewhere.

    At most `left` steps; None stands for as many as the points allow.
    """
    short = missing(rule, basis, POINTS, points)
    if short is not None:
        return short
    most = basis.spendable(POINTS) // points
    if left is not None:
        most = min(most, left)
    if most < 1:
        return nothing(rule, Reason.BUDGET_SPENT)
    option = Option(rule.id, POINTS, points, 0, most)
    steps = min(basis.choices.get(rule.id, 0), most)
    if steps < 1:
        return not_chosen(rule, option)
    burn = Burn(rule.id, POINTS, points * steps, steps, 0, ())
    outcome = Outcome(rule.id, rule.kind.name, Reason.APPLIED, POINTS, burn.quantity)
    sent = msgspec.structs.replace(step, quantity=step.quantity * steps, cents=step.cents * steps)
    return Effect(outcome, burns=(burn,), option=option, outbound=(sent,))


def send_faults(rule: Rule) -> tuple[Problem, ...]:
    """What is wrong with the keys of a `Sent` table."""
    table: Sent = rule.table
    if table.points < 1:
        return (Problem("ask for at least 1 point", key="points"),)
    if not table.to.strip():
        return (Problem("name who receives it", key="to"),)
    if table.max_steps is not None and table.max_steps < 1:
        return (Problem("allow at least 1 step", key="max_steps"),)
    return ()
