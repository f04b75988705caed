"""Stores, tills, journals as received, and pairing, in SQL."""

from collections.abc import Sequence

from sync.ledger.records import AnchorRow, BlockRow, InboxRow, Incarnation, StoreRow
from sync.ledger.rows import columns, to_row, to_rows, to_struct, to_structs, upsert
from sync.ledger.sql_operation import SqlOperation
from sync.wire import Blob

MAY_HOLD = (
    "state = 'open' AND written_off_ms = 0 AND NOT EXISTS (SELECT 1 FROM expected AS e WHERE "
    "e.dev = incarnation.dev AND e.inc = incarnation.inc AND e.reported_ms = 0)"
)


class SqlDevices(SqlOperation):
    """`port.DeviceOperations` in SQL."""

    async def value(self, name: str) -> bytes | None:
        """A named value of the ledger itself (its keys, its epoch)."""
        row = await self._one("SELECT value FROM meta WHERE name = ?", (name,))
        return None if row is None else bytes(row[0])

    async def save_value(self, name: str, value: bytes) -> None:
        """Write a named value."""
        await self._do(
            "INSERT INTO meta VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            (name, value),
        )

    async def keep_value(self, name: str, value: bytes) -> bytes:
        """The named value; `value` becomes it when there is none."""
        await self._do("INSERT INTO meta VALUES (?, ?) ON CONFLICT DO NOTHING", (name, value))
        kept = await self.value(name)
        assert kept is not None
        return kept

    async def counter(self, name: str) -> int:
        """The last number of a counter, 0 when it was never used."""
        row = await self._one("SELECT value FROM counter WHERE name = ?", (name,))
        return 0 if row is None else int(row[0])

    async def advance(self, name: str, step: int) -> int:
        """Take `step` numbers from a counter; the last of them."""
        row = await self._one(
            "INSERT INTO counter VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET "
            "value = counter.value + excluded.value RETURNING value",
            (name, step),
        )
        assert row is not None
        return int(row[0])

    async def store(self, store: str) -> StoreRow | None:
        """A store by its id."""
        row = await self._one(f"SELECT {columns(StoreRow)} FROM store WHERE store = ?", (store,))
        return None if row is None else to_struct(StoreRow, row)

    async def save_store(self, row: StoreRow) -> None:
        """Make or change a store."""
        await self._do(upsert("store", StoreRow, ("store",)), to_row(row))

    async def stores(self) -> tuple[StoreRow, ...]:
        """All stores, by id."""
        return to_structs(StoreRow, await self._all(f"SELECT {columns(StoreRow)} FROM store ORDER BY store"))

    async def incarnation(self, dev: int, inc: int) -> Incarnation | None:
        """One life of a till."""
        row = await self._one(
            f"SELECT {columns(Incarnation)} FROM incarnation WHERE dev = ? AND inc = ?{self._lock}",
            (dev, inc),
        )
        return None if row is None else to_struct(Incarnation, row)

    async def save_incarnation(self, row: Incarnation) -> None:
        """Write one life of a till."""
        await self._do(upsert("incarnation", Incarnation, ("dev", "inc")), to_row(row))

    async def till_names(self, store: str) -> tuple[str, ...]:
        """The names of all tills a store ever had."""
        rows = await self._all("SELECT DISTINCT till FROM incarnation WHERE store = ?", (store,))
        return tuple(str(row[0]) for row in rows)

    async def count_tills(self) -> int:
        """How many tills the chain has."""
        [(count,)] = await self._all(f"SELECT count(DISTINCT dev) FROM incarnation WHERE {MAY_HOLD}")
        return int(count)

    async def open_tills(self, store: str = "") -> tuple[Incarnation, ...]:
        """The lives of a store's tills that may hold grants; those of the whole chain for no store."""
        chosen = f"SELECT {columns(Incarnation)} FROM incarnation WHERE {MAY_HOLD}"
        where, values = (" AND store = ?", (store,)) if store else ("", ())
        return to_structs(Incarnation, await self._all(f"{chosen}{where} ORDER BY dev, inc", values))

    async def tills_of(self, store: str) -> tuple[Incarnation, ...]:
        """The present lives of a store's tills, but for those that were written off."""
        chosen = f"SELECT {columns(Incarnation)} FROM incarnation WHERE store = ? AND "
        sql = chosen + "state = 'open' AND written_off_ms = 0 ORDER BY dev, inc"
        return to_structs(Incarnation, await self._all(sql, (store,)))

    async def anchors(self, dev: int, ids: Sequence[str], boots: Sequence[str]) -> tuple[AnchorRow, ...]:
        """The anchors named and the first one of each boot, in whatever life of the till."""
        chosen = f"SELECT {columns(AnchorRow)} FROM anchor WHERE dev = ? "
        found = []
        for name in ids:
            found += await self._all(chosen + "AND id = ?", (dev, name))
        for boot in boots:
            found += await self._all(chosen + "AND boot = ? ORDER BY server_ms LIMIT 1", (dev, boot))
        return to_structs(AnchorRow, found)

    async def add_anchor(self, row: AnchorRow) -> None:
        """Remember a time that was given to a till."""
        await self._do(upsert("anchor", AnchorRow, ("dev", "inc", "id")), to_row(row))

    async def was_heard(self, dev: int, inc: int, nonce: str) -> bool:
        """Whether a push with this nonce was answered in this life of a till."""
        sql = "SELECT 1 FROM anchor WHERE dev = ? AND inc = ? AND nonce = ? LIMIT 1"
        return bool(nonce) and await self._one(sql, (dev, inc, nonce)) is not None

    async def hashes(self, dev: int, inc: int, first: int, last: int) -> dict[int, bytes]:
        """Hashes of the accepted entries from `first` to `last`."""
        rows = await self._all(
            "SELECT seq, hash FROM inbox WHERE dev = ? AND inc = ? AND seq BETWEEN ? AND ?",
            (dev, inc, first, last),
        )
        return {seq: bytes(value) for seq, value in rows}

    async def take(self, rows: Sequence[InboxRow], till: Incarnation) -> None:
        """Accept entries, which are never changed again, only their disposition; `till` as they leave it."""
        marks = ", ".join("?" * len(InboxRow.__struct_fields__))
        await self._many(f"INSERT INTO inbox ({columns(InboxRow)}) VALUES ({marks})", to_rows(rows))
        await self.save_incarnation(till)

    async def inbox(self, dev: int, inc: int, seq: int) -> InboxRow | None:
        """An accepted entry."""
        row = await self._one(
            f"SELECT {columns(InboxRow)} FROM inbox WHERE dev = ? AND inc = ? AND seq = ?", (dev, inc, seq)
        )
        return None if row is None else to_struct(InboxRow, row)

    async def dispose(self, dev: int, inc: int, seq: int, disposition: str, code: str) -> None:
        """Write down what became of an entry; `code` says why it was put aside."""
        key = (dev, inc, seq)
        await self._do(
            "UPDATE inbox SET disposition = ?, code = ? WHERE dev = ? AND inc = ? AND seq = ?",
            (disposition, code, *key),
        )

    async def quarantined(self) -> tuple[InboxRow, ...]:
        """All entries put aside, in order of arrival per till."""
        rows = await self._all(
            f"SELECT {columns(InboxRow)} FROM inbox WHERE disposition = 'quarantined' ORDER BY dev, inc, seq"
        )
        return to_structs(InboxRow, rows)

    async def put_aside_as(self, codes: Sequence[str]) -> tuple[InboxRow, ...]:
        """The entries put aside with one of these codes, in order of arrival per till."""
        rows = await self._all(
            f"SELECT {columns(InboxRow)} FROM inbox WHERE disposition = 'quarantined'"
            f" AND code IN ({', '.join('?' * len(codes))}) ORDER BY dev, inc, seq",
            codes,
        )
        return to_structs(InboxRow, rows)

    async def add_sealed(self, blobs: Sequence[Blob]) -> None:
        """Keep sealed personal data beside the books."""
        await self._many(
            "INSERT INTO blob_sealed (sha256, salt, what, sealed) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            ((blob.sha256, blob.salt, blob.what, blob.sealed) for blob in blobs),
        )

    async def sealed(self, sha256: bytes) -> Blob | None:
        """A sealed blob by its salted hash."""
        row = await self._one(
            "SELECT sha256, salt, what, sealed FROM blob_sealed WHERE sha256 = ?", (sha256,)
        )
        return None if row is None else Blob(*row)

    async def add_pairing(
        self, secret_hash: bytes, begins: str, store: str, till: str, expires_ms: int
    ) -> None:
        """Open a pairing code, whose secret `begins` so."""
        await self._do(
            "INSERT INTO pairing (secret_hash, begins, store, till, expires_ms, tries, used) "
            "VALUES (?, ?, ?, ?, ?, 0, 0)",
            (secret_hash, begins, store, till, expires_ms),
        )

    async def open_pairing(self, secret_hash: bytes, now_ms: int, tries: int) -> tuple[str, str] | None:
        """Store and till name of an open code."""
        row = await self._one(
            "SELECT store, till FROM pairing WHERE secret_hash = ? AND used = 0 AND expires_ms > ? AND tries < ?"
            + self._lock,
            (secret_hash, now_ms, tries),
        )
        return None if row is None else (row[0], row[1])

    async def count_bad_try(self, begins: str, now_ms: int) -> None:
        """A wrong secret counts against the open codes that begin like it: nobody else can close them."""
        sql = "UPDATE pairing SET tries = tries + 1 WHERE used = 0 AND expires_ms > ? AND begins = ?"
        await self._do(sql, (now_ms, begins))

    async def close_pairing(self, secret_hash: bytes) -> None:
        """Use a code up."""
        await self._do("UPDATE pairing SET used = 1 WHERE secret_hash = ?", (secret_hash,))

    async def add_block(self, row: BlockRow) -> None:
        """Give a block of numbers to a till."""
        await self._do(upsert("block", BlockRow, ("dev", "kind", "first")), to_row(row))

    async def blocks(self, dev: int, inc: int, after: int) -> tuple[BlockRow, ...]:
        """Blocks given to one life of a till after log position `after`."""
        rows = await self._all(
            f"SELECT {columns(BlockRow)} FROM block JOIN bucket_log ON bucket = 'device:' || dev "
            "AND key = 'block:' || kind || ':' || first WHERE dev = ? AND inc = ? AND pos > ? ORDER BY pos, kind",
            (dev, inc, after),
        )
        return to_structs(BlockRow, rows)

    async def enrolled_by(self, dev: int, inc: int) -> int:
        """How many member numbers of its blocks a till has used, counted by the members they became."""
        row = await self._one(
            "SELECT count(*) FROM block b JOIN member m ON m.member BETWEEN b.first AND b.last "
            "WHERE b.dev = ? AND b.inc = ? AND b.kind = 'member'",
            (dev, inc),
        )
        return 0 if row is None else int(row[0])
