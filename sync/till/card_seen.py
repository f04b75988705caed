"""Cards as they were shown at this till: their last four digits and since when, so that one of several can be named."""

from datetime import date, timedelta

import msgspec

from sync.sqlite_driver import Connection

TABLES = """
CREATE TABLE card_seen(card BLOB PRIMARY KEY, last4 TEXT NOT NULL, first TEXT NOT NULL, last TEXT NOT NULL)
  STRICT, WITHOUT ROWID;
CREATE INDEX card_seen_last ON card_seen(last);
"""
KEEP = timedelta(days=400)  # a card that was not shown for so long is no longer named


class SeenCard(msgspec.Struct, frozen=True):
    """The last four digits of a card, and the first and last business date on which it was shown here."""

    last4: str
    first: date
    last: date


def note(connection: Connection, card: bytes, last4: str, day: date) -> None:
    """The card (keyed hash) was shown on `day`."""
    connection.execute("DELETE FROM card_seen WHERE last < ?", ((day - KEEP).isoformat(),))
    connection.execute(
        "INSERT INTO card_seen VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET last = excluded.last",
        (card, last4, day.isoformat(), day.isoformat()),
    )


def seen(connection: Connection, card: bytes) -> SeenCard | None:
    """How the card was shown here; None where it was not."""
    row = connection.execute("SELECT last4, first, last FROM card_seen WHERE card = ?", (card,)).fetchone()
    return None if row is None else SeenCard(row[0], date.fromisoformat(row[1]), date.fromisoformat(row[2]))


def forget(connection: Connection, card: bytes) -> None:
    """Nothing is known of the card any more."""
    connection.execute("DELETE FROM card_seen WHERE card = ?", (card,))
