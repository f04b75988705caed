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


def test_a_push_under_way_while_the_ledger_is_brought_up_to_date_is_still_known(tmp_path: Path) -> None:
    """The last nonces of a life stood in one column until version 26; of those the last one stays."""
    path = tmp_path / "ledger.db"
    old = sqlite3.connect(path)
    for version in sorted(one for one in migrations("sqlite") if one < 26):
        old.executescript(migrations("sqlite")[version])
    values = {
        name: b"" if kind == "BLOB" else 1
        for _, name, kind, *_ in old.execute("PRAGMA table_info(incarnation)")
    }
    values |= {
        "dev": 2,
        "inc": 1,
        "state": "open",
        "nonce": "third second first",
        "store": "halles",
        "till": "Till 2",
    }
    marks = ", ".join(f":{name}" for name in values)
    old.execute(f"INSERT INTO incarnation ({', '.join(values)}) VALUES ({marks})", values)
    old.execute("PRAGMA user_version = 25")
    old.commit()
    old.close()

    async def read() -> str:
        storage = SqliteStorage(path)
        await storage.open()
        try:
            life = await looking(storage).incarnation(2, 1)
            assert life is not None
            return life.nonce
        finally:
            await storage.close()

    assert asyncio.run(read()) == "third"
