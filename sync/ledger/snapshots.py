"""Snapshots of all thin rows: made once a day or when asked for, kept as frames by their hashes (section 5.4).

Members are read a few at a time, so that tills are served meanwhile. The position is taken before the first is read:
a row may be newer, never older, and what changed meanwhile comes to the tills as a change all the same.
"""

import asyncio
import tempfile
from pathlib import Path
from typing import ClassVar

import msgspec

from rules.sentences import mark
from sync.delegation import MANIFESTS
from sync.ledger.operation import Operation
from sync.ledger.service import DeviceId, Ledger, LedgerRefusal
from sync.ledger.shelf import DAYS_OF_CHANGES, SHELF, Kept, Shelf, read_shelf
from sync.ledger.snapshot_file import SnapshotFile
from sync.ledger.thin import thin_rows
from sync.ledger.work import Work
from sync.snapshot import Frame, Manifest, SnapshotAnswer, signed_manifest
from sync.thin import THIN, ThinCard, ThinMember

AT_ONCE = 100  # members a read: what tills ask waits no longer than these take
FORGOTTEN_AT_ONCE = 1_000
DAY_MS = 86_400_000
KEPT = 2  # a till that is half through the last one can finish it


class Made(msgspec.Struct, frozen=True):
    """A snapshot as its owner is told of it: sizes in bytes, time in ms UTC."""

    members: int
    frames: int
    size: int
    to_fetch: int
    made_ms: int


class MakeSnapshot(Operation[Made], frozen=True):
    """Make one now."""

    name: ClassVar[str] = "snapshot"
    answer: ClassVar[type[msgspec.Struct]] = Made

    async def run(self, ledger: Ledger) -> Made:
        """It."""
        manifest = await make(ledger)
        return Made(
            manifest.members, len(manifest.frames), manifest.size, manifest.to_fetch, manifest.made_ms
        )


async def make_daily(ledger: Ledger) -> None:
    """Make a snapshot if the last one is a day old, or from before a restore."""
    last = await _last(ledger)
    if last is None or ledger.now_ms() - last.manifest.made_ms >= DAY_MS:
        await make(ledger)


async def make(ledger: Ledger) -> Manifest:
    """Make a snapshot of the ledger as it is."""

    async def begin(work: Work) -> tuple[int, tuple[tuple[int, int, int], ...]]:
        heads = [(one.dev, one.inc, one.acc_seq) for one in await work.tx.incarnations()]
        return await work.tx.counter("pos"), tuple(heads)

    pos, heads = await ledger.read(begin)
    made_ms = ledger.now_ms()
    with tempfile.TemporaryDirectory(prefix="assidu-snapshot-") as folder:
        file = await asyncio.to_thread(SnapshotFile, Path(folder))
        try:
            await _fill(ledger, file)
            manifest = await keep(ledger, file, pos, made_ms, heads)
        finally:
            file.close()
    await _forget_changes(ledger)
    return manifest


async def keep(
    ledger: Ledger, file: SnapshotFile, pos: int, made_ms: int, heads: tuple[tuple[int, int, int], ...] = ()
) -> Manifest:
    """Finish a file that has everything up to `pos`, and offer it to the tills."""
    sha256 = await asyncio.to_thread(file.finish)
    size = file.path.stat().st_size
    frames = await _keep_frames(ledger, file)
    bare = Manifest(sha256, ledger.epoch, pos, made_ms, file.members, size, frames)
    manifest = signed_manifest(bare, ledger.signer(MANIFESTS))
    await ledger.write(lambda work: _put(work, Kept(manifest, heads)))
    return manifest


async def newest(ledger: Ledger, device: DeviceId) -> SnapshotAnswer:
    """The newest snapshot for a till. Raises LedgerRefusal where there is none yet."""
    kept = await _last(ledger)
    if kept is None:
        raise LedgerRefusal("no_snapshot", mark("There is no snapshot yet: ask again later."))
    heads = {(dev, inc): seq for dev, inc, seq in kept.heads}
    return SnapshotAnswer(kept.manifest, heads.get((device.dev, device.inc), 0))


async def _last(ledger: Ledger) -> Kept | None:
    """The last one of this epoch: positions of one before it mean something else."""
    kept = (await ledger.read(read_shelf)).kept
    return kept[-1] if kept and kept[-1].manifest.epoch == ledger.epoch else None


async def _fill(ledger: Ledger, file: SnapshotFile) -> None:
    after = 0

    async def some(work: Work) -> tuple[int, list[ThinMember], list[ThinCard]]:
        members = await work.tx.accounts_after(after, AT_ONCE)
        rows, cards = await thin_rows(work, members)
        return (members[-1] if members else 0), rows, cards

    while True:
        last, rows, cards = await ledger.read(some)
        if not last:
            return
        await asyncio.to_thread(file.add, rows, cards)
        after = last


async def _keep_frames(ledger: Ledger, file: SnapshotFile) -> tuple[Frame, ...]:
    frames: list[Frame] = []
    parts = file.frames()
    while (part := await asyncio.to_thread(next, parts, None)) is not None:
        frame, data = part

        async def keep(work: Work, frame: Frame = frame, data: bytes = data) -> None:
            await work.tx.alone(SHELF)
            shelf = await read_shelf(work)
            await work.tx.save_blob(frame.sha256, data)
            begun = (*shelf.begun, (frame.sha256, work.now_ms))
            await work.tx.save_value(SHELF, msgspec.msgpack.encode(Shelf(shelf.kept, shelf.days, begun)))

        await ledger.write(keep)
        frames.append(frame)
    return tuple(frames)


async def _put(work: Work, made: Kept) -> None:
    """Keep `made`; frames that nothing kept or begun has any more go."""
    await work.tx.alone(SHELF)
    shelf = await read_shelf(work)
    of_it = {frame.sha256 for frame in made.manifest.frames}
    later = [one for one in shelf.kept if (one.manifest.epoch, one.manifest.pos) > _place(made)]
    kept = shelf.kept if later else (*shelf.kept, made)[-KEPT:]
    days = shelf.days
    if not days or made.manifest.made_ms - days[-1][0] >= DAY_MS:
        days = (*days, (made.manifest.made_ms, made.manifest.pos))[-DAYS_OF_CHANGES:]
    begun = tuple((sha, at) for sha, at in shelf.begun if sha not in of_it and work.now_ms - at < DAY_MS)
    after = Shelf(kept, days, begun)
    for sha in (shelf.frames | of_it | {sha for sha, _ in shelf.begun}) - after.frames - dict(begun).keys():
        await work.tx.drop_blob(sha)
    await work.tx.save_value(SHELF, msgspec.msgpack.encode(after))


def _place(one: Kept) -> tuple[int, int]:
    return one.manifest.epoch, one.manifest.pos


async def _forget_changes(ledger: Ledger) -> None:
    """Drop changes that every till has, or has to make up for by a snapshot."""
    floor = (await ledger.read(read_shelf)).floor

    async def some(work: Work) -> int:
        return await work.tx.drop_changes(THIN, floor, FORGOTTEN_AT_ONCE)

    while floor and await ledger.write(some):
        pass
