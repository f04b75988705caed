"""What a till knows between two steps: one frozen value, replaced by every use case."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

import msgspec

from pos_app.till.errand import Errand
from pos_app.till.view import Notice, Stage
from rules.account import POINTS, Account
from rules.decision import Choice, Decision, Option
from rules.ticket import Line, Ticket
from sync.habits import HabitsAnswer
from sync.lists import StaffMember


class Who(msgspec.Struct, frozen=True):
    """The member of a ticket as identified: the card's keyed hash and masked number, and what is known.

    `member` is None while the card is unknown here: the ticket then earns for the card itself. `account` is the
    cached account with this till's own later entries folded in. `asked` says that the ledger was asked and has
    not answered, `fresh` that it has answered for this very ticket. `available` is what no till holds,
    `elsewhere` what other tills hold, per asset. `code` is the card in clear while it may still have to be
    enrolled; it is never stored. `new` says that the member was enrolled here and the ledger has not told of it yet.
    `voided_by` is the keyed hash of the signed card that would come after this one, b"" for a card that is not signed.
    `shown` is the short hash of the code of a phone, `complaint` what was noted of an incident (sync/complaint.py),
    `habits` what the ledger told of the last visits, None before it answers.
    """

    token: bytes
    card: str
    evidence: str
    member: int | None
    account: Account
    name: str = ""
    asked: bool = False
    fresh: bool = False
    available: Mapping[str, int] = {}
    elsewhere: Mapping[str, int] = {}
    code: str = ""
    new: bool = False
    voided_by: bytes = b""
    shown: bytes = b""
    note: str = ""
    complaint: str = ""
    habits: HabitsAnswer | None = None

    def spendable(self, here: int, day: date, *, online: bool) -> int:
        """Points that can be spent on `day`: the `here` that this till holds, and on line those that no till holds."""
        if not online:
            return here
        balance = self.account.balance.get(POINTS, self.account.held(POINTS, day))
        return max(here, min(balance, here + self.available.get(POINTS, 0)))


class BasketLine(msgspec.Struct, frozen=True):
    """A line of the begun ticket with its names by language; a typed amount has no name."""

    line: Line
    name: Mapping[str, str] = {}
    typed: bool = False


class Supervised(msgspec.Struct, frozen=True):
    """Who (`by`, an id) allowed a ticket so many points beyond what the till holds.

    `vouched` points in all may be taken for whoever stands there, since the manager has seen who it is.
    """

    by: str
    units: int
    vouched: int = 0


BEGUN, NAMED = "begun", "named"


class Basket(msgspec.Struct, frozen=True):
    """The begun ticket. `programme` is the hash it began under: a line changes figures, never the version.

    `await_card` is set when the amount came first. `preview` is an amount in cents that stands in the field
    and is not entered yet. `wanted` is a reward that waits for the ledger's word, `asked` what the ledger was
    asked to hold, per asset. `zones` are the places of the shop where the card was scanned on this visit. `for_manager`
    is a reward that waits for a manager's badge, `supervised` what one has allowed. `vouchers` are the lots whose paper
    was scanned, once for each. `finished` says that a register has sold it already: it is recorded aside. `said` is the
    topic that is said aloud on this visit (pos_app/till/aloud.py). `register` is BEGUN where a register's command began
    it, NAMED where it bears the register's own name.
    """

    ticket: str
    programme: str
    lines: tuple[BasketLine, ...] = ()
    who: Who | None = None
    choices: tuple[Choice, ...] = ()
    pos_ref: str | None = None
    await_card: bool = False
    preview: int = 0
    wanted: Choice | None = None
    asked: Mapping[str, int] = {}
    zones: tuple[str, ...] = ()
    for_manager: Choice | None = None
    supervised: Supervised | None = None
    questioned: bool = False
    vouchers: tuple[str, ...] = ()
    finished: bool = False
    said: str = ""
    register: str = ""

    @property
    def shown(self) -> tuple[BasketLine, ...]:
        """The lines with the previewed amount in the place of the entered one."""
        if not self.preview:
            return self.lines
        kept = tuple(entry for entry in self.lines if not entry.typed)
        return (*kept, BasketLine(Line(self.preview), typed=True))

    @property
    def total(self) -> int:
        """Sum of the shown lines in cents."""
        return sum(entry.line.cents for entry in self.shown)


class Offer(msgspec.Struct, frozen=True):
    """One redemption as offered: how many steps are possible here and now, and how many with the ledger's word.

    `beyond` is true when what this till holds does not cover even one step.
    """

    option: Option
    beyond: bool
    steps: int


class Bar(StrEnum):
    """Why a ticket may not take more beyond what is held."""

    OFF = "off"
    FENCED = "fenced"
    ELSEWHERE = "elsewhere"
    CLOCK = "clock"
    STALE = "stale"
    UNKNOWN = "unknown"
    TILL = "till"
    EVIDENCE = "evidence"
    NEW = "new"
    LIMIT = "limit"


class Floor(msgspec.Struct, frozen=True):
    """Points that the till may give beyond the `held` ones: `units`, and with a manager's word at most `lift`."""

    units: int = 0
    lift: int = 0
    held: int = 0
    bar: Bar = Bar.OFF


class Worth(msgspec.Struct, frozen=True):
    """What the rules say about the begun ticket, what may be redeemed on it, and which choices hold now.

    `ticket` and `account` are what the decision was made of. `beyond` points of it lie in no grant of this till. `room`
    is the most points that it may take by what the member has shown, None without limit.
    """

    ticket: Ticket
    account: Account
    decision: Decision
    offers: tuple[Offer, ...]
    choices: tuple[Choice, ...]
    floor: Floor = Floor()
    beyond: int = 0
    room: int | None = None


class SignIn(msgspec.Struct, frozen=True):
    """A badge was scanned: whose, and when the next try is allowed (wall-clock ms).

    `allows` says that it was scanned to allow a reward: the cashier stays the same.
    """

    staff: StaffMember
    tries_left: int
    wait_until_ms: int
    allows: bool = False


VISIT = "visit"
UNDO = "undo"


class Question(msgspec.Struct, frozen=True):
    """Something asked once; Enter does it, Esc leaves it. `kind` is replace, ceiling, enrol, visit or undo."""

    kind: str
    who: Who | None = None
    text: str = ""
    cents: int = 0


class Done(msgspec.Struct, frozen=True):
    """The last thing recorded, as its receipt tells it."""

    ticket: str
    reference: str
    result: bytes


class Visitor(msgspec.Struct, frozen=True):
    """The member at a station, and when something was last scanned there (monotonic ms)."""

    who: Who
    at_ms: int


class Ask(msgspec.Struct, frozen=True):
    """One purpose that members are asked to consent to; a `required` one is accepted by joining.

    `wording` tells its words from all others.
    """

    purpose: str
    label: str
    text: str
    wording: str
    required: bool = False


class Form(msgspec.Struct, frozen=True):
    """The enrolment form. `code` is the scanned card in clear until recorded, "" for a new number.

    `contact` is normalised; `asks` is what the member is asked, in the words that are shown, `consents` are the
    purposes chosen beside those that joining takes, `read` is the digit whose words stand there now. `sponsor` is the
    member who brought the new one in.
    """

    code: str = ""
    contact: str = ""
    contact_token: bytes = b""
    asks: tuple[Ask, ...] = ()
    consents: tuple[str, ...] = ()
    read: int = 1
    first_name: str = ""
    birthday: tuple[int, int] | None = None
    sponsor: int | None = None
    sponsor_name: str = ""
    duplicate: int | None = None
    duplicate_name: str = ""


class Return(msgspec.Struct, frozen=True):
    """A return in progress. `chosen` are indices of the original's lines; `cents` is 0 until an amount is set.

    `tail` are the six characters that were typed behind the number, if any. `finished` as of a basket.
    """

    reference: str = ""
    tail: str = ""
    ticket: str = ""
    chosen: tuple[int, ...] = ()
    cents: int = 0
    finished: bool = False


class State(msgspec.Struct, frozen=True):
    """Everything a till remembers in memory between two steps.

    `currency` is that of the begun ticket's programme, else of the one in force. `barred` says that the cashier may
    not sign in any more: they go on to the end of what is begun. `doubted` is a receipt that the journal does not have.
    `untold` says that nobody has signed in since the start, to be told what was taken up again.
    `stations` has who is at each station, by its zone. `scans` counts what was scanned since the start; `errand` is
    the small job whose page is open; `guesses` is when numbers were typed that nobody has (monotonic ms).
    """

    language: str
    currency: str = "EUR"
    stage: Stage = Stage.LOCKED
    cashier: StaffMember | None = None
    barred: bool = False
    untold: bool = False
    doubted: str = ""
    sign_in: SignIn | None = None
    basket: Basket | None = None
    worth: Worth | None = None
    question: Question | None = None
    notice: Notice | None = None
    done: Done | None = None
    form: Form | None = None
    returning: Return | None = None
    errand: Errand | None = None
    typed: str = ""
    items: bool = False
    touched_mono_ms: int = 0
    scans: int = 0
    guesses: tuple[int, ...] = ()
    clock_trusted: bool = True
    scanner: str = ""
    printer: str = ""
    register: str = ""
    stations: Mapping[str, Visitor] = {}


def change(state: State, **fields: object) -> State:
    """`state` with some fields replaced."""
    return msgspec.structs.replace(state, **fields)


def on_basket(state: State, **fields: object) -> State:
    """`state` with fields of its begun ticket replaced."""
    assert state.basket is not None
    return change(state, basket=msgspec.structs.replace(state.basket, **fields))
