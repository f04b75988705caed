"""Members enrolled here of whom the ledger has not said yet that it knows them (ledger-and-sync.md 4.5).

Where this disk is a copy, or was set back, the ledger may know somebody else by the same number, and this till learns
of it only when it is paired again. Until then its own member has the number here, and nobody else.
"""

from sync.entry import EntryKind
from sync.sqlite_driver import Connection
from sync.till.cursors import sync_state

_WAITS = (
    "SELECT EXISTS (SELECT 1 FROM journal WHERE inc = (SELECT inc FROM identity) AND seq > ?"  # noqa: S608
    f" AND kind = '{EntryKind.ENROL}'"
)


def any_waits(connection: Connection) -> bool:
    """Whether an enrolment is on its way to the ledger."""
    row = connection.execute(f"{_WAITS})", (sync_state(connection).accepted_seq,)).fetchone()
    return bool(row[0])


def waits(connection: Connection, member: int) -> bool:
    """Whether the enrolment of `member` is."""
    row = connection.execute(
        f"{_WAITS} AND member = ?)", (sync_state(connection).accepted_seq, member)
    ).fetchone()
    return bool(row[0])
