"""The messages between till and ledger (ledger-and-sync.md section 5.1).

Bodies are msgpack arrays of these structs in field order, or the same as JSON. Every answer to a paired till is
signed by the ledger's key. Journal entries travel inside as the exact bytes that were written.
"""

from collections.abc import Mapping
from datetime import date

import msgspec

from rules.account import Account
from sync.card_marks import Blocked, PhoneKey
from sync.entry import Slice
from sync.publication import ConfigItem, Revocation
from sync.tills import StoreTills

PROTOCOL = 1
PRESENTED_AT_ONCE = 400  # grants in one push
PAIRING_KEY_ID = "pairing"  # names the key inside the PairRequest that it signs


class Hello(msgspec.Struct, frozen=True, array_like=True):
    """`GET /hello?nonce=`: who the ledger is and what time it has. `signature` is by `server_key` over the rest."""

    nonce: str
    server_key: bytes
    server_time_ms: int
    protocol_min: int
    protocol_max: int
    ledger_epoch: int
    signature: bytes


class Block(msgspec.Struct, frozen=True, array_like=True):
    """A block of numbers for offline enrolment: `kind` member or card, first to last inclusive."""

    kind: str
    first: int
    last: int


class PairRequest(msgspec.Struct, frozen=True, array_like=True):
    """`POST /pair`: the one-time secret, the till's new public key (Ed25519), its hardware and proposed name.

    A till that was paired before says as what (`dev`, `inc`), and proves it with the key it had (`again_bytes`).
    """

    secret: str
    public_key: bytes
    fingerprint: str
    name: str
    dev: int = 0
    inc: int = 0
    proof: bytes = b""


class PairAnswer(msgspec.Struct, frozen=True, array_like=True):
    """What a till is from now on, and the keys of its store. `dev` is the device number, `till` its name.

    `paper` is what the ledger signs of it (sync/papers.py), packed.
    """

    dev: int
    inc: int
    store: str
    store_name: str
    till: str
    timezone: str
    genesis: bytes
    server_key: bytes
    ratchet: bytes
    lookup_key: bytes
    scope_key: bytes
    sealing_key: bytes
    permutation_key: bytes
    blocks: tuple[Block, ...]
    ledger_epoch: int
    card_prefix: str = "29"
    paper: bytes = b""


class Unsent(msgspec.Struct, frozen=True, array_like=True):
    """An entry that the ledger may not have: its hash, and that of the form it was first written in."""

    seq: int
    hash: bytes
    orig: bytes


class ReconcileRequest(msgspec.Struct, frozen=True, array_like=True):
    """`POST /reconcile`: a till that was paired again asks for entries of its former incarnation `inc`."""

    inc: int
    unsent: tuple[Unsent, ...]


class Became(msgspec.Struct, frozen=True, array_like=True):
    """Entry `seq` of the former incarnation was sent again by some copy of the till, as (`inc`, `as_seq`).

    Its lots are those that this entry gave birth to, in the same order; `member` is the number it enrols under, or 0.
    """

    seq: int
    inc: int
    as_seq: int
    member: int = 0


class ReconcileAnswer(msgspec.Struct, frozen=True, array_like=True):
    """Which of the entries are `here` as they are, and what `became` of others. The rest is to be sent again."""

    here: tuple[int, ...]
    became: tuple[Became, ...]


class RotateRequest(msgspec.Struct, frozen=True, array_like=True):
    """`POST /keys/rotate`, signed with the old key: the new public key, the ratchet, and a proof by the new key."""

    public_key: bytes
    ratchet: bytes
    proof: bytes = b""


class RotateAnswer(msgspec.Struct, frozen=True, array_like=True):
    """The new key is known and holds from its first use on; `accepted_seq` is the last entry the ledger has.

    `paper` is what the ledger signs of the new key (sync/papers.py), packed.
    """

    accepted_seq: int
    paper: bytes = b""


class Blob(msgspec.Struct, frozen=True, array_like=True):
    """A sealed blob that travels beside entries: its salted hash, the salt and the sealed bytes."""

    sha256: bytes
    salt: bytes
    what: str
    sealed: bytes


class CommitSignature(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Ed25519 over the head after one commit: `seq` is the commit's last entry."""

    seq: int
    signature: bytes


class Grant(msgspec.Struct, frozen=True, array_like=True):
    """Assets moved to a till. `id` is "g-dev-inc-gno"; `ticket` the ticket a hold was asked for."""

    id: str
    kind: str
    member: int
    gno: int
    slices: tuple[Slice, ...]
    ticket: str
    issued_pos: int
    signature: bytes = b""


class Held(msgspec.Struct, frozen=True, array_like=True):
    """A programme that a till has and goes by from `effective_from` on; `number` is that of its publication."""

    name: str
    sha256: bytes
    effective_from: date
    number: int


class PushRequest(msgspec.Struct, frozen=True, array_like=True):
    """`POST /push`: entries after `base_seq` whose hash is `base_hash`, ending at a commit boundary.

    `held` are the till's programmes, so that its owner sees what each till runs. `presented` are grants, as signed,
    that a restored ledger lacks; None while none were asked for.
    """

    dev: int
    inc: int
    ratchet: bytes
    nonce: str
    base_seq: int
    base_hash: bytes
    entries: tuple[bytes, ...]
    signatures: tuple[CommitSignature, ...]
    blobs: tuple[Blob, ...]
    last_gno: int
    wall_ms: int
    mono_ms: int
    boot: str
    backlog: int
    held: tuple[Held, ...] = ()
    presented: tuple[Grant, ...] | None = None


TWIN = "twin"
SAME_CONTACT = "same_contact"
"""The remark on an enrolment whose member the ledger has under another number, by another disk of the same till."""


class Disposition(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What became of one entry: applied or quarantined, with a code in the second case."""

    seq: int
    state: str
    code: str = ""


class Anchor(msgspec.Struct, frozen=True, array_like=True):
    """A time the till may trust: the ledger's clock in ms at monotonic ms `mono_ms` of `boot`."""

    id: str
    server_time_ms: int
    mono_ms: int
    boot: str


class PushAnswer(msgspec.Struct, frozen=True, array_like=True):
    """Result of a push. `expected_seq` is not 0 when entries are missing before the batch; `fence` closes the
    incarnation. `ratchet` is the next one-use value. `accepted_hash` is that of `accepted_seq`. A restored ledger
    says the last grant it knows of this till (`known_gno`, else -1): those after it are to be presented."""

    accepted_seq: int
    accepted_hash: bytes
    durable_seq: int
    dispositions: tuple[Disposition, ...]
    grants: tuple[Grant, ...]
    ratchet: bytes
    anchor: Anchor | None
    ledger_epoch: int
    expected_seq: int = 0
    fence: bool = False
    backoff_ms: int = 0
    known_gno: int = -1


class MemberRow(msgspec.Struct, frozen=True, array_like=True):
    """What a till in whose store scope a member is may know.

    `cards` and `contacts` are keyed hashes, `display` the name encrypted with the store-scope key.
    `account` is the settled account with all holdings (granted ones included); `available` is what no till
    holds, `elsewhere` what other tills hold, per asset. The row includes this till's own entries up to the
    `own_seq` of the answer it came in. `blocked` are cards that are not taken, with their reasons, `phone` is the
    key of the member's phone. `note` is the shop's note, encrypted as `display` is, `complaint` in the same way the day
    and the words of the last incident that had any (sync/complaint.py).
    """

    member: int
    cards: tuple[bytes, ...]
    contacts: tuple[bytes, ...]
    display: bytes
    account: Account
    available: Mapping[str, int]
    elsewhere: Mapping[str, int]
    pos: int
    blocked: tuple[Blocked, ...] = ()
    phone: PhoneKey | None = None
    note: bytes = b""
    complaint: bytes = b""


class AccountAnswer(msgspec.Struct, frozen=True, array_like=True):
    """`GET /account/{card token in hex}`: the row, or None when the ledger does not know the card either."""

    row: MemberRow | None
    own_seq: int


class Want(msgspec.Struct, frozen=True, array_like=True):
    """A quantity of an asset that a till asks to hold.

    `after` is what it asked for before, of this asset for the same ticket: a second request for as much again is not
    the first one sent twice.
    """

    asset: str
    quantity: int
    after: int = 0


STALE = "stale"  # a hold is refused until the till has pushed: the ledger knows more of its life than it does


class HoldRequest(msgspec.Struct, frozen=True, array_like=True):
    """`POST /grants`: hold assets of `member` for `ticket`; idempotent by ticket and content.

    `last_gno` is the last grant the till has applied: what it misses is sent again. `ratchet` is the one of its last
    push, which is not turned here: a copy of the till whose other life has been heard since gets nothing. `nonce` is
    that of a push under way, "" for none; an earlier release does not say it.
    """

    ticket: str
    member: int
    wants: tuple[Want, ...]
    last_gno: int
    ratchet: bytes = b""
    nonce: str | None = None


class HeldAt(msgspec.Struct, frozen=True, array_like=True):
    """A till of the store called `store` holds units of `asset`; last heard at `silent_ms` UTC, 0: in contact."""

    asset: str
    store: str
    silent_ms: int = 0


class HoldAnswer(msgspec.Struct, frozen=True, array_like=True):
    """All grants after `last_gno` in order. `code` is granted, partial, held_elsewhere, refused or unknown_member;
    `elsewhere` says what other tills hold, per asset, and `places` where that of the assets asked for is."""

    code: str
    grants: tuple[Grant, ...]
    elsewhere: Mapping[str, int]
    places: tuple[HeldAt, ...] = ()


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """How far a till has read one bucket."""

    bucket: str
    epoch: int
    pos: int


class PullRequest(msgspec.Struct, frozen=True, array_like=True):
    """`POST /pull` (a read; the cursors do not fit a query string): cursors and how many bytes at most.

    `last_gno` is the last grant the till has applied; below zero it does not ask for grants. `tills` is the age
    (`made_ms`) of its list of the store's tills, 0 for none, below zero if it wants none. `ratchet` and
    `nonce` as in a HoldRequest: without the right ones there are no grants.
    """

    cursors: tuple[Cursor, ...]
    max_bytes: int
    last_gno: int = -1
    tills: int = -1
    ratchet: bytes = b""
    nonce: str | None = None


class Wake(msgspec.Struct, frozen=True):
    """`GET /live`: `bucket` has changes up to `pos`, and nothing about them; as JSON in an event stream."""

    bucket: str
    pos: int


class WakeAnswer(msgspec.Struct, frozen=True, array_like=True):
    """`GET /live?poll=seconds`, for networks that hold event streams back: what changed, if anything did."""

    wakes: tuple[Wake, ...]


class PullAnswer(msgspec.Struct, frozen=True, array_like=True):
    """Changes after the cursors. `own_seq` is the last entry of this till that the rows include.

    `grants` are those after the request's `last_gno` in order, `recalls` the ids of grants to return when possible.
    `hotlist` is carried out before anything else; where it is not empty the ledger sends nothing else. `roles` are the
    numbers of the keys that the ledger signs with in each role (sync/delegation.py).
    `thin` answers a cursor of the bucket `thin`, which is asked for alone (`sync.thin.squeezed`).
    `gone` are members whom the till's store is no longer told of: whatever it knows of them goes.
    """

    config: tuple[ConfigItem, ...]
    members: tuple[MemberRow, ...]
    dispositions: tuple[Disposition, ...]
    blocks: tuple[Block, ...]
    cursors: tuple[Cursor, ...]
    own_seq: int
    more: bool
    must_refetch: bool = False
    grants: tuple[Grant, ...] = ()
    recalls: tuple[str, ...] = ()
    hotlist: tuple[Revocation, ...] = ()
    roles: Mapping[str, int] = {}
    thin: bytes = b""
    gone: tuple[int, ...] = ()
    tills: StoreTills | None = None


class Refusal(msgspec.Struct, frozen=True, array_like=True):
    """Body of every answer that is not 2xx: a code for machines and a sentence for people."""

    code: str
    sentence: str


def pack(message: msgspec.Struct | tuple[msgspec.Struct, ...]) -> bytes:
    """`message` as msgpack."""
    return _packer.encode(message)


_packer = msgspec.msgpack.Encoder()
