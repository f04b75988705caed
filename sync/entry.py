"""The journal entry: what a till writes down, byte for byte (ledger-and-sync.md section 2.1).

An entry is written once as JSON by `encode` and from then on stored, hashed, sent and archived as those bytes.
`Entry.body` stays raw until `body_of` decodes it by kind, so that an entry of an unknown kind can still be
accepted, chained and put aside.
"""

import re
from datetime import date
from decimal import Decimal
from enum import StrEnum

import msgspec

from rules.decision import Burn, Contribution, Outbound
from rules.ticket import Event, Line
from sync.adjusted import AdjustBody
from sync.granted import Draw, GrantMoveBody, GrantReturnBody, Slice
from sync.kept import ClockBody, CloseZBody, SupervisorBody
from sync.person import (
    CardBlockBody,
    ConsentBody,
    EnrolBody,
    EraseBody,
    LinkBody,
    MergeBody,
    NoteBody,
    PhoneKeyBody,
    SealedRef,
)

__all__ = [
    "CardBlockBody",
    "ClockBody",
    "CloseZBody",
    "ConsentBody",
    "Draw",
    "EnrolBody",
    "EraseBody",
    "GrantMoveBody",
    "GrantReturnBody",
    "LinkBody",
    "MergeBody",
    "NoteBody",
    "PhoneKeyBody",
    "SealedRef",
    "Slice",
    "SupervisorBody",
]  # bodies and parts that are told elsewhere

ENTRY_VERSION = 1


class EntryKind(StrEnum):
    """Every kind a till may write, from the first release."""

    TICKET = "TICKET"
    REFUND = "REFUND"
    VOID = "VOID"
    ENROL = "ENROL"
    LINK = "LINK"
    CONSENT = "CONSENT"
    EVENT = "EVENT"
    ISSUE = "ISSUE"
    ADJUST = "ADJUST"
    MOVE_TICKET = "MOVE_TICKET"
    STOCK = "STOCK"
    GRANT_RETURN = "GRANT_RETURN"
    GRANT_MOVE = "GRANT_MOVE"
    CLOSE_Z = "CLOSE_Z"
    CONFIG = "CONFIG"
    CLOCK = "CLOCK"
    SUPERVISOR = "SUPERVISOR"
    ERASE = "ERASE"
    CARD_BLOCK = "CARD_BLOCK"
    PHONE_KEY = "PHONE_KEY"
    NOTE = "NOTE"
    MERGE = "MERGE"


class Evidence(StrEnum):
    """How the member was identified (devices.md section 4): evidence limits what may be redeemed."""

    NONE = "none"
    TYPED = "typed"
    NUMBER = "number"
    STATIC = "static"
    DYNAMIC = "dynamic"
    PIN = "pin"


class Risk(StrEnum):
    """Decision bits of an entry: under which conditions the till decided.

    Who allowed more than the floor limits follows the last one: `supervisor:ID`.
    """

    OFFLINE = "offline"
    GRANT = "grant"
    FLOOR = "floor"
    CLOCK_UNTRUSTED = "clock_untrusted"
    THIN = "thin"
    UNKNOWN_CARD = "unknown_card"
    STALE = "stale"
    SUPERVISOR = "supervisor"


class Burned(msgspec.Struct, frozen=True, omit_defaults=True):
    """A redemption of `quantity` for `cents` off, allocated over the lines: its draws, and what is `unsecured`."""

    rule: str
    asset: str
    quantity: int
    steps: int
    cents: int
    allocation: tuple[int, ...]
    draws: tuple[Draw, ...] = ()
    unsecured: int = 0

    @property
    def burn(self) -> Burn:
        """The redemption as the rules read it."""
        return Burn(self.rule, self.asset, self.quantity, self.steps, self.cents, self.allocation)


class Converted(msgspec.Struct, frozen=True):
    """A full card: stamps drawn from this till's own grants become `quantity` units of `asset`.

    Its lot is numbered after the promised ones.
    """

    rule: str
    asset: str
    quantity: int
    last_day: date
    draws: tuple[Draw, ...]


class TicketBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """A sale: lines, what was spent, what was promised. `minute` is the local minute of the day.

    The lot of a contribution is `lot_id(dev, inc, seq, n)` with n its place in `promised`. `outbound` is what its
    redemptions have done elsewhere (a gift, a donation, credit at a partner). `points` is the balance the till saw
    before the ticket and `till` its name, each written where a rule reads it. `zones` are the places of the shop where
    the card was scanned on this visit, each once, in order. `shared` is taken of budgets, stocks and the member's caps
    and limits. `code` is the short hash of the phone's code that was shown, `offered` the rules of the rewards that
    were possible, taken or not, `said` what was said aloud.
    """

    store: str
    cashier: str
    programme: str
    minute: int
    lines: tuple[Line, ...]
    burns: tuple[Burned, ...] = ()
    promised: tuple[Contribution, ...] = ()
    converted: tuple[Converted, ...] = ()
    typed: bool = False
    number: str = ""
    outbound: tuple[Outbound, ...] = ()
    points: int = 0
    till: str = ""
    zones: tuple[str, ...] = ()
    shared: tuple[Draw, ...] = ()
    code: bytes = b""
    offered: tuple[str, ...] = ()
    said: str = ""


class EventBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something that happened to a member at this till and is no sale: a check-in, a scanned zone, an incident.

    `minute` is the local minute of the day; lots of `promised` are named, `points`, `till`, `shared` and `code` written
    as those of a ticket.
    """

    store: str
    cashier: str
    programme: str
    minute: int
    event: Event
    promised: tuple[Contribution, ...] = ()
    points: int = 0
    till: str = ""
    shared: tuple[Draw, ...] = ()
    code: bytes = b""


class RefundLine(msgspec.Struct, frozen=True):
    """Line `index` of the original ticket, given back for `cents` and `qty`."""

    index: int
    cents: int
    qty: Decimal


class Claw(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the refund takes back of one promised lot; `draws` is the part taken out of this till's own grants."""

    rule: str
    asset: str
    lot: str
    quantity: int
    draws: tuple[Draw, ...] = ()


class Restored(msgspec.Struct, frozen=True):
    """What the refund gives back of one burn of the ticket: units of `asset`, and the cents not handed out."""

    rule: str
    asset: str
    quantity: int
    cents: int


class RefundBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """A return. `of` is the ticket id, or "" when the till has only what is printed: `reference`, and `tail` if typed.

    `cents` is the total given back before reward parts; `lines` is empty for a refund by amount only. `rewards` are
    rules whose reward came back without the purchase: things that were handed out beside the ticket.
    """

    store: str
    cashier: str
    of: str
    reference: str
    cents: int
    lines: tuple[RefundLine, ...] = ()
    claws: tuple[Claw, ...] = ()
    restored: tuple[Restored, ...] = ()
    tail: str = ""
    rewards: tuple[str, ...] = ()


class VoidBody(msgspec.Struct, frozen=True):
    """Undo of the ticket whose TICKET entry is `seq` of this incarnation."""

    of: str
    seq: int
    cashier: str


class MoveTicketBody(msgspec.Struct, frozen=True):
    """The ticket with this printed `reference` and `tail` belongs to `to`, an id or a card's keyed hash in hex.

    The entry's member is who it was recorded for, none where it was recorded without a card.
    """

    store: str
    cashier: str
    reference: str
    tail: str
    to: int | str


Body = (
    TicketBody
    | RefundBody
    | VoidBody
    | MoveTicketBody
    | EnrolBody
    | LinkBody
    | ConsentBody
    | EventBody
    | GrantReturnBody
    | GrantMoveBody
    | CloseZBody
    | ClockBody
    | SupervisorBody
    | AdjustBody
    | EraseBody
    | CardBlockBody
    | PhoneKeyBody
    | NoteBody
    | MergeBody
)

BODIES: dict[str, type[Body]] = {
    EntryKind.TICKET: TicketBody,
    EntryKind.REFUND: RefundBody,
    EntryKind.VOID: VoidBody,
    EntryKind.MOVE_TICKET: MoveTicketBody,
    EntryKind.ENROL: EnrolBody,
    EntryKind.LINK: LinkBody,
    EntryKind.CONSENT: ConsentBody,
    EntryKind.EVENT: EventBody,
    EntryKind.GRANT_RETURN: GrantReturnBody,
    EntryKind.GRANT_MOVE: GrantMoveBody,
    EntryKind.CLOSE_Z: CloseZBody,
    EntryKind.CLOCK: ClockBody,
    EntryKind.SUPERVISOR: SupervisorBody,
    EntryKind.ADJUST: AdjustBody,
    EntryKind.ERASE: EraseBody,
    EntryKind.CARD_BLOCK: CardBlockBody,
    EntryKind.PHONE_KEY: PhoneKeyBody,
    EntryKind.NOTE: NoteBody,
    EntryKind.MERGE: MergeBody,
}


class Remap(msgspec.Struct, frozen=True):
    """A lot of a forked entry and the lot it became."""

    old: str
    new: str


class Entry(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One journal entry. Identity is (dev, inc, seq); `prev` is the hash of seq - 1 or the pairing's genesis.

    `member` is a 48-bit id, or the keyed hash of a card unknown to the till in hex. `ticket` is the UUIDv7 in
    hex made when the ticket was opened. `bdate` is the business date as printed. `wall_ms` is the raw wall
    clock (UTC), `mono_ms` and `boot` the monotonic clock and its boot, `anchor` the id of the last trusted
    time, `seen_pos` the log position of the ledger that the till had applied.
    """

    v: int
    dev: int
    inc: int
    seq: int
    prev: bytes
    kind: str
    body: msgspec.Raw
    bdate: date
    wall_ms: int
    mono_ms: int
    boot: str
    ticket: str | None = None
    pos_ref: str | None = None
    member: int | str | None = None
    evidence: str = Evidence.NONE.value
    anchor: str = ""
    seen_pos: int = 0
    risk: tuple[str, ...] = ()
    orig: bytes | None = None
    remap: tuple[Remap, ...] = ()


class UnreadableEntry(ValueError):
    """The bytes are no entry this release can read: put the entry aside and update the software."""


_encoder = msgspec.json.Encoder(decimal_format="number", order="deterministic")
_decoder = msgspec.json.Decoder(Entry)


def encode(entry: Entry) -> bytes:
    """The exact bytes of `entry`: call once, keep the result."""
    return _encoder.encode(entry)


def encode_body(body: Body) -> msgspec.Raw:
    """`body` as the raw JSON that `Entry.body` holds."""
    return msgspec.Raw(_encoder.encode(body))


_NUL = re.compile(
    rb"(?<!\\)(?:\\\\)*\\u0000"
)  # and no backslash that is escaped itself, before the text u0000


def has_nul(data: bytes) -> bool:
    """Whether a text in the JSON `data` has the character NUL, which no till writes and PostgreSQL does not keep."""
    return b"\\u0000" in data and _NUL.search(data) is not None


def decode(data: bytes) -> Entry:
    """The entry in `data`. Raises UnreadableEntry."""
    if b"\\" in data and has_nul(data):  # most have no backslash
        raise UnreadableEntry(
            "a text of the entry has the character NUL: the till's device or memory is at fault"
        )
    try:
        return _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UnreadableEntry(f"the entry cannot be read ({error}): update this software") from error


def body_of(entry: Entry) -> Body:
    """The body of `entry` as the struct of its kind. Raises UnreadableEntry for kinds without a final body."""
    struct = BODIES.get(entry.kind)
    if struct is None or entry.v > ENTRY_VERSION:
        raise UnreadableEntry(f"no reader for kind {entry.kind} version {entry.v}: update this software")
    try:
        return msgspec.json.decode(entry.body, type=struct)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UnreadableEntry(f"the body of a {entry.kind} entry cannot be read ({error})") from error


def lot_id(dev: int, inc: int, seq: int, n: int) -> str:
    """Name of the n-th lot born in entry (dev, inc, seq)."""
    return f"{dev}-{inc}-{seq}-{n}"


def reference(dev: int, inc: int, seq: int) -> str:
    """How paper and people name an entry."""
    return f"{dev}-{inc}-{seq}"
