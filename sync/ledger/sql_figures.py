"""Sums for managers, in SQL, each over a part of the books that is read in a moment."""

from collections.abc import Sequence
from datetime import date

from sync.ledger.session import Session

_HELD = "CASE WHEN {0} = 'available' OR {0} LIKE 'granted:%' THEN 1 ELSE 0 END"
_CHANGE = f"quantity * ({_HELD.format('target')} - {_HELD.format('source')})"


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
