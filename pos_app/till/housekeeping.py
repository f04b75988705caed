"""What a till tidies by itself: grants that go back, spent slices, old scans and receipts.

Nothing is written while a ticket can be undone: any entry would end that (ledger-and-sync.md section 3, Undo).
"""

from pos_app.till import copies
from pos_app.till.grants import given_back, returnable
from pos_app.till.moment import now
from pos_app.till.parts import Parts
from pos_app.till.state import State
from pos_app.till.undo import undoable
from sync.till import cursors, journal, moves, scans, slices, spool
from sync.till.database import Connection, StoreError
from sync.till.writer import Priority

KEEP_MS = 7 * 86_400_000
MOST_AT_ONCE = 50


def give_back(parts: Parts, state: State) -> bool:
    """Return what may go back, between two tickets. True when something was written."""
    if state.basket is not None or not returnable(parts.reader, parts, "") or undoable(parts) is not None:
        return False
    moment = now(parts)

    def job(conn: Connection) -> None:
        drafts = given_back(conn, returnable(conn, parts, "")[:MOST_AT_ONCE], moment)
        if drafts:
            journal.commit(conn, parts.identity, drafts, moment.times, cursors.sync_state(conn).seen_pos)

    try:
        parts.writer.run(job, Priority.SYNC)
    except StoreError:
        return False
    if parts.network is not None:
        parts.network.wake_push()
    return True


def tidy(parts: Parts) -> None:
    """Drop what nobody asks for any more. Once at start and once a day is enough."""
    before = parts.clock.wall_ms() - KEEP_MS

    def job(conn: Connection) -> None:
        scans.forget(conn, before)
        spool.forget(conn, before)
        spool.forget_cards(conn)
        if undoable(parts, conn) is None:
            slices.forget_spent(conn)
        moves.forget(conn)

    parts.writer.post(job, Priority.SYNC)
    copies.forget(parts.store.folder / copies.FOLDER, before)
