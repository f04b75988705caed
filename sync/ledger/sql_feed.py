"""What tills pull: positions per bucket, published things and blobs, in SQL.

A single writer gives out positions directly (PostgreSQL: publisher.py); a bucket keeps the last position of each key
only, so that a till which was away reads each change once.
"""

from abc import abstractmethod
from collections.abc import Mapping, Sequence

from sync.ledger.given_rows import HoldingRow, Published, StaffRow
from sync.ledger.rows import columns, to_row, to_struct, to_structs, upsert
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

    @abstractmethod
    async def log_many(self, bucket: str, keys: Sequence[str]) -> None:
        """Many things changed, in this order."""

    async def _place(self, bucket: str, keys: Sequence[str]) -> int:
        """Give positions to what changed; the last of them, 0 for nothing."""
        if not keys:
            return 0
        [(last,)] = await self._all(_NEXT, (len(keys),))
        first = last - len(keys) + 1
        await self._many(_LOG, [(bucket, key, first + n) for n, key in enumerate(keys)])
        return int(last)

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

    async def drop_changes(self, bucket: str, upto: int, most: int) -> int:
        """Forget the oldest changes up to a position, `most` of them; how many."""
        return await self._do(
            "DELETE FROM bucket_log WHERE bucket = ? AND key IN "
            "(SELECT key FROM bucket_log WHERE bucket = ? AND pos <= ? ORDER BY pos LIMIT ?)",
            (bucket, bucket, upto, most),
        )

    async def save_published(self, row: Published) -> None:
        """Publish something, or withdraw it."""
        await self._do(upsert("publication", Published, ("number",)), to_row(row))

    async def drop_published(self, number: int) -> None:
        """Forget what something newer stands for."""
        await self._do("DELETE FROM publication WHERE number = ?", (number,))

    async def published(self) -> tuple[Published, ...]:
        """Everything published or withdrawn, by number."""
        rows = await self._all(f"SELECT {columns(Published)} FROM publication ORDER BY number")
        return to_structs(Published, rows)

    async def published_after(self, pos: int) -> tuple[tuple[Published, int], ...]:
        """What was published after a position, each with its own, in order."""
        rows = await self._all(
            f"SELECT {columns(Published)}, bucket_log.pos FROM publication JOIN bucket_log ON bucket = 'config' "
            "AND key = CAST(number AS TEXT) WHERE bucket_log.pos > ? ORDER BY bucket_log.pos",
            (pos,),
        )
        return tuple((to_struct(Published, row[:-1]), int(row[-1])) for row in rows)

    async def save_holding(self, dev: int, inc: int, data: bytes, at_ms: int) -> None:
        """What a till says it holds; written where it is not what it said last."""
        await self._do(
            "INSERT INTO holding VALUES (?, ?, ?, ?) ON CONFLICT (dev, inc) DO UPDATE SET "
            "data = excluded.data, at_ms = excluded.at_ms WHERE holding.data <> excluded.data",
            (dev, inc, data, at_ms),
        )

    async def holdings(self) -> tuple[HoldingRow, ...]:
        """Every till that is in use, what it said it holds, and when the ledger last heard of it."""
        rows = await self._all(
            "SELECT i.dev, i.inc, i.store, i.till, coalesce(h.data, ?), coalesce(h.at_ms, 0), "
            "coalesce((SELECT max(a.server_ms) FROM anchor a WHERE a.dev = i.dev AND a.inc = i.inc), 0) "
            "FROM incarnation i LEFT JOIN holding h ON h.dev = i.dev AND h.inc = i.inc "
            "WHERE i.state = 'open' ORDER BY i.store, i.till, i.dev",
            (b"",),
        )
        return to_structs(HoldingRow, rows)

    async def save_staff(self, row: StaffRow) -> None:
        """Write who may sign in, or may no longer."""
        await self._do(upsert("staff", StaffRow, ("id",)), to_row(row))

    async def drop_staff(self, staff: str) -> None:
        """Forget somebody who was never revoked."""
        await self._do("DELETE FROM staff WHERE id = ?", (staff,))

    async def staff(self) -> tuple[StaffRow, ...]:
        """Everybody, the revoked ones too, by id."""
        return to_structs(StaffRow, await self._all(f"SELECT {columns(StaffRow)} FROM staff ORDER BY id"))

    async def save_former(self, old: bytes, member: int) -> None:
        """Whose account a member of an older programme has become; `old` is a keyed hash of their name there."""
        await self._do(
            "INSERT INTO former VALUES (?, ?) ON CONFLICT (old) DO UPDATE SET member = excluded.member",
            (old, member),
        )

    async def former(self, old: bytes) -> int | None:
        """Whose account a member of an older programme has become."""
        row = await self._one("SELECT member FROM former WHERE old = ?", (old,))
        return None if row is None else int(row[0])

    async def save_products(self, rows: Sequence[tuple[str, bytes]]) -> None:
        """Write imported products by their code."""
        await self._many(
            "INSERT INTO product (code, data) VALUES (?, ?) ON CONFLICT (code) DO UPDATE SET data = excluded.data",
            rows,
        )

    async def products(self) -> tuple[tuple[str, bytes], ...]:
        """All imported products, by code."""
        rows = await self._all("SELECT code, data FROM product ORDER BY code")
        return tuple((code, bytes(data)) for code, data in rows)

    async def save_blob(self, sha256: bytes, data: bytes) -> None:
        """Keep bytes under their hash."""
        await self._do("INSERT INTO blob VALUES (?, ?) ON CONFLICT DO NOTHING", (sha256, data))

    async def blob(self, sha256: bytes) -> bytes | None:
        """The bytes with this hash."""
        row = await self._one("SELECT data FROM blob WHERE sha256 = ?", (sha256,))
        return None if row is None else bytes(row[0])

    async def drop_blob(self, sha256: bytes) -> None:
        """Forget the bytes with this hash."""
        await self._do("DELETE FROM blob WHERE sha256 = ?", (sha256,))
