"""Which snapshots the ledger keeps, and how far back it can tell what has changed."""

import msgspec

from sync.ledger.work import Work
from sync.snapshot import SCOPE, Manifest

SHELF = "snapshots"
DAYS_OF_CHANGES = 8  # a till that was away for longer fetches a snapshot


class Kept(msgspec.Struct, frozen=True, array_like=True):
    """A snapshot of a list, and how far the journal of each till (device, incarnation) was in when it was begun."""

    manifest: Manifest
    heads: tuple[tuple[int, int, int], ...]
    scope: str = SCOPE


class Shelf(msgspec.Struct, frozen=True, array_like=True):
    """The snapshots that are kept, oldest first, and for each day of changes the position that it began at.

    `begun` are frames of snapshots that are being made, with when (ms UTC): those of one that died go after a day.
    """

    kept: tuple[Kept, ...] = ()
    days: tuple[tuple[int, int], ...] = ()
    begun: tuple[tuple[bytes, int], ...] = ()

    @property
    def floor(self) -> int:
        """Changes up to here are forgotten."""
        return self.days[0][1] if len(self.days) == DAYS_OF_CHANGES else 0

    @property
    def frames(self) -> set[bytes]:
        """Hashes of all frames that are kept."""
        return {frame.sha256 for one in self.kept for frame in one.manifest.frames}


async def read_shelf(work: Work) -> Shelf:
    """What is kept."""
    data = await work.tx.value(SHELF)
    return Shelf() if data is None else msgspec.msgpack.decode(data, type=Shelf)
