"""Phones and e-mails (hardened keyed hashes) of which the till was told once only, when it asked."""

from collections.abc import Callable, Iterable

from sync.sqlite_driver import Connection


def drop_hearsay(
    connection: Connection, member: int, keys: Iterable[bytes], kept: Callable[[int], bool]
) -> None:
    """Take contacts of `member` from those of whom the store's feed does not tell (not `kept`).

    Nobody says to this till when one of them became one with `member`.
    """
    for key in keys:
        rows = connection.execute("SELECT member FROM contact WHERE key = ?", (key,)).fetchall()
        for (other,) in rows:
            if other != member and not kept(other):
                connection.execute("DELETE FROM contact WHERE key = ? AND member = ?", (key, other))
