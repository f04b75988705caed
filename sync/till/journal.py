"""The till's journal: commits appended to one chain, which is also the outbox (ledger-and-sync.md 2)."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import takewhile

import msgspec

from sync import chain
from sync.entry import (
    ENTRY_VERSION,
    Body,
    Entry,
    EntryKind,
    Evidence,
    decode,
    encode,
    encode_body,
    reference,
)
from sync.sqlite_driver import Connection, IntegrityError
from sync.till.cursors import sync_state
from sync.till.errors import AlreadyRecorded
from sync.till.identity import Identity
from sync.till.reading import remembered
from sync.wire import Blob, CommitSignature

PUSH_ENTRIES = 500
PUSH_BYTES = 512 * 1024
# Kinds that one ticket has once in its life: a second commit of them is refused, not numbered on.
_ONCE = frozenset({EntryKind.TICKET, EntryKind.REFUND, EntryKind.VOID, EntryKind.ENROL})


class EntryDraft(msgspec.Struct, frozen=True):
    """What is to be written, before it has a number: the fields of `sync.entry.Entry` that the use case decides."""

    kind: EntryKind
    body: Body
    bdate: date
    member: int | str | None = None
    ticket: str | None = None
    pos_ref: str | None = None
    evidence: Evidence = Evidence.NONE
    risk: tuple[str, ...] = ()
    blobs: tuple[Blob, ...] = ()


class Times(msgspec.Struct, frozen=True):
    """The clocks at a commit: raw wall clock (ms, UTC), monotonic ms of `boot`, id of the last trusted time."""

    wall_ms: int
    mono_ms: int
    boot: str
    anchor: str = ""


class Written(msgspec.Struct, frozen=True):
    """An entry as written; `reference` and `tail6` are what the receipt prints."""

    seq: int
    hash: bytes
    data: bytes
    reference: str
    tail6: str


class Waiting(msgspec.Struct, frozen=True):
    """The outbox: entries not yet accepted, and the till's wall clock at the oldest (None when all are sent)."""

    count: int
    oldest_wall_ms: int | None


class Batch(msgspec.Struct, frozen=True):
    """What one push carries: whole commits after `base_seq`, whose hash is `base_hash`."""

    base_seq: int
    base_hash: bytes
    entries: tuple[bytes, ...]
    signatures: tuple[CommitSignature, ...]
    blobs: tuple[Blob, ...]


def commit(
    connection: Connection, identity: Identity, drafts: Sequence[EntryDraft], times: Times, seen_pos: int
) -> tuple[Written, ...]:
    """Append all drafts as one commit: numbers without a gap, chained, one signature on the last.

    Belongs inside the job that changes slices, results and print jobs too. Raises AlreadyRecorded when the
    ticket has such an entry from an earlier commit.
    """
    seq, prev = _head_of(connection, identity.inc, identity.genesis)
    ordinals: dict[tuple[str, str], int] = {}
    written: list[Written] = []
    for draft in drafts:
        seq += 1
        entry = _entry(identity, draft, times, seen_pos, (seq, prev))
        data = encode(entry)
        prev = chain.entry_hash(prev, data)
        last = len(written) == len(drafts) - 1
        signature = _sign(identity, seq, prev, draft.ticket) if last else None
        ordinal = _ordinal(connection, ordinals, draft)
        _insert(connection, entry, ordinal, (data, prev, signature))
        _keep_blobs(connection, identity.inc, seq, draft.blobs)
        name = reference(identity.dev, identity.inc, seq)
        written.append(Written(seq, prev, data, name, chain.tail(prev)))
    return tuple(written)


def append_again(connection: Connection, identity: Identity, entry: Entry, *, ends: bool) -> None:
    """Append an entry of a former incarnation as it is but for its place; `ends` signs the commit that it ends."""
    seq, prev = _head_of(connection, identity.inc, identity.genesis)
    entry = msgspec.structs.replace(entry, inc=identity.inc, seq=seq + 1, prev=prev)
    data = encode(entry)
    digest = chain.entry_hash(prev, data)
    signature = _sign(identity, entry.seq, digest, entry.ticket) if ends else None
    ordinal = 0 if entry.ticket is None else _stored_count(connection, entry.ticket, entry.kind)
    _insert(connection, entry, ordinal, (data, digest, signature))


def move_blobs(connection: Connection, old: tuple[int, int], new: tuple[int, int]) -> None:
    """Sealed blobs of the entry `old` (incarnation, seq) travel beside the entry `new` from now on."""
    connection.execute("UPDATE blob SET inc = ?, seq = ? WHERE inc = ? AND seq = ?", (*new, *old))


def next_seq(connection: Connection) -> int:
    """The number the next entry will have: lots born in it are named after it."""
    return head(connection)[0] + 1


def head(connection: Connection) -> tuple[int, bytes]:
    """Number and hash of the last entry of this incarnation; (0, genesis) before the first."""
    inc, genesis = incarnation(connection)
    return _head_of(connection, inc, genesis)


@remembered
def waiting(connection: Connection) -> Waiting:
    """How much the ledger has not accepted yet."""
    inc, _ = incarnation(connection)
    accepted = sync_state(connection).accepted_seq
    row = connection.execute(
        "SELECT max(seq), (SELECT wall_ms FROM journal WHERE inc = :inc AND seq = :next)"
        " FROM journal WHERE inc = :inc",
        {"inc": inc, "next": accepted + 1},
    ).fetchone()
    return Waiting(max(0, (row[0] or 0) - accepted), row[1])


def waiting_tickets(connection: Connection) -> int:
    """How many tickets, undos and returns the ledger has not accepted yet."""
    inc, _ = incarnation(connection)
    [count] = connection.execute(
        "SELECT count(*) FROM journal WHERE inc = ? AND seq > ? AND kind IN ('TICKET', 'VOID', 'REFUND')",
        (inc, sync_state(connection).accepted_seq),
    ).fetchone()
    return int(count)


def pending(connection: Connection, limit: int = PUSH_ENTRIES, max_bytes: int = PUSH_BYTES) -> Batch:
    """The next push: whole commits, at most `limit` entries and `max_bytes` with their blobs, at least one commit."""
    inc, genesis = incarnation(connection)
    base_seq = sync_state(connection).accepted_seq
    base = chain.Head(0, inc, base_seq, _hash_at(connection, inc, base_seq, genesis))
    return batch(connection, base, limit, max_bytes)


def batch(connection: Connection, base: chain.Head, limit: int, max_bytes: int) -> Batch:
    """Whole commits of the life `base.inc` after its entry `base.seq`, at most as many as `pending` says."""
    entries: list[bytes] = []
    signatures: list[CommitSignature] = []
    blobs: list[Blob] = []
    size = 0
    for rows, with_blobs in _commits(connection, base.inc, base.seq):
        size += sum(len(row[1]) for row in rows) + sum(len(blob.sealed) for blob in with_blobs)
        if entries and (size > max_bytes or len(entries) + len(rows) > limit):
            break
        entries += [row[1] for row in rows]
        signatures.append(CommitSignature(rows[-1][0], rows[-1][2]))
        blobs += with_blobs
    return Batch(base.seq, base.hash, tuple(entries), tuple(signatures), tuple(blobs))


def entries_of(connection: Connection, ticket: str) -> tuple[Entry, ...]:
    """All entries of a ticket in the order written, each as it was last sent, of whatever incarnation."""
    rows = connection.execute("SELECT bytes, hash FROM journal WHERE ticket = ? ORDER BY inc, seq", (ticket,))
    last: dict[bytes, Entry] = {}
    for data, digest in rows:
        entry = decode(data)
        last[entry.orig or digest] = entry
    return tuple(last.values())


def entry_at(connection: Connection, seq: int) -> Entry | None:
    """The entry `seq` of this incarnation."""
    inc, _ = incarnation(connection)
    row = connection.execute("SELECT bytes FROM journal WHERE inc = ? AND seq = ?", (inc, seq)).fetchone()
    return None if row is None else decode(row[0])


def signature_at(connection: Connection, seq: int) -> bytes:
    """The signature of the commit that entry `seq` of this incarnation ends."""
    inc, _ = incarnation(connection)
    row = connection.execute("SELECT sig FROM journal WHERE inc = ? AND seq = ?", (inc, seq)).fetchone()
    return bytes(row[0])


def hash_at(connection: Connection, seq: int) -> bytes | None:
    """The hash of the entry `seq` of this incarnation."""
    return _hash_at(connection, incarnation(connection)[0], seq, b"") or None


def entries_after(connection: Connection, member: int | str, seq: int) -> tuple[Entry, ...]:
    """This incarnation's entries about `member` above `seq`: what the ledger's row does not include yet."""
    inc, _ = incarnation(connection)
    rows = connection.execute(
        "SELECT bytes FROM journal WHERE member = ? AND seq > ? AND inc = ? ORDER BY seq", (member, seq, inc)
    )
    return tuple(decode(row[0]) for row in rows)


def entries_of_day(connection: Connection, member: int, day: date) -> tuple[Entry, ...]:
    """This incarnation's entries about `member` of the business date `day`, if it is the last one, latest first."""
    rows = connection.execute(
        "SELECT bytes FROM journal WHERE member = ? AND inc = ? ORDER BY seq DESC",
        (member, incarnation(connection)[0]),
    )
    return tuple(takewhile(lambda entry: entry.bdate == day, (decode(row[0]) for row in rows)))


def erased_after(connection: Connection, seq: int) -> frozenset[int]:
    """The members whom this incarnation erased above `seq`."""
    rows = connection.execute(
        "SELECT member FROM journal WHERE inc = ? AND seq > ? AND kind = ?",
        (incarnation(connection)[0], seq, EntryKind.ERASE),
    )
    return frozenset(int(member) for (member,) in rows)


def forget_blobs(connection: Connection, accepted_seq: int) -> None:
    """Drop the sealed blobs of entries the ledger has accepted: personal data stays no longer than it must."""
    inc, _ = incarnation(connection)
    connection.execute("DELETE FROM blob WHERE inc = ? AND seq <= ?", (inc, accepted_seq))


def put_back(
    connection: Connection, entry: Entry, data: bytes, digest: bytes, signature: bytes | None
) -> None:
    """Keep an entry that was saved from another store, as it was written there."""
    ordinal = 0 if entry.ticket is None else _stored_count(connection, entry.ticket, entry.kind)
    _insert(connection, entry, ordinal, (data, digest, signature))


def put_back_blob(connection: Connection, inc: int, seq: int, blob: Blob) -> None:
    """Keep the sealed blob of an entry that was saved from another store."""
    _keep_blobs(connection, inc, seq, (blob,))


def _entry(
    identity: Identity, draft: EntryDraft, times: Times, seen_pos: int, place: tuple[int, bytes]
) -> Entry:
    seq, prev = place
    return Entry(
        v=ENTRY_VERSION,
        dev=identity.dev,
        inc=identity.inc,
        seq=seq,
        prev=prev,
        kind=draft.kind.value,
        body=encode_body(draft.body),
        bdate=draft.bdate,
        wall_ms=times.wall_ms,
        mono_ms=times.mono_ms,
        boot=times.boot,
        ticket=draft.ticket,
        pos_ref=draft.pos_ref,
        member=draft.member,
        evidence=draft.evidence.value,
        anchor=times.anchor,
        seen_pos=seen_pos,
        risk=tuple(str(bit) for bit in draft.risk),
    )


def _sign(identity: Identity, seq: int, digest: bytes, ticket: str | None) -> bytes:
    return chain.sign_commit(
        identity.private_key, chain.Head(identity.dev, identity.inc, seq, digest), ticket
    )


def _ordinal(connection: Connection, seen: dict[tuple[str, str], int], draft: EntryDraft) -> int:
    if draft.ticket is None:
        return 0
    key = draft.ticket, draft.kind.value
    if key not in seen:
        seen[key] = 0 if draft.kind in _ONCE else _stored_count(connection, *key)
    seen[key] += 1
    return seen[key] - 1


def _stored_count(connection: Connection, ticket: str, kind: str) -> int:
    row = connection.execute("SELECT count(*) FROM journal WHERE ticket = ? AND kind = ?", (ticket, kind))
    return int(row.fetchone()[0])


def _insert(
    connection: Connection, entry: Entry, ordinal: int, proof: tuple[bytes, bytes, bytes | None]
) -> None:
    values = (entry.inc, entry.seq, entry.kind, entry.ticket, ordinal, entry.member, entry.wall_ms)
    try:
        connection.execute("INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", (*values, *proof))
    except IntegrityError as error:
        raise AlreadyRecorded(f"ticket {entry.ticket} is recorded already: show its result") from error


def _keep_blobs(connection: Connection, inc: int, seq: int, blobs: Sequence[Blob]) -> None:
    for blob in blobs:
        connection.execute(
            "INSERT OR IGNORE INTO blob VALUES (?, ?, ?, ?, ?, ?)",
            (blob.sha256, inc, seq, blob.salt, blob.what, blob.sealed),
        )


@remembered
def incarnation(connection: Connection) -> tuple[int, bytes]:
    """The till's present life, and the hash on which its chain stands."""
    inc, genesis = connection.execute("SELECT inc, genesis FROM identity").fetchone()
    return inc, genesis


def _head_of(connection: Connection, inc: int, genesis: bytes) -> tuple[int, bytes]:
    row = connection.execute(
        "SELECT seq, hash FROM journal WHERE inc = ? ORDER BY seq DESC LIMIT 1", (inc,)
    ).fetchone()
    return (0, genesis) if row is None else (row[0], row[1])


def _hash_at(connection: Connection, inc: int, seq: int, genesis: bytes) -> bytes:
    if seq == 0:
        return genesis
    row = connection.execute("SELECT hash FROM journal WHERE inc = ? AND seq = ?", (inc, seq)).fetchone()
    return b"" if row is None else row[0]


def _commits(
    connection: Connection, inc: int, after: int
) -> Iterator[tuple[list[tuple[int, bytes, bytes]], list[Blob]]]:
    rows: list[tuple[int, bytes, bytes]] = []
    found = connection.execute(
        "SELECT seq, bytes, sig FROM journal WHERE inc = ? AND seq > ? ORDER BY seq", (inc, after)
    )
    for seq, data, signature in found:
        rows.append((seq, data, signature))
        if signature is not None:
            yield rows, _blobs_of(connection, inc, rows[0][0], seq)
            rows = []


def _blobs_of(connection: Connection, inc: int, first: int, last: int) -> list[Blob]:
    rows = connection.execute(
        "SELECT sha256, salt, what, sealed FROM blob WHERE inc = ? AND seq BETWEEN ? AND ? ORDER BY seq, sha256",
        (inc, first, last),
    )
    return [Blob(*row) for row in rows]
