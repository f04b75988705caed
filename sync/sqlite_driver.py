"""The SQLite module that till and ledger use: the bundled newer one where it is installed, else Python's own.

sqlite-utils picks in the same way, so that one process never mixes two libraries on one file.
"""

try:
    import pysqlite3 as sqlite
except ImportError:  # no wheel for this platform
    import sqlite3 as sqlite

__all__ = ["sqlite"]
