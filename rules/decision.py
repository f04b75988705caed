"""What an evaluation says: contributions, burns, possible redemptions, and one outcome for every rule."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Any

import msgspec


class Reason(StrEnum):
    """Why a rule gave what it gave (rules.md section 6)."""

    APPLIED = "APPLIED"
    NOT_YET_VALID = "NOT_YET_VALID"
    ENDED = "ENDED"
    OUTSIDE_SCHEDULE = "OUTSIDE_SCHEDULE"
    CONDITION_FALSE = "CONDITION_FALSE"
    FIELD_ABSENT = "FIELD_ABSENT"
    BELOW_MINIMUM = "BELOW_MINIMUM"
    NO_ELIGIBLE_LINE = "NO_ELIGIBLE_LINE"
    NOT_BEST_IN_GROUP = "NOT_BEST_IN_GROUP"
    EXCLUDED_BY = "EXCLUDED_BY"
    CAP_REACHED = "CAP_REACHED"
    CAP_CUT = "CAP_CUT"
    BUDGET_SPENT = "BUDGET_SPENT"
    NO_BALANCE = "NO_BALANCE"
    NOT_YET_AVAILABLE = "NOT_YET_AVAILABLE"
    ALREADY_USED = "ALREADY_USED"
    ON_HOLD = "ON_HOLD"
    WRONG_STORE = "WRONG_STORE"
    WRONG_CHANNEL = "WRONG_CHANNEL"
    NOT_MEMBER = "NOT_MEMBER"
    NO_EFFECT = "NO_EFFECT"
    NOT_CHOSEN = "NOT_CHOSEN"
    SETTLED_LATER = "SETTLED_LATER"
    UNCONFIRMED = "UNCONFIRMED"


class Contribution(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What one rule gives: `quantity` units of `asset`, usable from `available_on` to `last_day` inclusive.

    `allocation` has one integer per line of the ticket and sums to `quantity`; refunds follow it.
    `by_ticket` marks a whole thing that belongs to no single line (the stamp of the day): it falls only when
    the last paid line is given back.
    """

    rule: str
    asset: str
    quantity: int
    available_on: date
    last_day: date
    allocation: tuple[int, ...]
    by_ticket: bool = False


class Burn(msgspec.Struct, frozen=True, gc=False):
    """One redemption: `quantity` units of `asset` spent in `steps` steps for `cents` off.

    `allocation` has the cents taken off each line of the ticket and sums to `cents`. Goods that are given free
    make one burn each, on one line, so that each comes back whole with its line. It is empty where the ticket has
    no part in it (a gift from the catalogue, a donation): returning the goods of the ticket does not undo it.
    """

    rule: str
    asset: str
    quantity: int
    steps: int
    cents: int
    allocation: tuple[int, ...]


class Outbound(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something to be done elsewhere once the ticket stands: `what` is donation, partner, gift or referral.

    `to` names the receiver (a charity, a partner, a gift), `member` another member whom it concerns, `quantity` the
    points or units, `cents` what it is worth.
    """

    rule: str
    what: str
    to: str = ""
    quantity: int = 0
    cents: int = 0
    member: int | None = None
    fields: Mapping[str, str | int | bool] = {}


class Choice(msgspec.Struct, frozen=True):
    """A redemption the customer asks for: the rule and how many steps of it."""

    rule: str
    steps: int = 1


class Option(msgspec.Struct, frozen=True, gc=False):
    """A redemption that is possible now: price and value of one step, and how many steps at most."""

    rule: str
    asset: str
    quantity: int
    cents: int
    max_steps: int


class Gap(msgspec.Struct, frozen=True, gc=False):
    """How far: `have` of `need` in `unit` (cents, points, stamps, visits, days)."""

    unit: str
    have: int
    need: int


class Outcome(msgspec.Struct, frozen=True, gc=False):
    """What one rule did on the ticket, or why it did nothing.

    `lines` are the indices of the lines it counted, `cut` what a cap (`by`) took away, `exact` the figure
    before its one rounding as "numerator/denominator" where it was rounded.
    """

    rule: str
    kind: str
    reason: Reason
    asset: str = ""
    quantity: int = 0
    cents: int = 0
    lines: tuple[int, ...] = ()
    exact: str = ""
    cut: int = 0
    by: str = ""
    gap: Gap | None = None


class Progress(msgspec.Struct, frozen=True, gc=False):
    """Way walked and way to go after this ticket: to a reward, a full stamp card, a tier or an n-th visit.

    `what` is one of reward, stamps, tier, visits, streak, voucher; `goal` names what is reached (a rule or tier id).
    """

    what: str
    rule: str
    goal: str
    unit: str
    have: int
    need: int
    until: date | None = None


class Decision(msgspec.Struct, frozen=True):
    """The result of `evaluate`. `gross`, `net`, `reward` and `paid` are cents: paid = net - reward.

    `state`, `tier` and `counted` (the ticket counts as a visit) are the history after the ticket. `drawn` is what it
    took of shared counters (campaign budgets, gift stock, the burn limit of a transition) and of the till's shares of
    the member's caps and limits.
    """

    programme: str
    gross: int
    net: int
    reward: int
    paid: int
    counted: bool
    outcomes: tuple[Outcome, ...]
    contributions: tuple[Contribution, ...]
    burns: tuple[Burn, ...]
    options: tuple[Option, ...]
    progress: tuple[Progress, ...]
    state: Mapping[str, Any]
    tier: str
    bdate: date
    outbound: tuple[Outbound, ...] = ()
    drawn: Mapping[str, int] = {}

    def earned(self, asset: str = "points") -> int:
        """Total quantity of `asset` that the ticket gives."""
        return sum(c.quantity for c in self.contributions if c.asset == asset)
