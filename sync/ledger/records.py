"""The rows of the ledger's tables as immutable values. Quantities are units of an asset, times ms UTC."""

from datetime import date

import msgspec

from rules.account import Holding
from sync.card_marks import Blocked, PhoneKey

MOVED_AWAY = "moved:"
"""Before the name of a ticket: what is left of it where it moved away, in the place of the entry that said so."""


class StoreRow(msgspec.Struct, frozen=True):
    """A store: its calendar's time zone, the key of what its tills may decrypt, and its region ("" for none)."""

    store: str
    name: str
    timezone: str
    scope_key: bytes
    region: str = ""


class Incarnation(msgspec.Struct, frozen=True):
    """One life of a till: its key, how far its journal is accepted, and the one-use ratchet.

    `nonce` is that of the push that turned it last. `backlog` is how many entries it had left to send at `seen_ms`, the
    last push. A till that was written off may still send what it has, and is given nothing any more.
    """

    dev: int
    inc: int
    store: str
    till: str
    public_key: bytes
    state: str
    genesis: bytes
    acc_seq: int
    acc_hash: bytes
    dur_seq: int
    last_gno: int
    ratchet: bytes
    ratchet_prev: bytes
    nonce: str
    last_sold_ms: int
    paired_ms: int
    seen_ms: int = 0
    backlog: int = 0
    written_off_ms: int = 0

    @property
    def may_hold(self) -> bool:
        """Whether it is given grants."""
        return self.state == "open" and not self.written_off_ms


class AnchorRow(msgspec.Struct, frozen=True):
    """Trusted time given to a till: `server_ms` at `mono_ms` of `boot`, when `acc_seq` was its head.

    It answered the push with `nonce`.
    """

    dev: int
    inc: int
    id: str
    server_ms: int
    mono_ms: int
    boot: str
    acc_seq: int
    nonce: str = ""


class InboxRow(msgspec.Struct, frozen=True, gc=False):
    """An accepted entry: its bytes `data`, when it was sold (`sold_ms`) and the last seq of its commit."""

    dev: int
    inc: int
    seq: int
    hash: bytes
    data: bytes
    sig: bytes | None
    recv_ms: int
    sold_ms: int
    commit_end: int
    disposition: str = ""
    code: str = ""


class MemberRecord(msgspec.Struct, frozen=True):
    """A member's row. `history` is the rules account after the last sale, without holdings, as JSON.

    `state` is active, provisional (a card nobody enrolled yet) or merged into `alias`; `birthday` is "MM-DD".
    `sponsor` is the member who brought this one in, `fields` the declared profile fields as JSON, `tier` the level
    that was told last. `erased` is the day on which the person went, "" for everybody else (sync/ledger/erase.py).
    `note` is the shop's note, encrypted as `display` is, `note_at` its place in the order of sale. `amends` are the
    points that answered an incident last, on the day `amends_on`, "" for never. `complaint` and `complaint_at` are what
    was noted of an incident, as the note is.
    """

    member: int
    state: str
    alias: int | None
    store: str
    since: date | None
    display: bytes
    history: bytes
    birthday: str = ""
    bucket: int = 0
    last_sale: str = ""
    programme: str = ""
    next_posting: int = 1
    next_owed: int = 1
    sponsor: int | None = None
    fields: str = "{}"
    tier: str = ""
    erased: str = ""
    note: bytes = b""
    note_at: str = ""
    amends: int = 0
    amends_on: str = ""
    complaint: bytes = b""
    complaint_at: str = ""


class Lot(msgspec.Struct, frozen=True):
    """One contribution and where all of it is: the six columns always sum to `quantity`."""

    lot: str
    asset: str
    quantity: int
    earned_on: date
    available_on: date
    last_day: date
    cause: str
    ticket: str = ""
    rule: str = ""
    available: int = 0
    granted: int = 0
    burned: int = 0
    converted: int = 0
    expired: int = 0
    clawed: int = 0

    @property
    def fifo(self) -> tuple[date, date, bytes]:
        """The order in which lots are taken (ledger-and-sync.md section 3)."""
        return self.last_day, self.earned_on, self.lot.encode()

    def usable(self, day: date) -> bool:
        """True when the lot can be spent on `day`."""
        return self.available_on <= day <= self.last_day

    def holding(self, quantity: int) -> Holding:
        """`quantity` of the lot as the rules see it."""
        return Holding(self.asset, self.lot, quantity, self.earned_on, self.available_on, self.last_day)


class GrantRow(msgspec.Struct, frozen=True):
    """A grant. `gno` is None for births, whose id is their lot.

    `signed_for` is the member for whom it was issued and signed, where that one was merged since; else 0.
    """

    id: str
    member: int
    dev: int
    inc: int
    gno: int | None
    kind: str
    ticket: str
    issued_pos: int
    signature: bytes = b""
    signed_for: int = 0


class SliceRow(msgspec.Struct, frozen=True):
    """A slice of a lot inside a grant: what was issued, what the centre still counts there, its place in it."""

    id: str
    lot: str
    asset: str
    last_day: date
    issued: int
    rem: int
    place: int = 0


class Visits(msgspec.Struct, frozen=True):
    """A store that knows a member: when it saw the member last, and how often it does.

    `weight` is the number of visits at `last_ms` in thousandths, of which one of a month ago counts half. `away` is 1
    once the member has not been seen there for so long that the store's tills may no longer know who it is.
    """

    store: str
    last_ms: int
    weight: int
    away: int = 0


class Owed(msgspec.Struct, frozen=True):
    """A debt: taken (`burned`) or to be given back (`clawed`) without a lot that could bear it.

    `lot` is the lot that should bear it, "" when none should.
    """

    n: int
    asset: str
    bucket: str
    quantity: int
    lot: str = ""
    ticket: str = ""
    rule: str = ""


class Cover(msgspec.Struct, frozen=True):
    """What another lot bore of debt `n` in place of the debt's own lot."""

    n: int
    lot: str
    quantity: int


class Posting(msgspec.Struct, frozen=True):
    """One movement of `quantity` from bucket `source` to bucket `target` of a lot, and why.

    An empty source is the outside (issue), an empty target too (removal); a posting without lot is a debt.
    """

    n: int
    cause: str
    asset: str
    lot: str
    source: str
    target: str
    quantity: int
    ticket: str
    rule: str
    settlement: int
    day: date
    dev: int
    inc: int
    seq: int


class Sale(msgspec.Struct, frozen=True):
    """A ticket of a member in its place in the order of sale.

    `before` is the rules account before it, `settled` the contributions the rules give it, `returns` all that
    was returned of it, `given_back` the units restored by lot, `outbound` what it has done elsewhere; all as JSON.
    """

    member: int
    sold_order: str
    ticket: str
    dev: int
    inc: int
    seq: int
    commit_end: int
    bdate: date
    minute: int
    store: str
    programme: str
    state: str
    body: bytes
    before: bytes = b""
    settled: bytes = b"[]"
    restore_waits: int = 0
    returns: bytes = b"[]"
    given_back: bytes = b"{}"
    outbound: bytes = b"[]"


class SettledRow(msgspec.Struct, frozen=True):
    """Promised against settled of one rule of one ticket.

    `promised` is what the till printed, `topped` all TOP_UPs, `honoured` what is kept without being earned,
    `clawed` what fell through the refund of another ticket, `settled` what the rules give, `taken` what this
    ticket's own refunds took back, `settlement` how often it was posted to. A row that is not `live` belongs
    to a ticket that was settled out.
    """

    ticket: str
    rule: str
    asset: str
    scope: str
    sold_order: str
    promised: int = 0
    topped: int = 0
    honoured: int = 0
    clawed: int = 0
    settled: int = 0
    live: int = 1
    taken: int = 0
    settlement: int = 0

    @property
    def given(self) -> int:
        """What counts as earned on this row so far."""
        return self.promised + self.topped - self.honoured - self.clawed


class OutboundRow(msgspec.Struct, frozen=True):
    """What a ticket has done elsewhere: a gift handed out, a donation, credit at a partner, a referral.

    `id` is the ticket, the rule and the place among the rule's; `receiver` a gift, charity or partner, or the member
    who is referred to. `state` is waiting or taken.
    """

    id: str
    member: int
    ticket: str
    rule: str
    what: str
    receiver: str
    quantity: int
    cents: int
    state: str
    day: date


class RefundRow(msgspec.Struct, frozen=True):
    """A return as it arrived; `resolved` once its ticket is known."""

    dev: int
    inc: int
    seq: int
    member: int | None
    ticket: str
    reference: str
    body: bytes
    sold_order: str
    day: date
    resolved: int = 0


class BlockRow(msgspec.Struct, frozen=True):
    """A block of numbers given to one life of a till, `first` to `last` inclusive."""

    dev: int
    kind: str
    first: int
    last: int
    inc: int = 1


class MemberData(msgspec.Struct, frozen=True):
    """What the books of one member hold that is still open, and the lots somebody asked for by name."""

    record: MemberRecord
    lots: tuple[Lot, ...]
    grants: tuple[GrantRow, ...]
    slices: tuple[SliceRow, ...]
    owed: tuple[Owed, ...]
    covers: tuple[Cover, ...]


class Changes(msgspec.Struct, frozen=True):
    """What one entry changed in a member's books."""

    record: MemberRecord
    lots: tuple[Lot, ...]
    grants: tuple[GrantRow, ...]
    slices: tuple[SliceRow, ...]
    owed: tuple[Owed, ...]
    covers: tuple[Cover, ...]
    postings: tuple[Posting, ...]


class Arrival(msgspec.Struct, frozen=True):
    """A member who comes from the shop's own list, with keyed hashes and opening lots."""

    record: MemberRecord
    cards: tuple[bytes, ...]
    contacts: tuple[bytes, ...]
    lots: tuple[Lot, ...]
    postings: tuple[Posting, ...]


class HoldRow(msgspec.Struct, frozen=True):
    """The answer to one request for a hold: code, and grant number (0 without a grant)."""

    dev: int
    inc: int
    ticket: str
    content: bytes
    code: str
    gno: int


class ConsentRow(msgspec.Struct, frozen=True):
    """A consent given (1) or withdrawn (0) at `sold_ms`; the latest counts."""

    member: int
    purpose: str
    sold_ms: int
    dev: int
    inc: int
    seq: int
    given: int
    wording: str


class MemberCard(msgspec.Struct, frozen=True):
    """What identifies a member at a till: keyed hashes only."""

    cards: tuple[bytes, ...]
    contacts: tuple[bytes, ...]
    blocked: tuple[Blocked, ...] = ()
    phone: PhoneKey | None = None


def sold_order(sold_ms: int, dev: int, inc: int, seq: int) -> str:
    """The order of sale (sold_at, dev, inc, seq) as text that sorts the same way."""
    return f"{sold_ms:015d}.{dev:010d}.{inc:06d}.{seq:012d}"
