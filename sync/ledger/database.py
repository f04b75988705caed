"""Where a ledger lives: a SQLite file with its key beside it, or a PostgreSQL database and a key file."""

from pathlib import Path

import msgspec

from rules.sentences import mark
from sync.crash import Crash, no_crash
from sync.ledger.port import Storage, StorageFault
from sync.ledger.sqlite import SqliteStorage

SCHEMES = ("postgresql://", "postgres://")


class Postgres(msgspec.Struct, frozen=True):
    """A PostgreSQL database by its URL, and the file of the ledger's key, the same for all processes on it."""

    dsn: str
    key: Path


Database = Path | Postgres


def database_of(text: str, key: Path) -> Database:
    """The database that an operator names by a path or a URL; `key` is used with a URL only."""
    return Postgres(text, key) if text.startswith(SCHEMES) else Path(text)


def key_file(database: Database) -> Path:
    """The file of the ledger's Ed25519 seed."""
    return database.key if isinstance(database, Postgres) else database.with_name(database.name + ".key")


def coming(database: Path) -> Path:
    """The file that a restore is about to put in the place of `database`."""
    return database.with_name(database.name + ".restored")


def storage_of(database: Database, crash: Crash = no_crash) -> Storage:
    """The storage of `database`, not open yet. Raises StorageFault."""
    if not isinstance(database, Postgres):
        return SqliteStorage(database, crash)
    try:
        from sync.ledger.postgres import PostgresStorage
    except ImportError:
        raise StorageFault(
            mark("PostgreSQL needs one more package: pip install 'assidu[postgres]'.")
        ) from None
    return PostgresStorage(database.dsn, crash)
