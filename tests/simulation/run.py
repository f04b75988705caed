"""Many simulations: `python tests/simulation/run.py` prints what happened, what broke, and how small it can be made.

A failure prints its seed; `--first SEED --seeds 1 --trace` lives through it again. `--mutants` puts every fault in on
purpose, one after the other, in a seed that is known to find it and holds without it; with `--search` it looks for the
first seed that does.
"""

import argparse
import logging
import multiprocessing
import os
import resource
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from multiprocessing.pool import Pool
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[2]))

from sync.ledger.postgres import PostgresStorage
from tests.engines import engines
from tests.postgres_server import running
from tests.simulation.counter import PowerCut
from tests.simulation.killed import KILLED, NOT_FOUND
from tests.simulation.line import LedgerDied
from tests.simulation.mutants import MUTANTS
from tests.simulation.overlap import live_overlapping
from tests.simulation.pinned import REGRESSIONS
from tests.simulation.quick import prepare, quick, without_collector
from tests.simulation.replay import live_again
from tests.simulation.seeds import Plan
from tests.simulation.shrink import shrink
from tests.simulation.sometimes import lacking, told
from tests.simulation.world import World

MEMORY = Path("/dev/shm")  # files in memory where there are any: a run writes much and keeps nothing
LAST_LINES = 60
SHRINK_S = 60.0
MOST_SHRUNK = 8
TOLD_EVERY = 200
MUTANT_SEEDS = 130
STALE = ("AttributeError", "ImportError", "NameError", "TypeError")


class Lived(NamedTuple):
    """One seed: what happened, what went wrong ("" for nothing), and the story."""

    seed: int
    tally: Counter[str]
    fault: str
    story: list[str]


class Options(NamedTuple):
    """What is the same for all seeds."""

    steps: int
    real_signatures: bool = False
    mutant: str = ""
    shrink_s: float = SHRINK_S
    postgres: bool = False


def live(
    seed: int,
    steps: int,
    *,
    plan: Plan | None = None,
    skip: frozenset[int] = frozenset(),
    postgres: bool = False,
) -> tuple[Lived, Plan]:
    """One run in a folder of its own; with `postgres` its ledger's life is lived there, too."""
    with tempfile.TemporaryDirectory(prefix="sim", dir=_memory()) as folder, without_collector():
        world = World(seed, Path(folder), plan=plan, skip=skip)
        fault = ""
        try:
            world.run(steps)
            if postgres:
                _on_postgres(world)
        except (Exception, PowerCut, LedgerDied) as error:  # whatever broke is the finding
            fault = "".join(traceback.format_exception(error)[-6:])
        finally:
            world.close()
    return Lived(seed, world.tally, fault, world.trace), world.plan


def _on_postgres(world: World) -> None:
    with engines.lent() as dsn:
        live_again(world, PostgresStorage(dsn))
    with engines.lent() as dsn:
        live_overlapping(world, dsn)


def live_and_shrink(task: tuple[int, Options]) -> Lived:
    """One seed as a worker does it; a failure comes back minimised."""
    seed, options = task
    logging.getLogger("assidu.ledger").setLevel(logging.CRITICAL + 1)  # its faults are drawn, not found
    if options.mutant:
        MUTANTS[options.mutant]()
    with quick(real_signatures=options.real_signatures):
        lived, plan = live(seed, options.steps, postgres=options.postgres)
        if not lived.fault or not options.shrink_s:
            return lived
        small = shrink(
            plan,
            options.steps,
            lambda tried, steps, skip: bool(
                live(seed, steps, plan=tried, skip=skip, postgres=options.postgres)[0].fault
            ),
            options.shrink_s,
        )
        again, _ = live(seed, small[1], plan=small[0], skip=small[2])
    what = f"seed {seed}: {small[1] - len(small[2])} of {options.steps} steps are enough, with {small[0]}"
    story = "\n".join(again.story[-LAST_LINES:])
    return lived._replace(fault=f"{what}\n{story}\n{again.fault or lived.fault}")


def _work_in(folder: str) -> None:
    """A worker that is ended in the middle of a seed leaves files behind: they lie in a folder that goes away."""
    tempfile.tempdir = folder


def _memory() -> str | None:
    """The folder in memory, unless files lie in one there already; whoever asks `tempfile` first has set its place."""
    there = Path(tempfile.gettempdir()).is_relative_to(MEMORY)
    return str(MEMORY) if MEMORY.is_dir() and not there else None


def every(seeds: list[int], options: Options, jobs: int) -> Iterator[Lived]:
    """All of them, on so many processes; one alone stays in this one."""
    tasks = [(seed, options) for seed in seeds]
    if jobs == 1 and not options.mutant:
        yield from map(live_and_shrink, tasks)
        return
    with _workers(jobs, alone=bool(options.mutant)) as pool:
        yield from pool.imap_unordered(live_and_shrink, tasks)


@contextmanager
def _workers(jobs: int, *, alone: bool) -> Iterator[Pool]:
    """So many processes; `alone`: each lives one seed, so that a mutant is put in once."""
    prepare()
    with (
        tempfile.TemporaryDirectory(prefix="sims", dir=_memory()) as folder,
        multiprocessing.get_context("fork").Pool(jobs, _work_in, [folder], 1 if alone else None) as pool,
    ):
        yield pool


def fresh(count: int, commit: str) -> list[int]:
    """Seeds nobody has tried, drawn from the commit that is tested."""
    base = int(commit[:10], 16) % 1_000_000_000 if commit else 1_000
    return [base + n for n in range(count)]


def commit_id() -> str:
    """The commit of this folder, "" where there is no repository."""
    done = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=False)
    return done.stdout.strip()


def prove(options: Options, jobs: int) -> int:
    """Each mutant in the seed that is known to find it, which must hold without; how many are not proved."""
    begun, used = time.monotonic(), _processor_s()
    faulty = {
        name: (known.seed, options._replace(mutant=name, steps=known.steps, postgres=known.postgres))
        for name, known in KILLED.items()
    }
    sound = {name: (seed, own._replace(mutant="")) for name, (seed, own) in faulty.items()}
    tasks = sorted({*faulty.values(), *sound.values()})
    with _workers(jobs, alone=True) as pool:
        lived = dict(zip(tasks, pool.imap(live_and_shrink, tasks), strict=True))
    verdicts = {name: _verdict(lived[faulty[name]].fault, lived[sound[name]].fault) for name in KILLED}
    for name, verdict in verdicts.items():
        known = KILLED[name]
        print(f"{name:28} seed {known.seed:<4} of {known.steps} steps  {verdict or 'killed'}")
    left = [*NOT_FOUND, *(name for name, verdict in verdicts.items() if verdict)]
    every_one = len(KILLED) + len(NOT_FOUND)
    print(
        f"{every_one} mutants, not proved: {left or 'none'}; {time.monotonic() - begun:.0f} s by the clock on"
        f" {jobs} processes, {_processor_s() - used:.0f} s of processor"
    )
    return len(left)


def _verdict(fault: str, without: str) -> str:
    """Why it is not proved that a mutant is found; "" when it is."""
    if without:
        return f"the seed fails without it: {without.splitlines()[-1]}"
    if any(line.startswith(STALE) for line in fault.splitlines()):
        return f"it does not fit the code any more: {fault.splitlines()[-1]}"
    return "" if fault else "LIVES: look for another seed with --search"


def search(names: list[str], options: Options, jobs: int) -> int:
    """Each mutant against the first seeds until one finds it; how many live on."""
    alive = 0
    for name in names:
        begun = time.monotonic()
        seeds = list(range(1, MUTANT_SEEDS + 1))
        killed, lived = 0, 0
        for one in every(seeds, options._replace(mutant=name, shrink_s=0), jobs):
            lived += 1
            if one.fault:
                killed = one.seed
                break
        alive += not killed
        verdict = f"killed by seed {killed}" if killed else f"LIVES after {lived} seeds"
        print(f"{name:28} {verdict:24} {time.monotonic() - begun:5.0f} s", flush=True)
    return alive


def main() -> int:
    """Exit status 0 when every seed held and everything has happened."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=2000)
    parser.add_argument(
        "--first", type=int, help="the first seed; without it those that once failed, then new ones"
    )
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--trace", action="store_true", help="tell the story of runs that hold, too")
    parser.add_argument("--real-signatures", action="store_true", help="sign requests as a shop does: slower")
    parser.add_argument("--postgres", action="store_true", help="live each ledger's life on PostgreSQL, too")
    parser.add_argument("--mutant", choices=sorted(MUTANTS), help="put this fault in, from seed 1 on")
    parser.add_argument("--mutants", action="store_true", help="put all of them in, each in its known seed")
    parser.add_argument("--search", action="store_true", help="with --mutants: from seed 1 on")
    given = parser.parse_args()
    with ExitStack() as stack:
        if (given.postgres and given.jobs > 1) or given.mutants:  # one server for all processes
            os.environ["TEST_DSN"] = stack.enter_context(running()).dsn
        return _main(given)


def _main(given: argparse.Namespace) -> int:
    shrink_s = 0 if given.mutant else SHRINK_S
    options = Options(given.steps, given.real_signatures, given.mutant or "", shrink_s, given.postgres)
    if given.mutants and not given.search:
        return 1 if prove(options._replace(shrink_s=0), given.jobs) else 0
    if given.mutants:
        return 1 if search(sorted(MUTANTS), options, given.jobs) else 0
    if given.mutant:
        return 1 if not search([given.mutant], options, given.jobs) else 0
    if given.first is None:
        seeds = [*REGRESSIONS, *fresh(given.seeds - len(REGRESSIONS), commit_id())][: given.seeds]
    else:
        seeds = list(range(given.first, given.first + given.seeds))
    return _run(seeds, options, given.jobs, trace=given.trace)


def _run(seeds: list[int], options: Options, jobs: int, *, trace: bool) -> int:
    """All seeds, each to its end whatever another one found; then the first failures are made small."""
    tally: Counter[str] = Counter()
    failed: list[int] = []
    begun = time.monotonic()
    for done, one in enumerate(every(seeds, options._replace(shrink_s=0), jobs), 1):
        tally.update(one.tally)
        if one.fault:
            failed.append(one.seed)
            print(f"seed {one.seed} FAILED\n{one.fault}", flush=True)
        elif trace:
            print("\n".join(one.story))
        if done % TOLD_EVERY == 0:
            print(
                f"{done} of {len(seeds)} seeds, {len(failed)} failed, {time.monotonic() - begun:.0f} s",
                flush=True,
            )
    seconds, used = time.monotonic() - begun, _processor_s()
    print(told(tally))
    if failed and options.shrink_s:
        for one in every(sorted(failed)[:MOST_SHRUNK], options, jobs):
            print(one.fault, flush=True)
    seldom = lacking(tally, len(seeds) * options.steps)
    print(
        f"{len(seeds)} seeds ({seeds[0]} … {seeds[-1]}) of {options.steps} steps: {len(failed)} violations"
        f" {sorted(failed)[:30]}; {seconds:.0f} s by the clock on {jobs} processes, {used:.0f} s of processor"
        f" ({used / len(seeds):.2f} s a seed); happened too seldom: {seldom or 'nothing'}"
    )
    return 1 if failed or seldom else 0


def _processor_s() -> float:
    """Processor time of this process and of its ended children, start and preparation included."""
    mine, theirs = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return mine.ru_utime + mine.ru_stime + theirs.ru_utime + theirs.ru_stime


if __name__ == "__main__":
    sys.exit(main())
