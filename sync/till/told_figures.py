"""What the ledger told last of the manager's figures, kept so that they are there without a line, with their age."""

import msgspec

from sync.figures import StoreFigures
from sync.sqlite_driver import Connection


def told_figures(connection: Connection) -> StoreFigures | None:
    """What was told last; None before it ever was, or where another release wrote it."""
    row = connection.execute("SELECT data FROM told_figures").fetchone()
    if row is None:
        return None
    try:
        return msgspec.msgpack.decode(row[0], type=StoreFigures)
    except msgspec.DecodeError:
        return None


def keep_figures(connection: Connection, figures: StoreFigures) -> None:
    """Keep what was told in place of what was told before."""
    connection.execute(
        "INSERT OR REPLACE INTO told_figures VALUES (1, ?)", (msgspec.msgpack.encode(figures),)
    )
