"""Whether the till's journal is whole: chain, signatures, and the columns beside the bytes (ledger-and-sync.md 2.2)."""

from collections.abc import Iterator

from rules.sentences import mark, said
from sync import chain
from sync.entry import UnreadableEntry, decode
from sync.sqlite_driver import Connection
from sync.till.cursors import sync_state
from sync.till.journal import hash_at, head, incarnation

TAIL_ENTRIES = 500


def verify(connection: Connection) -> chain.Verdict:
    """Check every entry and every signature of this incarnation; the verdict names the first bad entry."""
    inc, genesis = incarnation(connection)
    verdict = _verify(connection, inc, 0, genesis)
    head_seq, _ = head(connection)
    accepted = sync_state(connection).accepted_seq
    if verdict.ok and head_seq < accepted:
        reason = said("the ledger has entries up to {last} that are missing here", last=accepted)
        return chain.Verdict(ok=False, count=verdict.count, first_bad_seq=head_seq + 1, reason=reason)
    return verdict


def verify_tail(connection: Connection, last: int = TAIL_ENTRIES) -> chain.Verdict:
    """Check the last entries only: quick, for the start after a crash.

    Nothing is to be checked in a till without identity, nor in one that gives nothing before it is paired again: what
    was saved of a damaged one has gaps, and pairing looks at each entry.
    """
    if connection.execute("SELECT 1 FROM identity").fetchone() is None or sync_state(connection).fenced:
        return chain.Verdict(ok=True, count=0)
    inc, genesis = incarnation(connection)
    base = max(0, head(connection)[0] - last)
    return _verify(connection, inc, base, (hash_at(connection, base) or b"") if base else genesis)


def _verify(connection: Connection, inc: int, base_seq: int, base_hash: bytes) -> chain.Verdict:
    dev, key = connection.execute("SELECT dev, public_key FROM incarnation WHERE inc = ?", (inc,)).fetchone()
    base = chain.Head(dev, inc, base_seq, base_hash)
    signed = connection.execute(
        "SELECT seq, sig FROM journal WHERE inc = ? AND seq > ? AND sig IS NOT NULL", (inc, base_seq)
    )
    signatures = dict(signed.fetchall())
    former = tuple(key for _, key in sync_state(connection).former_keys)
    try:
        return chain.verify_chain(key, base, _stored(connection, base), signatures, former=former)
    except chain.ChainBroken as broken:
        return chain.Verdict(
            ok=False, count=broken.seq - base_seq - 1, first_bad_seq=broken.seq, reason=broken.reason
        )


def _stored(connection: Connection, base: chain.Head) -> Iterator[bytes]:
    """The stored bytes in order, once the columns beside them are seen to agree."""
    prev = base.hash
    rows = connection.execute(
        "SELECT seq, bytes, hash, kind, ticket, member FROM journal WHERE inc = ? AND seq > ? ORDER BY seq",
        (base.inc, base.seq),
    )
    for expected, (seq, data, digest, kind, ticket, member) in enumerate(rows, base.seq + 1):
        if seq != expected:
            raise chain.ChainBroken(expected, mark("it is missing"))
        prev = chain.entry_hash(prev, data)
        if prev != digest:
            raise chain.ChainBroken(seq, mark("its bytes do not have the stored hash"))
        yield data
        _check_columns(seq, data, (kind, ticket, member))


def _check_columns(seq: int, data: bytes, columns: tuple[str, str | None, int | str | None]) -> None:
    try:
        entry = decode(data)
    except UnreadableEntry:
        return  # of a later release: chain and signature still vouch for it
    if (entry.kind, entry.ticket, entry.member) != columns:
        raise chain.ChainBroken(seq, mark("the columns beside it say something else"))
