"""Paper against disk: a receipt of this till that its journal does not have (ledger-and-sync.md 2.2 and 6, row 4).

A receipt prints the number of its entry and six characters of the entry's hash. Where the journal ends before that
entry, or has another one in its place, the disk has lost what was printed: it lied about its flush, or was set back.
"""

import msgspec

from pos_app.till.parts import Parts
from sync import chain
from sync.till import cursors, journal, moves
from sync.till.database import Connection
from sync.till.writer import Priority


def is_against(parts: Parts, reference: str, tail: str) -> bool:
    """Whether a receipt with this number, and these six characters if any, is not in this till's journal but must be.

    Former lives of the till are not judged by their numbers: their entries may have been on another disk. Nor are
    later ones that the ledger knows beside this one: two copies of a disk were both paired again, and both go on.
    """
    dev, inc, seq = map(int, reference.split("-"))
    who = parts.identity
    if not who.paired or dev != who.dev or inc < who.inc:
        return False
    if inc > who.inc:
        return not _lives_beside(parts, inc)
    if seq > journal.head(parts.reader)[0]:
        return True
    found = journal.hash_at(parts.reader, seq)
    return bool(tail) and found is not None and chain.tail(found) != tail


def _lives_beside(parts: Parts, inc: int) -> bool:
    """Whether the ledger has named another life of this till together with this one: then it did not end this one."""
    who, known = parts.identity, moves.store_tills(parts.reader)
    return known is not None and None not in (known.of(who.dev, who.inc), known.of(who.dev, inc))


def stop_spending(parts: Parts) -> None:
    """This till is taken for a copy of itself: it gives and sends nothing more until it is paired again."""

    def fence(connection: Connection) -> None:
        state = cursors.sync_state(connection)
        cursors.save_sync_state(connection, msgspec.structs.replace(state, fenced=True))

    parts.writer.run(fence, Priority.SYNC)  # also on a full disk
