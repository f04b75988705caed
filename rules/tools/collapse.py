"""Tickets with fewer lines that give the same: lines which no rule of a programme tells apart are added up.

Evaluating such a ticket takes the same rules, with line filters that look at a mark of the added line and conditions
that look at figures of the whole ticket; marks and figures are worked out beforehand, for all tickets at once. The
result is the same but for the allocation of what was given over the lines, and for the reasons of what was not given.
So these keep their own lines:

- all tickets, where a rule is of a kind that remembers goods or is not known here, where members draw on a common
  budget, where a filter or a figure depends on the member or the clock, or where a programme has very many filters;
- the tickets of members of whom something comes back, since a return names goods, and of members who brought each
  other in, since their tickets are settled again;
- a ticket on which a multiplier takes only some of the lines: it multiplies what was allocated to them;
- a ticket with parts of a unit, where a stamp is given for each whole unit of a line;
- a ticket that is no plain sale: an event, a return, anything written in an unusual way.

Two things show only while a member's tickets are counted, and raise `NeedsLines`: goods are to be given free, which
means one line; and money comes off a ticket on which points are earned on what is left to pay of some of the lines.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from rules.basis import Basis, Effect, nothing
from rules.decision import Reason
from rules.kinds.base import Kind, Phase
from rules.kinds.tiers import TIERS
from rules.language.closures import truth_of
from rules.language.condition import Checked, CheckedFilter, Condition, LineFilter, compile_filter
from rules.language.fields import programme_schema
from rules.language.lines import IndexedLines
from rules.language.tree import Field, Node, OverLines, Schema, walk
from rules.programme.model import Programme, Rule
from rules.ticket import Line
from rules.tools.offers import Offer, offers
from rules.tools.trial import shares_counters

KNOWN_BEFORE = frozenset({"ticket.store", "ticket.till", "ticket.channel", "store.id"})
"""The fields that line filters and figures may read: those that stand on the ticket."""

MOST_FILTERS = 60
_KINDS = frozenset(
    [
        "earn.amount",
        "earn.unit",
        "earn.visit",
        "earn.visits",
        "earn.streak",
        "earn.comeback",
        "earn.once",
        "earn.birthday",
        "earn.multiply",
        "stamp",
        "cap",
        "burn.money",
        "burn.percent",
        "burn.product",
        "burn.gift",
        "burn.donation",
        "burn.partner",
        "convert",
        "voucher",
        "tiers",
        "expiry",
        "incidents",
        "dormancy",
        "consent",
        "retention",
    ]
)
Apply = Callable[[Rule, Basis], Effect]
_TELLING = frozenset({"convert", "expiry", "dormancy"})
"""Kinds whose evaluation of a sale only tells: what they do is done elsewhere."""
_SHORT = frozenset({Reason.NO_BALANCE, Reason.NOT_YET_AVAILABLE, Reason.ON_HOLD})
_SKU = "\0"  # an added line has goods, which no programme excludes


class NeedsLines(Exception):
    """A member's tickets can only be counted with their own lines."""


class Part(Line, frozen=True, gc=False):
    """Several lines of a ticket in one. `bits` are the marks: bit k is set where filter k lets the lines pass."""

    bits: int = 0


class Parts(IndexedLines):
    """The lines of a ticket, added up. `facts` are its figures by the names of `Collapse.figures`."""

    facts: Mapping[str, Any] = {}


class Collapse(msgspec.Struct, frozen=True):
    """How tickets are added up for a programme, and the `programme` that takes them; it takes other tickets as well.

    `filters` make the marks and `figures` the figures of a ticket, with `counts_lines` also the number of its lines
    (`ticket.lines`). `split` are the marks of which a ticket may not have lines on both sides. With `units` lines above
    and below zero stay apart (a mark after those of the filters tells), with `whole_units` a line has no parts of one.
    """

    programme: Programme
    filters: tuple[CheckedFilter, ...]
    figures: Mapping[str, OverLines]
    split: int
    units: bool
    whole_units: bool
    counts_lines: bool

    def part(self, bits: int, cents: int, units: Any) -> Part:
        """The sum of some lines: their marks, cents, and the units of those that have any (a Decimal)."""
        return Part(cents, _SKU, qty=units, bits=bits)

    def keeps_lines(self, bits: Iterable[int], parts_of_units: bool) -> bool:
        """Whether a ticket whose added lines have these marks must keep its own lines."""
        if self.whole_units and parts_of_units:
            return True
        return bool(self.split) and _on_both_sides(bits, self.split)


def collapse_of(programme: Programme) -> Collapse | None:
    """How tickets are added up for `programme`; None where they must all keep their lines."""
    header = programme.header
    unusual = {rule.kind.name for rule in programme.rules} - _KINDS
    if (
        unusual
        or shares_counters(programme)
        or {"", _SKU} & {*header.exclude_categories, *header.exclude_skus}
    ):
        return None
    try:
        return _Collapsing(programme).done()
    except NeedsLines:
        return None


class _Collapsing:
    """Gathers the filters and figures of a programme, and rewrites its rules."""

    def __init__(self, programme: Programme) -> None:
        self.programme = programme
        tiers = programme.policy(TIERS)
        ids = tuple([level.id for level in tiers.levels]) if tiers is not None else ()
        self.schema: Schema = programme_schema(ids, programme.fields)
        self.filters: dict[str, CheckedFilter] = {}
        self.figures: dict[str, OverLines] = {}
        self.split = 0
        self.on_rest = 0
        self.prices = {offer.rule: offer for offer in offers(programme)}
        self.counts_lines = False

    def done(self) -> Collapse:
        """The result. Raises NeedsLines where a filter or a figure is not known before the member is."""
        for rule in self.programme.rules:
            self._see(rule)
        rules = tuple([self._rewritten(rule) for rule in self.programme.rules])
        if len(self.filters) > MOST_FILTERS:
            raise NeedsLines
        stamps = [rule.table.per for rule in rules if rule.kind.name == "stamp"]
        return Collapse(
            programme=msgspec.structs.replace(self.programme, rules=rules),
            filters=tuple(self.filters.values()),
            figures=self.figures,
            split=self.split,
            units=bool(stamps) or any(rule.kind.name == "earn.unit" for rule in rules),
            whole_units="unit" in stamps,
            counts_lines=self.counts_lines,
        )

    def _see(self, rule: Rule) -> None:
        if rule.lines is None:
            return
        mark = self._mark(rule.lines_source)
        if Phase.MULTIPLIER in (rule.kind.phase, *[phase for phase, _ in rule.kind.also]):
            self.split |= mark
        if rule.kind.name == "earn.amount" and rule.earn_on == "net":
            self.on_rest |= mark

    def _mark(self, source: str) -> int:
        """The mark of the filter `source`."""
        if source not in self.filters:
            checked = compile_filter(source, self.schema)
            if not checked.fields <= KNOWN_BEFORE:
                raise NeedsLines
            self.filters[source] = checked
        return 1 << list(self.filters).index(source)

    def _rewritten(self, rule: Rule) -> Rule:
        own = rule.kind.filters(rule.table) if rule.kind.filters is not None else {}
        filters = {key: _by_mark(self._mark(source), rule.filters[key]) for key, source in own.items()}
        goods = rule.kind.free_units is not None and rule.kind.free_units(rule.table) > 0
        source = next(iter(own.values()), "")
        if rule.kind.name == "burn.product":
            source = _is_sku(rule.table.gives.sku)
        mark = self._mark(source) if goods and source else 0
        return msgspec.structs.replace(
            rule,
            kind=self._watched(rule.kind, self.prices.get(rule.id), goods=goods, mark=mark),
            lines=_by_mark(self._mark(rule.lines_source), rule.lines) if rule.lines is not None else None,
            anchors=None,
            filters=filters,
            when=self._when(rule.condition) if rule.condition is not None else rule.when,
        )

    def _watched(self, kind: Kind, price: Offer | None, *, goods: bool, mark: int) -> Kind:
        """`kind` with redemptions that ask for the lines of the ticket where added ones are not enough."""
        if kind.apply is None or kind.name in _TELLING:
            return msgspec.structs.replace(kind, takes=())
        if Phase.BURN not in (kind.phase, *[phase for phase, _ in kind.also]):
            return kind

        def watch(phase: Phase, apply: Apply) -> Apply:
            if phase is not Phase.BURN:
                return apply
            watched = _giving_goods(apply, mark) if goods else _taking_money(apply, lambda: self.on_rest)
            return _affordable(watched, price) if price is not None else watched

        also = tuple([(phase, watch(phase, apply)) for phase, apply in kind.also])
        return msgspec.structs.replace(kind, apply=watch(kind.phase, kind.apply), also=also)

    def _when(self, checked: Checked) -> Condition:
        """A condition that reads the figures of an added ticket, and the lines of any other."""
        tree = self._figured(checked.tree)
        self.counts_lines |= "ticket.lines" in checked.fields
        if tree is checked.tree and "ticket.lines" not in checked.fields:
            return checked.run
        figured, run = truth_of(tree), checked.run

        def when(facts: Mapping[str, Any], lines: tuple[Line, ...]) -> bool:
            return figured({**facts, **lines.facts}, ()) if isinstance(lines, Parts) else run(facts, lines)

        return when

    def _figured(self, node: Node) -> Node:
        """`node` with a field in the place of every figure over the lines."""
        if isinstance(node, OverLines):
            if any(isinstance(each, Field) and each.path not in KNOWN_BEFORE for each, _ in walk(node)):
                raise NeedsLines
            name = f"figure_{len(self.figures)}"
            self.figures[name] = node
            return Field(start=node.start, end=node.end, type=node.type, optional=node.optional, path=name)
        changed = {}
        for name in node.__struct_fields__:
            before = getattr(node, name)
            if isinstance(before, Node):
                after: Any = self._figured(before)
            elif isinstance(before, tuple) and before and isinstance(before[0], Node):
                after = tuple([self._figured(each) for each in before])
                after = before if all(a is b for a, b in zip(after, before, strict=True)) else after
            else:
                continue
            if after is not before:
                changed[name] = after
        return msgspec.structs.replace(node, **changed) if changed else node


def _is_sku(sku: str) -> str:
    """The filter for a product; none where a text of the language cannot hold its number."""
    fits = sku.isprintable() and "'" not in sku
    return f".sku == '{sku}'" if fits else ""


def _by_mark(mark: int, run: LineFilter) -> LineFilter:
    """A line filter that reads the mark of an added line, and any other line as it is."""
    return lambda facts, line: bool(line.bits & mark) if isinstance(line, Part) else run(facts, line)


def _affordable(apply: Apply, price: Offer) -> Apply:
    """A redemption that is not looked at where an added ticket could not pay for it; nobody is told why."""
    asset, least = price.asset, price.price

    def watched(rule: Rule, basis: Basis) -> Effect:
        if isinstance(basis.lines, Parts) and basis.spendable(asset) < least:
            return nothing(rule, Reason.NO_BALANCE)
        return apply(rule, basis)

    return watched


def _giving_goods(apply: Apply, mark: int) -> Apply:
    """A redemption of goods, which stand on one line: some line with `mark` (0: any line) may be among added ones."""

    def watched(rule: Rule, basis: Basis) -> Effect:
        lines = basis.ticket.lines
        if not isinstance(lines, Parts):
            return apply(rule, basis)
        if not any(isinstance(line, Part) and (not mark or line.bits & mark) for line in lines):
            return nothing(rule, Reason.NO_ELIGIBLE_LINE)
        effect = apply(rule, basis)
        if effect.outcome is None or effect.outcome.reason not in _SHORT:
            raise NeedsLines
        return effect

    return watched


def _taking_money(apply: Apply, on_rest: Callable[[], int]) -> Apply:
    """A redemption of money, which is spread over lines: what is left of some of them may earn points."""

    def watched(rule: Rule, basis: Basis) -> Effect:
        effect = apply(rule, basis)
        lines = basis.ticket.lines
        if isinstance(lines, Parts) and any(burn.cents for burn in effect.burns):
            bits = (line.bits for line in lines if isinstance(line, Part))
            if _on_both_sides(bits, on_rest()):
                raise NeedsLines
        return effect

    return watched


def _on_both_sides(bits: Iterable[int], marks: int) -> bool:
    """Whether some of the lines have one of `marks` and others have not."""
    some, every = 0, -1
    for each in bits:
        some |= each
        every &= each
    return bool(some & ~every & marks)
