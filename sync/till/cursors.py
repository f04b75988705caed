"""How far this till and the ledger know of each other: cursors, acks, ratchet, trusted time (ledger-and-sync.md 5)."""

from collections.abc import Iterable, Mapping

import msgspec

from sync.clock import Clock
from sync.papers import Paper, Shared
from sync.sqlite_driver import Connection
from sync.till.reading import remembered
from sync.wire import Anchor, Cursor


class SyncState(msgspec.Struct, frozen=True):
    """What the last exchanges said.

    The journal's entries above `accepted_seq` are the outbox; those up to `durable_seq` are also in an off-site
    copy. `nonce` is the one a push in flight was begun with ("" when none is): it is stored before the push is
    sent, with the `ratchet` it used, so that a lost answer can be asked for again. `seen_pos` is the ledger's
    position this till has applied. `last_contact_ms` is this till's wall clock at the last answer, 0 for never.
    `code` is the SHA-256 of the code this till was paired with: the same one given again pairs nothing. `next_seed` is
    a private key that the ledger may know already, `key_ms` this till's wall clock when it first used its present one
    (0 for unknown), `former_keys` the public keys before it, each with the last entry it signed. `heard_ms` is the time
    (UTC) at which the till last read all rules and revocations there were, 0 for never. `papers` are what the ledger
    signed of this till's lives and keys, in order, `over` its former lives and what of them the ledger had. `showing`
    while it shows them to a ledger that was restored: an answer may be lost by which that one knows the till already.
    `roles` are the numbers of the keys that the ledger signs with in each role, as it said last. `hardware` is the
    machine on which the ledger last heard of this file, `here` the one it is on (sync/till/hardware.py).
    """

    accepted_seq: int = 0
    durable_seq: int = 0
    ratchet: bytes = b""
    nonce: str = ""
    anchor: Anchor | None = None
    epoch: int = 0
    seen_pos: int = 0
    last_contact_ms: int = 0
    fenced: bool = False
    code: bytes = b""
    next_seed: bytes = b""
    key_ms: int = 0
    former_keys: tuple[tuple[int, bytes], ...] = ()
    heard_ms: int = 0
    papers: tuple[Paper, ...] = ()
    over: tuple[Shared, ...] = ()
    showing: bool = False
    roles: Mapping[str, int] = {}
    hardware: bytes = b""
    here: bytes = b""

    @property
    def elsewhere(self) -> bool:
        """Whether the file has come to another machine, and the ledger has not heard of that yet."""
        return bool(self.hardware and self.here) and self.hardware != self.here

    @property
    def spends_nothing(self) -> bool:
        """Whether another copy of the file may spend what is known here."""
        return self.fenced or self.elsewhere


@remembered
def sync_state(connection: Connection) -> SyncState:
    """The stored state; an empty one before the first pairing."""
    row = connection.execute("SELECT state FROM sync_state").fetchone()
    return SyncState() if row is None else msgspec.msgpack.decode(row[0], type=SyncState)


def save_sync_state(connection: Connection, state: SyncState) -> None:
    """Replace the stored state. Read it in the same job: what another job wrote in between would be lost."""
    connection.execute("INSERT OR REPLACE INTO sync_state VALUES (1, ?)", (msgspec.msgpack.encode(state),))


def heard(connection: Connection, clock: Clock) -> int:
    """The time (ms UTC) for `heard_ms` now: by the last anchor of this boot, else the latest time that is certain."""
    state, mark = sync_state(connection), high_mark(connection)
    if state.anchor is not None and state.anchor.boot == clock.boot():
        return state.anchor.server_time_ms + clock.mono_ms() - state.anchor.mono_ms
    return max(state.heard_ms, mark)


def begin_incarnation(connection: Connection, state: SyncState) -> None:
    """Start over with the ledger as a new incarnation: no grants of the old one, cursors back to the start."""
    save_sync_state(connection, state)
    connection.execute("UPDATE mark SET last_gno = 0")
    for table in ("cursor", "grant_received", "slice", "recall", "moved_out", "moved_in", "unsecured"):
        connection.execute(f"DELETE FROM {table}")  # noqa: S608 - our own table names
    connection.execute("UPDATE profile SET own_seq = 0, pos = 0")
    for table in ("thin", "thin_file"):  # an incarnation counts its entries from 1 again
        connection.execute(f"UPDATE {table} SET own_seq = 0")  # noqa: S608 - our own table names


def cursors(connection: Connection) -> tuple[Cursor, ...]:
    """How far every bucket was read, by name."""
    rows = connection.execute("SELECT bucket, epoch, pos FROM cursor ORDER BY bucket")
    return tuple(Cursor(*row) for row in rows)


def save_cursor(connection: Connection, cursor: Cursor) -> None:
    """Note how far a bucket was read: in the same job that stores what was read."""
    connection.execute(
        "INSERT OR REPLACE INTO cursor VALUES (?, ?, ?)", (cursor.bucket, cursor.epoch, cursor.pos)
    )


def save_cursors(connection: Connection, several: Iterable[Cursor]) -> None:
    """Note how far several buckets were read."""
    for cursor in several:
        save_cursor(connection, cursor)


def forget_cursors(connection: Connection) -> None:
    """Read every bucket from its start again."""
    connection.execute("DELETE FROM cursor")


@remembered
def high_mark(connection: Connection) -> int:
    """The latest trusted time this till has worked at, in ms since 1970 UTC; 0 on a new one."""
    return int(connection.execute("SELECT high_ms FROM mark").fetchone()[0])


def raise_mark(connection: Connection, trusted_ms: int) -> None:
    """Move the high-water mark up to `trusted_ms`, never down. Call it in the job that closes a ticket."""
    connection.execute("UPDATE mark SET high_ms = max(high_ms, ?)", (trusted_ms,))
