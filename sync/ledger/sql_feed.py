"""What tills pull: positions per bucket, published things and blobs, in SQL.

A single writer gives out positions directly (PostgreSQL: publisher.py); a bucket keeps the last position of each key
only, so that a till which was away reads each change once.
"""

from collections.abc import Mapping, Sequence

from sync.ledger.records import Published
from sync.ledger.rows import columns, to_structs
from sync.ledger.session import Session

_NEXT = (
    "INSERT INTO counter VALUES ('pos', ?) ON CONFLICT (name) DO UPDATE SET value = counter.value + excluded.value "
    "RETURNING value"
)
_LOG = "INSERT INTO bucket_log VALUES (?, ?, ?) ON CONFLICT (bucket, key) DO UPDATE SET pos = excluded.pos"


class SqlFeed(Session):
    """`port.FeedOperations` in SQL."""

    async def log(self, bucket: str, key: str) -> None:
        """Something changed."""
        await self.log_many(bucket, (key,))

    async def log_many(self, bucket: str, keys: Sequence[str]) -> None:
        """Many things changed, in this order."""
        if not keys:
            return
        [(last,)] = await self._all(_NEXT, (len(keys),))
        first = last - len(keys) + 1
        await self._many(_LOG, [(bucket, key, first + n) for n, key in enumerate(keys)])

    async def changes(self, bucket: str, after: int, limit: int) -> tuple[tuple[str, int], ...]:
        """Keys that changed after a position, with their positions, in order."""
        rows = await self._all(
            "SELECT key, pos FROM bucket_log WHERE bucket = ? AND pos > ? ORDER BY pos LIMIT ?",
            (bucket, after, limit),
        )
        return tuple((key, pos) for key, pos in rows)

    async def positions(self, buckets: Sequence[str]) -> Mapping[str, int]:
        """The last position of each bucket, 0 for one without changes."""
        sql = "SELECT coalesce(max(pos), 0) FROM bucket_log WHERE bucket = ?"
        return {bucket: (await self._all(sql, (bucket,)))[0][0] for bucket in buckets}

    async def save_published(self, row: Published) -> None:
        """Publish something under its name, which has been logged in the bucket of all tills."""
        await self._do(
            "INSERT INTO published VALUES (?, ?, ?, ?) ON CONFLICT (what, name, effective_from) "
            "DO UPDATE SET sha256 = excluded.sha256",
            (row.what, row.name, row.effective_from, row.sha256),
        )

    async def published(self, after: int) -> tuple[Published, ...]:
        """What was published after a position."""
        rows = await self._all(
            f"SELECT {columns(Published)} FROM published JOIN bucket_log ON bucket = 'config' "
            "AND key = what || '/' || name || '/' || effective_from WHERE pos > ? ORDER BY pos",
            (after,),
        )
        return to_structs(Published, rows)

    async def save_blob(self, sha256: bytes, data: bytes) -> None:
        """Keep bytes under their hash."""
        await self._do("INSERT INTO blob VALUES (?, ?) ON CONFLICT DO NOTHING", (sha256, data))

    async def blob(self, sha256: bytes) -> bytes | None:
        """The bytes with this hash."""
        row = await self._one("SELECT data FROM blob WHERE sha256 = ?", (sha256,))
        return None if row is None else bytes(row[0])
