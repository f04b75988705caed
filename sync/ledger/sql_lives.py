"""The lives of a till and its entries that were sent once more, in SQL."""

from collections.abc import Sequence

from sync.ledger.life_rows import FormerKey, Life, Resubmitted
from sync.ledger.rows import columns, to_row, to_struct, to_structs, upsert
from sync.ledger.session import Session


class SqlLives(Session):
    """`port.LifeOperations` in SQL."""

    async def lives(self, dev: int) -> tuple[Life, ...]:
        """What is known of the lives of a till, in order; a first life whose key is its first has no row."""
        chosen = f"SELECT {columns(Life)} FROM life WHERE dev = ? ORDER BY inc"
        return to_structs(Life, await self._all(chosen, (dev,)))

    async def life(self, dev: int, inc: int) -> Life:
        """One life of a till."""
        row = await self._one(
            f"SELECT {columns(Life)} FROM life WHERE dev = ? AND inc = ?{self._lock}", (dev, inc)
        )
        return Life(dev, inc) if row is None else to_struct(Life, row)

    async def save_life(self, row: Life) -> None:
        """Write one life of a till."""
        await self._do(upsert("life", Life, ("dev", "inc")), to_row(row))

    async def last_inc(self, dev: int) -> int:
        """The number of a till's newest life, 0 for no such till."""
        row = await self._one("SELECT max(inc) FROM incarnation WHERE dev = ?", (dev,))
        return 0 if row is None or row[0] is None else int(row[0])

    async def add_resubmitted(self, rows: Sequence[Resubmitted]) -> None:
        """Entries that are known by their first form from now on; who came first stays."""
        await self._many(
            "INSERT INTO resubmitted (dev, orig, inc, seq) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            map(to_row, rows),
        )

    async def resubmitted(self, dev: int, orig: bytes) -> Resubmitted | None:
        """What the entry with the hash `orig` became, when it was sent once more and accepted."""
        row = await self._one(
            f"SELECT {columns(Resubmitted)} FROM resubmitted WHERE dev = ? AND orig = ?", (dev, orig)
        )
        return None if row is None else to_struct(Resubmitted, row)

    async def resubmitted_between(self, dev: int, first: bytes, last: bytes) -> tuple[Resubmitted, ...]:
        """What a till's entries became whose first form has a hash from `first` to `last`."""
        chosen = f"SELECT {columns(Resubmitted)} FROM resubmitted WHERE dev = ? AND orig BETWEEN ? AND ?"
        return to_structs(Resubmitted, await self._all(f"{chosen} ORDER BY orig", (dev, first, last)))

    async def add_former_key(self, row: FormerKey) -> None:
        """Keep a key that was replaced, to check what it signed."""
        await self._do(upsert("former_key", FormerKey, ("dev", "inc", "last_seq")), to_row(row))

    async def former_keys(self, dev: int, inc: int) -> tuple[FormerKey, ...]:
        """The keys an incarnation had before, in order."""
        chosen = f"SELECT {columns(FormerKey)} FROM former_key WHERE dev = ? AND inc = ? ORDER BY last_seq"
        return to_structs(FormerKey, await self._all(chosen, (dev, inc)))
