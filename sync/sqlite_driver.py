"""The SQLite driver of till and ledger: pysqlite3 where installed (its SQLite is newer), else the stdlib's.

sqlite-utils picks in the same way, so that one process never mixes two libraries on one file.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3 as driver
else:
    try:
        from pysqlite3 import dbapi2 as driver
    except ImportError:
        import sqlite3 as driver

# The driver looks for an adapter of every value but numbers and texts, in three places, and each that has none costs it
# an exception. Bytes and NULL are what a journal is made of: a fifth of the time of writing one.
driver.register_adapter(bytes, bytes)
driver.register_adapter(type(None), lambda nothing: nothing)

__all__ = [
    "SAFE_SQLITE",
    "STATEMENTS",
    "Connection",
    "DatabaseError",
    "IntegrityError",
    "driver",
    "start_warning",
]

Connection = driver.Connection
DatabaseError = driver.Error
IntegrityError = driver.IntegrityError

# Statements that a connection keeps parsed. A ledger asks in more than 157 ways, and the driver's own 128 would have it
# parse again what it has just let go.
STATEMENTS = 512
# First release without the WAL-reset fault (sqlite.org/wal.html, "The WAL-Reset Bug").
SAFE_SQLITE = (3, 51, 3)


def start_warning() -> str:
    """A sentence for the start-up screen when this SQLite is older than it should be, else ""."""
    if driver.sqlite_version_info >= SAFE_SQLITE:
        return ""
    return f"SQLite {driver.sqlite_version} is older than 3.51.3: install the pysqlite3 package on this till."
