"""The ledger's life once more, from an empty database and without its faults, on either engine.

Every transaction that a run's ledger has committed is kept: what it did, when, with which chance, and what it
answered. Done once more in that order it must answer the same and leave the same state (ledger-and-sync.md
section 7): on PostgreSQL the same rows in every table; on SQLite, where batches are applied entry by entry this time,
the same but for the numbers of changes, of which a batch needs fewer.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from sync.ledger import batch
from sync.ledger.port import Job, Storage, Transaction
from sync.ledger.postgres import PostgresStorage
from sync.ledger.recovery_state import Recovery
from sync.ledger.waits import COPIED
from tests.rows import Rows, state, tables
from tests.simulation.sold import Wrong

if TYPE_CHECKING:
    from tests.simulation.world import World

LOTS = "lot"
"""The ledger's counter of the lots that it makes itself."""
NUMBERS = {"issued_pos", "signature", "pos"}
"""Columns that say when something was logged, or sign it."""


class Chance:
    """Random bytes that can be given once more."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._given: list[bytes] = []
        self._again: deque[bytes] | None = None

    def __call__(self, size: int) -> bytes:
        if self._again is not None:
            return self._again.popleft()
        self._given.append(self._rng.randbytes(size))
        return self._given[-1]

    def taken(self) -> tuple[bytes, ...]:
        """What was given since it was last asked for."""
        given, self._given = tuple(self._given), []
        return given

    @contextmanager
    def again(self) -> Iterator[deque[bytes]]:
        """Inside, what lies in this queue is given."""
        self._again = deque()
        try:
            yield self._again
        finally:
            self._again = None


class Done(NamedTuple):
    """A transaction that was committed; `answer` is None where nobody has kept it, `lots` how many were made then."""

    job: Job[Any]
    at_ms: int
    given: tuple[bytes, ...]
    answer: Any
    lots: int


class Log:
    """All that a ledger has committed, in order."""

    def __init__(self, chance: Chance) -> None:
        self.chance = chance
        self.rows: list[Done] = []

    def restored(self, copied: int, first: Done) -> None:
        """A copy with the first `copied` of them is in use again, and `first` was done to it before anything else."""
        del self.rows[copied:]
        self.rows.append(first)


class _Apart(Exception):
    """A batch that was undone in memory and done again has used up numbers that entries by themselves do not."""


@contextmanager
def _entry_by_entry() -> Iterator[None]:
    """Inside, nothing of a batch is applied in memory."""
    hot, batch._is_hot = batch._is_hot, lambda _row: False
    try:
        yield
    finally:
        batch._is_hot = hot


def live_again(world: World, storage: Storage) -> None:
    """Live the ledger's life once more on an empty `storage`. Raises Wrong for any difference."""
    house, now = world.house, world.time.now
    exact = isinstance(storage, PostgresStorage)
    run = house.loop.run_until_complete if exact else house.run  # a server is waited for
    try:
        run(_live(world, storage, exact=exact))
        engine = "postgres" if exact else "sqlite"
        gaps = run(_compare(house.storage, storage, engine, exact=exact))
    finally:
        world.time.now = now
        run(storage.close())
    if gaps:
        raise Wrong(f"a second replay on {engine} comes to another state:\n" + "\n".join(gaps[:12]))
    world.count(f"lived again on {engine}")


async def _live(world: World, storage: Storage, *, exact: bool) -> None:
    await storage.open()
    log = world.house.log
    with log.chance.again() as given:
        for done in log.rows:
            world.time.now = done.at_ms
            answer = await _again(done, given, storage, exact=exact)
            if done.answer is not None and _plain(answer, exact) != _plain(done.answer, exact):
                raise Wrong(f"the ledger answers {answer} in a second replay, and had answered {done.answer}")


async def _again(done: Done, given: deque[bytes], storage: Storage, *, exact: bool) -> Any:
    async def counted(tx: Transaction) -> Any:
        given.extend(done.given)
        answer = await done.job(tx)
        if done.answer is not None and (given or await tx.counter(LOTS) != done.lots):
            raise _Apart
        return answer

    if exact:
        return await storage.write(counted)
    try:
        with _entry_by_entry():
            return await storage.write(counted)
    except _Apart:
        given.clear()
        return await storage.write(counted)


def _plain(answer: Any, exact: bool) -> Any:
    """What an answer says but for the numbers of changes, where those may differ."""
    if exact:
        return answer
    if isinstance(answer, Recovery):
        return msgspec.structs.replace(answer, copied=min(answer.copied, 0))  # -1 for never restored
    grants = getattr(answer, "grants", ())
    if not grants:
        return answer
    plain = tuple(msgspec.structs.replace(one, issued_pos=0, signature=b"") for one in grants)
    return msgspec.structs.replace(answer, grants=plain)


async def _compare(first: Storage, second: Storage, engine: str, *, exact: bool) -> list[str]:
    columns = {table: [name for name, _ in told] for table, told in (await tables(first, "sqlite")).items()}
    here, there = await state(first, "sqlite"), await state(second, engine)
    if not exact:
        here, there = _without_numbers(here, columns), _without_numbers(there, columns)
    return [text for table in here for text in _gap(table, here[table], there[table])]


def _without_numbers(rows: Rows, columns: dict[str, list[str]]) -> Rows:
    plain = {}
    for table, all_rows in rows.items():
        keep = [n for n, name in enumerate(columns[table]) if name not in NUMBERS]
        plain[table] = [tuple(row[n] for n in keep) for row in all_rows if row[0] not in ("pos", COPIED)]
    return plain


def _gap(table: str, first: list[tuple[Any, ...]], second: list[tuple[Any, ...]]) -> Iterator[str]:
    lost, new = set(first) - set(second), set(second) - set(first)
    for word, rows in (("before", lost), ("again", new)):
        for row in sorted(rows, key=repr)[:3]:
            yield f"{table} {word}: {row}"
