"""Every row of a ledger's database, the same whichever engine keeps it."""

import hashlib
from pathlib import Path
from typing import Any

from sync.ledger.port import Storage, Transaction

SQLITE_COLUMNS = (
    "SELECT m.name, p.name, p.pk > 0 FROM sqlite_master m JOIN pragma_table_info(m.name) p "
    "WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' ORDER BY m.name, p.cid"
)
POSTGRES_COLUMNS = """
SELECT c.relname, a.attname, coalesce(a.attnum = ANY (i.indkey), FALSE)
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY c.relname, a.attnum
"""
OWN = ("outbox", "schema_version")
"""Tables that only PostgreSQL has."""


Rows = dict[str, list[tuple[Any, ...]]]


async def tables(storage: Storage, engine: str) -> dict[str, list[tuple[str, bool]]]:
    """Columns of every table in their order, and whether each is part of the primary key."""

    async def look(tx: Transaction) -> Any:
        return await tx._all(SQLITE_COLUMNS if engine == "sqlite" else POSTGRES_COLUMNS)  # type: ignore[attr-defined]

    found: dict[str, list[tuple[str, bool]]] = {}
    for table, column, key in await storage.read(look):
        if table not in OWN:
            found.setdefault(table, []).append((column, bool(key)))
    return found


async def state(storage: Storage, engine: str) -> Rows:
    """Every row of every table."""

    async def look(tx: Transaction, table: str) -> Any:
        return await tx._all(f'SELECT * FROM "{table}"')  # type: ignore[attr-defined]

    names = await tables(storage, engine)
    return {
        table: sorted(await storage.read(lambda tx, table=table: look(tx, table)), key=repr)  # type: ignore[misc]
        for table in names
    }


def digest(rows: Rows) -> str:
    """SHA-256 of all of them."""
    return hashlib.sha256(repr(sorted(rows.items())).encode()).hexdigest()


def digests(rows: Rows) -> dict[str, str]:
    """The same of each table."""
    return {table: digest({table: found}) for table, found in rows.items()}


def write(rows: Rows, folder: Path) -> None:
    """A file a table and a line a row, for `diff -r` of two engines."""
    folder.mkdir(parents=True, exist_ok=True)
    for table, found in rows.items():
        (folder / f"{table}.txt").write_text("".join(f"{row!r}\n" for row in found), encoding="utf-8")
