"""A ledger with a snapshot of many members that it never had: as big as a test likes, in a moment."""

import asyncio
import hashlib
import tempfile
from collections.abc import Sequence
from pathlib import Path

from sync.ledger.deltas import keep_pieces
from sync.ledger.open import open_ledger
from sync.ledger.shelf import KeptPiece
from sync.ledger.snapshot_file import SnapshotFile
from sync.ledger.snapshots import keep
from sync.snapshot import SCOPE, Manifest
from sync.thin import ThinCard, ThinMember, ThinNews, short, squeezed

AT_ONCE = 50_000


def token(member: int) -> bytes:
    """The card's keyed hash of a planted member."""
    return hashlib.blake2b(member.to_bytes(8, "big"), digest_size=16).digest()


def plant(database: Path, members: int, *, extra: int = 0, pos: int | None = None) -> Manifest:
    """Give the resting ledger of `database` a snapshot of members 1 to `members`, who have `extra` + number % 700.

    It is as of the ledger's position now unless `pos` says another.
    """
    return asyncio.run(_plant(database, members, extra, pos))


def plant_changes(database: Path, manifest: Manifest, members: Sequence[int], points: int) -> int:
    """Let the resting ledger have pieces in which these members of a planted list have `points`; where they end."""
    return asyncio.run(_plant_changes(database, manifest, members, points))


async def _plant_changes(database: Path, manifest: Manifest, members: Sequence[int], points: int) -> int:
    ledger = await open_ledger(database)
    try:
        made, first = [], manifest.pos
        for start in range(0, len(members), AT_ONCE):
            some = members[start : start + AT_ONCE]
            rows = tuple(
                [ThinMember(member, points, "", 0, 0, first + n) for n, member in enumerate(some, 1)]
            )
            data = squeezed(ThinNews(rows, ()))
            last, sha256 = first + len(some), hashlib.sha256(data).digest()
            made.append((KeptPiece(SCOPE, ledger.epoch, first, last, ledger.now_ms(), sha256, b""), data))
            first = last
        await keep_pieces(ledger, (), made)
        return first
    finally:
        await ledger.close()


async def _plant(database: Path, members: int, extra: int, pos: int | None) -> Manifest:
    ledger = await open_ledger(database)
    try:
        now = await ledger.read(lambda work: work.tx.counter("pos"))
        with tempfile.TemporaryDirectory() as folder:
            file = SnapshotFile(Path(folder))
            for first in range(1, members + 1, AT_ONCE):
                some = range(first, min(first + AT_ONCE, members + 1))
                file.add(
                    [ThinMember(n, extra + n % 700, "", 0, 0) for n in some],
                    [ThinCard(short(token(n)), n) for n in some],
                )
            return await keep(ledger, file, now if pos is None else pos, ledger.now_ms())
    finally:
        await ledger.close()
