"""The ledger: what it accepts and applies, how soon a change is elsewhere, what an idle till costs, an outage."""

import asyncio
import random
import tempfile
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import fleet
from figures import Row, median, percentile
from ledger_client import Line, Process, serving

from sync.ledger.records import InboxRow
from sync.ledger.rows import to_row
from sync.ledger.sqlite import PRAGMAS, migrate
from sync.sqlite_driver import driver
from sync.wire import Cursor
from tests.engines import ENGINES, engines
from tests.unit.ledger_kit import TillSim, open_shop

TILLS, BATCH, MEMBERS = 16, 200, 2000


def rows(quick: bool) -> list[Row]:
    """All of it."""
    found: list[Row] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for engine in ENGINES:
            engines.start(engine)
            (folder / engine).mkdir()
            found.append(asyncio.run(_applied(folder / engine, engine, 2 * BATCH if quick else 5 * BATCH)))
        found += asyncio.run(_accepted(folder, 2 if quick else 8))
        found.append(asyncio.run(_told(folder / "told", 40 if quick else 300)))
        found.append(asyncio.run(_idle(folder / "idle", 500 if quick else 5000)))
        found += asyncio.run(_drained(folder / "drained", 40 if quick else 900))
    engines.stop()
    return found


async def _applied(folder: Path, engine: str, each: int) -> Row:
    """Whole pushes in one process, without HTTP: tickets by the second of processor time of the ledger."""
    async with open_shop(folder, fleet.GROCER) as shop:
        await fleet.enrolled(shop, MEMBERS)
        tills = [await shop.till() for _ in range(TILLS)]
        fleet.written(tills, each, fleet.Customers(MEMBERS, random.Random(3)))
        took, used = [], []
        for till in fleet.batches(tills, BATCH):
            request = till.request(limit=BATCH)
            start, cpu = perf_counter(), process_time()
            answer = await till.send(request)
            took.append(perf_counter() - start)
            used.append(process_time() - cpu)
            till.heard(answer)
            assert all(one.state == "applied" for one in answer.dispositions)
    rate = BATCH / median(used)
    return Row(
        f"accept and apply with settlement, {engine}, batches of {BATCH}",
        f"{rate:.0f} tickets a second of the ledger's processor time ({BATCH / median(took):.0f} on the clock)",
        "≥ 1,000 a core",
        rate >= 1000,
    )


async def _accepted(folder: Path, rounds: int) -> list[Row]:
    """Over HTTP without applying, in turn with a bare loop that inserts the same rows."""
    async with serving(folder / "accept", "", "accept", TILLS, MEMBERS) as process:
        fleet.written(process.tills, rounds * BATCH, fleet.Customers(MEMBERS, random.Random(4)))
        lines = [await Line(process, till).open() for till in process.tills]
        floor = _Floor(folder / "floor.db")
        ours, bare = [], []
        cpu = process.processor_s()
        for n in range(rounds):
            start = perf_counter()
            await asyncio.gather(*(line.push(BATCH) for line in lines))
            ours.append(TILLS * BATCH / (perf_counter() - start))
            batches = [_inbox(till, n * BATCH) for till in process.tills]
            start = perf_counter()
            for batch in batches:
                floor.write(batch)
            bare.append(TILLS * BATCH / (perf_counter() - start))
        cpu = process.processor_s() - cpu
    entries = rounds * TILLS * BATCH
    ratio = median([one / other for one, other in zip(ours, bare, strict=True)])
    mine, its = cpu / entries * 1e6, floor.processor_s / entries * 1e6
    return [
        Row(
            f"accept over HTTP, sqlite, {TILLS} tills, batches of {BATCH}",
            f"{median(ours):.0f} entries/s, {mine:.0f} µs of processor time an entry",
        ),
        Row(
            "bare loop of the driver: the same rows, one durable commit a batch",
            f"{median(bare):.0f} entries/s, {its:.0f} µs of processor time an entry",
        ),
        Row("accept ÷ bare loop (median of pairs)", f"{ratio:.2f}", "≥ 0.7", ratio >= 0.7),
    ]


def _inbox(till: TillSim, after: int) -> list[tuple[Any, ...]]:
    part = enumerate(till.written[after : after + BATCH], after + 1)
    return [
        to_row(InboxRow(till.paired.dev, 1, n, digest, data, sig, 1, 1, n)) for n, (data, digest, sig) in part
    ]


class _Floor:
    """The same tables, driver and pragmas, and none of our code."""

    def __init__(self, path: Path) -> None:
        self._connection = driver.connect(str(path), isolation_level=None)
        for pragma in PRAGMAS:
            self._connection.execute(pragma)
        migrate(self._connection)
        marks = ", ".join("?" * len(InboxRow.__struct_fields__))
        self._insert = f"INSERT INTO inbox VALUES ({marks})"
        self.processor_s = 0.0

    def write(self, rows: list[tuple[Any, ...]]) -> None:
        """One durable commit."""
        start = process_time()
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.executemany(self._insert, rows)
        self._connection.execute("UPDATE incarnation SET acc_seq = acc_seq + ?", (len(rows),))
        self._connection.execute("COMMIT")
        self.processor_s += process_time() - start


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


async def _drained(folder: Path, each: int) -> list[Row]:
    """200 tills that wrote for three days without a line send everything, sixteen at a time."""
    async with serving(folder, "", "whole", 200, MEMBERS) as process:
        fleet.written(process.tills, each, fleet.Customers(MEMBERS, random.Random(6)))
        turn, memory, refused = asyncio.Semaphore(TILLS), [], 0

        async def drain(line: Line) -> None:
            nonlocal refused
            await line.open()
            while line.till.accepted < len(line.till.written):
                async with turn:
                    answer = await line.push(BATCH)
                refused += sum([one.state != "applied" for one in answer.dispositions])
                memory.append(process.memory())

        start = perf_counter()
        await asyncio.gather(*(drain(Line(process, till)) for till in process.tills))
        took = perf_counter() - start
    tickets, part = 200 * each, len(memory) // 4
    grown = max(memory[3 * part :]) / max(memory[part : 2 * part])  # the first quarter fills the caches
    return [
        Row(
            f"200 tills send {each} tickets each after an outage",
            f"{tickets / took:.0f} tickets/s, {refused} refused",
            "none refused",
            refused == 0,
        ),
        Row(
            "memory of the ledger meanwhile",
            f"{max(memory) / 1e6:.0f} MB at most; last quarter ÷ second quarter {grown:.2f}",
            "≤ 1.1",
            grown <= 1.1,
        ),
    ]
