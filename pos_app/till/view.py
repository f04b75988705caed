"""What a screen shows: frozen view models. Amounts are cents, quantities integers, dates store dates.

Texts inside a view are already in the till's current language; screens only lay them out.
"""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Final

import msgspec

from sync.till.loading import Loading


class Stage(StrEnum):
    """Where the till is. The stage alone decides which screen shows."""

    LOCKED = "locked"
    IDLE = "idle"
    TICKET = "ticket"
    REWARD = "reward"
    DONE = "done"
    ENROL = "enrol"
    RETURN = "return"
    ERRAND = "errand"


SELLING: Final = frozenset({Stage.IDLE, Stage.TICKET, Stage.DONE})


class Level(StrEnum):
    """How loud a notice is."""

    INFO = "info"
    WARNING = "warning"
    REFUSAL = "refusal"


class Notice(msgspec.Struct, frozen=True):
    """One line for the cashier: what happened and what to press next. `code` is stable, for F1 and tests."""

    level: Level
    text: str
    code: str


class Status(msgspec.Struct, frozen=True):
    """The status line. `since` and `known` are store-time texts (HH:MM or date), "" when unknown.

    `reason` says why there is no contact and what to do about it, "" while there is or before the first try.
    `oldest_s` is the age in seconds of the oldest entry not yet accepted by the ledger. `loading` says how far the list
    of all members is while it is fetched. `neighbours` are the store's other tills in words.
    """

    store: str
    till: str
    cashier: str
    online: bool
    paired: bool
    since: str
    known: str
    waiting: int
    sent: int
    oldest_s: int
    time: str
    scanner: str = ""
    printer: str = ""
    register: str = ""
    training: bool = False
    clock_trusted: bool = True
    reason: str = ""
    loading: Loading | None = None
    neighbours: tuple[str, ...] = ()


class Bar(msgspec.Struct, frozen=True):
    """A progress bar: a title, way walked and whole way, and the words for what is left."""

    title: str
    have: int
    need: int
    left: str


class StampCard(msgspec.Struct, frozen=True):
    """A card of stamps, visits or weeks: how many are on it, how many it needs, the words for what is left, for free
    items to take, and for stamps that lapse soon."""

    title: str
    have: int
    need: int
    left: str
    ready: str = ""
    ends: str = ""


# A bar, a card with a square for every step, or a sentence.
Way = Bar | StampCard | str


class MemberView(msgspec.Struct, frozen=True):
    """The member on the screen. `usable` is what can be spent now, `balance` the whole, `pending` not yet usable.

    `freshness` says in words how old this is and what is usable now (ledger-and-sync.md section 4.8). `vouchers` are
    those the member has, `ways` what comes next, the nearest first. Without `has_points` there is no balance to show.
    `say` is worth saying aloud, `before` are the last visits (when and what), `usual` what is bought most often, both
    here or, with `everywhere`, at all tills. `incident` is the last thing that went wrong, `question` what may be asked
    on this visit, `note` what the shop wrote down. `worth` are the cents that the points take off a ticket now,
    `average` what one comes to.
    """

    name: str
    card: str
    tier: str
    tier_since: str
    member_since: str
    balance: int
    usable: int
    pending: int
    owed: int
    unit: str
    freshness: str
    expiring: str
    visits: str
    last_visit: str
    known: str
    vouchers: tuple[str, ...] = ()
    ways: tuple[Way, ...] = ()
    has_points: bool = True
    say: str = ""
    before: tuple[tuple[str, str], ...] = ()
    usual: tuple[str, ...] = ()
    incident: str = ""
    question: str = ""
    note: str = ""
    worth: int = 0
    average: str = ""
    everywhere: bool = False


class LineView(msgspec.Struct, frozen=True):
    """One line of the ticket as shown: name, quantity as text, cents."""

    index: int
    name: str
    qty: str
    cents: int


class EarnView(msgspec.Struct, frozen=True):
    """One line of what will be earned: label and amount in words ("+ 45 pts", "+ 1 stamp")."""

    label: str
    amount: str


class RewardView(msgspec.Struct, frozen=True):
    """A reward on offer: the digit to press, label, price in words, balance after it, and whether it is chosen.

    `reason` is empty when it is possible, else why not, for the customer's ears. `asks` says that the digit goes after
    one that is not possible yet: another till is asked to return it, or a manager for the badge.
    """

    digit: int
    rule: str
    label: str
    price: str
    after: str
    chosen: bool
    possible: bool
    reason: str
    asks: bool = False


class TicketView(msgspec.Struct, frozen=True):
    """The open ticket. `due` is what the register takes after rewards, `earn_total` the points of several rules."""

    number: str
    lines: tuple[LineView, ...]
    total: int
    reward: int
    due: int
    typed: str
    earn: tuple[EarnView, ...]
    rewards: tuple[RewardView, ...]
    why: tuple[str, ...]
    next_gap: str
    earn_total: str = ""


class DoneView(msgspec.Struct, frozen=True):
    """The last recorded ticket: what to tell the register and the customer. `undo_s` seconds left for undo.

    `printed` is None at a till without a printer.
    """

    number: str
    reference: str
    paid: int
    reward: int
    lines: tuple[str, ...]
    tell_till: str
    say: str
    undo_s: int
    printed: bool | None


class RecentView(msgspec.Struct, frozen=True):
    """One line of the recent tickets on the idle screen."""

    time: str
    member: str
    earned: str
    cents: int
    number: str
    undo_s: int
    currency: str = "EUR"


class ConsentView(msgspec.Struct, frozen=True):
    """One digit of the consents: for none but what joining takes, or one purpose more."""

    digit: int
    label: str
    chosen: bool


class EnrolView(msgspec.Struct, frozen=True):
    """The enrolment form as the till knows it: card number shown (masked or new), contact, consents chosen.

    `wording` are the words of the consent that was chosen last.
    """

    card: str
    contact: str
    consents: tuple[ConsentView, ...]
    wording: str
    first_name: str
    birthday: str
    duplicate: str
    say: str
    sponsor: str = ""


class ReturnView(msgspec.Struct, frozen=True):
    """A return in progress: the original, what was chosen, and what the return takes and gives back, in words."""

    reference: str
    found: bool
    summary: str
    lines: tuple[LineView, ...]
    chosen: tuple[int, ...]
    cents: int
    effects: tuple[str, ...]


class Tone(StrEnum):
    """How a line of an errand is meant."""

    TEXT = "text"
    STRONG = "strong"
    SOFT = "soft"
    WARNING = "warning"


class ErrandLine(msgspec.Struct, frozen=True):
    """One sentence on the page of an errand; `right` stands against the right edge."""

    text: str
    tone: Tone = Tone.TEXT
    right: str = ""


class ErrandChoice(msgspec.Struct, frozen=True):
    """A digit that does something on the page of an errand, and what."""

    digit: int
    label: str
    right: str = ""
    chosen: bool = False


class ErrandView(msgspec.Struct, frozen=True):
    """The page of an errand: sentences, digits to press, and what the field asks for ("" when there is no field).

    `keys` are those that work beside digits, Enter and Esc, with their words; `qr` is a text to be shown as a code.
    """

    title: str
    lines: tuple[ErrandLine, ...] = ()
    choices: tuple[ErrandChoice, ...] = ()
    ask: str = ""
    keys: Mapping[str, str] = {}
    qr: str = ""


class SignInView(msgspec.Struct, frozen=True):
    """The sign-in screen: who scanned a badge, how many PIN tries are left, seconds to wait when locked out."""

    name: str
    pin_digits: int
    tries_left: int
    wait_s: int


class View(msgspec.Struct, frozen=True):
    """Everything a screen needs. `keys` maps the keys that work now to their words ("F3": "Enrol").

    Amounts are in `currency`, those of a recent ticket in its own. `scans` counts what was scanned since the start,
    `field` is what stands in the field of a sale. With `implied_cents` amounts are typed in cents.
    """

    stage: Stage
    status: Status
    keys: Mapping[str, str]
    notice: Notice | None = None
    alert: str = ""
    prompt: str = ""
    member: MemberView | None = None
    ticket: TicketView | None = None
    done: DoneView | None = None
    recent: tuple[RecentView, ...] = ()
    enrol: EnrolView | None = None
    returning: ReturnView | None = None
    errand: ErrandView | None = None
    sign_in: SignInView | None = None
    language: str = "en"
    currency: str = "EUR"
    today: date | None = None
    scans: int = 0
    field: str = ""
    implied_cents: bool = True
