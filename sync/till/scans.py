"""Scans, durable before the scanner gets its answer; the raw text stays only until the till has decided.

It is encrypted: a code may hold a name or an address, and the write-ahead log keeps what was written for a while.
"""

from base64 import b64decode, b64encode

import msgspec

from sync.field import FieldUnreadable, decrypt, encrypt
from sync.sqlite_driver import Connection

_PURPOSE = b"scan"


class Scan(msgspec.Struct, frozen=True):
    """A scan as recorded: keyed hash, kind of code, port, wall clock (ms); `raw` is None once decided or unreadable."""

    id: int
    token: bytes
    kind: str
    port: str
    wall_ms: int
    raw: str | None


def record(
    connection: Connection, token: bytes, kind: str, port: str, wall_ms: int, *, raw: str, key: bytes
) -> int:
    """Keep a scan, its text under the store's `key`; returns its id."""
    sealed = b64encode(encrypt(key, _PURPOSE, 0, raw.encode())).decode()
    cursor = connection.execute(
        "INSERT INTO scan(token, kind, port, wall_ms, raw, decided) VALUES (?, ?, ?, ?, ?, 0)",
        (token, kind, port, wall_ms, sealed),
    )
    return int(cursor.lastrowid or 0)


def decide(connection: Connection, scan: int, refused: str = "") -> None:
    """The till has acted on the scan: its raw text goes; by which sentence it was `refused` stays for a while."""
    connection.execute("UPDATE scan SET raw = NULL, decided = 1, refused = ? WHERE id = ?", (refused, scan))


def refused(connection: Connection) -> tuple[tuple[str, int], ...]:
    """The names of the sentences that refused scans, each with how many, the most frequent first."""
    return tuple(
        connection.execute(
            "SELECT refused, count(*) FROM scan WHERE refused <> '' GROUP BY refused ORDER BY 2 DESC, 1"
        ).fetchall()
    )


def undecided(connection: Connection, key: bytes) -> tuple[Scan, ...]:
    """Scans that a crash left without an answer, oldest first; `key` is the store's."""
    rows = connection.execute(
        "SELECT id, token, kind, port, wall_ms, raw FROM scan WHERE decided = 0 ORDER BY id"
    )
    return tuple(
        Scan(number, token, kind, port, wall_ms, _opened(sealed, key))
        for number, token, kind, port, wall_ms, sealed in rows
    )


def _opened(sealed: str, key: bytes) -> str | None:
    try:
        return decrypt(key, _PURPOSE, 0, b64decode(sealed)).decode()
    except (FieldUnreadable, ValueError):  # of another store, or of a release before
        return None


def forget(connection: Connection, before_ms: int) -> None:
    """Drop decided scans recorded before `before_ms`."""
    connection.execute("DELETE FROM scan WHERE decided = 1 AND wall_ms < ?", (before_ms,))
