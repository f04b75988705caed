"""The thin rows of all members at a till: the file of a snapshot, and what has changed since (ledger-and-sync.md 5.4).

The file is never written to. It is attached to the connections that read (`big`); changes lie in the till's own file
and hold before it, as far as they are not in it already. Which file is in use, and since when, is one row of the
till's own file: another snapshot takes over in the transaction that changes it.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

import msgspec

from sync.snapshot import SCHEMA, SCOPE, Manifest
from sync.sqlite_driver import Connection, DatabaseError
from sync.thin import THIN, ThinCard, ThinMember, day_of, scope_of, short
from sync.till.cursors import save_cursor
from sync.wire import Cursor

PREFIX, ENDING = "members-", ".sqlite"
CACHE_KIB = 8 * 1024
NOBODY = 0
"""Whose card it is where its member was erased: it hides the line that the snapshot has."""
_CURSORS = f"bucket = '{THIN}' OR bucket LIKE '{THIN}:%'"  # of the one list that is in use
TABLES = """
CREATE TABLE thin(
  id INTEGER PRIMARY KEY, balance INTEGER NOT NULL, tier TEXT NOT NULL, flags INTEGER NOT NULL,
  next_expiry INTEGER NOT NULL, pos INTEGER NOT NULL, own_seq INTEGER NOT NULL) STRICT;
CREATE TABLE thin_card(
  token INTEGER PRIMARY KEY, member INTEGER NOT NULL, pos INTEGER NOT NULL) STRICT;
CREATE TABLE thin_file(
  one INTEGER PRIMARY KEY CHECK(one = 1), sha256 BLOB NOT NULL, epoch INTEGER NOT NULL, pos INTEGER NOT NULL,
  members INTEGER NOT NULL, own_seq INTEGER NOT NULL) STRICT;
"""


class InUse(msgspec.Struct, frozen=True):
    """The snapshot that a till goes by, which has this till's entries up to `own_seq`; `scope` names its list."""

    sha256: bytes
    epoch: int
    pos: int
    members: int
    own_seq: int
    scope: str = SCOPE


class Thin(msgspec.Struct, frozen=True):
    """A member's line; it has this till's entries up to `own_seq`, and is as of the ledger's `pos`."""

    balance: int
    tier: str
    flags: int
    next_expiry: date
    own_seq: int = 0
    pos: int = 0


def in_use(connection: Connection) -> InUse | None:
    """The snapshot that this till goes by; None before the first."""
    row = connection.execute("SELECT sha256, epoch, pos, members, own_seq FROM thin_file").fetchone()
    if row is None:
        return None
    bucket = connection.execute(f"SELECT bucket FROM cursor WHERE {_CURSORS}").fetchone()  # noqa: S608
    scope = None if bucket is None else scope_of(bucket[0])
    sha256, epoch, pos, members, own_seq = row
    return InUse(sha256, epoch, pos, members, own_seq, scope or SCOPE)


def file_name(sha256: bytes) -> str:
    """The name of a snapshot's file in the till's folder."""
    return f"{PREFIX}{sha256.hex()[:32]}{ENDING}"


def attach(connection: Connection, folder: Path, used: InUse | None) -> None:
    """Let `connection` read the snapshot in use, in place of the one it read before.

    Where there is none, or its file has gone, an empty one stands in: the ledger is asked for every unknown card.
    """
    if any(row[1] == "big" for row in connection.execute("PRAGMA database_list").fetchall()):
        connection.execute("DETACH big")
    path = None if used is None else folder / file_name(used.sha256)
    if path is not None and path.is_file():
        # immutable: nothing writes to the file, so no lock is taken and no change looked for at each look-up
        connection.execute("ATTACH ? AS big", (f"{path.absolute().as_uri()}?mode=ro&immutable=1",))
        connection.execute(f"PRAGMA big.cache_size = -{CACHE_KIB}")
        return
    connection.execute("ATTACH ':memory:' AS big")
    connection.execute("PRAGMA query_only = OFF")
    for statement in SCHEMA:
        connection.execute(statement.replace("CREATE TABLE ", "CREATE TABLE big."))
    connection.execute("PRAGMA query_only = ON")


def find(connection: Connection, token: bytes) -> int | None:
    """The member of a card, by its short key."""
    key = short(token)
    row = connection.execute(
        "SELECT member FROM thin_card WHERE token = ?1 AND pos > coalesce((SELECT pos FROM thin_file), -1)"
        " UNION ALL SELECT member FROM big.card WHERE token = ?1 LIMIT 1",
        (key,),
    ).fetchone()
    return None if row is None or row[0] == NOBODY else int(row[0])


def changed(connection: Connection, member: int) -> Thin | None:
    """What was told of a member since the snapshot."""
    row = connection.execute(
        "SELECT balance, tier, flags, next_expiry, own_seq, pos FROM thin WHERE id = ?"
        " AND pos > coalesce((SELECT pos FROM thin_file), -1)",
        (member,),
    ).fetchone()
    return None if row is None else Thin(row[0], row[1], row[2], day_of(row[3]), row[4], row[5])


def load(connection: Connection, member: int) -> Thin | None:
    """The line of a member; None for one who is in no line."""
    found = changed(connection, member)
    if found is not None:
        return found
    row = connection.execute(
        "SELECT balance, name, flags, next_expiry FROM big.member LEFT JOIN big.tier ON n = tier WHERE id = ?",
        (member,),
    ).fetchone()
    if row is None:
        return None
    used = in_use(connection)
    return Thin(row[0], row[1] or "", row[2], day_of(row[3]), 0 if used is None else used.own_seq)


def store_news(connection: Connection, members: Sequence[ThinMember], own_seq: int) -> None:
    """Keep changed lines, which have this till's entries up to `own_seq`; older ones change nothing."""
    connection.executemany(
        "INSERT INTO thin VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT(id) DO UPDATE SET"
        " balance = excluded.balance, tier = excluded.tier, flags = excluded.flags,"
        " next_expiry = excluded.next_expiry, pos = excluded.pos, own_seq = excluded.own_seq"
        " WHERE excluded.pos >= thin.pos",
        [
            (row.member, row.balance, row.tier, row.flags, row.next_expiry, row.pos, own_seq)
            for row in members
        ],
    )


def store_cards(connection: Connection, cards: Iterable[ThinCard], pos: int) -> None:
    """Keep whose cards are new, or another's now, as of the ledger's `pos`."""
    connection.executemany(
        "INSERT OR REPLACE INTO thin_card VALUES (?, ?, ?)", [(card.card, card.member, pos) for card in cards]
    )


def check(path: Path, manifest: Manifest) -> bool:
    """Whether the file at `path` can be read as the snapshot that its manifest promises."""
    from sync.till.database import connect

    connection = connect(path, CACHE_KIB)
    try:
        (last,) = connection.execute("SELECT count(*) FROM (SELECT 1 FROM member LIMIT 1)").fetchone()
        connection.execute("SELECT token, member FROM card LIMIT 1").fetchone()
        connection.execute("SELECT n, name FROM tier LIMIT 1").fetchone()
    except DatabaseError:
        return False
    finally:
        connection.close()
    return bool(last) == bool(manifest.members)


def take(connection: Connection, manifest: Manifest, own_seq: int, cursor: Cursor) -> None:
    """Go by this snapshot from now on, whose list's changes are read up to `cursor`."""
    connection.execute(
        "INSERT OR REPLACE INTO thin_file VALUES (1, ?, ?, ?, ?, ?)",
        (manifest.sha256, manifest.epoch, manifest.pos, manifest.members, own_seq),
    )
    connection.execute(f"DELETE FROM cursor WHERE {_CURSORS}")  # noqa: S608
    save_cursor(connection, cursor)


def leave(connection: Connection) -> None:
    """Go by no snapshot any more."""
    connection.execute("DELETE FROM thin_file")
    connection.execute(f"DELETE FROM cursor WHERE {_CURSORS}")  # noqa: S608


def drop_changes(connection: Connection, upto: int, most: int) -> int:
    """Forget up to `most` lines and cards that the snapshot has, those up to a position; how many."""
    return sum(
        connection.execute(
            f"DELETE FROM {table} WHERE {key} IN (SELECT {key} FROM {table} WHERE pos <= ? LIMIT ?)",  # noqa: S608
            (upto, most),
        ).rowcount
        for table, key in (("thin", "id"), ("thin_card", "token"))
    )


def is_left(connection: Connection, upto: int) -> bool:
    """Whether there are changes up to a position."""
    sql = "SELECT EXISTS (SELECT 1 FROM thin WHERE pos <= ?1) OR EXISTS (SELECT 1 FROM thin_card WHERE pos <= ?1)"
    return bool(connection.execute(sql, (upto,)).fetchone()[0])


def count_changes(connection: Connection) -> int:
    """How many lines have changed since the snapshot."""
    return int(connection.execute("SELECT count(*) FROM thin").fetchone()[0])


def remove_others(folder: Path, used: InUse | None) -> None:
    """Remove the files of snapshots that are no longer in use. One that somebody has open goes later."""
    keep = None if used is None else file_name(used.sha256)
    for path in folder.glob(f"{PREFIX}*{ENDING}"):
        if path.name != keep:
            try:
                path.unlink()
            except OSError:
                continue
