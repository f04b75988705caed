"""Entries in quarantine, for their owner: what waits and why, and another try once the reason is gone."""

from collections.abc import Mapping
from typing import ClassVar

import msgspec

from sync.entry import UnreadableEntry, decode
from sync.ledger.operation import Operation
from sync.ledger.records import InboxRow
from sync.ledger.report import retry
from sync.ledger.service import Ledger
from sync.ledger.unbooked import in_all, unbooked
from sync.ledger.work import Work

MOST_LISTED = 1_000


class PutAside(msgspec.Struct, frozen=True):
    """An entry that waits. `kind` is "" where it cannot be read, `recv_ms` when it came (ms UTC).

    `spent` are the units that it took, by asset: they were handed out, and no account knows of it yet.
    """

    dev: int
    inc: int
    seq: int
    store: str
    till: str
    kind: str
    code: str
    recv_ms: int
    spent: Mapping[str, int]


class AsideList(msgspec.Struct, frozen=True):
    """The first thousand of `count` entries that wait, by till and number, and what all of them spent, by asset."""

    count: int
    entries: tuple[PutAside, ...]
    spent: Mapping[str, int]


class ListAside(Operation[AsideList], frozen=True):
    """What is in quarantine."""

    name: ClassVar[str] = "quarantine-list"
    answer: ClassVar[type[msgspec.Struct]] = AsideList

    async def run(self, ledger: Ledger) -> AsideList:
        """It."""

        async def look(work: Work) -> AsideList:
            rows = await work.tx.quarantined()
            names = {(one.dev, one.inc): one for one in await work.tx.incarnations()}
            spent, entries = unbooked(rows), []
            for row in rows[:MOST_LISTED]:
                till = names[row.dev, row.inc]
                name = row.dev, row.inc, row.seq
                took = spent.get(name, {})
                entries.append(
                    PutAside(*name, till.store, till.till, _kind(row), row.code, row.recv_ms, took)
                )
            return AsideList(len(rows), tuple(entries), in_all(spent.values()))

        return await ledger.read(look)


def _kind(row: InboxRow) -> str:
    try:
        return decode(row.data).kind
    except UnreadableEntry:
        return ""


class Replayed(msgspec.Struct, frozen=True):
    """How many entries are applied now, and how many still wait."""

    applied: int
    waiting: int


class ReplayAside(Operation[Replayed], frozen=True):
    """Another try for everything in quarantine, in order, until no further entry is helped."""

    name: ClassVar[str] = "quarantine-replay"
    answer: ClassVar[type[msgspec.Struct]] = Replayed

    async def run(self, ledger: Ledger) -> Replayed:
        """Try."""

        async def again(work: Work) -> Replayed:
            return Replayed(await retry(work), len(await work.tx.quarantined()))

        return await ledger.write(again)
