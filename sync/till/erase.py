"""A member erased at this till, before the ledger has heard of it: nothing here leads to the person any more."""

from collections.abc import Iterable

from sync.entry import EntryKind
from sync.sqlite_driver import Connection
from sync.thin import ThinCard, short
from sync.till import card_seen, index
from sync.till.identity import Identity
from sync.till.members import forget


def erase(connection: Connection, identity: Identity, member: int, cards: Iterable[bytes]) -> None:
    """Forget `member`, found by `cards` (keyed hashes), and what was sealed and is not sent yet.

    Belongs into the job that writes the ERASE entry.
    """
    known = [
        bytes(token) for (token,) in connection.execute("SELECT token FROM card WHERE member = ?", (member,))
    ]
    for card in (*known, *cards):
        card_seen.forget(connection, card)
    forget(connection, identity, [member])
    for table in ("card", "contact"):  # keys of a profile that could not be read
        connection.execute(f"DELETE FROM {table} WHERE member = ?", (member,))  # noqa: S608
    sealed = "SELECT inc, seq FROM journal WHERE member = ? AND kind IN (?, ?, ?)"
    values = (member, EntryKind.ENROL, EntryKind.CONSENT, EntryKind.NOTE)
    connection.execute(f"DELETE FROM blob WHERE (inc, seq) IN ({sealed})", values)  # noqa: S608
    used = index.in_use(connection)
    hidden = [ThinCard(short(card), index.NOBODY) for card in cards]
    index.store_cards(connection, hidden, 0 if used is None else used.pos + 1)
