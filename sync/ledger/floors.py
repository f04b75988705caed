"""The owner sets what tills may give beyond their grants, and is shown what that may cost (section 4.6)."""

from math import ceil
from typing import ClassVar

import msgspec

from rules.programme.model import Programme
from rules.tools.offers import dearest
from sync.floors import FLOORS, LEASE_CAP, Floors
from sync.ledger.operation import Operation
from sync.ledger.publications import put
from sync.ledger.service import Ledger
from sync.ledger.work import Work
from sync.wire import pack


class WorstCase(msgspec.Struct, frozen=True):
    """What `limits` may cost in all while every till is off line: `points`, worth at most `cents` of rewards.

    The cents are of `currency`, None where no programme in force tells.
    """

    limits: Floors
    tills: int
    points: int
    cents: int | None
    currency: str


class SetFloors(Operation[WorstCase], frozen=True):
    """`limits` for all tills, those in force for None; they are only weighed unless `save` is set."""

    limits: Floors | None = None
    save: bool = False

    name: ClassVar[str] = "floors"
    answer: ClassVar[type[msgspec.Struct]] = WorstCase

    async def run(self, ledger: Ledger) -> WorstCase:
        """What they may cost."""
        return await ledger.write(self._weigh)

    async def _weigh(self, work: Work) -> WorstCase:
        limits = await published(work) if self.limits is None else self.limits
        if self.limits is not None and self.save:
            await put(work, FLOORS, FLOORS, pack(limits))
            await work.tx.save_value(LEASE_CAP, b"" if limits.lease is None else str(limits.lease).encode())
        tills = await work.tx.count_tills()
        points = tills * limits.till if limits.on else 0
        programmes = await in_force(work)
        rates = [rate for one in programmes if (rate := dearest(one)) is not None]
        cents = ceil(points * max(rates)) if rates else None
        currency = programmes[0].header.currency if programmes else ""
        return WorstCase(limits, tills, points, cents, currency)


async def in_force(work: Work) -> list[Programme]:
    """The programmes by which the stores go today, one a store that has one."""
    found = [await _in_force(work, one.store) for one in await work.tx.stores()]
    return [one for one in found if one is not None]


async def published(work: Work) -> Floors:
    """The limits in force; off where nothing was published."""
    rows = [row for row in await work.tx.published() if row.what == FLOORS]
    data = await work.tx.blob(rows[-1].sha256) if rows else None
    return Floors() if data is None else msgspec.msgpack.decode(data, type=Floors)


async def _in_force(work: Work, store: str) -> Programme | None:
    return await work.programme_on((await work.moment(store, work.now_ms)).bdate, store)
