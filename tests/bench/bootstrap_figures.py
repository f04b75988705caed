"""A ledger makes the list of all members, a new till loads it on loopback; look-ups in it; changes meanwhile."""

import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

import msgspec
from bootstrap_ledger import Made
from bootstrap_till import Figures
from figures import Row, peak, settle_peak

from tests.e2e.ledger_process import LedgerProcess, write_shop
from tests.e2e.planted import plant, plant_changes

MANY, FEWER, CHANGES, REAL = 10_000_000, 1_000_000, 100_000, 200_000
QUICK = 60_000, 10_000, 3_000, 4_000
ROOT = Path(__file__).resolve().parents[2]


def rows(quick: bool) -> list[Row]:
    """Both sizes one after the other, each with a ledger and a till of its own; then a list of real accounts."""
    many, fewer, changes, real = QUICK if quick else (MANY, FEWER, CHANGES, REAL)
    lookups = 2_000 if quick else 20_000
    with tempfile.TemporaryDirectory() as folder:
        to_fetch, writing, big = _till(Path(folder) / "big", many, lookups, changes)
        _, _, small = _till(Path(folder) / "small", fewer, lookups, min(changes, fewer))
        made = _made(Path(folder) / "made", real)
    return [*_table(many, fewer, changes, to_fetch, big, small), *_ledger(many, real, writing, made)]


def _till(folder: Path, members: int, lookups: int, changes: int) -> tuple[int, int, Figures]:
    folder.mkdir()
    database = folder / "ledger.sqlite"
    settle_peak()
    manifest = plant(database, members)
    writing = peak()
    shop = write_shop(folder / "shop")
    numbers = [str(number) for number in (members, lookups, changes)]
    with LedgerProcess(database, shop, "--till", "halles=one") as ledger:
        till = _start("bootstrap_till.py", str(folder / "till"), ledger.url, ledger.codes[0], *numbers)
        assert till.stdout is not None
        assert till.stdout.readline() == b"ready\n"
    changed = random.Random(6).sample(range(1, members + 1), changes)
    plant_changes(database, manifest, changed, 5)
    with LedgerProcess(database, shop, port=ledger.port):
        said, _ = till.communicate(b"\n")
    return manifest.to_fetch, writing, msgspec.json.decode(said, type=Figures)


def _made(folder: Path, members: int) -> Made:
    folder.mkdir()
    said, _ = _start("bootstrap_ledger.py", str(folder), str(members)).communicate()
    return msgspec.json.decode(said, type=Made)


def _start(script: str, *arguments: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name(script)), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )


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
            f"close of an entry while {changes:,} changed lines are fetched and stored",
            f"longest wait for its turn {big.busy_wait:.1f} ms; p50 {big.busy_p50:.1f} ms, slowest"
            f" {big.busy_max:.1f} ms (alone {big.idle_p50:.1f}, {big.idle_max:.1f} ms);"
            f" stored in {big.apply_s:.1f} s",
            "wait ≤ 100 ms",
            big.busy_wait <= 100,
        ),
    ]


def _ledger(many: int, real: int, writing: int, made: Made) -> list[Row]:
    each = made.seconds / real
    return [
        Row(
            f"the ledger makes the list of {real:,} accounts",
            f"{made.seconds:.1f} s, {each * 1e6:.0f} µs each: {each * MANY / 60:.0f} min for {MANY:,};"
            f" memory {made.memory / 1e6:.0f} MB ({made.before / 1e6:.0f} before)",
        ),
        Row(f"memory of the process that writes and cuts the file of {many:,}", f"{writing / 1e6:.0f} MB"),
    ]
