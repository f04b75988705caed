"""Business days and whose they are, in SQL."""

from datetime import date

from sync.ledger.day_rows import DayRow, tallied
from sync.ledger.rows import columns, to_row, to_struct, upsert
from sync.ledger.session import Session


class SqlDays(Session):
    """`port.DayOperations` in SQL."""

    async def last_day(self, store: str) -> DayRow | None:
        """The latest day of a store that was begun."""
        row = await self._one(
            f"SELECT {columns(DayRow)} FROM business_day WHERE store = ? ORDER BY day DESC LIMIT 1", (store,)
        )
        return None if row is None else to_struct(DayRow, row)

    async def take_day(self, store: str, day: date) -> DayRow:
        """A store's day, begun if it was not; nobody else takes it until the transaction ends."""
        row = await self._one(
            f"INSERT INTO business_day ({columns(DayRow)}) VALUES (?, ?, 0, 0, ?) ON CONFLICT (store, day) "
            f"DO UPDATE SET done = business_day.done RETURNING {columns(DayRow)}",
            (store, day.isoformat(), tallied({})),
        )
        assert row is not None, "the statement returns the row"
        return to_struct(DayRow, row)

    async def save_day(self, row: DayRow) -> None:
        """Write how far a day is done."""
        await self._do(upsert("business_day", DayRow, ("store", "day")), to_row(row))

    async def members_at(self, store: str, after: int, limit: int) -> tuple[int, ...]:
        """Members whose home is a store, after a number, in order."""
        rows = await self._all(
            "SELECT member FROM member WHERE store = ? AND member > ? AND state <> 'merged' "
            "ORDER BY member LIMIT ?",
            (store, after, limit),
        )
        return tuple([int(member) for (member,) in rows])
