"""A loaded programme: header, and rules in their total order."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from functools import cached_property
from typing import TYPE_CHECKING, Any

import msgspec

from rules.decision import Outcome, Reason
from rules.kinds.base import EVENT, SALE, Kind, Phase
from rules.language.condition import Checked, Condition, Facts, LineFilter
from rules.language.narrow import Anchor
from rules.language.tree import DATE

if TYPE_CHECKING:
    from rules.account import Account
    from rules.basis import Basis, Effect
    from rules.conversions import Conversion
    from rules.decision import Progress
    from rules.ticket import Ticket

__all__ = ["Condition", "Facts", "Header", "LineFilter", "Programme", "Rule", "Slot", "Step", "Window"]

Apply = Callable[["Rule", "Basis"], "Effect"]
Guard = Callable[["Rule", "Rule", "Basis", "Effect"], "Effect"]

DEFAULT_GROUPS = {
    Phase.BURN: "discount",
    Phase.BASE: "base",
    Phase.MULTIPLIER: "multiplier",
    Phase.BONUS: "bonus",
}
_COMPETING = ("best", "first")


class Header(msgspec.Struct, frozen=True):
    """The `[programme]` table. `count_from` is in cents; `business_day_ends` is a local time after midnight."""

    id: str
    name: Mapping[str, str]
    version: int
    effective_from: date
    effective_to: date
    timezone: str
    currency: str
    unit: Mapping[str, str]
    supersedes: int | None = None
    earn_on: str = "net"
    rounding: str = "floor"
    count_from: int = 1
    business_day_ends: time = time(0, 0)
    exclude_categories: tuple[str, ...] = ()
    exclude_skus: tuple[str, ...] = ()
    typed_amount: str = "earns"


class Window(msgspec.Struct, frozen=True):
    """A half-open validity window in store time; None is open."""

    start: datetime | None = None
    end: datetime | None = None


class Slot(msgspec.Struct, frozen=True):
    """One entry of a schedule: ISO weekdays (1 to 7) and minutes of the local day, half-open."""

    days: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 7)
    from_minute: int = 0
    to_minute: int = 1440


class Limit(msgspec.Struct, frozen=True):
    """How often a rule may give to one member: `count` times a day, week, month, year or ever."""

    count: int
    per: str


class Budget(msgspec.Struct, frozen=True):
    """What a campaign may give in all: `total` points, or cents with `money`.

    `overrun` is what a till without a line may give beyond it, in the same unit.
    """

    total: int
    money: bool
    overrun: int = 0

    @staticmethod
    def key(rule: str) -> str:
        """Name of the shared counter of the budget of `rule`."""
        return f"budget:{rule}"


class Rule(msgspec.Struct, frozen=True):
    """One rule: the common keys, its kind, the kind's own typed table, and its compiled conditions.

    `earn_on` is the programme's unless the rule has its own; `vesting` the days before what it gives can be used.
    `filters` holds the compiled line filters of the kind's own table by key, such as `reward.lines`, `conditions` those
    on a ticket.
    A line passes `lines` only with one of `anchors`, a field and its text; None where the filter names none.
    """

    id: str
    kind: Kind
    table: Any
    label: Mapping[str, str] = {}
    group: str = ""
    priority: int = 0
    valid: Window = Window()
    schedule: tuple[Slot, ...] = ()
    min_basket: int = 0
    stores: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    when: Condition | None = None
    lines: LineFilter | None = None
    when_source: str = ""
    lines_source: str = ""
    condition: Checked | None = None
    filters: Mapping[str, LineFilter] = {}
    conditions: Mapping[str, Checked] = {}
    anchors: frozenset[Anchor] | None = None
    earn_on: str = "net"
    vesting: int = 0
    limit: Limit | None = None
    budget: Budget | None = None

    @property
    def unlimited(self) -> bool:
        """Whether neither store, channel, validity nor schedule can shut the rule out."""
        valid = self.valid
        limits = (self.stores, self.channels, self.schedule, valid.start, valid.end)
        return not any(limits)

    @property
    def guarded(self) -> bool:
        """Whether a limit a member or a budget of the campaign may stop the rule."""
        return self.limit is not None or self.budget is not None


def group_of(rule: Rule, phase: Phase) -> str:
    """The group of `rule` among the rules of `phase`: its own, else the one of the phase, else ""."""
    return rule.group or DEFAULT_GROUPS.get(phase, "")


def giving_phase(kind: Kind) -> Phase:
    """The phase in which a kind gives points: a tier's multiplier is one more of the multipliers."""
    steps = (kind.phase, *(phase for phase, _ in kind.also))
    return Phase.MULTIPLIER if Phase.MULTIPLIER in steps else kind.phase


class Step(msgspec.Struct, frozen=True):
    """What one rule does in one phase: `own` tells its own phase from a further one.

    `guarded` tells that a limit or a budget may stop it. `group` is the rule's group in this phase, `rivals`
    whether only one contribution of that group counts.
    """

    rule: Rule
    apply: "Callable[[Rule, Basis], Effect]"
    own: bool
    group: str
    rivals: bool
    unlimited: bool
    guarded: bool


def _guarded(watcher: Rule, guard: Guard, apply: Apply) -> Apply:
    """`apply` under the eyes of the rule `watcher`, which may lower or stop what another rule does."""

    def watched(rule: Rule, basis: "Basis") -> "Effect":
        return guard(watcher, rule, basis, apply(rule, basis))

    return watched


class Programme(msgspec.Struct, frozen=True, dict=True):
    """A whole programme. `sha256` is the hash of the file's bytes in hex; `rules` are by priority, then id."""

    header: Header
    rules: tuple[Rule, ...]
    groups: Mapping[str, str]
    fields: Mapping[str, Any]
    sha256: str

    @cached_property
    def plan(self) -> Mapping[Phase, tuple[Step, ...]]:
        """The steps of every phase for a sale, in the order in which they run; worked out once a programme."""
        return self._plan(SALE)

    @cached_property
    def event_plan(self) -> Mapping[Phase, tuple[Step, ...]]:
        """The steps of every phase for an event."""
        return self._plan(EVENT)

    @cached_property
    def silent(self) -> tuple[Outcome, ...]:
        """The outcomes of the rules that do not look at a sale."""
        return self._without(SALE)

    @cached_property
    def event_silent(self) -> tuple[Outcome, ...]:
        """The outcomes of the rules that do not look at an event."""
        return self._without(EVENT)

    def _without(self, what: str) -> tuple[Outcome, ...]:
        return tuple(
            [
                Outcome(rule.id, rule.kind.name, Reason.NO_EFFECT)
                for rule in self.rules
                if what not in rule.kind.takes
            ]
        )

    def _plan(self, what: str) -> Mapping[Phase, tuple[Step, ...]]:
        plan: dict[Phase, list[Step]] = {phase: [] for phase in Phase}
        for rule in self.rules:
            if rule.kind.apply is None or what not in rule.kind.takes:
                continue
            for phase, apply in rule.kind.also:
                plan[phase].append(self._step(rule, phase, apply, own=False))
            plan[rule.kind.phase].append(self._step(rule, rule.kind.phase, rule.kind.apply, own=True))
        plan[Phase.COUNTER].sort(key=lambda step: step.own)  # caps count before levels give their prize
        return {phase: tuple(steps) for phase, steps in plan.items()}

    def _step(self, rule: Rule, phase: Phase, apply: "Callable[[Rule, Basis], Effect]", *, own: bool) -> Step:
        group = group_of(rule, phase)
        guarded = rule.guarded and (own or phase is not Phase.BURN)
        mode = self.groups.get(group, "best" if phase is Phase.MULTIPLIER else "sum")
        for watcher in self.rules if phase <= Phase.COUNTER else ():
            if watcher.kind.guard is not None:
                apply = _guarded(watcher, watcher.kind.guard, apply)
        return Step(rule, apply, own, group, mode in _COMPETING, rule.unlimited, guarded)

    @cached_property
    def telling(
        self,
    ) -> "tuple[tuple[Rule, Callable[[Rule, Basis], Progress | tuple[Progress, ...] | None]], ...]":
        """The rules that tell how far the member is, and how."""
        return tuple([(rule, rule.kind.progress) for rule in self.rules if rule.kind.progress is not None])

    @cached_property
    def remembering(self) -> "tuple[tuple[Rule, Callable[[Rule, Basis], Any]], ...]":
        """The rules that keep something of every sale, and how."""
        return tuple([(rule, rule.kind.remembers) for rule in self.rules if rule.kind.remembers is not None])

    @cached_property
    def conversions(self) -> "tuple[Conversion, ...]":
        """What turns into something else by itself: stamps into cards, points into vouchers."""
        return tuple(
            [rule.kind.conversion(rule, self) for rule in self.rules if rule.kind.conversion is not None]
        )

    @cached_property
    def facts(self) -> "tuple[tuple[Rule, Callable[[Rule, Ticket, Account], Mapping[str, Any]]], ...]":
        """The rules that work out fields of conditions, and how."""
        return tuple([(rule, rule.kind.facts) for rule in self.rules if rule.kind.facts is not None])

    @cached_property
    def read(self) -> str:
        """The text of all conditions: a field that it does not hold is read by no rule."""
        sources = [
            (rule.when_source, rule.lines_source, *(each.source for each in rule.conditions.values()))
            for rule in self.rules
        ]
        return "\n".join([source for each in sources for source in each if source])

    @cached_property
    def dates(self) -> tuple[str, ...]:
        """The declared profile fields that are dates: in an account they may stand as ISO text."""
        return tuple([path for path, spec in self.fields.items() if spec.type == DATE])

    @cached_property
    def names(self) -> Mapping[str, tuple[str, str]]:
        """By rule, what a multiplier or a cap may call its points by: its id and its group."""
        return {rule.id: (rule.id, group_of(rule, giving_phase(rule.kind))) for rule in self.rules}

    @cached_property
    def _by_id(self) -> Mapping[str, Rule]:
        return {rule.id: rule for rule in reversed(self.rules)}

    def rule(self, rule_id: str) -> Rule | None:
        """The rule called `rule_id`, or None."""
        return self._by_id.get(rule_id)

    def policy(self, name: str) -> Any:
        """The table `[name]` of a kind that stands once in the file, or None; never a rule that has this id."""
        rule = self._by_id.get(name)
        return rule.table if rule is not None and rule.kind.name == name else None
