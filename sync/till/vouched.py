"""Which entries of a journal its till has signed, where some may be missing: only those are sent once more."""

from collections.abc import Sequence

from sync import chain
from sync.entry import Entry, UnreadableEntry, decode
from sync.sqlite_driver import Connection
from sync.till.cursors import sync_state


def all_vouched(connection: Connection) -> bool:
    """Whether the till signed all that the ledger has not accepted, as far as it knows; entries may be missing."""
    inc, key = connection.execute(
        "SELECT inc, public_key FROM incarnation WHERE inc = (SELECT inc FROM identity)"
    ).fetchone()
    found = connection.execute(
        "SELECT bytes, hash, sig FROM journal WHERE inc = ? AND seq > ? ORDER BY seq",
        (inc, sync_state(connection).accepted_seq),
    ).fetchall()
    former = [public_key for _, public_key in sync_state(connection).former_keys]
    try:
        rows = [(decode(data), digest, signature) for data, digest, signature in found]
    except UnreadableEntry:
        return False
    whole = all(
        chain.entry_hash(row[0].prev, data) == row[1] for row, (data, _, _) in zip(rows, found, strict=True)
    )
    return whole and len(vouched((key, *former), rows)) == len(rows)


def vouched(keys: Sequence[bytes], rows: Sequence[tuple[Entry, bytes, bytes | None]]) -> set[int]:
    """Which entries (with hash and signature, by seq) the owner of the keys signed, alone or by those that follow."""
    good: set[int] = set()
    after: Entry | None = None
    for entry, digest, signature in reversed(rows):
        head = chain.Head(entry.dev, entry.inc, entry.seq, digest)
        signed = signature is not None and any(
            chain.verify_commit(key, head, entry.ticket, signature) for key in keys
        )
        chained = after is not None and (after.seq, after.prev) == (entry.seq + 1, digest)
        after = entry if signed or (signature is None and chained) else None
        if after is not None:
            good.add(entry.seq)
    return good
