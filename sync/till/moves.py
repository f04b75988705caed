"""Leases that go from till to till of a store, at the till: given, taken, and never doubled (ledger-and-sync.md 4.7).

The giver takes the units out of its slices in the commit that says so; the receiver has them once it has written the
giver's word into its own chain. In between they are nobody's to spend. The name of the new grant is that of the giver's
entry, and a till takes each name once.
"""

from collections.abc import Iterable, Sequence
from datetime import date

import msgspec

from sync.chain import Head, entry_hash, verify_commit
from sync.clock import Clock
from sync.entry import (
    Draw,
    EntryKind,
    GrantMoveBody,
    Slice,
    TicketBody,
    UnreadableEntry,
    VoidBody,
    body_of,
    decode,
)
from sync.granted import Proof, moved_id
from sync.grants import LEASE, HeldSlice, choose
from sync.moves import MOST_PROOFS, MoveRequest
from sync.sqlite_driver import Connection
from sync.till import journal, slices
from sync.till.cursors import sync_state
from sync.till.identity import Identity
from sync.till.journal import EntryDraft, Times
from sync.tills import StoreTill, StoreTills, are_genuine

AGAIN = 8  # so many of the last moves are handed over once more with every answer, in case one got lost
_proofs = msgspec.msgpack.Decoder(tuple[Proof, ...])


class Stamp(msgspec.Struct, frozen=True):
    """What an entry that is written now carries: business date and clock readings."""

    bdate: date
    times: Times


def stamp(connection: Connection, clock: Clock, day: date) -> Stamp:
    """What an entry carries that is written now, on the business date `day`."""
    anchor = sync_state(connection).anchor
    times = Times(clock.wall_ms(), clock.mono_ms(), clock.boot(), anchor.id if anchor else "")
    return Stamp(day, times)


def store_tills(connection: Connection) -> StoreTills | None:
    """The tills of this store as last heard; None before the first time."""
    row = connection.execute("SELECT data FROM store_tills").fetchone()
    return None if row is None else msgspec.msgpack.decode(row[0], type=StoreTills)


def learn(connection: Connection, who: Identity, tills: StoreTills, *, from_ledger: bool = False) -> bool:
    """Go by `tills` where it is newer than what is known, or the ledger's own answer; whether it is gone by."""
    if not (_is_genuine(connection, who, tills) if from_ledger else is_news(connection, who, tills)):
        return False
    data = msgspec.msgpack.encode(tills)
    connection.execute("INSERT OR REPLACE INTO store_tills VALUES (1, ?)", (data,))
    return True


def is_news(connection: Connection, who: Identity, tills: StoreTills) -> bool:
    """Whether `learn` would go by `tills`: looked at before anything is written, since anybody can send a list."""
    known = store_tills(connection)
    newer = known is None or tills.age > known.age
    return newer and _is_genuine(connection, who, tills)


def _is_genuine(connection: Connection, who: Identity, tills: StoreTills) -> bool:
    roles = sync_state(connection).roles
    return tills.store == who.store and are_genuine(tills, who.server_key, roles)


def given(connection: Connection, to: StoreTill, member: int) -> tuple[tuple[Proof, ...], ...]:
    """The last grants of `member` that went to a till, each with what proves it."""
    rows = connection.execute(
        "SELECT proofs FROM moved_out WHERE to_dev = ? AND to_inc = ? AND member = ? ORDER BY seq DESC LIMIT ?",
        (to.dev, to.inc, member, AGAIN),
    )
    return tuple([_proofs.decode(proofs) for (proofs,) in rows])


def was_answered(connection: Connection, to: StoreTill, ask: str) -> bool:
    """Whether something was given for this question."""
    row = connection.execute(
        "SELECT 1 FROM moved_out WHERE to_dev = ? AND to_inc = ? AND ask = ?", (to.dev, to.inc, ask)
    ).fetchone()
    return row is not None


def give(
    connection: Connection, who: Identity, to: StoreTill, request: MoveRequest, stamp: Stamp
) -> tuple[tuple[Proof, ...], ...]:
    """Answer a question, once: what is wanted leaves this till's leases, as far as they go. All that `to` was given."""
    if not was_answered(connection, to, request.ask):
        held = _movable(connection, request.member)
        parts: dict[str, list[Draw]] = {}
        for want in request.wants:
            for one in choose(held, want.asset, want.quantity, request.day, "").draws:
                parts.setdefault(one.grant, []).append(one)
        days = {(piece.grant, piece.lot, piece.asset): piece.last_day for piece in held}
        for grant, draws in parts.items():
            slices.draw(connection, draws)
            pieces = tuple(
                Slice(one.asset, one.lot, one.quantity, days[grant, one.lot, one.asset]) for one in draws
            )
            _write_out(connection, who, to, request, grant, pieces, stamp)
    return given(connection, to, request.member)


def _movable(connection: Connection, member: int) -> list[HeldSlice]:
    """Slices of leases that may go: not where an undo gave back what the ledger may count as spent still."""
    shut = _undone(connection, member)
    return [
        piece
        for piece in slices.slices_of(connection, member)
        if piece.kind == LEASE
        and piece.grant not in shut
        and len(_before(connection, piece.grant)) < MOST_PROOFS
    ]


def _undone(connection: Connection, member: int) -> set[str]:
    """Grants on which tickets drew whose undo the ledger has not accepted yet."""
    accepted = sync_state(connection).accepted_seq
    found: set[str] = set()
    for entry in journal.entries_after(connection, member, accepted):
        body = body_of(entry)
        for ticket in journal.entries_of(connection, body.of) if isinstance(body, VoidBody) else ():
            facts = body_of(ticket)
            if isinstance(facts, TicketBody):
                found |= {draw.grant for burn in facts.burns for draw in burn.draws}
                found |= {draw.grant for card in facts.converted for draw in card.draws}
    return found


def _before(connection: Connection, grant: str) -> tuple[Proof, ...]:
    """How a moved grant came here, as far as the ledger may not know it."""
    row = connection.execute("SELECT seq, proofs FROM moved_in WHERE grant_id = ?", (grant,)).fetchone()
    if row is None or row[0] <= sync_state(connection).accepted_seq:
        return ()
    return _proofs.decode(row[1])


def _write_out(
    connection: Connection,
    who: Identity,
    to: StoreTill,
    request: MoveRequest,
    grant: str,
    pieces: tuple[Slice, ...],
    stamp: Stamp,
) -> None:
    """A commit of its own, so that its one entry and its signature prove the move to anybody."""
    body = GrantMoveBody(
        moved_id(who.dev, who.inc, journal.next_seq(connection)), grant, to.dev, to.inc, pieces
    )
    written = _commit(connection, who, body, request.member, stamp)
    proofs = (*_before(connection, grant), Proof(written.data, journal.signature_at(connection, written.seq)))
    connection.execute(
        "INSERT INTO moved_out VALUES (?, ?, ?, ?, ?, ?)",
        (written.seq, to.dev, to.inc, request.ask, request.member, msgspec.msgpack.encode(proofs)),
    )


def take(
    connection: Connection,
    who: Identity,
    giver: StoreTill,
    member: int,
    moves: Iterable[Sequence[Proof]],
    stamp: Stamp,
) -> dict[str, int]:
    """Take what `giver` gave and was not taken before, each in a commit of its own; units by asset.

    What is not signed by the giver for this till is passed over: it could not be proven to the ledger.
    """
    taken: dict[str, int] = {}
    for proofs in moves:
        body = _told(proofs, giver, who, member)
        if body is None or _is_known(connection, body.grant):
            continue
        slices.lend(connection, member, body.grant, body.slices)
        own = msgspec.structs.replace(body, proofs=tuple(proofs))
        seq = _commit(connection, who, own, member, stamp).seq
        data = msgspec.msgpack.encode(tuple(proofs))
        connection.execute("INSERT INTO moved_in VALUES (?, ?, ?)", (body.grant, seq, data))
        for piece in body.slices:
            taken[piece.asset] = taken.get(piece.asset, 0) + piece.quantity
    return taken


def _told(proofs: Sequence[Proof], giver: StoreTill, who: Identity, member: int) -> GrantMoveBody | None:
    """What the last of `proofs` says, if `giver` wrote it, about `member` and for this till."""
    if not 0 < len(proofs) <= MOST_PROOFS:
        return None
    try:
        entry = decode(proofs[-1].data)
        body = body_of(entry)
    except UnreadableEntry:
        return None
    head = Head(entry.dev, entry.inc, entry.seq, entry_hash(entry.prev, proofs[-1].data))
    fits = (
        isinstance(body, GrantMoveBody)
        and not body.proofs
        and body.grant == moved_id(entry.dev, entry.inc, entry.seq)
        and (entry.dev, entry.inc, entry.member) == (giver.dev, giver.inc, member)
        and (body.dev, body.inc) == (who.dev, who.inc)
        and all(piece.quantity > 0 for piece in body.slices)
        and verify_commit(giver.key, head, entry.ticket, proofs[-1].signature)
    )
    return body if fits and isinstance(body, GrantMoveBody) else None


def _is_known(connection: Connection, grant: str) -> bool:
    row = connection.execute("SELECT 1 FROM moved_in WHERE grant_id = ?", (grant,)).fetchone()
    return row is not None


def _commit(
    connection: Connection, who: Identity, body: GrantMoveBody, member: int, stamp: Stamp
) -> journal.Written:
    draft = EntryDraft(EntryKind.GRANT_MOVE, body, stamp.bdate, member=member)
    seen = sync_state(connection).seen_pos
    return journal.commit(connection, who, [draft], stamp.times, seen)[0]


def forget(connection: Connection) -> None:
    """Let go of moves that the ledger has: should one never have arrived, the ledger asks the receiver for it."""
    connection.execute("DELETE FROM moved_out WHERE seq <= ?", (sync_state(connection).accepted_seq,))
