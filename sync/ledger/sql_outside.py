"""What others read and tell, in SQL: the log of effects, sources, what they told, and what of it waits."""

from collections.abc import Sequence

import msgspec

from sync.ledger.effect import EFFECTS, Effect, Placed
from sync.ledger.rows import columns, to_row, to_struct, to_structs, upsert
from sync.ledger.sql_days import SqlDays
from sync.ledger.sql_feed import SqlFeed
from sync.ledger.sql_figures import SqlFigures
from sync.ledger.told_rows import SourceRow, ToldRow, WaitingRow

_EFFECT = f"INSERT INTO effect ({columns(Effect)}) VALUES ({', '.join('?' * len(Effect.__struct_fields__))})"


class SqlOutside(SqlDays, SqlFeed, SqlFigures):
    """`port.OutsideOperations` in SQL, the business days, and sums."""

    async def add_effects(self, rows: Sequence[Effect]) -> None:
        """Effects in the order in which they are to be read."""
        await self._many(_EFFECT, [to_row(row) for row in rows])
        await self.log_many(EFFECTS, [row.id for row in rows])

    async def effects(self, after: int, limit: int) -> tuple[Placed, ...]:
        """Effects after a position, in order, at most so many."""
        sql = f"SELECT {columns(Effect)} FROM effect WHERE member = ? AND id = ?"
        found = []
        for key, pos in await self.changes(EFFECTS, after, limit):
            [row] = await self._all(sql, (int(key.partition(".")[0]), key))
            found.append(Placed(**msgspec.structs.asdict(to_struct(Effect, row)), pos=pos))
        return tuple(found)

    async def source(self, source: str) -> SourceRow | None:
        """A source by its name."""
        row = await self._one(f"SELECT {columns(SourceRow)} FROM source WHERE source = ?", (source,))
        return None if row is None else to_struct(SourceRow, row)

    async def save_source(self, row: SourceRow) -> None:
        """Write a source."""
        await self._do(upsert("source", SourceRow, ("source",)), to_row(row))

    async def sources(self) -> tuple[SourceRow, ...]:
        """All sources by name."""
        return to_structs(
            SourceRow, await self._all(f"SELECT {columns(SourceRow)} FROM source ORDER BY source")
        )

    async def told(self, source: str, name: str) -> ToldRow | None:
        """What a source told under an id."""
        sql = f"SELECT {columns(ToldRow)} FROM told WHERE source = ? AND id = ?"
        row = await self._one(sql, (source, name))
        return None if row is None else to_struct(ToldRow, row)

    async def save_told(self, row: ToldRow) -> None:
        """Remember a line that was taken."""
        await self._do(upsert("told", ToldRow, ("source", "id")), to_row(row))

    async def keep_waiting(self, row: WaitingRow) -> None:
        """Keep a line until its member is known."""
        await self._do(upsert("waiting", WaitingRow, ("key", "source", "id")), to_row(row))

    async def waiting(self, keys: Sequence[bytes]) -> tuple[WaitingRow, ...]:
        """What waits for any of these keyed hashes, in the order in which it happened."""
        if not await self._one("SELECT 1 FROM waiting LIMIT 1"):
            return ()
        sql = f"SELECT {columns(WaitingRow)} FROM waiting WHERE key = ?"
        found = [row for key in keys for row in to_structs(WaitingRow, await self._all(sql, (key,)))]
        return tuple(sorted(found, key=lambda row: (row.at_ms, row.source, row.id)))

    async def drop_waiting(self, row: WaitingRow) -> None:
        """The line waits no more."""
        sql = "DELETE FROM waiting WHERE key = ? AND source = ? AND id = ?"
        await self._do(sql, (row.key, row.source, row.id))
