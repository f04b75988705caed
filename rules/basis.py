"""What kinds read while a ticket is evaluated, and what they answer."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import msgspec

from rules.account import FOREVER, POINTS, Account, Holding
from rules.allocate import NOTHING, Carriers, allocate, shared
from rules.decision import Burn, Contribution, Gap, Option, Outbound, Outcome, Reason
from rules.facts import facts_of
from rules.language.lines import IndexedLines
from rules.lifetime import last_day_of
from rules.programme.model import Budget, Header, Programme, Rule
from rules.shares import Shares, lowered
from rules.ticket import Line, Ticket


class Effect(msgspec.Struct, frozen=True, gc=False):
    """What one rule does in one phase.

    `outcome` is None where a further step of the rule has nothing to say. `state` is the rule's own counters
    after the ticket, `state_if_lost` the same when another rule of its group wins; None leaves them alone.
    `cuts` lowers earlier contributions, by their place in `Basis.contributions`, to new quantities; `outbound` is to be
    done elsewhere; `drawn` is taken of shared counters; with `alone` no other redemption may stand beside it.
    With `over` the contributions have no allocation yet: it is made over these lines once the effect is accepted,
    since a rival that loses needs none.
    """

    outcome: Outcome | None
    contributions: tuple[Contribution, ...] = ()
    burns: tuple[Burn, ...] = ()
    option: Option | None = None
    state: Any = None
    state_if_lost: Any = None
    over: Carriers | None = None
    cuts: tuple[tuple[int, int], ...] = ()
    outbound: tuple[Outbound, ...] = ()
    drawn: Mapping[str, int] = {}
    alone: bool = False


class Basis:
    """The ticket, the account and what earlier rules did, as one evaluation builds it up.

    Kinds only read it; `rules.evaluate` alone writes to it, with `accept`. Lists have one entry per line:
    `discounts` is the cents all burns took off a line, `given` the part of that which was goods given free,
    `free` the units that were given. `gross` is the eligible total in cents before burns, never negative;
    `reward` the cents of all burns, `day` the business date of the ticket. `open` tells that rules may have a say: a
    sale that counts, or an event of a member.
    """

    __slots__ = (
        "_by_line",
        "_cents",
        "_earned",
        "_earned_over",
        "_filtered",
        "_givers",
        "_owned",
        "_points_last_day",
        "_shares",
        "_sorted",
        "_spendable",
        "account",
        "allowed",
        "choices",
        "contributions",
        "counted",
        "day",
        "discounts",
        "drawn",
        "eligible",
        "facts",
        "free",
        "given",
        "gross",
        "lines",
        "moment",
        "open",
        "outbound",
        "programme",
        "reward",
        "spent",
        "state",
        "stock",
        "ticket",
    )

    def __init__(
        self,
        ticket: Ticket,
        account: Account,
        programme: Programme,
        choices: Mapping[str, int],
        stock: Mapping[str, int] | None = None,
        allowed: Mapping[str, int] | None = None,
    ) -> None:
        """Start with nothing burned or earned; `choices` are the steps chosen by rule id.

        `stock` is what is left of shared counters (campaign budgets, gifts), `allowed` the till's shares of the
        member's caps and limits; None stands for plenty of each.
        """
        header = programme.header
        lines = ticket.lines
        self.ticket = ticket
        self.lines = lines if isinstance(lines, IndexedLines) else IndexedLines(lines)
        self.day = ticket.bdate
        self.account = account
        self.programme = programme
        self.choices = choices
        self.eligible = eligible(header, lines)
        self.gross = max(0, sum([lines[n].cents for n in self.eligible]))
        self.facts = facts_of(ticket, account, self.gross)
        for path in programme.dates if account.fields else ():
            if type(self.facts.get(path)) is str:
                self.facts[path] = date.fromisoformat(self.facts[path])
        for rule, more in programme.facts:
            self.facts |= more(rule, ticket, account)
        self.stock = stock
        self.allowed = allowed
        self.drawn: dict[str, int] = {}
        self.outbound: list[Outbound] = []
        mine = account.member is not None and not account.blocked
        self.counted = mine and self.gross >= header.count_from and ticket.event is None
        self.open = self.counted or (mine and ticket.event is not None)
        ends = header.business_day_ends
        past_midnight = ticket.minute < ends.hour * 60 + ends.minute
        self.moment = (ticket.bdate + timedelta(days=1) if past_midnight else ticket.bdate, ticket.minute)
        self._cents = [line.cents for line in lines]
        self.discounts = [0] * len(lines)
        self.given = [0] * len(lines)
        self.free = [0] * len(lines)
        self.reward = 0
        self.spent: dict[str, int] = {}
        self.contributions: list[Contribution] = []
        self._shares: dict[tuple[tuple[int, ...], str], Shares] = {}
        self._earned: dict[str, int] = {}
        self._owned: dict[str, int] = {}
        self._sorted: dict[str, list[Holding]] | None = None
        self._spendable: dict[str, int] = {}
        self._givers: list[tuple[str, str]] = []
        self._by_line: dict[frozenset[str], tuple[int, list[int]]] = {}
        self._earned_over: dict[tuple[frozenset[str], tuple[int, ...]], tuple[int, int, Carriers]] = {}
        self.state: dict[str, Any] = {}
        self._filtered: dict[object, tuple[int, ...]] = {}
        self._points_last_day: date | None = None

    @property
    def known(self) -> bool:
        """Whether the history of the member is at hand."""
        return self.account.known == "full"

    @property
    def _bearing(self) -> tuple[int, ...]:
        """The lines that bear what belongs to the whole ticket: all of them where none is eligible."""
        return self.eligible or tuple(range(len(self._cents)))

    @property
    def paid(self) -> int:
        """Cents that are left to pay of the eligible lines."""
        return self.gross - self.reward

    def lines_of(self, rule: Rule, key: str = "") -> tuple[int, ...]:
        """Indices of the eligible lines that pass the filter of `rule`, or its own filter `key`."""
        run = rule.filters.get(key) if key else rule.lines
        if run is None:
            return self.eligible
        source: object = rule.lines_source if not key else ""
        source = source or run
        found = self._filtered.get(source)
        if found is None:
            facts = self.facts
            lines = self.lines
            tried: Sequence[int] = self.eligible
            if rule.anchors is not None and not key:
                tried = self._those_of(lines.places(rule.anchors))
            found = tuple([n for n in tried if run(facts, lines[n])])
            self._filtered[source] = found
        return found

    def _those_of(self, places: list[int]) -> Sequence[int]:
        """The eligible ones among lines at `places`."""
        if len(self.eligible) == len(self.lines):
            return places
        return [n for n in places if n in self.eligible]

    def cents_by_line(self, earn_on: str) -> list[int]:
        """Cents of every line that count for earning: `net` is after all burns, `gross` after free goods."""
        if not self.reward:
            return self._cents
        off = self.given if earn_on == "gross" else self.discounts
        return [cents - less for cents, less in zip(self._cents, off, strict=True)]

    def state_of(self, rule: Rule) -> Any:
        """The counters of `rule` before this step, or None."""
        before = self.state.get(rule.id)
        return self.account.state.get(rule.id) if before is None else before

    def owned(self, asset: str) -> int:
        """Quantity of `asset` the member has before this ticket, pending and granted included."""
        found = self._owned.get(asset)
        if found is None:
            found = self._owned[asset] = self._owned_before(asset)
        return found

    def _lots(self, asset: str) -> list[Holding] | None:
        """The lots of `asset`; all lots are sorted by their asset when some are first asked for."""
        found = self._sorted
        if found is None:
            found = self._sorted = {}
            for lot in self.account.holdings:
                found.setdefault(lot.asset, []).append(lot)
        return found.get(asset)

    def _owned_before(self, asset: str) -> int:
        balance, lots = self.account.balance.get(asset), self._lots(asset)
        if lots is None:
            return balance or 0
        if balance is None:
            return sum([lot.quantity for lot in lots if lot.last_day >= self.day])
        return balance - sum([lot.quantity for lot in lots if lot.last_day < self.day])

    def after(self, asset: str) -> int:
        """Quantity of `asset` the member has after what was burned and earned up to now."""
        return self.owned(asset) - self.spent.get(asset, 0) + self._earned.get(asset, 0)

    def spendable(self, asset: str) -> int:
        """Quantity of `asset` that may still be spent on this ticket; a deficit blocks its asset."""
        found = self._spendable.get(asset)
        if found is None:
            found = self._spendable[asset] = self._spendable_before(asset)
        return max(0, found - self.spent.get(asset, 0))

    def _spendable_before(self, asset: str) -> int:
        account, day = self.account, self.day
        if account.deficit.get(asset, 0) > 0:
            return 0
        if account.usable is not None:
            return account.usable.get(asset, 0)
        lots = self._lots(asset) or ()
        return sum([lot.quantity for lot in lots if lot.available_on <= day <= lot.last_day])

    def points_last_day(self) -> date:
        """Last day on which points of this ticket can be used."""
        if self._points_last_day is None:
            self._points_last_day = last_day_of(self.programme, self.day)
        return self._points_last_day

    def points_days(self, rule: Rule) -> tuple[date, date]:
        """First and last day on which points of `rule` on this ticket can be used."""
        if not rule.vesting:
            return self.day, self.points_last_day()
        first = self.day + timedelta(days=rule.vesting)
        return first, max(first, self.points_last_day())

    def left(self, counter: str) -> int | None:
        """What is left of a shared counter after what this ticket took of it; None stands for plenty."""
        return self._left_of(self.stock, counter)

    def share(self, counter: str) -> int | None:
        """What this till may still give of a cap or limit of the member; None where it goes by the rule alone."""
        return self._left_of(self.allowed, counter)

    def _left_of(self, units: Mapping[str, int] | None, counter: str) -> int | None:
        return None if units is None else max(0, units.get(counter, 0) - self.drawn.get(counter, 0))

    def givers(self, place: int) -> tuple[str, str]:
        """The rule that gave the contribution at `place`, and its group."""
        return self._givers[place]

    def points(
        self, rule: Rule, quantity: int, counted: tuple[int, ...], earn_on: str = "gross"
    ) -> Contribution:
        """`quantity` points by `rule`, allocated over the lines `counted` by their positive cents of `earn_on`."""
        return self.points_by(rule, quantity, self.shares(counted, earn_on))

    def points_by(self, rule: Rule, quantity: int, shares: Shares) -> Contribution:
        """`quantity` points by `rule`, allocated over lines that were counted already."""
        allocation = shares.of(quantity)
        usable, last_day = self.points_days(rule)
        return Contribution(rule.id, POINTS, quantity, usable, last_day, allocation)

    def shares(self, counted: tuple[int, ...], earn_on: str) -> Shares:
        """The lines `counted` with their cents of `earn_on`; many rules of a ticket count the same lines."""
        if not self.reward:
            earn_on = "gross"  # the same as net until something is burned
        found = self._shares.get((counted, earn_on))
        if found is None:
            found = self._shares[counted, earn_on] = Shares(
                counted, self._bearing, self.cents_by_line(earn_on)
            )
        return found

    def whole(self, rule: Rule, asset: str, quantity: int, last_day: date = FOREVER) -> Contribution:
        """`quantity` indivisible units of `asset` by `rule` that belong to the ticket and to no line of it."""
        allocation = allocate(quantity, self._bearing, self.cents_by_line("gross"))
        return Contribution(rule.id, asset, quantity, self.day, last_day, allocation, by_ticket=True)

    def points_over(self, targets: frozenset[str], lines: tuple[int, ...]) -> tuple[int, Carriers]:
        """Points that the rules or groups named in `targets` gave on `lines` up to now: their sum, and by line."""
        seen, total, over = self._earned_over.get((targets, lines), (-1, 0, NOTHING))
        if seen != len(self.contributions):
            points = self._points_by_line(targets)
            places = [n for n in lines if points[n] > 0]
            total, over = sum([points[n] for n in lines]), (places, [points[n] for n in places])
            self._earned_over[targets, lines] = (len(self.contributions), total, over)
        return total, over

    def _points_by_line(self, targets: frozenset[str]) -> list[int]:
        seen, sums = self._by_line.get(targets, (0, [0] * len(self._cents)))
        given = [
            contribution.allocation
            for contribution, names in zip(self.contributions[seen:], self._givers[seen:], strict=True)
            if contribution.asset == POINTS and not targets.isdisjoint(names)
        ]
        if given:
            sums = list(map(sum, zip(sums, *given, strict=True)))
        self._by_line[targets] = (len(self.contributions), sums)
        return sums

    def accept(self, rule: Rule | None, effect: Effect) -> None:
        """Add what `rule` did. `rule` is None for a burn made under a rule that the programme lacks."""
        if effect.cuts:
            self._cut(effect.cuts)
        if effect.outbound:
            self.outbound.extend(effect.outbound)
        for counter, units in effect.drawn.items():
            self.drawn[counter] = self.drawn.get(counter, 0) + units
        over = effect.over
        for one in effect.contributions:
            given = one if over is None else _allocated(one, shared(one.quantity, over, len(self._cents)))
            self.contributions.append(given)
            self._givers.append((given.rule, "") if rule is None else self.programme.names[rule.id])
            self._earned[given.asset] = self._earned.get(given.asset, 0) + given.quantity
        for burn in effect.burns:
            self._take(rule, burn)
        if effect.state is not None and rule is not None:
            self.state[rule.id] = effect.state

    def _cut(self, cuts: tuple[tuple[int, int], ...]) -> None:
        for place, quantity in cuts:
            before = self.contributions[place]
            self.contributions[place] = lowered(before, quantity)
            self._earned[before.asset] += quantity - before.quantity
            budget = Budget.key(before.rule)
            if budget in self.drawn and before.asset == POINTS:  # what a cap takes is left to the campaign
                self.drawn[budget] += quantity - before.quantity
        self._by_line.clear()
        self._earned_over.clear()

    def _take(self, rule: Rule | None, burn: Burn) -> None:
        self.reward += burn.cents
        self._shares.clear()
        self.spent[burn.asset] = self.spent.get(burn.asset, 0) + burn.quantity
        units = rule.kind.free_units(rule.table) if rule is not None and rule.kind.free_units else 0
        for n, cents in enumerate(burn.allocation):
            if cents:
                self.discounts[n] += cents
                if units:
                    self.given[n] += cents
                    self.free[n] += units * burn.steps


def eligible(header: Header, lines: Sequence[Line]) -> tuple[int, ...]:
    """Indices of the lines that may earn and be paid with points at all."""
    categories, skus = header.exclude_categories, header.exclude_skus
    found: Sequence[int] = range(len(lines))
    if categories or skus:
        found = [
            n for n, line in enumerate(lines) if line.category not in categories and line.sku not in skus
        ]
    if header.typed_amount == "nothing":
        found = [n for n in found if lines[n].sku or lines[n].category]
    return tuple(found)


def _allocated(given: Contribution, allocation: tuple[int, ...]) -> Contribution:
    first, last = given.available_on, given.last_day
    return Contribution(given.rule, given.asset, given.quantity, first, last, allocation, given.by_ticket)


_APPLIED = Reason.APPLIED  # looked up once: a member of an enum costs a call in Python 3.11


def applied(
    rule: Rule, contribution: Contribution, lines: tuple[int, ...], exact: str = "", state: Any = None
) -> Effect:
    """The effect of a rule that gives one contribution for `lines`, with the rule's counters after it."""
    outcome = Outcome(
        rule.id, rule.kind.name, _APPLIED, contribution.asset, contribution.quantity, 0, lines, exact
    )
    return Effect(outcome, (contribution,), (), None, state)


def nothing(rule: Rule, reason: Reason, gap: Gap | None = None) -> Effect:
    """The effect of a rule that does nothing, and why."""
    return Effect(Outcome(rule.id, rule.kind.name, reason, gap=gap))
