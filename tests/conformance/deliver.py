"""Case A sold at many tills: `python tests/conformance/deliver.py [--sample R/M]`.

Needs the extra `conformance`. Sells the baskets of a sample of the households (7/20 without the option, 0/1 is all) at
real tills that are off line, late and doubled as case A says, once with a ledger on SQLite and at the same time once on
PostgreSQL; compares what was settled with the expected figures, lists what was honoured and which rewards a till could
not give, and compares every row of the two databases. Exit status 1 when something differs.
"""

import argparse
import csv
import logging
import multiprocessing
import sys
import tempfile
from collections import Counter as Tally
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.conformance import compare
from tests.conformance.delivered import Outcome, differences, history, live, replayed
from tests.conformance.shops import Basket
from tests.engines import ENGINES, engines

WITHOUT_WORDS = {True: "one that the file does not have", False: "not offered"}


def _tell(engine: str, found: Outcome, baskets: int, wrong: Sequence[str]) -> None:
    cost = found.cost
    print(f"{engine}: {baskets} baskets in {cost.seconds:.0f} s, {cost.cpu_s:.0f} s of CPU in this process")
    print(
        f"  {cost.tills} tills, {cost.disk / 2**20:.0f} MiB of files, the longest write-ahead log of a till "
        f"{cost.longest_log / 2**20:.1f} MiB"
    )
    print(
        f"  {len(found.rows)} households, {len(found.moves)} figures of baskets, {dict(sorted(found.tally.items()))}"
    )
    kept = Tally((one.rule, "off" if " was off line" in one.reason else "on") for one in found.honoured)
    for (rule, where), count in sorted(kept.items()):
        print(f"  honoured: {rule} on {count} baskets at tills {where} line")
    said = Tally(
        (one.given, one.first, one.online, one.said or WITHOUT_WORDS[one.given]) for one in found.rewards
    )
    for (_, first, online, words), count in sorted(said.items()):
        where = "on" if online else "off"
        print(f"  reward: {count} × {'first' if first else 'follows'}, {where} line: {words}")
    units = sum(found.outlived.values())
    print(f"  lapsed of {len(found.outlived)} households while a till spent younger points: {units} at most")
    print(f"  {len(wrong)} differences in what no outage changes", *wrong[:50], sep="\n  ", flush=True)


def _differing(found: Sequence[Outcome]) -> list[str]:
    """The tables in which the engines do not have the same rows, told."""
    tables = sorted({table for one in found for table in one.digests})
    wrong = [table for table in tables if len({one.digests.get(table) for one in found}) > 1]
    if len(found) > 1:
        same = f"the engines have the same rows in all {len(tables)} tables"
        print(f"the engines differ in {', '.join(wrong)}" if wrong else same)
    return wrong


def _write(folder: Path, found: Outcome) -> None:
    """What was honoured and which rewards differ, a line each."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in (("honoured", found.honoured), ("rewards", found.rewards)):
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(rows[0].__struct_fields__ if rows else ())
            writer.writerows(msgspec.structs.astuple(one) for one in rows)


def _one(asked: tuple[str, Sequence[Basket], Path, dict[str, Any]]) -> tuple[str, Outcome]:
    engine, baskets, replay, how = asked
    logging.getLogger("assidu.ledger").setLevel(logging.CRITICAL)  # a line for every store and day
    try:
        return engine, live(engine, baskets, replay, **how)
    finally:
        engines.stop()


def main() -> None:
    """Sell, compare, tell."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--sample", default="/".join(map(str, compare.SAMPLE)))
    options.add_argument("--calm", action="store_true", help="the same baskets with lines that always hold")
    options.add_argument("--real-signatures", action="store_true", help="requests are signed as in a shop")
    options.add_argument("--engine", choices=ENGINES, action="append", help="only this one")
    options.add_argument(
        "--out", type=Path, help="a folder for honoured.csv, rewards.csv and all rows of the databases"
    )
    chosen = options.parse_args()
    names = chosen.engine or list(ENGINES)
    with tempfile.TemporaryDirectory() as name:
        replay = replayed(Path(name), chosen.sample)
        baskets = history(replay)
        found: dict[str, Outcome] = {}
        wrong: list[str] = []
        with multiprocessing.get_context("fork").Pool(len(names)) as pool:
            how = {
                "outages": not chosen.calm,
                "real_signatures": chosen.real_signatures,
                "out": chosen.out,
            }
            work = [(each, baskets, replay, how) for each in names]
            for engine, one in pool.imap_unordered(_one, work):
                differing = differences(one, baskets, replay)
                _tell(engine, one, len(baskets), differing)
                found[engine] = one
                wrong += differing
    wrong += _differing(list(found.values()))
    if chosen.out is not None:
        _write(chosen.out, found[names[0]])
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
