"""What a redemption does: money off the ticket, spread over its lines, or something done beside the ticket."""

from rules.allocate import spread
from rules.basis import Basis, Effect
from rules.decision import Burn, Option, Outbound, Outcome, Reason
from rules.programme.model import Rule
from rules.programme.values import Percent


def left_on(basis: Basis, lines: tuple[int, ...]) -> int:
    """Cents that are left to pay of `lines` after the redemptions before; never more than of the whole ticket."""
    every, off = basis.ticket.lines, basis.discounts
    return max(0, min(basis.paid, sum([every[n].cents - off[n] for n in lines])))


def share_of(cents: int, share: Percent) -> int:
    """The whole cents of a share of `cents`, rounded down once."""
    return cents * share.numerator // share.denominator


def take_off(
    rule: Rule, basis: Basis, option: Option, *, cents: int, steps: int, lines: tuple[int, ...], cut: int = 0
) -> Effect:
    """Burn `steps` steps of `option` for `cents` off `lines`, spread by largest remainder of what is left of each.

    `cut` is by how many cents the redemption is worth less than its face.
    """
    weights = [0] * len(basis.ticket.lines)
    for n in lines:
        weights[n] = basis.ticket.lines[n].cents - basis.discounts[n]
    allocation = spread(cents, weights)
    burn = Burn(rule.id, option.asset, option.quantity * steps, steps, cents, allocation)
    touched = tuple([n for n, off in enumerate(allocation) if off])
    outcome = Outcome(
        rule.id, rule.kind.name, Reason.APPLIED, option.asset, burn.quantity, cents, touched, cut=cut
    )
    return Effect(outcome, burns=(burn,), option=option)


def not_chosen(rule: Rule, option: Option) -> Effect:
    """The effect of a redemption that is possible and that nobody asked for."""
    return Effect(Outcome(rule.id, rule.kind.name, Reason.NOT_CHOSEN), option=option)


def beside(rule: Rule, option: Option, steps: int, outbound: Outbound) -> Effect:
    """Burn `steps` steps of `option` for something that takes nothing off the ticket, and have it done elsewhere."""
    burn = Burn(rule.id, option.asset, option.quantity * steps, steps, 0, ())
    outcome = Outcome(rule.id, rule.kind.name, Reason.APPLIED, option.asset, burn.quantity)
    return Effect(outcome, burns=(burn,), option=option, outbound=(outbound,))
