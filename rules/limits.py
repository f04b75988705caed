"""What stops a rule although it would apply: its limit a member, and the budget of the campaign."""

import msgspec

from rules.account import POINTS
from rules.allocate import carriers, shared
from rules.basis import Basis, Effect, nothing
from rules.decision import Contribution, Gap, Outcome, Reason
from rules.programme.model import Budget, Rule


def spent_limit(rule: Rule, basis: Basis) -> Outcome | None:
    """Why the member cannot get `rule` once more, or None.

    A till that knows the member only thinly counts this ticket alone, so that it promises at most one more.
    """
    if rule.limit is None:
        return None
    uses = basis.uses(rule)
    if uses < rule.limit.count:
        return None
    return nothing(rule, Reason.CAP_REACHED, Gap("uses", uses, rule.limit.count)).outcome


def within_budget(rule: Rule, basis: Basis, effect: Effect) -> Effect:
    """`effect` as far as the budget of `rule` pays for it, with what it takes of the budget."""
    if rule.budget is None:
        return effect
    counter = Budget.key(rule.id)
    left = basis.left(counter)
    if rule.budget.money:
        return _money_within(rule, effect, counter, left)
    given = sum([one.quantity for one in effect.contributions if one.asset == POINTS])
    if not given:
        return effect
    if left is None or given <= left:
        return msgspec.structs.replace(effect, drawn={**effect.drawn, counter: given})
    if not left:
        return nothing(rule, Reason.BUDGET_SPENT)
    return _points_cut(effect, counter, left)


def _money_within(rule: Rule, effect: Effect, counter: str, left: int | None) -> Effect:
    option, off = effect.option, sum([burn.cents for burn in effect.burns])
    if option is None:
        return effect
    if left is not None and (left < option.cents or left < off):
        return nothing(rule, Reason.BUDGET_SPENT)
    if left is not None and option.cents:
        option = msgspec.structs.replace(option, max_steps=min(option.max_steps, left // option.cents))
    drawn = {**effect.drawn, counter: off} if off else effect.drawn
    return msgspec.structs.replace(effect, option=option, drawn=drawn)


def _points_cut(effect: Effect, counter: str, left: int) -> Effect:
    """The last of a budget: `left` points of what the effect would give."""
    given = effect.contributions[0]
    cut = given.quantity - left
    outcome = effect.outcome
    if outcome is not None:
        outcome = msgspec.structs.replace(outcome, reason=Reason.BUDGET_SPENT, quantity=left, cut=cut)
    return msgspec.structs.replace(
        effect, outcome=outcome, contributions=(_less(given, left),), drawn={**effect.drawn, counter: left}
    )


def _less(given: Contribution, quantity: int) -> Contribution:
    size = len(given.allocation)
    over = carriers(range(size), given.allocation)
    allocation = shared(quantity, over, size) if size else ()
    return msgspec.structs.replace(given, quantity=quantity, allocation=allocation)
