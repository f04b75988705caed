"""What SQLite looks for: a member of many years costs a till no more than a new one."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sync.ledger.sqlite import SqliteStorage, SqliteTransaction
from tests.unit.ledger_kit import Shop, run

pytestmark = pytest.mark.engines("sqlite")


class Watched:
    """A connection that says how its statements are carried out."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self.plans: list[str] = []

    def execute(self, sql: str, values: Any = ()) -> Any:
        """As the connection does."""
        self.plans += self._plan(sql, values)
        return self._connection.execute(sql, values)

    def _plan(self, sql: str, values: Any) -> Iterator[str]:
        for row in self._connection.execute(f"EXPLAIN QUERY PLAN {sql}", values):
            yield row[3]


@pytest.mark.parametrize("reader", [False, True], ids=["writer", "reader"])
def test_open_lots_and_scopes_are_found_and_not_searched_for(tmp_path: Path, reader: bool) -> None:
    """By their own index, one member or many, and tickets by their place; from the first day on."""

    async def scenario(shop: Shop) -> None:
        await shop.member()
        storage = shop.ledger._storage
        assert isinstance(storage, SqliteStorage)
        watched = Watched(storage._reader if reader else storage._writer)

        async def look(_tx: object) -> None:
            tx = SqliteTransaction(watched)
            await tx.open_books((7, 8), ("a",), ())
            await tx.member_data(7, (), ("t",))
            await tx.settled_in_all((7, 8), "points", "month:2026-03")
            await tx.settled_in(7, "points", "month:2026-03")
            await tx.settled_since((7, 8), "0")

        await (storage.read(look) if reader else storage.write(look))
        plans = [plan for plan in watched.plans if plan.startswith("SEARCH")]
        assert plans.count("SEARCH lot USING INDEX lot_open (member=?)") == 2
        assert plans.count("SEARCH lot USING INDEX lot_ticket (member=? AND ticket=?)") == 1
        assert plans.count("SEARCH settled USING INDEX settled_scope (member=? AND asset=? AND scope=?)") == 2
        assert "SEARCH sale USING PRIMARY KEY (member=? AND sold_order>?)" in plans
        assert "SEARCH settled USING PRIMARY KEY (member=? AND ticket=?)" in plans
        assert not [plan for plan in plans if plan.endswith("lot USING PRIMARY KEY (member=?)")]
        assert not [plan for plan in plans if plan.endswith("settled USING PRIMARY KEY (member=?)")]

    run(tmp_path, scenario)
