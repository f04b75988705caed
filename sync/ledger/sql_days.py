"""Business days and whose they are, in SQL."""

from collections.abc import Sequence
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

    async def missed_days(self, members: Sequence[int], before: date) -> tuple[tuple[date, int], ...]:
        """The days before a day with which the day job failed for some of `members`, the oldest first."""
        rows = await self._all(
            f"SELECT day, member FROM missed_day WHERE member {self._any} AND day < ? ORDER BY day, member",
            (self._set(members), before.isoformat()),
        )
        return tuple([(date.fromisoformat(day), int(member)) for day, member in rows])

    async def add_missed(self, member: int, day: date) -> None:
        """A day of a member failed."""
        await self._do(
            "INSERT INTO missed_day VALUES (?, ?) ON CONFLICT DO NOTHING", (member, day.isoformat())
        )

    async def drop_missed(self, member: int, day: date) -> None:
        """A day of a member that had failed is done."""
        await self._do("DELETE FROM missed_day WHERE member = ? AND day = ?", (member, day.isoformat()))

    async def missed_members(self) -> int:
        """Members with a day that failed."""
        row = await self._one("SELECT count(DISTINCT member) FROM missed_day")
        return 0 if row is None else int(row[0])
