"""How many rows an index of the ledger leaves, told to SQLite, which else reads all that a member ever had.

Without a word it takes a table's own key (member, …) for as good as an index that names what is looked for. The numbers
are those of ANALYZE (sqlite.org/fileformat2, section 2.6.3) for a member of some years: rows in all, then rows for each
value of the first columns. They are told and not measured, so that a ledger works in the same way from its first day.
"""

from typing import Any

SIZES = (
    ("lot", "lot", "50000000 500 1"),
    ("lot", "lot_open", "500000 5"),
    ("lot", "lot_ticket", "50000000 500 2"),
    ("settled", "settled", "30000000 300 2 1 1"),
    ("settled", "settled_scope", "30000000 300 250 2"),
)


def tell_sizes(connection: Any) -> None:
    """Keep them in the database; this connection goes by them, and those that are opened from now on."""
    if connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_stat1'").fetchone() is None:
        connection.execute("ANALYZE counter")  # a small table: all that is wanted is where sizes are kept
    if set(connection.execute("SELECT tbl, idx, stat FROM sqlite_stat1")) == set(SIZES):
        return
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("DELETE FROM sqlite_stat1")
    connection.executemany("INSERT INTO sqlite_stat1 VALUES (?, ?, ?)", SIZES)
    connection.execute("COMMIT")
    connection.execute("ANALYZE sqlite_schema")
