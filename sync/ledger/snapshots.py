"""Snapshots of thin rows: made once a day or when asked for, kept as frames by their hashes (section 5.4).

One is of all members, one of each region. Members are read a few at a time, so that tills are served meanwhile. The
position is taken before the first is read: a row may be newer, never older, and what changed meanwhile comes to the
tills as a change all the same.
"""

import asyncio
import shutil
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import ClassVar

import msgspec

from rules.sentences import mark
from sync.delegation import MANIFESTS
from sync.ledger.books import replace
from sync.ledger.caller import DeviceId, LedgerRefusal
from sync.ledger.operation import Operation
from sync.ledger.scope import region_scopes
from sync.ledger.service import Ledger
from sync.ledger.shelf import (
    DAYS_OF_CHANGES,
    SHELF,
    Heads,
    Kept,
    change_shelf,
    heads_now,
    keep_heads,
    own_seq,
    read_shelf,
)
from sync.ledger.snapshot_file import SnapshotFile
from sync.ledger.thin import thin_rows
from sync.ledger.work import Work
from sync.snapshot import NO_REGION, REGION, SCOPE, Frame, Manifest, SnapshotAnswer, signed_manifest
from sync.thin import THIN, ThinCard, ThinMember

AT_ONCE = 100  # members a read: what tills ask waits no longer than these take
FORGOTTEN_AT_ONCE = 1_000
DAY_MS = 86_400_000
LONGEST_S = 4 * 3600.0
FOLDER, LEFT_S = "assidu-snapshot-", 24 * 3600
KEPT = 2  # a till that is half through the last one can finish it
Regions = Mapping[int, frozenset[str]]


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
    answer_s: ClassVar[float] = LONGEST_S

    async def run(self, ledger: Ledger) -> Made:
        """It."""
        manifest = await make(ledger)
        return Made(
            manifest.members, len(manifest.frames), manifest.size, manifest.to_fetch, manifest.made_ms
        )


async def make_daily(ledger: Ledger) -> None:
    """Make a snapshot if the last one is a day old, or from before a restore."""
    scopes = (SCOPE, *(await ledger.read(region_scopes)).values())
    last = [await _last(ledger, scope) for scope in scopes]
    if any(one is None or ledger.now_ms() - one.manifest.made_ms >= DAY_MS for one in last):
        await make(ledger)


async def make(ledger: Ledger) -> Manifest:
    """Make the snapshots of the ledger as it is; the one of all members."""

    async def begin(work: Work) -> tuple[int, Heads, Mapping[str, str]]:
        return await work.tx.counter("pos"), await heads_now(work), await region_scopes(work)

    pos, heads, regions = await ledger.read(begin)
    made_ms = ledger.now_ms()
    await asyncio.to_thread(_clear_folders)
    with tempfile.TemporaryDirectory(prefix=FOLDER) as folder, ExitStack() as files:

        def begun() -> SnapshotFile:
            file = SnapshotFile(Path(tempfile.mkdtemp(dir=folder)))
            files.callback(file.close)
            return file

        everyone = await asyncio.to_thread(begun)
        parts = {region: await asyncio.to_thread(begun) for region in regions}
        await _fill(ledger, everyone, parts)
        for region, file in parts.items():
            await keep(ledger, file, pos, made_ms, heads, regions[region])
        manifest = await keep(ledger, everyone, pos, made_ms, heads)
    await _forget_changes(ledger)
    return manifest


def _clear_folders() -> None:
    """Remove what ledgers left behind that were killed while they made a snapshot: half a gigabyte in a large chain."""
    for folder in Path(tempfile.gettempdir()).glob(f"{FOLDER}*"):
        with suppress(OSError):  # another process was quicker, or it is another user's
            if time.time() - folder.stat().st_mtime > LEFT_S:
                shutil.rmtree(folder)


async def keep(
    ledger: Ledger,
    file: SnapshotFile,
    pos: int,
    made_ms: int,
    heads: Heads = (),
    scope: str = SCOPE,
) -> Manifest:
    """Finish a file that has everything up to `pos`, and offer it to the tills."""
    sha256 = await asyncio.to_thread(file.finish)
    size = file.path.stat().st_size
    frames = await _keep_frames(ledger, file)
    bare = Manifest(sha256, ledger.epoch, pos, made_ms, file.members, size, frames)
    manifest = signed_manifest(bare, ledger.signer(MANIFESTS))
    await ledger.write(lambda work: _put(work, manifest, heads, scope))
    return manifest


async def newest(ledger: Ledger, device: DeviceId, which: str = SCOPE) -> SnapshotAnswer:
    """The newest snapshot for a till, of all members or of its region. Raises LedgerRefusal where there is none yet."""
    scope = which
    if which == REGION:
        scope = await ledger.read(lambda work: _region_of(work, device))
    kept = await _last(ledger, scope)
    if kept is None:
        raise LedgerRefusal("no_snapshot", mark("There is no snapshot yet: ask again later."))
    own = await ledger.read(lambda work: own_seq(work, kept.heads, device.dev, device.inc))
    return SnapshotAnswer(kept.manifest, own, scope)


async def _region_of(work: Work, device: DeviceId) -> str:
    """The name of the list of a till's region. Raises LedgerRefusal."""
    till = await work.tx.incarnation(device.dev, device.inc)
    region = "" if till is None else (await work.store(till.store)).region
    if not region:
        raise LedgerRefusal(
            NO_REGION,
            mark("This store is in no region: name one in shop.toml, or set cache_scope to store."),
        )
    return (await region_scopes(work))[region]


async def _last(ledger: Ledger, scope: str) -> Kept | None:
    """The last one of this epoch: positions of one before it mean something else."""
    kept = [one for one in (await ledger.read(read_shelf)).kept if one.scope == scope]
    return kept[-1] if kept and kept[-1].manifest.epoch == ledger.epoch else None


async def _fill(ledger: Ledger, everyone: SnapshotFile, parts: Mapping[str, SnapshotFile]) -> None:
    """Write every member into the file of all, and into those of the regions that have seen them."""
    after = 0

    async def some(work: Work) -> tuple[int, list[ThinMember], list[ThinCard], Regions]:
        members = await work.tx.accounts_after(after, AT_ONCE)
        rows, cards = await thin_rows(work, members)
        seen = await work.tx.regions_of(members) if parts else {}
        return (members[-1] if members else 0), rows, cards, seen

    def add(rows: list[ThinMember], cards: list[ThinCard], seen: Regions) -> None:
        everyone.add(rows, cards)
        for region, file in parts.items():
            inside = {member for member, regions in seen.items() if region in regions}
            file.add(
                [row for row in rows if row.member in inside],
                [card for card in cards if card.member in inside],
            )

    while True:
        last, rows, cards, seen = await ledger.read(some)
        if not last:
            return
        await asyncio.to_thread(add, rows, cards, seen)
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
            await change_shelf(work, shelf, replace(shelf, begun=begun))

        await ledger.write(keep)
        frames.append(frame)
    return tuple(frames)


async def _put(work: Work, manifest: Manifest, heads: Heads, scope: str) -> None:
    """Keep a snapshot."""
    await work.tx.alone(SHELF)
    shelf = await read_shelf(work)
    made = Kept(manifest, await keep_heads(work, heads), scope)
    current = {SCOPE, *(await region_scopes(work)).values()}
    others = [one for one in shelf.kept if one.scope != scope and one.scope in current]
    before = [one for one in shelf.kept if one.scope == scope]
    same = before if any(_place(one) > _place(made) for one in before) else [*before, made][-KEPT:]
    days = shelf.days
    if not days or manifest.made_ms - days[-1][0] >= DAY_MS:
        days = (*days, (manifest.made_ms, manifest.pos))[-DAYS_OF_CHANGES:]
    of_it = {frame.sha256 for frame in manifest.frames}
    begun = tuple((sha, at) for sha, at in shelf.begun if sha not in of_it and work.now_ms - at < DAY_MS)
    after = replace(shelf, kept=(*others, *same), days=days, begun=begun)
    pieces = tuple([one for one in shelf.pieces if one.scope in current and one.last > after.floor])
    await change_shelf(work, shelf, replace(after, pieces=pieces))


def _place(one: Kept) -> tuple[int, int]:
    return one.manifest.epoch, one.manifest.pos


async def _forget_changes(ledger: Ledger) -> None:
    """Drop changes that every till has, or has to make up for by a snapshot."""
    floor = (await ledger.read(read_shelf)).floor

    async def some(work: Work) -> int:
        return await work.tx.drop_changes(THIN, floor, FORGOTTEN_AT_ONCE)

    while floor and await ledger.write(some):
        pass
