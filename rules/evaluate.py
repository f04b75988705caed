"""One ticket, one account, one programme: what is earned, what is spent, and why (rules.md section 4)."""

from collections.abc import Callable, Mapping

import msgspec

from rules.account import Account
from rules.basis import Basis, Effect, group_of
from rules.decision import Burn, Choice, Decision, Option, Outcome, Progress, Reason
from rules.gates import gates, ticket_gates
from rules.kinds.base import Phase
from rules.kinds.tiers import TIERS, tier_of
from rules.programme.model import Programme, Rule
from rules.ticket import Ticket

_COMPETING = ("best", "first")
_NO_PROGRESS = frozenset(
    {
        Reason.NOT_MEMBER,
        Reason.WRONG_STORE,
        Reason.WRONG_CHANNEL,
        Reason.NOT_YET_VALID,
        Reason.ENDED,
        Reason.SETTLED_LATER,
    }
)


_Step = tuple[Rule, Callable[[Rule, Basis], Effect], bool]
"""A rule, what it does in the phase, and whether this is the rule's own phase."""


def evaluate(
    ticket: Ticket,
    account: Account,
    programme: Programme,
    choices: tuple[Choice, ...] = (),
    burns: tuple[Burn, ...] | None = None,
) -> Decision:
    """What `ticket` gives to the member of `account` under `programme`, with one outcome for every rule.

    `choices` are the redemptions the customer asks for, in that order; what is not possible is not done and its
    outcome says why. `burns` are redemptions that were made already: they are applied as they are, and no
    other is offered. The tier is read on the day of the ticket, before the ticket. Equal inputs give equal
    results to the byte.
    """
    if account.member is not None:
        account = msgspec.structs.replace(account, tier=tier_of(account, programme, ticket.bdate))
    banned: dict[str, str] = {}
    while True:
        run = _Run(ticket, account, programme, choices, burns=burns, banned=banned)
        run.execute()
        late = run.excluded_too_late()
        if not late:
            return run.decision()
        banned |= late


class _Run:
    """One pass over all phases. `banned` are rules shut out by a later one in an earlier pass."""

    def __init__(
        self,
        ticket: Ticket,
        account: Account,
        programme: Programme,
        choices: tuple[Choice, ...],
        *,
        burns: tuple[Burn, ...] | None,
        banned: Mapping[str, str],
    ) -> None:
        self.programme = programme
        self.chosen: dict[str, int] = {}
        for choice in choices:
            self.chosen[choice.rule] = self.chosen.get(choice.rule, 0) + choice.steps
        self.basis = Basis(ticket, account, programme, self.chosen)
        self.facts = burns
        self.excluded = dict(banned)
        self.outcomes: dict[str, Outcome] = {}
        self.burns: list[Burn] = []
        self.options: dict[str, Option] = {}

    def execute(self) -> None:
        """Run every phase in its order."""
        if self.facts is not None:
            self._apply_facts(self.facts)
        plan = _plan(self.programme.rules)
        if self.chosen:
            order = {rule: place for place, rule in enumerate(self.chosen)}
            plan[Phase.BURN].sort(key=lambda step: order.get(step[0].id, len(order)))
        for phase, steps in plan.items():
            self._phase(phase, steps)
        for rule in self.programme.rules:
            if rule.id not in self.outcomes:
                self.outcomes[rule.id] = Outcome(rule.id, rule.kind.name, Reason.NOT_CHOSEN)

    def _apply_facts(self, burns: tuple[Burn, ...]) -> None:
        for burn in burns:
            rule = self.programme.rule(burn.rule)
            kind = rule.kind.name if rule is not None else ""
            made = Outcome(burn.rule, kind, Reason.APPLIED, burn.asset, burn.quantity, burn.cents)
            self._take(rule, burn.rule, Effect(made, burns=(burn,)))

    def _phase(self, phase: Phase, steps: list[_Step]) -> None:
        rivals: dict[str, list[tuple[Rule, Effect]]] = {}
        decided = self.facts is not None and phase is Phase.BURN
        for rule, apply, own in steps:
            if rule.id in self.excluded:
                self._note(rule.id, _lost(rule, Reason.EXCLUDED_BY, self.excluded[rule.id]))
                continue
            shut = (
                gates(rule, self.basis) if own or phase is not Phase.BURN else ticket_gates(rule, self.basis)
            )
            if shut is not None:
                self._note(rule.id, shut)
                continue
            if decided:
                continue
            effect = apply(rule, self.basis)
            if effect.contributions:
                group = group_of(rule, phase)
                if _mode(self.programme, phase, group) in _COMPETING:
                    rivals.setdefault(group, []).append((rule, effect))
                    continue
            self._take(rule, rule.id, effect)
        for group, found in rivals.items():
            self._settle(found, self.programme.groups.get(group, "best"))

    def _settle(self, rivals: list[tuple[Rule, Effect]], mode: str) -> None:
        winner = rivals[0]
        if mode == "best":
            winner = max(rivals, key=lambda rival: sum(c.quantity for c in rival[1].contributions))
        for rule, effect in rivals:
            if rule.id == winner[0].id:
                self._take(rule, rule.id, effect)
            else:
                outcome = _lost(rule, Reason.NOT_BEST_IN_GROUP, winner[0].id)
                self._take(rule, rule.id, Effect(outcome, state=effect.state_if_lost))

    def _take(self, rule: Rule | None, rule_id: str, effect: Effect) -> None:
        self.basis.accept(rule, effect)
        if effect.burns:
            self.burns.extend(effect.burns)
        if effect.option is not None:
            self.options[rule_id] = effect.option
        if effect.outcome is not None:
            self._note(rule_id, effect.outcome)
        if rule is not None and rule.excludes and _gave(effect):
            for other in rule.excludes:
                self.excluded.setdefault(other, rule.id)

    def _note(self, rule_id: str, outcome: Outcome) -> None:
        """Keep one outcome a rule: what was done outweighs why another step did nothing."""
        before = self.outcomes.get(rule_id)
        if before is not None and before.reason is Reason.APPLIED:
            if outcome.reason is not Reason.APPLIED:
                return
            outcome = msgspec.structs.replace(
                outcome,
                cents=before.cents + outcome.cents,
                quantity=before.quantity + outcome.quantity
                if outcome.asset == before.asset
                else outcome.quantity,
            )
        self.outcomes[rule_id] = outcome

    def excluded_too_late(self) -> dict[str, str]:
        """Rules that applied before the rule that excludes them did."""
        return {
            rule_id: by
            for rule_id, by in self.excluded.items()
            if self.facts is None or all(burn.rule != rule_id for burn in self.facts)
            if (done := self.outcomes.get(rule_id)) is not None and done.reason is Reason.APPLIED
        }

    def decision(self) -> Decision:
        """The result of this pass."""
        basis, account = self.basis, self.basis.account
        state = {**account.state, **basis.state}
        tier = account.tier
        if TIERS in basis.state:
            after = msgspec.structs.replace(account, state=state)
            tier = tier_of(after, self.programme, basis.day)
        order = [rule.id for rule in self.programme.rules]
        return Decision(
            programme=self.programme.sha256,
            gross=basis.ticket.gross,
            net=basis.gross,
            reward=basis.reward,
            paid=basis.paid,
            counted=basis.counted,
            outcomes=tuple([self.outcomes[rule_id] for rule_id in order]),
            contributions=tuple(basis.contributions),
            burns=tuple(self.burns),
            options=tuple([self.options[rule_id] for rule_id in order if rule_id in self.options]),
            progress=self._progress(),
            state=dict(sorted(state.items())),
            tier=tier,
            bdate=basis.day,
        )

    def _progress(self) -> tuple[Progress, ...]:
        found: list[Progress] = []
        rewards: list[Progress] = []
        for rule in self.programme.rules:
            tell = rule.kind.progress
            if tell is None or self.outcomes[rule.id].reason in _NO_PROGRESS or self.basis.account.blocked:
                continue
            progress = tell(rule, self.basis)
            if progress is not None:
                (rewards if progress.what == "reward" else found).append(progress)
        unreached = [reward for reward in rewards if reward.have < reward.need]
        nearest = min(unreached, key=lambda reward: reward.need, default=None)
        return (*((nearest,) if nearest is not None else ()), *found)


def _plan(rules: tuple[Rule, ...]) -> dict[Phase, list[_Step]]:
    plan: dict[Phase, list[_Step]] = {phase: [] for phase in Phase}
    for rule in rules:
        kind = rule.kind
        for phase, apply in kind.also:
            plan[phase].append((rule, apply, False))
        plan[kind.phase].append((rule, kind.apply, True))
    return plan


def _mode(programme: Programme, phase: Phase, group: str) -> str:
    return programme.groups.get(group, "best" if phase is Phase.MULTIPLIER else "sum")


def _lost(rule: Rule, reason: Reason, by: str) -> Outcome:
    return Outcome(rule.id, rule.kind.name, reason, by=by)


def _gave(effect: Effect) -> bool:
    return bool(effect.contributions or effect.burns)
