"""What others read and send, in SQL: the log of effects."""

from collections.abc import Sequence

import msgspec

from sync.ledger.effect import Effect, Placed
from sync.ledger.rows import columns, to_row, to_struct
from sync.ledger.sql_feed import SqlFeed

EFFECTS = "effects"
_EFFECT = f"INSERT INTO effect ({columns(Effect)}) VALUES ({', '.join('?' * len(Effect.__struct_fields__))})"


class SqlOutside(SqlFeed):
    """`port.OutsideOperations` in SQL."""

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
