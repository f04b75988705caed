"""SQLite and PostgreSQL give the same state, row by row, for the same scenario."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from sync.ledger.arrivals import OpeningLot
from sync.ledger.port import Storage
from sync.ledger.schema import migrations
from tests.engines import ENGINES, engines
from tests.rows import digest, state, tables
from tests.unit.ledger_kit import TIERED, Shop, burn, draw, line, open_shop, promise

pytestmark = pytest.mark.engines("sqlite")


def on_each(folder: Path, job: Callable[[Storage, str], Awaitable[Any]], scenario: Any = None) -> list[Any]:
    """What `job` finds in the database of each engine after `scenario`."""
    found = []

    async def main(name: str) -> None:
        async with open_shop(folder / name, TIERED) as shop:
            if scenario is not None:
                await scenario(shop)
            found.append(await job(shop.ledger._storage, name))

    before = engines.name
    for name in ENGINES:
        (folder / name).mkdir()
        engines.start(name)
        asyncio.run(main(name))
    engines.start(before)
    return found


async def a_week(shop: Shop) -> None:
    """Sales, holds, burns, returns, voids, cards that are linked late, duplicates and entries put aside."""
    one, two = await shop.till(), await shop.till("gare")
    await shop.member(7, opening={"points": 150})
    await shop.member(8, store="gare")
    answer = await one.hold(7, 100)
    [piece] = answer.grants[0].slices
    paid = one.sale(
        7,
        (line(2000),),
        (promise("base", 20, one.today),),
        (burn(100, draw(answer.grants[0].id, piece.lot, 100)),),
    )
    one.sale(7, (line(0, "coffee", qty=12),), (promise("coffee", 12, one.today, "stamp:coffee"),))
    await one.push()
    card = hashlib.sha256(b"late").digest()
    two.euros(card.hex(), 12)
    two.euros(8, 30)
    two.void(two.euros(7, 5))
    await two.push()
    shop.clock.advance(days=1)
    one.enrol(40, card)
    one.refund(paid, 1000)
    two.refund("9-1-1", 300)
    two.give_back("unknown", ("points", "x", 3))
    request = one.request()
    await one.send(request)
    one.heard(await one.send(request))
    await two.push()
    for euros in (3, 60, 8):
        shop.clock.advance(days=2)
        two.euros(40, euros)
        one.euros(7, euros + 1)
        await two.push()
        await one.push()
    await one.pull()


def test_the_same_scenario_leaves_the_same_rows(tmp_path: Path) -> None:
    """Every table, every column, the positions of the log and the counters included."""
    sqlite, postgres = on_each(tmp_path, state, a_week)
    assert sqlite["posting"]
    assert sqlite["inbox"]
    for table in sqlite:
        assert sqlite[table] == postgres[table], table
    assert digest(sqlite) == digest(postgres)


async def a_round(shop: Shop) -> None:
    """A lease of what has lapsed meanwhile is asked back, and another one is given, in one review."""
    one, two = await shop.till(), await shop.till("gare")
    lots = (OpeningLot("points", 150, one.today + timedelta(days=10)), OpeningLot("points", 400))
    for member in (7, 8, 9):
        await shop.member(member, lots=lots)
        one.euros(member, 5)
    await one.push()
    assert await shop.ledger.review_leases(50) == 3
    shop.clock.advance(days=20)
    for _ in range(4):
        for member in (7, 8, 9):
            two.euros(member, 5)
    await two.push()
    assert await shop.ledger.review_leases(50) == 3


def test_grants_of_a_round_are_the_same(tmp_path: Path) -> None:
    """As of which position they were given is no matter of when an engine gives positions out."""
    sqlite, postgres = on_each(tmp_path, state, a_round)
    assert len([row for row in sqlite["grant"] if "lease" in row]) > 3
    assert sqlite["recall"]
    for table in sqlite:
        assert sqlite[table] == postgres[table], table


def test_both_schemas_have_the_same_tables(tmp_path: Path) -> None:
    """Columns in the same order, since some statements count on it; the same keys; the same migrations."""
    sqlite, postgres = on_each(tmp_path, tables)
    assert sqlite == postgres
    assert list(migrations("sqlite")) == list(migrations("postgres"))


@pytest.mark.engines("postgres")
def test_text_sorts_by_its_bytes_on_postgresql() -> None:
    """Orders of sale and of lots are compared as text, on both engines alike."""
    sql = (
        "SELECT c.relname || '.' || a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid "
        "WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND a.atttypid = 'text'::regtype "
        "AND a.attcollation <> '\"C\"'::regcollation"
    )

    async def main() -> list[Any]:
        import asyncpg

        async with engines.database() as dsn:
            connection = await asyncpg.connect(dsn)
            found = await connection.fetch(sql)
            await connection.close()
            return list(found)

    assert asyncio.run(main()) == []
