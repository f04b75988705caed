"""Paper against disk: a receipt of this till that its journal does not have (ledger-and-sync.md 2.2 and 6, row 4).

A receipt prints the number of its entry and six characters of the entry's hash. Where the journal ends before that
entry, or has another one in its place, the disk has lost what was printed: it lied about its flush, or was set back.
"""

import msgspec

from pos_app.till.parts import Parts
from sync import chain
from sync.till import cursors, journal
from sync.till.database import Connection
from sync.till.writer import Priority


def is_against(parts: Parts, reference: str, tail: str) -> bool:
    """Whether a receipt with this number, and these six characters if any, is not in this till's journal but must be.

    Former lives of the till are not judged by their numbers: their entries may have been on another disk.
    """
    dev, inc, seq = map(int, reference.split("-"))
    who = parts.identity
    if not who.paired or dev != who.dev or inc < who.inc:
        return False
    if inc > who.inc or seq > journal.head(parts.reader)[0]:
        return True
    found = journal.hash_at(parts.reader, seq)
    return bool(tail) and found is not None and chain.tail(found) != tail


def stop_spending(parts: Parts) -> None:
    """This till is taken for a copy of itself: it gives and sends nothing more until it is paired again."""

    def fence(connection: Connection) -> None:
        state = cursors.sync_state(connection)
        cursors.save_sync_state(connection, msgspec.structs.replace(state, fenced=True))

    parts.writer.run(fence, Priority.SYNC)  # also on a full disk
