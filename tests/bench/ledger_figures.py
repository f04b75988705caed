"""The ledger: how soon a change is elsewhere, what an idle till costs."""

import asyncio
import random
import tempfile
from pathlib import Path
from time import perf_counter

import fleet
from figures import Row, median, percentile
from ledger_client import Line, Process, serving

from sync.wire import Cursor

TILLS, BATCH, MEMBERS = 16, 200, 2000


def rows(quick: bool) -> list[Row]:
    """All of it."""
    found: list[Row] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found.append(asyncio.run(_told(folder / "told", 40 if quick else 300)))
        found.append(asyncio.run(_idle(folder / "idle", 500 if quick else 5000)))
    return found


async def _told(folder: Path, count: int) -> Row:
    """A ticket of one till until another one of the store has the member's new row; both wait for nothing else."""
    async with serving(folder, "", "whole", 2, 100) as process:
        one, two = [await Line(process, till).open() for till in process.tills]
        live = await Line(process, process.tills[1]).open()
        store = f"store:{two.till.paired.store}"
        cursors: tuple[Cursor, ...] = (Cursor(store, 0, 0),)
        cursors = (await two.pull(cursors)).cursors
        await live.ask("GET", f"/live?after={store}%3D{cursors[0].pos}", accept="text/event-stream")
        customers, took = fleet.Customers(100, random.Random(5)), []
        for _ in range(count):
            fleet.written([one.till], 1, customers)
            start = perf_counter()
            push = asyncio.create_task(one.push(BATCH))
            while b'"store:' not in await live.reader.readuntil(b"\n\n"):
                pass
            answer = await two.pull(cursors)
            took.append((perf_counter() - start) * 1000)
            assert answer.members
            cursors = answer.cursors
            await push
            await asyncio.sleep(0.02)
    p50 = median(took)
    return Row(
        "ticket at one till → the member's new row at another, both online",
        f"p50 {p50:.0f} ms, p99 {percentile(took, 0.99):.0f} ms",
        "p50 ≤ 150 ms",
        p50 <= 150,
    )


async def _idle(folder: Path, count: int) -> Row:
    """Event streams that wait: memory of the ledger process for each."""
    async with serving(folder, "", "whole", TILLS, 100) as process:
        first = [await _waits(process, n) for n in range(50)]  # what the first ones load, all others share
        before = process.memory()
        lines = [await _waits(process, n) for n in range(count)]
        await asyncio.sleep(1)
        each = (process.memory() - before) / count / 1024
        cpu = process.processor_s()
        await asyncio.sleep(6)
        busy = (process.processor_s() - cpu) / 6 * 100
        for line in (*first, *lines):
            line.close()
    return Row(
        f"{count:,} idle tills on one ledger process",
        f"{each:.0f} KB each, {busy:.0f} % of a core",
        "≤ 40 KB each",
        each <= 40,
    )


async def _waits(process: Process, n: int) -> Line:
    line = await Line(process, process.tills[n % TILLS]).open()
    await line.ask("GET", "/live", accept="text/event-stream")
    return line
