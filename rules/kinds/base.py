"""What a rule kind is, and the registry that finds one by name.

A new kind is one file that builds a `Kind` and passes it to `register`.
"""

from collections.abc import Callable, Mapping
from enum import IntEnum
from typing import TYPE_CHECKING, Any

import msgspec

from rules.errors import Problem

if TYPE_CHECKING:
    from rules.account import Account
    from rules.basis import Basis, Effect
    from rules.conversions import Conversion
    from rules.decision import Outcome, Progress
    from rules.programme.model import Programme, Rule
    from rules.ticket import Ticket


SALE, EVENT = "sale", "event"


class Phase(IntEnum):
    """The fixed order of evaluation (rules.md section 4); kinds of one phase run by priority, then id."""

    BURN = 3
    BASE = 4
    MULTIPLIER = 5
    BONUS = 6
    CAP = 7
    COUNTER = 8
    POLICY = 9


class Kind(msgspec.Struct, frozen=True):
    """A rule kind.

    `table` is the struct of its own TOML keys (besides the common ones of `RuleHeader`); the loader converts
    `Cents`, `Days` and `Factor` values (rules.programme.values). `apply` runs in `phase` and returns what the
    rule does there, None for a kind that `takes` nothing; `also` holds further steps of the same rule in other
    phases (a stamp card is redeemed among the burns and stamped among the counters). Both read the basis and never
    write it.
    `check` returns what is wrong with one loaded rule. `singleton` kinds are tables without id; their rule id
    is the kind's name. `needs_history` tells that a till that knows the member only thinly must leave the rule
    to settlement. `filters` gives the line filters that hide inside the table, as source by key; the loader
    compiles them into `Rule.filters`. `assets` names what the rule gives or spends, from its id and table.
    `netting` is the period (ticket, day, week, month, year) over which its promises are netted at settlement.
    `takes` says what the kind looks at: a `sale`, an `event`, or both. `conversion` is what its units turn into
    by themselves, `expand` the rules that stand for one of the file (a catalogue of gifts), `facts` the fields
    of conditions that it works out. `progress` tells how far the member is after the ticket. `free_units` is
    how many units one step of its redemption makes free, 0 for money off. `lacks` says why the member has nothing to
    redeem, which is told rather than what the ticket lacks for it. `conditions` gives the conditions on a ticket
    inside the table, as source by key, compiled into `Rule.conditions`. `remembers` is what a kind that gives nothing
    for a sale keeps of every sale that counts, whatever the conditions of the rule: its new counters, or None.
    `guard` may lower or stop what another rule does: it gets its own rule, the other one, the basis and the effect.
    `products` tells from the table whether it goes by the goods of a ticket, so that a typed amount may not count.
    Common keys that only some kinds look at: `counts_money` is for `earn_on`, `money_off` for a budget in money, and a
    policy that is `gated` looks at those that keep a rule from some tickets or members.
    """

    name: str
    phase: Phase
    table: type[msgspec.Struct]
    apply: "Callable[[Rule, Basis], Effect] | None" = None
    check: "Callable[[Rule, Programme], tuple[Problem, ...]] | None" = None
    singleton: bool = False
    needs_history: bool = False
    netting: "Callable[[Any], str] | None" = None
    also: "tuple[tuple[Phase, Callable[[Rule, Basis], Effect]], ...]" = ()
    filters: "Callable[[Any], Mapping[str, str]] | None" = None
    assets: "Callable[[str, Any], tuple[str, ...]] | None" = None
    progress: "Callable[[Rule, Basis], Progress | tuple[Progress, ...] | None] | None" = None
    free_units: "Callable[[Any], int] | None" = None
    takes: tuple[str, ...] = (SALE,)
    conversion: "Callable[[Rule, Programme], Conversion] | None" = None
    expand: "Callable[[Rule], tuple[Rule, ...]] | None" = None
    facts: "Callable[[Rule, Ticket, Account], Mapping[str, Any]] | None" = None
    guard: "Callable[[Rule, Rule, Basis, Effect], Effect] | None" = None
    lacks: "Callable[[Rule, Basis], Outcome | None] | None" = None
    conditions: "Callable[[Any], Mapping[str, str]] | None" = None
    remembers: "Callable[[Rule, Basis], Any] | None" = None
    products: "Callable[[Any], bool] | None" = None
    counts_money: bool = False
    money_off: bool = False
    gated: bool = False


_KINDS: dict[str, Kind] = {}


def register(kind: Kind) -> Kind:
    """Add `kind` to the registry and return it. Raises ValueError when its name is taken by another kind."""
    if kind.name in _KINDS and _KINDS[kind.name] is not kind:
        raise ValueError(f"the rule kind {kind.name} is registered twice: rename one of them")
    _KINDS[kind.name] = kind
    return kind


def find_kind(name: str) -> Kind | None:
    """The kind called `name`, or None."""
    return _KINDS.get(name)


def kind_names() -> tuple[str, ...]:
    """All registered names, sorted (for suggestions)."""
    return tuple(sorted(_KINDS))
