"""A new till loads the list of all members from a ledger process on loopback; look-ups in it; changes meanwhile."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import msgspec
from bootstrap_till import Figures
from figures import Row

from tests.e2e.ledger_process import LedgerProcess, write_shop
from tests.e2e.planted import plant

MANY, FEWER, CHANGES = 10_000_000, 1_000_000, 100_000
QUICK = 200_000, 20_000, 10_000
ROOT = Path(__file__).resolve().parents[2]


def rows(quick: bool) -> list[Row]:
    """Both sizes one after the other, each with a ledger and a till of its own."""
    many, fewer, changes = QUICK if quick else (MANY, FEWER, CHANGES)
    lookups = 2_000 if quick else 20_000
    with tempfile.TemporaryDirectory() as folder:
        to_fetch, big = _till(Path(folder) / "big", many, lookups, changes)
        _, small = _till(Path(folder) / "small", fewer, lookups, min(changes, fewer))
    return _table(many, fewer, changes, to_fetch, big, small)


def _till(folder: Path, members: int, lookups: int, changes: int) -> tuple[int, Figures]:
    folder.mkdir()
    database = folder / "ledger.sqlite"
    to_fetch = plant(database, members).to_fetch
    with LedgerProcess(database, write_shop(folder / "shop"), "--till", "halles=one") as ledger:
        numbers = [str(number) for number in (members, lookups, changes)]
        script = str(Path(__file__).with_name("bootstrap_till.py"))
        done = subprocess.run(
            [sys.executable, script, str(folder / "till"), ledger.url, ledger.codes[0], *numbers],
            stdout=subprocess.PIPE,
            check=True,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )
    return to_fetch, msgspec.json.decode(done.stdout, type=Figures)


def _table(many: int, fewer: int, changes: int, to_fetch: int, big: Figures, small: Figures) -> list[Row]:
    full = many == MANY
    p50, p99 = big.lookup_p50 / small.lookup_p50, big.lookup_p99 / small.lookup_p99
    megabytes, memory = big.disk / 1e6, big.memory / 1e6
    return [
        Row(
            f"a new till loads {many:,} members, on loopback",
            f"{big.seconds:.1f} s, {to_fetch / 1e6:.0f} MB fetched",
            "≤ 60 s" if full else "",
            big.seconds <= 60 if full else None,
        ),
        Row(
            "disk of it",
            f"{megabytes:.0f} MB",
            "≤ 600 MB" if full else "",
            megabytes <= 600 if full else None,
        ),
        Row(
            "memory of the loading process at most",
            f"{memory:.0f} MB",
            "≤ 250 MB" if full else "",
            memory <= 250 if full else None,
        ),
        Row(f"look-up of a card among {many:,}", f"p50 {big.lookup_p50:.0f} µs, p99 {big.lookup_p99:.0f} µs"),
        Row(f"the same among {fewer:,}", f"p50 {small.lookup_p50:.0f} µs, p99 {small.lookup_p99:.0f} µs"),
        Row(
            "factor between them", f"p50 {p50:.2f}, p99 {p99:.2f}", "p50 ≤ 2, p99 ≤ 3", p50 <= 2 and p99 <= 3
        ),
        Row(
            f"close of an entry while {changes:,} changed lines are stored",
            f"p50 {big.busy_p50:.1f} ms, slowest {big.busy_max:.1f} ms (alone {big.idle_max:.1f} ms);"
            f" stored in {big.apply_s:.1f} s",
            "≤ 100 ms later",
            big.busy_max - big.idle_max <= 100,
        ),
    ]
