"""What was sent to the ledger and what became of it: for the manager who wants to know why something is missing."""

from collections.abc import Iterable

import msgspec

from sync.sqlite_driver import Connection
from sync.till.journal import incarnation
from sync.wire import Disposition

KEPT = 200  # times at which something was sent
APPLIED = "applied"


class Sent(msgspec.Struct, frozen=True):
    """So many entries were accepted at `at_ms` (this till's clock, UTC)."""

    at_ms: int
    entries: int


class Aside(msgspec.Struct, frozen=True):
    """An entry of this life that the ledger put aside, or took with a remark: its number, kind, state and code."""

    seq: int
    kind: str
    state: str
    code: str
    at_ms: int
    ticket: str


def note_sent(connection: Connection, entries: int, at_ms: int) -> None:
    """The ledger has accepted `entries` more; in the job that keeps its answer."""
    if entries:
        connection.execute(
            "INSERT INTO sent VALUES (?, ?) ON CONFLICT(at_ms) DO UPDATE SET entries = entries + excluded.entries",
            (at_ms, entries),
        )
        connection.execute(
            "DELETE FROM sent WHERE at_ms <= (SELECT at_ms FROM sent ORDER BY at_ms DESC LIMIT 1 OFFSET ?)",
            (KEPT,),
        )


def note_dispositions(connection: Connection, told: Iterable[Disposition], at_ms: int) -> None:
    """What became of entries: kept where there is something to say, dropped once all is well."""
    inc, _ = incarnation(connection)
    for one in told:
        if one.state == APPLIED and not one.code:
            connection.execute("DELETE FROM disposition WHERE inc = ? AND seq = ?", (inc, one.seq))
        else:
            connection.execute(
                "INSERT OR REPLACE INTO disposition VALUES (?, ?, ?, ?, ?)",
                (inc, one.seq, one.state, one.code[:64], at_ms),
            )


def sent(connection: Connection, count: int) -> tuple[Sent, ...]:
    """The last times that something was sent, newest first."""
    rows = connection.execute("SELECT at_ms, entries FROM sent ORDER BY at_ms DESC LIMIT ?", (count,))
    return tuple(Sent(*row) for row in rows)


def aside(connection: Connection, count: int) -> tuple[Aside, ...]:
    """The last entries with something to say about, of every life of the till, newest first."""
    rows = connection.execute(
        "SELECT d.seq, j.kind, d.state, d.code, d.at_ms, coalesce(j.ticket, '') FROM disposition AS d"
        " JOIN journal AS j ON j.inc = d.inc AND j.seq = d.seq ORDER BY d.at_ms DESC, d.seq DESC LIMIT ?",
        (count,),
    )
    return tuple(Aside(*row) for row in rows)
