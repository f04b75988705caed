"""What stops a rule although it would apply: its limit a member, and the budget of the campaign."""

import msgspec

from rules.account import POINTS
from rules.basis import Basis, Effect, nothing
from rules.calendar import scope_key
from rules.decision import Gap, Outcome, Reason
from rules.kinds.base import Phase
from rules.programme.model import Budget, Limit, Rule
from rules.shares import lowered


def within_limit(rule: Rule, basis: Basis, effect: Effect) -> Effect:
    """`effect`, unless the member cannot get `rule` once more; visits and streaks are counted all the same.

    A till that knows the member only thinly counts this ticket alone, so that it promises at most one more; one that
    holds no share of what is left of the limit leaves it to settlement, or to the ledger's word.
    """
    if rule.limit is None or not (effect.option is not None or gives(effect)):
        return effect
    used = uses(rule, rule.limit, basis)
    if used >= rule.limit.count:
        gap = Gap("uses", used, rule.limit.count)
        return _refused(effect, nothing(rule, Reason.CAP_REACHED, gap).outcome)
    if basis.share(use_counter(rule)) == 0:
        spends = rule.kind.phase is Phase.BURN
        reason = Reason.UNCONFIRMED if spends else Reason.SETTLED_LATER
        return _refused(effect, nothing(rule, reason).outcome)
    return effect


def uses(rule: Rule, limit: Limit, basis: Basis) -> int:
    """How often the member got `rule` in the running period of its limit, before this ticket."""
    before = basis.account.state.get(use_counter(rule))
    period = scope_key(limit.per, basis.day)
    return before["n"] if before is not None and before["in"] == period else 0


def used_once_more(rule: Rule, limit: Limit, basis: Basis) -> dict[str, int | str]:
    """The counter of `rule` after one more use: one a ticket, whatever its steps."""
    return {"in": scope_key(limit.per, basis.day), "n": uses(rule, limit, basis) + 1}


def use_counter(rule: Rule) -> str:
    """Name of the counter of uses of `rule` in the history of a member."""
    return f"max:{rule.id}"


def gives(effect: Effect) -> bool:
    """Whether `effect` gives something, takes a redemption, or has something done elsewhere."""
    return bool(effect.contributions or effect.burns or effect.outbound)


def within_budget(rule: Rule, basis: Basis, effect: Effect) -> Effect:
    """`effect` as far as the budget of `rule` pays for it, with what it takes of the budget."""
    if rule.budget is None:
        return effect
    counter = Budget.key(rule.id)
    left = basis.left(counter)
    if rule.budget.money:
        return redeemed_within(rule, effect, counter, left, money=True)
    given = sum([one.quantity for one in effect.contributions if one.asset == POINTS])
    if not given:
        return effect
    if left is None or given <= left:
        return msgspec.structs.replace(effect, drawn={**effect.drawn, counter: given})
    if not left and len(effect.contributions) == 1:
        return _refused(effect, nothing(rule, Reason.BUDGET_SPENT).outcome)
    return _points_cut(effect, counter, given, left)


def redeemed_within(rule: Rule, effect: Effect, counter: str, left: int | None, *, money: bool) -> Effect:
    """A redemption as far as the `left` of the shared `counter` allows, with what it takes of it.

    The counter is in cents with `money`, else in units of what is redeemed; None stands for plenty.
    """
    option = effect.option
    if option is None:
        return effect
    step = option.cents if money else option.quantity
    made = sum([burn.cents if money else burn.quantity for burn in effect.burns])
    if left is not None and left < max(step, made):
        return nothing(rule, Reason.BUDGET_SPENT)
    if left is not None and step:
        option = msgspec.structs.replace(option, max_steps=min(option.max_steps, left // step))
    drawn = {**effect.drawn, counter: made} if made else effect.drawn
    return msgspec.structs.replace(effect, option=option, drawn=drawn)


def _points_cut(effect: Effect, counter: str, given: int, left: int) -> Effect:
    """The last of a budget: `left` of the `given` points of the effect; vouchers beside them stay."""
    kept, room = [], left
    for one in effect.contributions:
        if one.asset != POINTS:
            kept.append(one)
        elif room:
            kept.append(lowered(one, min(room, one.quantity)))
            room -= kept[-1].quantity
    outcome = effect.outcome
    if outcome is not None:
        quantity = left if outcome.asset == POINTS else outcome.quantity
        outcome = msgspec.structs.replace(
            outcome, reason=Reason.BUDGET_SPENT, quantity=quantity, cut=given - left
        )
    return msgspec.structs.replace(
        effect, outcome=outcome, contributions=tuple(kept), drawn={**effect.drawn, counter: left}
    )


def _refused(effect: Effect, outcome: Outcome | None) -> Effect:
    """Nothing of `effect` but what the rule counts where it gives nothing."""
    return Effect(outcome, state=effect.state_if_lost)
