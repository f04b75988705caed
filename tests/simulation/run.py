"""Many simulations: `python tests/simulation/run.py --seeds 500 --steps 150` prints what happened and what broke.

A failure prints its seed; `--first SEED --seeds 1 --trace` lives through it again.
"""

import argparse
import logging
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.simulation.mutants import MUTANTS
from tests.simulation.world import World

MEMORY = Path("/dev/shm")  # files in memory where there are any: a run writes much and keeps nothing
LAST_LINES = 60


def live(seed: int, steps: int, tally: Counter[str], *, trace: bool = False) -> str:
    """One run in a folder of its own; what went wrong, or ""."""
    place = str(MEMORY) if MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="sim", dir=place) as folder:
        world = None
        try:
            world = World(seed, Path(folder))
            world.run(steps)
            fault = ""
        except Exception as error:  # whatever broke is the finding
            text = "".join(traceback.format_exception(error)[-6:])
            story = "\n".join(world.trace[-LAST_LINES:]) if world is not None else ""
            fault = f"seed {seed} ({world and world.plan}):\n{story}\n{text}"
        finally:
            if world is not None:
                tally.update(world.tally)
                world.close()
        if trace and world is not None and not fault:
            print("\n".join(world.trace), world.ended, sep="\n")
        return fault


def main() -> int:
    """Exit status 0 when every seed held."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--steps", type=int, default=150)
    parser.add_argument("--trace", action="store_true", help="tell the story of runs that hold, too")
    parser.add_argument("--stop", action="store_true", help="stop at the first failure")
    parser.add_argument(
        "--mutant", choices=sorted(MUTANTS), help="put this fault in, and stop when it is found"
    )
    options = parser.parse_args()
    if options.mutant:
        MUTANTS[options.mutant]()
    logging.getLogger("assidu.ledger").setLevel(logging.CRITICAL)  # its faults are drawn, not found
    tally: Counter[str] = Counter()
    failed: list[int] = []
    started = time.monotonic()
    for seed in range(options.first, options.first + options.seeds):
        fault = live(seed, options.steps, tally, trace=options.trace)
        if fault:
            failed.append(seed)
            print(fault, flush=True)
            if options.stop or options.mutant:
                break
    lived = seed - options.first + 1
    seconds = time.monotonic() - started
    for what, often in sorted(tally.items()):
        print(f"{often:8} {what}")
    print(f"{lived} seeds of {options.steps} steps in {seconds:.0f} s, {len(failed)} failed: {failed[:30]}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
