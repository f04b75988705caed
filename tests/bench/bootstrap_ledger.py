"""A ledger of its own with real accounts makes the list of all members; prints its figures as JSON.

Arguments: folder, how many members. Every tenth holds two lots.
"""

import asyncio
import random
import sys
from datetime import date
from pathlib import Path
from time import perf_counter

import msgspec
from figures import peak, settle_peak

from sync.ledger.arrivals import NewMember, OpeningLot
from sync.ledger.open import open_ledger
from sync.ledger.service import Ledger
from sync.ledger.snapshots import make

AT_ONCE = 1_000
STORES = ("halles", "gare")
ENDS = date(2035, 1, 1)


class Made(msgspec.Struct):
    """Seconds to make the list, and bytes of memory at most before and while it is made."""

    seconds: float
    before: int
    memory: int


async def main(folder: Path, members: int) -> Made:
    """Do it."""
    ledger = await open_ledger(folder / "ledger.sqlite")
    try:
        for store in STORES:
            await ledger.add_store(store, store.title(), "Europe/Paris")
        await _fill(ledger, members)
        settle_peak()
        before, start = peak(), perf_counter()
        made = await make(ledger)
        assert made.members == members
        return Made(perf_counter() - start, before, peak())
    finally:
        await ledger.close()


async def _fill(ledger: Ledger, members: int) -> None:
    draws = random.Random(9)
    for first in range(1, members + 1, AT_ONCE):
        rows = []
        for member in range(first, min(first + AT_ONCE, members + 1)):
            lots = [OpeningLot("points", draws.randrange(1, 700), ENDS)] * (1 + (member % 10 == 0))
            rows.append(
                NewMember(
                    member, (draws.randbytes(16),), STORES[member % 2], date(2026, 1, 1), lots=tuple(lots)
                )
            )
        await ledger.add_members(rows)


if __name__ == "__main__":
    found = asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
    sys.stdout.write(msgspec.json.encode(found).decode())
