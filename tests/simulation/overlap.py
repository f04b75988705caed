"""The ledger's life once more on PostgreSQL, every other push while the one before it has not been committed yet.

What a transaction has logged must then still reach whoever follows the log: positions are given out after commits
(ledger-and-sync.md 5.4), and nobody who reads goes back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sync.ledger.audit import check as audit
from sync.ledger.port import Storage, Transaction
from sync.ledger.postgres import PostgresStorage
from sync.wire import PushAnswer
from tests.simulation.replay import Done
from tests.simulation.sold import Wrong

if TYPE_CHECKING:
    from tests.simulation.world import World

LONGEST_S = 0.3  # the next one is waited for so long: it may need what this one holds
PART = 500


class Follower:
    """Somebody who reads the log of every bucket from where he has come to."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._read: dict[str, int] = {}
        self._seen: dict[tuple[str, str], int] = {}

    async def go_on(self) -> None:
        """Read what is new."""

        async def look(tx: Transaction) -> None:
            for bucket in await _buckets(tx):
                for key, pos in await tx.changes(bucket, self._read.get(bucket, 0), PART):
                    self._seen[bucket, key] = self._read[bucket] = pos

        await self._storage.read(look)

    async def missed(self) -> list[str]:
        """What changed and was not read."""

        async def look(tx: Transaction) -> list[str]:
            return [
                f"whoever follows {bucket} has not heard of {key} at {pos}"
                for bucket in await _buckets(tx)
                for key, pos in await tx.changes(bucket, 0, 100 * PART)
                if self._seen.get((bucket, key)) != pos
            ]

        return await self._storage.read(look)


async def _buckets(tx: Transaction) -> list[str]:
    return [name for (name,) in await tx._all("SELECT DISTINCT bucket FROM bucket_log ORDER BY bucket")]  # type: ignore[attr-defined]


def live_overlapping(world: World, dsn: str) -> None:
    """Live it on the empty database `dsn`. Raises Wrong for changes that a follower missed, and unsound books."""
    storage, now = PostgresStorage(dsn), world.time.now
    try:
        faults = world.house.loop.run_until_complete(_live(world, storage))
    finally:
        world.time.now = now
        world.house.loop.run_until_complete(storage.close())
    if faults:
        raise Wrong("\n".join(faults[:12]))
    world.count("lived overlapping on postgres")


async def _live(world: World, storage: Storage) -> list[str]:
    await storage.open()
    follower, rows = Follower(storage), world.house.log.rows
    with world.house.log.chance.again() as given:

        async def one(done: Done, written: asyncio.Event, go: asyncio.Event) -> None:
            async def job(tx: Transaction) -> Any:
                world.time.now = done.at_ms
                given.clear()
                given.extend(done.given)
                await done.job(tx)
                written.set()
                await go.wait()

            await storage.write(job)

        for pair in _pairs(rows):
            await _overlap(pair, one, follower)
    return [*await follower.missed(), *await storage.read(audit)]


def _pairs(rows: list[Done]) -> Iterator[list[Done]]:
    """Two pushes that come one after the other together, anything else alone."""
    place = 0
    while place < len(rows):
        size = 2 if all(isinstance(done.answer, PushAnswer) for done in rows[place : place + 2]) else 1
        yield rows[place : place + size]
        place += size


async def _overlap(pair: list[Done], one: Any, follower: Follower) -> None:
    """The first waits with its commit until the second is committed, or cannot be."""
    written, go, at_once = asyncio.Event(), asyncio.Event(), asyncio.Event()
    at_once.set()
    first = asyncio.create_task(one(pair[0], written, go))
    ready = asyncio.create_task(written.wait())
    await asyncio.wait([first, ready], return_when=asyncio.FIRST_COMPLETED)
    if first.done():
        ready.cancel()
        first.result()
    others = [asyncio.create_task(one(done, asyncio.Event(), at_once)) for done in pair[1:]]
    if others:
        await asyncio.wait(others, timeout=LONGEST_S)
        await follower.go_on()
    go.set()
    await asyncio.gather(first, *others)
    await follower.go_on()
