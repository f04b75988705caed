"""One ticket, one account, one programme: what is earned, what is spent, and why (rules.md section 4)."""

from collections.abc import Iterable, Mapping
from datetime import date

import msgspec

from rules.account import Account
from rules.basis import Basis, Effect
from rules.decision import Burn, Choice, Contribution, Decision, Option, Outcome, Progress, Reason
from rules.fold import expire
from rules.gates import gates, inner_gates, ticket_gates
from rules.kinds.base import Phase
from rules.kinds.tiers import TIERS, tier_of
from rules.lifetime import quiet_until
from rules.limits import gives, use_counter, used_once_more, within_budget, within_limit
from rules.programme.model import Programme, Rule, Step
from rules.ticket import Ticket

_APPLIED = Reason.APPLIED  # looked up once: a member of an enum costs a call in Python 3.11
_LATER = Reason.SETTLED_LATER
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


def evaluate(
    ticket: Ticket,
    account: Account,
    programme: Programme,
    choices: tuple[Choice, ...] = (),
    burns: tuple[Burn, ...] | None = None,
    stock: Mapping[str, int] | None = None,
    *,
    allowed: Mapping[str, int] | None = None,
    tell: bool = True,
) -> Decision:
    """What `ticket` gives to the member of `account` under `programme`, with one outcome for every rule.

    `choices` are the redemptions the customer asks for, in that order; what is not possible is not done and its
    outcome says why. `burns` are redemptions that were made already: they are applied as they are, and no
    other is offered. `stock` is what may still be taken of shared counters (campaign budgets, gifts, a burn
    limit), `allowed` the till's shares of the member's own caps and limits; None stands for plenty of each. Without
    `tell` nobody asks how far the member is, and `progress` stays empty. The tier is read on the day of the ticket,
    before the ticket. Equal inputs give equal results to the byte.
    """
    if account.member is not None:
        if quiet_until(programme, account.last_visit, date.min) < ticket.bdate:
            account = expire(account, ticket.bdate, programme)
        tier = tier_of(account, programme, ticket.bdate)
        if tier != account.tier:
            account = msgspec.structs.replace(account, tier=tier)
    banned: dict[str, str] = {}
    while True:
        run = _Run(
            ticket, account, programme, choices, burns=burns, banned=banned, stock=stock, allowed=allowed
        )
        run.execute()
        late = run.excluded_too_late()
        if not late:
            return run.decision(tell=tell)
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
        stock: Mapping[str, int] | None,
        allowed: Mapping[str, int] | None,
    ) -> None:
        self.programme = programme
        self.chosen: dict[str, int] = {}
        for choice in choices:
            self.chosen[choice.rule] = self.chosen.get(choice.rule, 0) + choice.steps
        self.basis = Basis(ticket, account, programme, self.chosen, stock, allowed)
        self.facts = burns
        self.excluded = dict(banned)
        self.sale = ticket.event is None
        silent = programme.silent if self.sale else programme.event_silent
        self.outcomes: dict[str, Outcome] = {outcome.rule: outcome for outcome in silent}
        self.burns: list[Burn] = []
        self.options: dict[str, Option] = {}
        self.alone = ""
        self.limited: dict[str, Rule] = {}

    def execute(self) -> None:
        """Run every phase in its order."""
        if self.facts is not None:
            self._apply_facts(self.facts)
        order = {rule: place for place, rule in enumerate(self.chosen)}
        plan = self.programme.plan if self.sale else self.programme.event_plan
        for phase, steps in plan.items():
            if order and phase is Phase.BURN:
                self._phase(phase, sorted(steps, key=lambda step: order.get(step.rule.id, len(order))))
            elif steps:
                self._phase(phase, steps)
        if self.programme.remembering and self.basis.counted:
            self._remember()
        if self.limited:
            self._count_uses()
        if self.facts is not None or len(self.outcomes) < len(self.programme.rules):
            self._note_silent()

    def _remember(self) -> None:
        for rule, remembers in self.programme.remembering:
            self.basis.accept(rule, Effect(None, state=remembers(rule, self.basis)))

    def _count_uses(self) -> None:
        """Count a use of each limited rule that gave something, unless a cap took all of it; of the share too."""
        basis = self.basis
        kept = {one.rule for one in basis.contributions if one.quantity}
        kept |= {burn.rule for burn in self.burns} | {one.rule for one in basis.outbound}
        for rule_id, rule in self.limited.items():
            if rule_id in kept and rule.limit is not None:
                counter = use_counter(rule)
                basis.state[counter] = used_once_more(rule, rule.limit, basis)
                if basis.share(counter) is not None:
                    basis.drawn[counter] = 1

    def _note_silent(self) -> None:
        for rule in self.programme.rules:
            if rule.id not in self.outcomes:
                self.outcomes[rule.id] = Outcome(rule.id, rule.kind.name, Reason.NOT_CHOSEN)

    def _apply_facts(self, burns: tuple[Burn, ...]) -> None:
        for burn in burns:
            rule = self.programme.rule(burn.rule)
            kind = rule.kind.name if rule is not None else ""
            made = Outcome(burn.rule, kind, Reason.APPLIED, burn.asset, burn.quantity, burn.cents)
            self._take(rule, burn.rule, Effect(made, burns=(burn,)))

    def _phase(self, phase: Phase, steps: Iterable[Step]) -> None:
        rivals: dict[str, list[tuple[Step, Effect]]] = {}
        basis, excluded, burning = self.basis, self.excluded, phase is Phase.BURN
        decided = burning and self.facts is not None
        for step in steps:
            rule = step.rule
            if excluded and rule.id in excluded:
                self._note(rule.id, _lost(rule, Reason.EXCLUDED_BY, excluded[rule.id]))
                continue
            owned = burning and not step.own  # what the member has already is handed out under fewer gates
            if not (step.unlimited and basis.open):
                shut = ticket_gates(rule, basis) if owned else gates(rule, basis)
            else:
                shut = None if owned else inner_gates(rule, basis)
            if shut is not None:
                self._note(rule.id, rule.kind.lacks(rule, basis) or shut if rule.kind.lacks else shut)
                continue
            if decided:
                continue
            effect = self._effect(step) if step.guarded else step.apply(rule, basis)
            if step.rivals and (effect.contributions or effect.burns):
                rivals.setdefault(step.group, []).append((step, effect))
            elif _only_tells(effect):
                if effect.outcome is not None:
                    self._note(rule.id, effect.outcome)
            else:
                self._take(rule, rule.id, effect)
        for group, found in rivals.items() if rivals else ():
            self._settle(found, self.programme.groups.get(group, "best"))

    def _effect(self, step: Step) -> Effect:
        effect = step.apply(step.rule, self.basis)
        if not step.guarded:
            return effect
        return within_budget(step.rule, self.basis, within_limit(step.rule, self.basis, effect))

    def _combined(self, rule: Rule, effect: Effect) -> Effect:
        """`effect`, unless a redemption that stands alone is beside another one."""
        by = self.alone or (self.burns[0].rule if self.burns else "")
        if not by or (effect.option is None and not effect.burns):
            return effect
        return Effect(_lost(rule, Reason.EXCLUDED_BY, by))

    def _settle(self, rivals: list[tuple[Step, Effect]], mode: str) -> None:
        winner = rivals[0]
        if mode == "best":
            winner = max(rivals, key=lambda rival: _size(rival[1]))
        for step, effect in rivals:
            rule = step.rule
            if rule.id != winner[0].rule.id:
                outcome = _lost(rule, Reason.NOT_BEST_IN_GROUP, winner[0].rule.id)
                self._take(rule, rule.id, Effect(outcome, state=effect.state_if_lost))
            else:  # redemptions of other groups may have left less to pay since
                self._take(rule, rule.id, self._effect(step) if effect.burns else effect)

    def _take(self, rule: Rule | None, rule_id: str, effect: Effect) -> None:
        if rule is not None and (self.alone or effect.alone):
            effect = self._combined(rule, effect)
        for place, quantity in effect.cuts:
            self._cut(self.basis.contributions[place], quantity, effect.outcome)
        self.basis.accept(rule, effect)
        if rule is not None and rule.limit is not None and _uses(rule, effect):
            self.limited[rule.id] = rule
        if effect.burns:
            self.burns.extend(effect.burns)
            if effect.alone:
                self.alone = rule_id
        if effect.option is not None:
            self.options[rule_id] = effect.option
        if effect.outcome is not None:
            self._note(rule_id, effect.outcome)
        if rule is not None and rule.excludes and gives(effect):
            for other in rule.excludes:
                self.excluded.setdefault(other, rule.id)

    def _cut(self, given: Contribution, quantity: int, cap: Outcome | None) -> None:
        """Write down with a rule what a cap took of its contribution, for good or until it is settled."""
        assert cap is not None, "a cap says what it cuts"
        before = self.outcomes[given.rule]
        lost = given.quantity - quantity
        left = before.quantity - lost
        reason = Reason.CAP_CUT if left > 0 else Reason.CAP_REACHED
        if _LATER in (before.reason, cap.reason):
            reason = _LATER
        self.outcomes[given.rule] = msgspec.structs.replace(
            before,
            reason=reason,
            quantity=left,
            cut=before.cut + lost,
            by=cap.rule,
        )

    def _note(self, rule_id: str, outcome: Outcome) -> None:
        """Keep one outcome a rule: what was done outweighs why another step did nothing."""
        before = self.outcomes.get(rule_id)
        if before is not None and _did(before):
            if not _did(outcome):
                return
            outcome = _together(before, outcome)
        self.outcomes[rule_id] = outcome

    def excluded_too_late(self) -> dict[str, str]:
        """Rules that applied before the rule that excludes them did."""
        return {
            rule_id: by
            for rule_id, by in self.excluded.items()
            if self.facts is None or all(burn.rule != rule_id for burn in self.facts)
            if (done := self.outcomes.get(rule_id)) is not None and _did(done)
        }

    def decision(self, *, tell: bool) -> Decision:
        """The result of this pass."""
        basis, account = self.basis, self.basis.account
        state = {**account.state, **basis.state}
        tier = account.tier
        if TIERS in basis.state:
            tier = tier_of(account, self.programme, basis.day, basis.state[TIERS])
        order = self.programme.names
        return Decision(
            programme=self.programme.sha256,
            gross=basis.ticket.gross,
            net=basis.gross,
            reward=basis.reward,
            paid=basis.paid,
            counted=basis.counted,
            outcomes=tuple(map(self.outcomes.__getitem__, order)),
            contributions=tuple([given for given in basis.contributions if given.quantity]),
            burns=tuple(self.burns),
            options=tuple([self.options[rule_id] for rule_id in order if rule_id in self.options])
            if self.options
            else (),
            progress=self._progress() if tell else (),
            state=dict(sorted(state.items())),
            tier=tier,
            bdate=basis.day,
            outbound=tuple(basis.outbound),
            drawn={counter: units for counter, units in sorted(basis.drawn.items()) if units},
        )

    def _progress(self) -> tuple[Progress, ...]:
        found: list[Progress] = []
        rewards: list[Progress] = []
        if self.basis.account.blocked:
            return ()
        for rule, tell in self.programme.telling:
            if self.outcomes[rule.id].reason in _NO_PROGRESS:
                continue
            told = tell(rule, self.basis)
            for progress in (told,) if isinstance(told, Progress) else told or ():
                (rewards if progress.what == "reward" else found).append(progress)
        unreached = [reward for reward in rewards if reward.have < reward.need]
        nearest = min(unreached, key=lambda reward: reward.need, default=None)
        return (*((nearest,) if nearest is not None else ()), *found)


def _only_tells(effect: Effect) -> bool:
    """Whether nothing comes of an effect but its outcome."""
    return not (
        effect.contributions
        or effect.burns
        or effect.state is not None
        or effect.option is not None
        or effect.cuts
        or effect.outbound
        or effect.drawn
    )


def _lost(rule: Rule, reason: Reason, by: str) -> Outcome:
    return Outcome(rule.id, rule.kind.name, reason, by=by)


def _together(before: Outcome, after: Outcome) -> Outcome:
    """What two steps of a rule did, as one outcome: the later one, with what the earlier one did and lost."""
    reason = after.reason
    if before.cut and reason is _APPLIED:
        reason = Reason.CAP_CUT if before.by else before.reason
    return msgspec.structs.replace(
        after,
        reason=reason,
        cents=before.cents + after.cents,
        quantity=before.quantity + after.quantity if after.asset == before.asset else after.quantity,
        lines=after.lines or before.lines,
        exact=after.exact or before.exact,
        cut=before.cut + after.cut,
        by=after.by or before.by,
    )


def _uses(rule: Rule, effect: Effect) -> bool:
    """Whether `effect` is one of the times that the limit of `rule` counts: not the use of what it gave before."""
    return gives(effect) and (rule.kind.phase is Phase.BURN or not effect.burns)


def _size(effect: Effect) -> int:
    """What rivals are compared by: what is given, or for redemptions the cents off."""
    return sum([given.quantity for given in effect.contributions] or [burn.cents for burn in effect.burns])


def _did(outcome: Outcome) -> bool:
    """Whether a rule did something, if only until a cap took it."""
    return outcome.reason is _APPLIED or outcome.quantity > 0 or outcome.cut > 0
