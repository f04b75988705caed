"""Accept of the ledger over HTTP beside what the engine alone does with the same rows, one durable commit a batch."""

import asyncio
import random
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import fmean
from time import perf_counter, process_time
from typing import NamedTuple

import fleet
import msgspec
from figures import Row, median
from ledger_client import Line, Process, serving
from ledger_floor import Batch, SqliteFloor, floor_batch
from pgbench import CLIENTS, Pgbench, used_by

from sync.ledger.accept import RATCHET_BYTES
from sync.wire import PushAnswer, pack
from tests.engines import engines
from tests.unit.ledger_kit import TillSim, open_shop

TILLS, BATCH, MEMBERS = 16, 200, 2000
# How long SQLite makes its pages by itself.
ITS_OWN_PAGES = 4096
# Pushes of a till in a row, and how often they and the floor take turns; one more pair before warms both.
EACH, PAIRS, QUICK_PAIRS = 5, 9, 2
ENTRIES = TILLS * EACH * BATCH


def rows(quick: bool) -> list[Row]:
    """Both engines."""
    pairs = (QUICK_PAIRS if quick else PAIRS) + 1
    engines.durable = True
    found: list[Row] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for engine, accepted in (("sqlite", _on_sqlite), ("postgres", _on_postgres)):
            engines.start(engine)
            found += asyncio.run(accepted(folder, pairs))
            (folder / engine).mkdir()
            found.append(asyncio.run(_applied(folder / engine, engine, 2 * BATCH if quick else 5 * BATCH)))
    engines.stop()
    return found


class Turn(NamedTuple):
    """Entries by the second and seconds of processor time of each: of the ledger, then of its floor."""

    ours: float
    mine: float
    bare: float
    its: float


class Sender(Line):
    """A till that has signed all it will send: its side costs next to nothing while the clock runs."""

    def prepare(self, pushes: int) -> None:
        """Make and sign the next requests; with `accept` the ledger's ratchet is known beforehand."""
        till, last = self.till, self.till.accepted
        self._requests = []
        for n in range(pushes):
            request = till.request(last + n * BATCH, BATCH, nonce=f"n{till.nonce + n}")
            self._requests.append(self.signed("POST", "/push", pack(request)))
            till.ratchet = bytes(RATCHET_BYTES)
        till.nonce += pushes

    async def send(self) -> None:
        """Send them in turn, each after the answer to the one before."""
        self._answers = [await self.exchange(request) for request in self._requests]

    def hear(self) -> None:
        """Take in what was answered."""
        for answer in self._answers:
            heard = msgspec.msgpack.decode(answer, type=PushAnswer)
            assert heard.accepted_seq == self.till.accepted + BATCH
            self.till.accepted = heard.accepted_seq


async def _on_sqlite(folder: Path, pairs: int) -> list[Row]:
    async with serving(folder / "accept", "", "accept", TILLS, 0) as process:
        lines = await _ready(process, pairs)
        floors = {
            "bare loop of the driver": SqliteFloor(folder / "floor.db"),
            "bare loop with balances": SqliteFloor(folder / "balances.db", balances=True),
            "bare loop, pages of 4 KB": SqliteFloor(folder / "own.db", ITS_OWN_PAGES),
        }
        turns: dict[str, list[Turn]] = {name: [] for name in floors}
        for n in range(pairs):
            ours = await _accepted(lines, process.processor_s)
            batches = [
                floor_batch(till, (n * EACH + k) * BATCH, BATCH)
                for k in range(EACH)
                for till in process.tills
            ]
            for name, floor in floors.items():
                turns[name].append(Turn(*ours, *_written(floor, batches)))
    return _told("sqlite", turns)


def _written(floor: SqliteFloor, batches: Sequence[Batch]) -> tuple[float, float]:
    """Entries by the second on the clock, and seconds of processor time of each."""
    cpu, start = process_time(), perf_counter()
    for batch in batches:
        floor.write(batch)
    return ENTRIES / (perf_counter() - start), (process_time() - cpu) / ENTRIES


async def _on_postgres(folder: Path, pairs: int) -> list[Row]:
    """One ledger process, and two that share the database, as PostgreSQL lets them: each has half of the tills."""
    server = engines.server
    bare = await server.make()
    found = []
    for processes in (1, 2):
        ledger = await server.make()
        async with AsyncExitStack() as stack:
            parts = []
            for n in range(processes):
                place = folder / f"{n} of {processes} on postgres"
                part = serving(place, ledger, "accept", TILLS // processes, 0)
                parts.append(await stack.enter_async_context(part))
            lines = [line for part in parts for line in await _ready(part, pairs)]
            floors = _on_pgbench(bare, parts[0].tills[0], 16 * CLIENTS * processes)
            turns: dict[str, list[Turn]] = {name: [] for name in floors}
            for _ in range(pairs):
                ours = await _accepted(
                    lines,
                    lambda parts=parts, ledger=ledger: (
                        sum([one.processor_s() for one in parts])  # type: ignore[misc]
                        + used_by(ledger)
                    ),
                )
                for name, floor in floors.items():
                    turns[name].append(Turn(*ours, *await asyncio.to_thread(floor.run)))
        found += _told(f"postgres, its server counted, ledger processes: {processes}", turns)
    return found


def _on_pgbench(dsn: str, till: TillSim, first: int) -> dict[str, Pgbench]:
    """Each with devices of its own from `first` on."""
    return {
        f"pgbench{told}, rows {how}": Pgbench(
            dsn, till, BATCH, first + CLIENTS * (sent + 2 * balances), sent=sent, balances=balances
        )
        for told, balances in (("", False), (" with balances", True))
        for how, sent in (("inside its statement", False), ("sent", True))
    }


async def _ready(process: Process, pairs: int) -> list[Sender]:
    _write(process.tills, pairs * EACH * BATCH)
    return [await Sender(process, till).open() for till in process.tills]


async def _accepted(lines: Sequence[Sender], processor_s: Callable[[], float]) -> tuple[float, float]:
    """EACH pushes of every till: entries by the second, and seconds of processor time of each."""
    for line in lines:
        line.prepare(EACH)
    cpu, start = processor_s(), perf_counter()
    await asyncio.gather(*(line.send() for line in lines))
    took, used = perf_counter() - start, processor_s() - cpu
    for line in lines:
        line.hear()
    return ENTRIES / took, used / ENTRIES


def _write(tills: Sequence[TillSim], count: int) -> None:
    """Every till writes `count` tickets; what was bought repeats, since nobody looks at it here."""
    customers = fleet.Customers(MEMBERS, random.Random(4))
    visits = [customers.visit(tills[0], f"{n}") for n in range(BATCH)]
    for n in range(count):
        for till in tills:
            member, lines, promised = visits[(n + till.paired.dev) % BATCH]
            till.sale(member, lines, promised)
        tills[0].shop.clock.advance(seconds=20)


def _told(engine: str, turns: Mapping[str, Sequence[Turn]]) -> list[Row]:
    """What was measured after the first turns, which warm both sides."""
    ours = next(iter(turns.values()))[1:]
    rate, mine = median([one.ours for one in ours]), fmean([one.mine for one in ours]) * 1e6
    what = f"accept over HTTP, {engine}, {TILLS} tills, batches of {BATCH}"
    found = [Row(what, f"{rate:.0f} entries/s, {mine:.0f} µs of processor time an entry")]
    for floor, all_turns in turns.items():
        found += _beside(floor, all_turns[1:])
    return found


def _beside(floor: str, turns: Sequence[Turn]) -> list[Row]:
    ratio = median([one.ours / one.bare for one in turns])
    used = median([one.its / one.mine for one in turns])
    rate, its = median([one.bare for one in turns]), fmean([one.its for one in turns]) * 1e6
    return [
        Row(
            f"{floor}: one durable commit a batch",
            f"{rate:.0f} entries/s, {its:.0f} µs of processor time an entry",
        ),
        Row(
            f"accept ÷ {floor} (median of {len(turns)} pairs)",
            f"{ratio:.2f} (of processor time {used:.2f})",
            "≥ 0.7",
            ratio >= 0.7,
        ),
    ]


async def _applied(folder: Path, engine: str, each: int) -> Row:
    """Whole pushes in one process, without HTTP: tickets by the second of processor time."""
    async with open_shop(folder, fleet.GROCER) as shop:
        await fleet.enrolled(shop, MEMBERS)
        tills = [await shop.till() for _ in range(TILLS)]
        fleet.written(tills, each, fleet.Customers(MEMBERS, random.Random(3)))
        dsn = engines.server.dsn if engine == "postgres" else ""
        took, used, its = [], [], used_by(dsn) if dsn else 0.0
        for till in fleet.batches(tills, BATCH):
            request = till.request(limit=BATCH)
            start, cpu = perf_counter(), process_time()
            answer = await till.send(request)
            took.append(perf_counter() - start)
            used.append(process_time() - cpu)
            till.heard(answer)
            assert all(one.state == "applied" for one in answer.dispositions)
        its = (used_by(dsn) - its) / len(used) if dsn else 0.0
    rate, whole = BATCH / median(used), BATCH / (median(used) + its)
    counted = f" ({whole:.0f} with PostgreSQL's own counted)" if dsn else ""
    return Row(
        f"accept and apply with settlement, {engine}, batches of {BATCH}",
        f"{rate:.0f} tickets a second of the ledger's processor time{counted}; {BATCH / median(took):.0f} on the clock",
        "≥ 1,000 a core",
        rate >= 1000,
    )
