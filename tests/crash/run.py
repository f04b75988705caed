"""The crash matrix: `python tests/crash/run.py` ends processes and machines at every named point, and prints a table.

`--mutant NAME` puts a fault in and must fail.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.crash.acts import ACTS
from tests.crash.ledger_matrix import COPIES, LEDGER_ACTS, LedgerChain
from tests.crash.mutants import MUTANTS
from tests.crash.process import FAULTS, Fault
from tests.crash.till_matrix import TillChain
from tests.postgres_server import running

MEMORY = Path("/dev/shm")


class Table:
    """How often each point met each fault, and what was wrong."""

    def __init__(self, every: int) -> None:
        self._every, self._turn = every, 0
        self.runs: Counter[tuple[str, str, str]] = Counter()
        self.wrong: Counter[tuple[str, str, str]] = Counter()
        self.rows: dict[tuple[str, str], None] = {}

    def places(self, points: list[str]) -> list[tuple[int, str]]:
        """The points that have their turn, with their places: all, or one out of so many."""
        found = []
        for place in enumerate(points):
            self._turn += 1
            if self._turn % self._every == 0:
                found.append(place)
        return found

    def add(self, act: str, point: str, kind: str, problems: list[str] | None) -> None:
        """What came of one run; None where it did not meet the point."""
        self.rows[act, point] = None
        if problems is None:
            return
        self.runs[act, point, kind] += 1
        self.wrong[act, point, kind] += bool(problems)
        for problem in problems:
            print(f"{act} / {point} / {kind}: {problem}", flush=True)

    def lines(self, kinds: tuple[str, ...]) -> list[str]:
        """As Markdown: runs, and how many of them went wrong where any did."""
        head = ["| what is written | point | " + " | ".join(kinds) + " |", "|---|---|" + "---|" * len(kinds)]
        return head + [
            f"| {act} | {point} | " + " | ".join(self._cell(act, point, kind) for kind in kinds) + " |"
            for act, point in self.rows
        ]

    def _cell(self, *place: str) -> str:
        runs, wrong = self.runs[place], self.wrong[place]  # type: ignore[index]
        if not runs:
            return "–"
        return f"{runs} ok" if not wrong else f"{runs}, **{wrong} wrong**"


def labels(points: tuple[str, ...]) -> list[str]:
    """The points of an act, told apart where a name comes more than once."""
    seen: Counter[str] = Counter()
    found = []
    for point in points:
        seen[point] += 1
        found.append(f"{point} {seen[point]}" if points.count(point) > 1 else point)
    return found


def till_side(table: Table, acts: list[str], faults: list[Fault], mutant: str) -> None:
    """Crashes of the till."""
    for name in acts:
        with _folder() as folder, closing(TillChain(folder, mutant)) as chain:
            survey = chain.survey(name)
            for fault in faults:
                for at, point in table.places(labels(survey.points)):
                    placed = msgspec.structs.replace(fault, at=at)
                    table.add(f"till: {name}", point, fault.kind, chain.crash(name, placed, survey))


def ledger_side(table: Table, acts: list[str], faults: list[Fault], dsn: str = "") -> None:
    """Crashes of the ledger, on SQLite or on the PostgreSQL database `dsn`, which loses nothing but the process."""
    where = "ledger on PostgreSQL" if dsn else "ledger"
    with _folder() as folder, closing(LedgerChain(folder, dsn)) as chain:
        for name in acts:
            points = chain.survey(name)
            for fault in faults:
                for at, point in table.places(labels(points)):
                    placed = msgspec.structs.replace(fault, at=at)
                    table.add(f"{where}: {name}", point, fault.kind, chain.crash(name, placed))


@contextmanager
def _folder() -> Iterator[Path]:
    place = str(MEMORY) if MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="crash", dir=place) as folder:
        yield Path(folder)


def main() -> int:
    """Exit status 0 when nothing was wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=3, help="runs of each point with each fault")
    parser.add_argument("--every", type=int, default=1, help="only one place out of so many")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--fault", choices=FAULTS, action="append", help="only this fault")
    parser.add_argument("--act", choices=sorted({*ACTS, *LEDGER_ACTS}), action="append")
    parser.add_argument("--side", choices=("till", "ledger"), default="", help="only crashes of this one")
    parser.add_argument("--mutant", choices=sorted(MUTANTS), default="", help="put this fault in")
    options = parser.parse_args()
    kinds = options.fault or list(FAULTS)
    table, started = Table(options.every), time.monotonic()
    wanted = options.act or [*ACTS, *LEDGER_ACTS]
    faults = [Fault(kind, 0, options.seed + n) for n in range(options.times) for kind in kinds]
    if options.side in ("", "till"):
        till_side(table, [name for name in ACTS if name in wanted], faults, options.mutant)
    if options.side in ("", "ledger") and not options.mutant:
        acts = [name for name in LEDGER_ACTS if name in wanted]
        ledger_side(table, acts, faults)
        kills = [fault for fault in faults if fault.kind == "kill"]
        if kills:
            with running() as server:
                shared = [
                    name for name in acts if name not in COPIES
                ]  # PostgreSQL has tools of its own for them
                ledger_side(table, shared, kills, asyncio.run(server.make()))
    print(*table.lines(tuple(kinds)), sep="\n")
    wrong = table.wrong.total()
    seconds = time.monotonic() - started
    print(f"{table.runs.total()} crashes at {len(table.rows)} points in {seconds:.0f} s, {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
