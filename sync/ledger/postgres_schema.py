"""The schema on PostgreSQL: brought up to date by one process at a time, and read back for the types of its columns."""

from typing import Any

from rules.sentences import mark, said
from sync.ledger.port import StorageFault
from sync.ledger.postgres_sql import Columns
from sync.ledger.schema import migrations

OLDEST_SERVER = 15
SCHEMA_LOCK, PUBLISHER_LOCK, TICKETS_LOCK = 0x4C45_4401, 0x4C45_4402, 0x4C45_4403
"""Keys of advisory locks; every ledger has a database of its own."""

_COLUMNS = """
SELECT c.relname, a.attname, format_type(a.atttypid, NULL)
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY c.relname, a.attnum
"""


async def migrate(connection: Any) -> int:
    """Run the numbered migrations that the database lacks; the schema version. Raises StorageFault.

    Processes that start together take turns.
    """
    if connection.get_server_version().major < OLDEST_SERVER:
        raise StorageFault(
            said(
                "The ledger needs PostgreSQL {oldest} or newer: update the database server.",
                oldest=OLDEST_SERVER,
            )
        )
    steps = migrations("postgres")
    newest = max(steps)
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", SCHEMA_LOCK)
        await connection.execute("CREATE TABLE IF NOT EXISTS schema_version (version bigint PRIMARY KEY)")
        version = await connection.fetchval("SELECT coalesce(max(version), 0) FROM schema_version")
        if version > newest:
            raise StorageFault(
                mark(
                    "The ledger's database was written by a newer release: update this software before you start it."
                )
            )
        for number, script in steps.items():
            if number > version:
                await connection.execute(script)
                await connection.execute("INSERT INTO schema_version VALUES ($1)", number)
    return newest


async def columns_of(connection: Any) -> Columns:
    """The types of the columns of every table."""
    found: dict[str, dict[str, str]] = {}
    for table, column, kind in await connection.fetch(_COLUMNS):
        found.setdefault(table, {})[column] = kind
    return found
