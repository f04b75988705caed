"""A ledger's file of the first release is brought up to date where it stands."""

import asyncio
import sqlite3
from pathlib import Path

from sync.ledger.schema import migrations
from sync.ledger.sqlite import SqliteStorage
from tests.unit.ledger_kit import looking

FIRST = migrations("sqlite")[1]


def test_members_and_tickets_of_the_first_release_are_read(tmp_path: Path) -> None:
    """New columns have their neutral values: no sponsor, no fields, nothing done elsewhere."""
    path = tmp_path / "ledger.db"
    old = sqlite3.connect(path)
    old.executescript(FIRST)
    old.execute("INSERT INTO member (member, state, store, history) VALUES (7, 'active', 'halles', x'7b7d')")
    old.execute(
        "INSERT INTO sale VALUES (7, '1.1', 't', 1, 1, 1, 1, '2026-03-02', 0, 'halles', '', 'live', x'', x'', "
        "x'5b5d', 0, x'5b5d', x'7b7d')"
    )
    old.execute("PRAGMA user_version = 1")
    old.commit()
    old.close()

    async def read() -> tuple[object, ...]:
        storage = SqliteStorage(path)
        await storage.open()
        try:
            tx = looking(storage)
            member, sale = await tx.member(7), await tx.sale("t")
            assert member is not None
            assert sale is not None
            return member.sponsor, member.fields, sale.outbound, await tx.outbound_of("t")
        finally:
            await storage.close()

    assert asyncio.run(read()) == (None, "{}", b"[]", ())
