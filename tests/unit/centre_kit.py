"""A ledger that offers the list of all members, right or wrong, and a till that goes by it."""

from pathlib import Path

import httpx
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sync.ledger.snapshot_file import SnapshotFile
from sync.snapshot import REGION, SCOPE, Manifest, SnapshotAnswer, signed_manifest
from sync.thin import ThinCard, ThinMember, ThinNews, scope_of, short, squeezed
from sync.till import index
from sync.till.client import Client
from sync.till.everyone import CacheScope
from sync.till.members import find, load
from sync.wire import Cursor, PullAnswer, PullRequest, Refusal
from tests.unit.client_bench import SEED, Bench, Script

LATER = 10**12
CARD = b"card" * 4
OTHER = b"othr" * 4


class Centre:
    """Offers one snapshot and answers pulls of changes."""

    def __init__(self, script: Script, folder: Path) -> None:
        self.folder, self.script = folder, script
        self.news: dict[int, tuple[ThinNews, int]] = {}
        self.refetch_below = 0
        self.former: set[str] = set()
        self.blobs: dict[str, bytes] = {}
        self.ranges: list[str] = []
        self.count = 0
        script.handlers |= {"/pull": self.pull, "/blob/": self.blob}

    def offer(
        self,
        points: int,
        pos: int,
        epoch: int = 1,
        seed: bytes = SEED,
        scope: str = SCOPE,
        which: str = "",
        **wrong: object,
    ) -> Manifest:
        """A snapshot of member 7 with these points for those who ask for `which`; `wrong` fields are signed along."""
        self.count += 1
        folder = self.folder / str(self.count)
        folder.mkdir()
        file = SnapshotFile(folder)
        file.add([ThinMember(7, points, "gold", 0, 0)], [ThinCard(short(CARD), 7)])
        digest = file.finish()
        frames = []
        for frame, data in file.frames():
            self.blobs[f"/blob/{frame.sha256.hex()}"] = data
            frames.append(frame)
        bare = Manifest(digest, epoch, pos, 0, 1, file.path.stat().st_size, tuple(frames))
        bare = msgspec.structs.replace(bare, **wrong)
        made = signed_manifest(bare, Ed25519PrivateKey.from_private_bytes(seed).sign)
        asked = which or (scope if scope == SCOPE else REGION)
        self.script.handlers[f"/snapshot/{asked}"] = lambda request: SnapshotAnswer(made, 0, scope)
        return made

    def pull(self, request: httpx.Request) -> PullAnswer:
        (cursor,) = msgspec.msgpack.decode(request.read(), type=PullRequest).cursors
        assert scope_of(cursor.bucket) is not None
        if cursor.pos < self.refetch_below or cursor.bucket in self.former:
            return PullAnswer((), (), (), (), (Cursor(cursor.bucket, 1, 0),), 0, False, must_refetch=True)
        news, end = self.news.get(cursor.pos, (None, cursor.pos))
        data = b"" if news is None else squeezed(news)
        return PullAnswer((), (), (), (), (Cursor(cursor.bucket, cursor.epoch, end),), 3, False, thin=data)

    def blob(self, request: httpx.Request) -> bytes | Refusal | httpx.Response:
        data = self.blobs.get(request.url.path)
        if data is None:
            return Refusal("no_blob", "Gone.")
        self.ranges.append(request.headers.get("range", ""))
        return data


def connect(bench: Bench, scope: CacheScope) -> None:
    """Start the till anew with another scope."""
    bench.client.stop()
    bench.client = Client(
        bench.store,
        bench.writer,
        bench.identity,
        bench.clock,
        lambda n: b"\x80" * n,
        bench.events.append,
        transport=bench.script,
        cache_scope=scope,
    )


def step(bench: Bench, times: int = 8) -> None:
    for _ in range(times):
        bench.client.everyone.wake()
        bench.client.everyone.step(LATER)


def seen(bench: Bench) -> tuple[int, str] | None:
    """Points and tier of the member with CARD, as the till knows them."""
    reader = bench.store.reader()
    member = find(reader, CARD)
    known = None if member is None else load(reader, bench.identity, member)
    return None if known is None else (known.account.balance["points"], known.account.tier)


def in_use(bench: Bench) -> int:
    used = index.in_use(bench.store.reader())
    return 0 if used is None else used.pos
