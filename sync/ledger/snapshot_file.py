"""Writing the file of a snapshot: rows as they come, cards sorted at the end, cut into frames (storage.md A2, B)."""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import zstandard

from sync.snapshot import FRAME_BYTES, PAGE_BYTES, SCHEMA, Frame
from sync.sqlite_driver import Connection, driver
from sync.thin import LEVEL, ThinCard, ThinMember

_STAGING = "CREATE TABLE side.card(token INTEGER NOT NULL, member INTEGER NOT NULL)"
# Two cards with one short key would each be taken for the other: of these the till is told nothing.
_SORTED = (
    "INSERT INTO card SELECT token, max(member) FROM side.card WHERE token BETWEEN ? AND ?"
    " GROUP BY token HAVING min(member) = max(member) ORDER BY token"
)
SORTED_AT_ONCE = 500_000  # cards; pysqlite3 sorts in memory, whatever there is
TOKENS = 2**64


class SnapshotFile:
    """A file being written in `folder`, which is the caller's to remove. Members come in ascending order."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "members.sqlite"
        self.members = 0
        self._cards = 0
        self._tiers: dict[str, int] = {}
        self._connection = _new(self.path)
        self._connection.execute("ATTACH ? AS side", (str(folder / "cards.sqlite"),))
        for statement in (
            "PRAGMA side.journal_mode = OFF",
            "PRAGMA side.synchronous = OFF",
            _STAGING,
            "BEGIN",
        ):
            self._connection.execute(statement)

    def add(self, members: Iterable[ThinMember], cards: Iterable[ThinCard]) -> None:
        """Add rows."""
        rows = [
            (row.member, row.balance, self._tier(row.tier), row.flags, row.next_expiry) for row in members
        ]
        self.members += len(rows)
        self._connection.executemany("INSERT INTO member VALUES (?, ?, ?, ?, ?)", rows)
        tokens = [(card.card, card.member) for card in cards]
        self._cards += len(tokens)
        self._connection.executemany("INSERT INTO side.card VALUES (?, ?)", tokens)

    def finish(self) -> bytes:
        """End the file; its SHA-256."""
        for part in range(parts := self._cards // SORTED_AT_ONCE + 1):
            first, end = (TOKENS * n // parts - TOKENS // 2 for n in (part, part + 1))
            self._connection.execute(_SORTED, (first, end - 1))
        self._connection.executemany(
            "INSERT INTO tier VALUES (?, ?)", [(n, t) for t, n in self._tiers.items()]
        )
        self._connection.execute("COMMIT")
        self._connection.close()
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest()

    def close(self) -> None:
        """Let the file go, finished or not."""
        self._connection.close()

    def frames(self) -> Iterator[tuple[Frame, bytes]]:
        """The finished file in frames, each with its compressed bytes."""
        squeeze = zstandard.ZstdCompressor(level=LEVEL)
        with self.path.open("rb") as file:
            while plain := file.read(FRAME_BYTES):
                data = squeeze.compress(plain)
                yield Frame(hashlib.sha256(data).digest(), len(data), len(plain)), data

    def _tier(self, name: str) -> int:
        """A tier's number in this file; the first one, mostly none at all, takes no room."""
        return self._tiers.setdefault(name, len(self._tiers))


def _new(path: Path) -> Connection:
    connection = driver.connect(path, isolation_level=None, check_same_thread=False)
    for pragma in (f"page_size = {PAGE_BYTES}", "journal_mode = OFF", "synchronous = OFF"):
        connection.execute(f"PRAGMA {pragma}")
    for statement in SCHEMA:
        connection.execute(statement)
    return connection
