"""What there is to say about one ticket, as data: nothing of it is in a language.

Amounts are cents, quantities are units of their asset, lines are counted from 0, days are business dates.
"""

from collections.abc import Mapping
from datetime import date

import msgspec

from rules.decision import Gap, Option, Outcome, Progress
from rules.language.trace import Clause
from rules.programme.model import Slot, Window


class Version(msgspec.Struct, frozen=True):
    """The programme that decided: `sha256` is the whole hash of its file, `last_day` the last day it is in force."""

    id: str
    name: Mapping[str, str]
    version: int
    sha256: str
    effective_from: date
    last_day: date


class Counted(msgspec.Struct, frozen=True, omit_defaults=True):
    """A line that a rule counted with `cents`, and what of the rule's quantity (or cents off) falls on it."""

    index: int
    cents: int
    sku: str = ""
    category: str = ""
    share: int = 0


class Rounding(msgspec.Struct, frozen=True):
    """The figure before its one rounding as "numerator/denominator", how it was rounded, and to what."""

    exact: str
    mode: str
    result: int


class Times(msgspec.Struct, frozen=True):
    """A multiplier: its `factor` and the points it multiplied as fractions in text, given by the rules in `on`."""

    factor: str
    base: str
    on: tuple[str, ...]


class Drawn(msgspec.Struct, frozen=True):
    """Units taken out of one lot."""

    lot: str
    quantity: int


class Gift(msgspec.Struct, frozen=True, omit_defaults=True):
    """One lot that the ticket gave, usable from `available_on` to `last_day` inclusive.

    `lot` is "" where its number is not known yet. `lines` are the lines whose return takes it back; with `by_ticket`
    it belongs to the ticket as a whole.
    """

    asset: str
    quantity: int
    available_on: date
    last_day: date
    lines: tuple[Counted, ...]
    lot: str = ""
    by_ticket: bool = False


class Spent(msgspec.Struct, frozen=True, omit_defaults=True):
    """One redemption: units of `asset` for `cents` off `lines`, and the lots that paid it where they are known."""

    asset: str
    quantity: int
    steps: int
    cents: int
    lines: tuple[Counted, ...]
    draws: tuple[Drawn, ...] = ()


class Turned(msgspec.Struct, frozen=True):
    """What became something else with the ticket: a full card a free item, points a voucher. The new lot."""

    rule: str
    asset: str
    quantity: int
    lot: str
    last_day: date


class Uses(msgspec.Struct, frozen=True):
    """How often the member got the rule before this ticket, of how often a day, week, month, year or ever."""

    before: int
    count: int
    per: str


class Funds(msgspec.Struct, frozen=True, omit_defaults=True):
    """The budget of a campaign in points, or in cents with `money`; `left` before this ticket where it is known."""

    total: int
    money: bool
    left: int | None = None


class Bounds(msgspec.Struct, frozen=True, omit_defaults=True):
    """When, where and on what a rule runs at all, as far as it is bounded."""

    valid: Window | None = None
    schedule: tuple[Slot, ...] = ()
    stores: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    min_basket: int = 0
    lines: str = ""


class RuleTold(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one rule did or not, with everything that led to it.

    `known` is false where only the account of that day could tell why the rule gave nothing. `clauses` are those of
    its condition on this ticket, `gap` the shortest way to a rule that was not applied.
    """

    outcome: Outcome
    known: bool = True
    given: tuple[Gift, ...] = ()
    spent: tuple[Spent, ...] = ()
    counted: tuple[Counted, ...] = ()
    rounding: Rounding | None = None
    times: Times | None = None
    uses: Uses | None = None
    budget: Funds | None = None
    bounds: Bounds = Bounds()
    clauses: tuple[Clause, ...] = ()
    gap: Gap | None = None


class Explanation(msgspec.Struct, frozen=True):
    """One ticket explained. `rules` are in the order of the programme, `near` those that lack least, nearest first.

    `complete` is false where the account before the ticket is no longer known.
    """

    programme: Version
    ticket: str
    bdate: date
    member: int | None
    gross: int
    net: int
    reward: int
    paid: int
    rules: tuple[RuleTold, ...]
    near: tuple[str, ...]
    progress: tuple[Progress, ...]
    options: tuple[Option, ...]
    turned: tuple[Turned, ...] = ()
    complete: bool = True

    def rule(self, rule_id: str) -> RuleTold | None:
        """What is told of one rule."""
        return next((one for one in self.rules if one.outcome.rule == rule_id), None)
