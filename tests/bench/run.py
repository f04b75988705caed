"""The benchmark: `python tests/bench/run.py [NAMES] [--quick]` prints one Markdown table.

Not timed tests: nothing fails on a slow machine. Bounds are ratios within one run wherever one can be had.
"""

import argparse
import importlib
import sys
from pathlib import Path

from figures import Row, table
from terminals import Installation

NAMES = ("rules", "close", "scan", "trade", "start", "bootstrap", "accept", "ledger", "outage", "year")


def main() -> None:
    """Run the benches that were named (all by default) and print their table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAMES", help=f"which of {', '.join(NAMES)} (all)")
    parser.add_argument(
        "--quick", action="store_true", help="few repetitions and 20,000 members: a smoke run"
    )
    parser.add_argument(
        "--bin",
        type=Path,
        help="programs of another installation, for scan and start: one without the conformance data",
    )
    asked = parser.parse_args()
    if asked.bin is not None:
        Installation.bin = asked.bin.absolute()
    unknown = set(asked.names) - set(NAMES)
    if unknown:
        parser.error(f"there is no bench {', '.join(sorted(unknown))}: name some of {', '.join(NAMES)}")
    sys.path.append(str(Path(__file__).resolve().parents[2]))  # for what tests and benches share
    rows: list[Row] = []
    for name in asked.names or NAMES:
        print(f"{name} …", file=sys.stderr, flush=True)
        rows += importlib.import_module(f"{name}_figures").rows(asked.quick)
    print(table(rows), end="")


if __name__ == "__main__":
    main()
