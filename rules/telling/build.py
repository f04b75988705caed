"""A decision and what it was made from, to the whole explanation. On demand only: closing a ticket needs none of it."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from fractions import Fraction

import msgspec

from rules.account import Account
from rules.basis import Basis
from rules.decision import Burn, Contribution, Decision, Outcome, Reason
from rules.kinds.earn_multiply import EarnMultiply
from rules.kinds.tiers import TIERS, Tiers, tier_of
from rules.language.trace import Clause, trace
from rules.limits import uses
from rules.programme.model import Budget, Programme, Rule, Window
from rules.telling.distance import gap_of, nearest_first
from rules.telling.explanation import (
    Bounds,
    Counted,
    Drawn,
    Explanation,
    Funds,
    Gift,
    Rounding,
    RuleTold,
    Spent,
    Times,
    Turned,
    Uses,
    Version,
)
from rules.ticket import Ticket

_OUTSIDE = frozenset(
    {Reason.NOT_MEMBER, Reason.WRONG_STORE, Reason.WRONG_CHANNEL, Reason.NOT_YET_VALID, Reason.ENDED}
)


def explain_ticket(
    ticket: Ticket,
    decision: Decision,
    programme: Programme,
    account: Account,
    *,
    lots: Sequence[str] = (),
    draws: Sequence[Sequence[Drawn]] = (),
    turned: tuple[Turned, ...] = (),
    stock: Mapping[str, int] | None = None,
    unknown: frozenset[str] = frozenset(),
) -> Explanation:
    """Explain `decision`, which `evaluate` made of the other three; `account` is the one before the ticket.

    `lots` names the lot of each contribution and `draws` what paid each burn, in the order of the decision; both may
    be left out. `turned` is what became something else with the ticket, `stock` what was left of shared counters.
    `unknown` are rules of which the account of the day alone could tell why they gave nothing: their conditions on
    the member are not traced.
    """
    scene = _Scene(ticket, decision, programme, account, lots, draws, stock, unknown)
    rules = tuple(scene.rule(outcome) for outcome in decision.outcomes)
    return Explanation(
        programme=version_of(programme),
        ticket=ticket.id,
        bdate=decision.bdate,
        member=account.member,
        gross=decision.gross,
        net=decision.net,
        reward=decision.reward,
        paid=decision.paid,
        rules=rules,
        near=nearest_first(rules),
        progress=decision.progress,
        options=decision.options,
        turned=turned,
        complete=not unknown,
    )


def version_of(programme: Programme) -> Version:
    """What names one version of a programme."""
    header = programme.header
    return Version(
        header.id,
        header.name,
        header.version,
        programme.sha256,
        header.effective_from,
        header.effective_to - timedelta(days=1),
    )


class _Scene:
    """The ticket as the rules saw it before they did anything."""

    def __init__(
        self,
        ticket: Ticket,
        decision: Decision,
        programme: Programme,
        account: Account,
        lots: Sequence[str],
        draws: Sequence[Sequence[Drawn]],
        stock: Mapping[str, int] | None,
        unknown: frozenset[str],
    ) -> None:
        if account.member is not None:
            tier = tier_of(account, programme, ticket.bdate)
            account = msgspec.structs.replace(account, tier=tier)
        self.ticket = ticket
        self.decision = decision
        self.programme = programme
        self.basis = Basis(ticket, account, programme, {}, stock)
        self.unknown = unknown
        self._lots = tuple(lots) + ("",) * (len(decision.contributions) - len(lots))
        self._draws = tuple(tuple(one) for one in draws) + ((),) * (len(decision.burns) - len(draws))

    def rule(self, outcome: Outcome) -> RuleTold:
        """Everything about one rule."""
        rule = self.programme.rule(outcome.rule)
        given, spent = self._given(outcome.rule), self._spent(outcome.rule)
        if rule is None:
            return RuleTold(outcome, given=given, spent=spent)
        known = outcome.rule not in self.unknown
        clauses = self._clauses(rule, outcome, known=known)
        return RuleTold(
            outcome,
            known=known,
            given=given,
            spent=spent,
            counted=() if spent else self._counted(rule, outcome),
            rounding=self._rounding(outcome),
            times=self._times(rule, outcome),
            uses=self._uses(rule, known=known),
            budget=self._funds(rule),
            bounds=_bounds(rule),
            clauses=clauses,
            gap=gap_of(outcome, clauses) if known else None,
        )

    def _given(self, rule: str) -> tuple[Gift, ...]:
        pairs = zip(self.decision.contributions, self._lots, strict=True)
        return tuple([self._gift(one, lot) for one, lot in pairs if one.rule == rule])

    def _gift(self, one: Contribution, lot: str) -> Gift:
        return Gift(
            one.asset,
            one.quantity,
            one.available_on,
            one.last_day,
            self._shares(one.allocation),
            lot,
            one.by_ticket,
        )

    def _spent(self, rule: str) -> tuple[Spent, ...]:
        pairs = zip(self.decision.burns, self._draws, strict=True)
        return tuple([self._spending(one, draws) for one, draws in pairs if one.rule == rule])

    def _spending(self, one: Burn, draws: tuple[Drawn, ...]) -> Spent:
        return Spent(one.asset, one.quantity, one.steps, one.cents, self._shares(one.allocation), draws)

    def _shares(self, allocation: tuple[int, ...]) -> tuple[Counted, ...]:
        return tuple([self._line(n, self.ticket.lines[n].cents, of) for n, of in enumerate(allocation) if of])

    def _line(self, index: int, cents: int, share: int = 0) -> Counted:
        line = self.ticket.lines[index]
        return Counted(index, cents, line.sku, line.category, share)

    def _counted(self, rule: Rule, outcome: Outcome) -> tuple[Counted, ...]:
        """The lines of the outcome with the cents that counted: what burns took off them is not paid."""
        off = [0] * len(self.ticket.lines)
        for burn in self.decision.burns:
            giver = self.programme.rule(burn.rule)
            goods = giver is not None and giver.kind.free_units is not None
            if goods or rule.earn_on == "net":
                off = [sum(pair) for pair in zip(off, burn.allocation or off, strict=True)]
        return tuple([self._line(n, self.ticket.lines[n].cents - off[n]) for n in outcome.lines])

    def _rounding(self, outcome: Outcome) -> Rounding | None:
        if not outcome.exact:
            return None
        return Rounding(outcome.exact, self.programme.header.rounding, outcome.quantity + outcome.cut)

    def _times(self, rule: Rule, outcome: Outcome) -> Times | None:
        """The points multiplied follow from what the multiplier added, before its rounding and any cut."""
        factor, on = _factor(rule, self.basis.account.tier)
        added = Fraction(outcome.exact) if outcome.exact else Fraction(outcome.quantity + outcome.cut)
        if factor is None or factor <= 1 or not added:
            return None
        return Times(str(factor), str(added / (factor - 1)), on)

    def _uses(self, rule: Rule, *, known: bool) -> Uses | None:
        if rule.limit is None or not known:
            return None
        return Uses(uses(rule, rule.limit, self.basis), rule.limit.count, rule.limit.per)

    def _funds(self, rule: Rule) -> Funds | None:
        if rule.budget is None:
            return None
        return Funds(rule.budget.total, rule.budget.money, self.basis.left(Budget.key(rule.id)))

    def _clauses(self, rule: Rule, outcome: Outcome, *, known: bool) -> tuple[Clause, ...]:
        if rule.condition is None or outcome.reason in _OUTSIDE:
            return ()
        if not known and any(field.startswith("member.") for field in rule.condition.fields):
            return ()
        return trace(rule.condition, self.basis.facts, self.ticket.lines)


def _factor(rule: Rule, tier: str) -> tuple[Fraction | None, tuple[str, ...]]:
    table = rule.table
    if isinstance(table, EarnMultiply):
        return table.factor, table.applies_to
    if rule.id == TIERS and isinstance(table, Tiers):
        return next((level.multiply for level in table.levels if level.id == tier), None), table.applies_to
    return None, ()


def _bounds(rule: Rule) -> Bounds:
    return Bounds(
        valid=None if rule.valid == Window() else rule.valid,
        schedule=rule.schedule,
        stores=rule.stores,
        channels=rule.channels,
        min_basket=int(rule.min_basket),
        lines=rule.lines_source,
    )
