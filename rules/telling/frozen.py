"""An old ticket explained from what was written down with it, when the account before it is no longer known.

The ticket is evaluated once more under its own version, with its own burns. Where that gives exactly what was
promised, its reckoning is the old one. Why a rule gave nothing is told only where the ticket alone decides that.
"""

from collections.abc import Collection, Iterable, Sequence

import msgspec

from rules.account import Account
from rules.decision import Burn, Contribution, Decision, Outcome, Reason
from rules.evaluate import evaluate
from rules.kinds.base import SALE, Phase
from rules.programme.model import Programme
from rules.telling.build import explain_ticket
from rules.telling.explanation import Drawn, Explanation, Turned
from rules.ticket import Ticket

_BY_TICKET = frozenset(
    {
        Reason.NOT_YET_VALID,
        Reason.ENDED,
        Reason.OUTSIDE_SCHEDULE,
        Reason.BELOW_MINIMUM,
        Reason.NO_ELIGIBLE_LINE,
        Reason.WRONG_STORE,
        Reason.WRONG_CHANNEL,
    }
)


def explain_frozen(
    ticket: Ticket,
    programme: Programme,
    member: int | None,
    promised: tuple[Contribution, ...],
    burns: tuple[Burn, ...],
    *,
    lots: Sequence[str] = (),
    draws: Sequence[Sequence[Drawn]] = (),
    turned: tuple[Turned, ...] = (),
    later: Collection[str] = (),
) -> Explanation:
    """Explain `ticket` of `member` (None without a card) from what it promised and burned under `programme`.

    `lots` and `draws` are those of `promised` and `burns`, in their order; `turned` is what became something else,
    `later` the rules that were left to the ledger.
    """
    account = Account(member)
    full = {one.rule for one in turned}
    made = evaluate(ticket, account, programme, burns=burns)
    told = [
        (_left(outcome, _of(outcome.rule, promised)), True)
        if outcome.rule in later
        else (Outcome(outcome.rule, outcome.kind, Reason.NO_EFFECT), True)
        if outcome.reason is Reason.NO_BALANCE and outcome.rule in full
        else _told(outcome, made, programme, promised, burns)
        for outcome in made.outcomes
    ]
    unknown = frozenset(one.rule for one, known in told if not known)
    decision = msgspec.structs.replace(
        made,
        outcomes=tuple(one for one, _ in told),
        contributions=promised,
        progress=(),
    )
    return explain_ticket(
        ticket, decision, programme, account, lots=lots, draws=draws, turned=turned, unknown=unknown
    )


def _told(
    outcome: Outcome,
    made: Decision,
    programme: Programme,
    promised: tuple[Contribution, ...],
    burns: tuple[Burn, ...],
) -> tuple[Outcome, bool]:
    """The outcome as it must have been, and whether that is certain."""
    gave = _of(outcome.rule, promised)
    if gave:
        same = gave == _of(outcome.rule, made.contributions)
        return (outcome if same else _given(outcome, gave, burns)), True
    if any(burn.rule == outcome.rule for burn in burns) or (
        outcome.kind == "cap" and promised == made.contributions
    ):
        return outcome, True
    return outcome, _certain(outcome, programme)


def _left(outcome: Outcome, gave: tuple[Contribution, ...]) -> Outcome:
    """A rule that was left to the ledger, all of it or what the till's share of a cap did not cover."""
    asset, quantity = (gave[0].asset, sum(one.quantity for one in gave)) if gave else ("", 0)
    return Outcome(outcome.rule, outcome.kind, Reason.SETTLED_LATER, asset, quantity)


def _given(outcome: Outcome, gave: tuple[Contribution, ...], burns: tuple[Burn, ...]) -> Outcome:
    """An outcome of which no more is known than what was given, and over which lines."""
    asset = gave[0].asset
    lines = {n for one in gave for n, share in enumerate(one.allocation) if share}
    return Outcome(
        outcome.rule,
        outcome.kind,
        Reason.APPLIED,
        asset,
        sum(one.quantity for one in gave if one.asset == asset),
        sum(burn.cents for burn in burns if burn.rule == outcome.rule),
        tuple(sorted(lines)),
    )


def _certain(outcome: Outcome, programme: Programme) -> bool:
    """Whether the ticket alone, and no account, made the rule give nothing."""
    reason, rule = outcome.reason, programme.rule(outcome.rule)
    if rule is None or SALE not in rule.kind.takes or reason in _BY_TICKET or reason is Reason.NOT_MEMBER:
        return True
    if rule.kind.phase is Phase.POLICY:
        return outcome.gap is None
    if reason is Reason.CONDITION_FALSE and rule.condition is not None:
        return not any(field.startswith("member.") for field in rule.condition.fields)
    return reason is Reason.NO_EFFECT and rule.kind.phase is Phase.BASE and not rule.kind.needs_history


def _of(rule: str, given: Iterable[Contribution]) -> tuple[Contribution, ...]:
    return tuple([one for one in given if one.rule == rule])
