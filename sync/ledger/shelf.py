"""Which snapshots and pieces of changes the ledger keeps, and how far back it can tell what has changed."""

import hashlib

import msgspec

from sync.ledger.work import Work
from sync.snapshot import SCOPE, Manifest

SHELF = "shelf"
HOUR_MS = 3_600_000
SLACK_MS = 60_000  # rounds begin an hour after the last one ended: a little early is not too early
DAYS_OF_CHANGES = 8  # a till that was away for longer fetches a snapshot


Heads = tuple[tuple[int, int, int], ...]
"""How far the journal of each till (device, incarnation) was in when something was begun."""


class Kept(msgspec.Struct, frozen=True, array_like=True):
    """A snapshot of a list; `heads` is the hash of the blob with the tills' heads."""

    manifest: Manifest
    heads: bytes
    scope: str = SCOPE


class KeptPiece(msgspec.Struct, frozen=True, array_like=True):
    """Changes of a list after position `first` up to `last` of an epoch; hashes name the blobs of them and of heads.

    A piece of a `whole_day` was put together from those of its hours.
    """

    scope: str
    epoch: int
    first: int
    last: int
    made_ms: int
    sha256: bytes
    heads: bytes
    whole_day: bool = False


class Shelf(msgspec.Struct, frozen=True, array_like=True):
    """The snapshots that are kept, oldest first, and for each day of changes the position that it began at.

    `begun` are frames of snapshots that are being made, with when (ms UTC): those of one that died go after a day.
    `turn` is when (ms UTC), in which epoch, a process last set out to make what is due.
    """

    kept: tuple[Kept, ...] = ()
    days: tuple[tuple[int, int], ...] = ()
    begun: tuple[tuple[bytes, int], ...] = ()
    pieces: tuple[KeptPiece, ...] = ()
    turn: tuple[int, int] = (0, 0)

    @property
    def floor(self) -> int:
        """Changes up to here are forgotten."""
        return self.days[0][1] if len(self.days) == DAYS_OF_CHANGES else 0

    @property
    def blobs(self) -> set[bytes]:
        """Hashes of all that is kept: frames, pieces, heads."""
        frames = {frame.sha256 for one in self.kept for frame in one.manifest.frames}
        return (
            frames
            | {sha for one in self.pieces for sha in (one.sha256, one.heads)}
            | {one.heads for one in self.kept}
        )

    def pieces_of(self, scope: str, epoch: int) -> tuple[KeptPiece, ...]:
        """The pieces of a list, in order."""
        return tuple([one for one in self.pieces if (one.scope, one.epoch) == (scope, epoch)])


async def read_shelf(work: Work) -> Shelf:
    """What is kept."""
    data = await work.tx.value(SHELF)
    return Shelf() if data is None else msgspec.msgpack.decode(data, type=Shelf)


async def change_shelf(work: Work, before: Shelf, after: Shelf) -> None:
    """Keep `after` in place of `before`, to be read after `alone(SHELF)`; blobs that nothing has any more go."""
    begun = {sha for sha, _ in before.begun} - {sha for sha, _ in after.begun}
    for sha in (before.blobs | begun) - after.blobs:
        await work.tx.drop_blob(sha)
    await work.tx.save_value(SHELF, msgspec.msgpack.encode(after))


async def take_turn(work: Work, epoch: int) -> bool:
    """Whether this process is the one to make what is due: of several on one database one an hour is."""
    await work.tx.alone(SHELF)
    shelf = await read_shelf(work)
    if shelf.turn[0] == epoch and 0 <= work.now_ms - shelf.turn[1] < HOUR_MS - SLACK_MS:
        return False
    await change_shelf(work, shelf, msgspec.structs.replace(shelf, turn=(epoch, work.now_ms)))
    return True


async def keep_heads(work: Work, heads: Heads) -> bytes:
    """Keep the heads of tills as a blob; its hash."""
    data = msgspec.msgpack.encode(heads)
    digest = hashlib.sha256(data).digest()
    await work.tx.save_blob(digest, data)
    return digest


async def own_seq(work: Work, heads: bytes, dev: int, inc: int) -> int:
    """How far the journal of a till was in when something was begun that has these heads."""
    data = await work.tx.blob(heads)
    found = () if data is None else msgspec.msgpack.decode(data, type=Heads)
    return next((seq for d, i, seq in found if (d, i) == (dev, inc)), 0)


async def heads_now(work: Work) -> Heads:
    """How far the journal of each till is in."""
    return tuple([(one.dev, one.inc, one.acc_seq) for one in await work.tx.incarnations()])
