"""Blocks of member ids and card serials that this till alone may give out (ledger-and-sync.md 5.4)."""

from collections.abc import Iterable

from sync.numbers import BlockEmpty
from sync.sqlite_driver import Connection
from sync.wire import Block

MEMBER = "member"
CARD = "card"


def add_blocks(connection: Connection, blocks: Iterable[Block]) -> None:
    """Keep blocks received from the ledger; one that is known already changes nothing."""
    for block in blocks:
        connection.execute(
            "INSERT OR IGNORE INTO number_block VALUES (?, ?, ?, ?)",
            (block.kind, block.first, block.last, block.first),
        )


def use_up(connection: Connection) -> None:
    """Give out no number of the blocks held now: another copy of this till may do so."""
    connection.execute("UPDATE number_block SET next = last + 1")


def take(connection: Connection, kind: str) -> int:
    """The next number of `kind` (member or card), used up once the job commits. Raises BlockEmpty."""
    row = connection.execute(
        "SELECT first, next FROM number_block WHERE kind = ? AND next <= last ORDER BY first LIMIT 1", (kind,)
    ).fetchone()
    if row is None:
        raise BlockEmpty("No number is left on this till: connect it to the network to receive more.")
    connection.execute("UPDATE number_block SET next = next + 1 WHERE kind = ? AND first = ?", (kind, row[0]))
    return int(row[1])


def left(connection: Connection, kind: str) -> int:
    """How many numbers of `kind` can still be given out."""
    row = connection.execute(
        "SELECT coalesce(sum(last - next + 1), 0) FROM number_block WHERE kind = ?", (kind,)
    ).fetchone()
    return int(row[0])
