"""Scans, durable before the scanner gets its answer; the raw text stays only until the till has decided."""

import msgspec

from sync.sqlite_driver import Connection


class Scan(msgspec.Struct, frozen=True):
    """A scan as recorded: keyed hash, kind of code, port, wall clock (ms); `raw` is None once decided."""

    id: int
    token: bytes
    kind: str
    port: str
    wall_ms: int
    raw: str | None


def record(
    connection: Connection, token: bytes, kind: str, port: str, wall_ms: int, *, raw: str | None
) -> int:
    """Keep a scan; returns its id."""
    cursor = connection.execute(
        "INSERT INTO scan(token, kind, port, wall_ms, raw, decided) VALUES (?, ?, ?, ?, ?, 0)",
        (token, kind, port, wall_ms, raw),
    )
    return int(cursor.lastrowid or 0)


def decide(connection: Connection, scan: int) -> None:
    """The till has acted on the scan: its raw text goes."""
    connection.execute("UPDATE scan SET raw = NULL, decided = 1 WHERE id = ?", (scan,))


def undecided(connection: Connection) -> tuple[Scan, ...]:
    """Scans that a crash left without an answer, oldest first."""
    rows = connection.execute(
        "SELECT id, token, kind, port, wall_ms, raw FROM scan WHERE decided = 0 ORDER BY id"
    )
    return tuple(Scan(*row) for row in rows)


def forget(connection: Connection, before_ms: int) -> None:
    """Drop decided scans recorded before `before_ms`."""
    connection.execute("DELETE FROM scan WHERE decided = 1 AND wall_ms < ?", (before_ms,))
