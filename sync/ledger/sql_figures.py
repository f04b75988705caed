"""Sums for managers, in SQL, each over a part of the books that is read in a moment."""

from collections.abc import Sequence
from datetime import date

from sync.ledger.records import Sale, sold_order
from sync.ledger.rows import columns, to_structs
from sync.ledger.session import Session

_HELD = "CASE WHEN {0} = 'available' OR {0} LIKE 'granted:%' THEN 1 ELSE 0 END"
_CHANGE = f"quantity * ({_HELD.format('target')} - {_HELD.format('source')})"
_LAST_DAY = "CAST(CASE WHEN last_sale = '' THEN '0' ELSE substr(last_sale, 1, 15) END AS BIGINT) / 86400000"


class SqlFigures(Session):
    """`port.FigureOperations` in SQL."""

    async def posted_sums(self, causes: Sequence[str], day: date) -> tuple[tuple[str, str, str, int], ...]:
        """Cause, rule, asset and what a day's postings added to what members hold."""
        rows = []
        for cause in causes:
            rows += await self._all(
                f"SELECT cause, rule, asset, sum({_CHANGE}) FROM posting WHERE cause = ? AND day = ? AND member > 0 "
                "GROUP BY cause, rule, asset ORDER BY rule, asset",
                (cause, day.isoformat()),
            )
        return tuple([(cause, rule, asset, int(units)) for cause, rule, asset, units in rows if units])

    async def held_sums(self, after: int, last: int) -> tuple[tuple[str, int], ...]:
        """Asset and units that the accounts above `after`, up to `last`, hold."""
        rows = await self._all(
            "SELECT asset, sum(available + granted) FROM lot WHERE member > ? AND member <= ? "
            "AND (available > 0 OR granted > 0) GROUP BY asset ORDER BY asset",
            (after, last),
        )
        return tuple([(asset, int(units)) for asset, units in rows])

    async def sold_elsewhere(self, members: Sequence[int], store: str, since_ms: int) -> tuple[Sale, ...]:
        """Tickets of these members since `since_ms` (UTC) at other stores than `store`; undone ones are none."""
        rows = await self._all(
            f"SELECT {columns(Sale)} FROM sale WHERE member {self._any} AND sold_order >= ? AND store <> ? "
            "AND state <> 'voided' ORDER BY member, sold_order",
            (self._set(members), sold_order(since_ms, 0, 0, 0), store),
        )
        return to_structs(Sale, rows)

    async def joined(self, store: str, after: int, last: int) -> tuple[tuple[str, int, int], ...]:
        """Month of joining (YYYY-MM), day of the last purchase (since 1970, 0: none), and members of a store.

        Of the members above `after`, up to `last`.
        """
        rows = await self._all(
            f"SELECT substr(since, 1, 7) AS month, {_LAST_DAY} AS day, count(*) FROM member WHERE member > ? "
            "AND member <= ? AND store = ? AND state = 'active' AND since IS NOT NULL "
            "GROUP BY substr(since, 1, 7), " + _LAST_DAY + " ORDER BY month, day",
            (after, last, store),
        )
        return tuple([(month, int(day), int(count)) for month, day, count in rows])
