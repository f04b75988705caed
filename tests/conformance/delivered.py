"""A year of case A on one engine: sold, sent and settled; and what of it is not as the expected files have it."""

import contextlib
import gzip
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec
from click.testing import CliRunner

from pos_app.cli import main as assidu
from sync.ledger.port import Storage
from sync.ledger.postgres import PostgresStorage
from sync.ledger.sqlite import SqliteStorage
from tests.conformance import compare, settled
from tests.conformance.shops import Basket, Shops, baskets_of
from tests.engines import engines
from tests.rows import digests, state, write
from tests.simulation.quick import quick

ADAPTER = Path(__file__).with_name("adapter.py")
MEMORY = Path("/dev/shm")  # files in memory where there are any: a year writes much and keeps nothing


class Cost(msgspec.Struct, frozen=True):
    """What a year took: seconds by the clock and of this process, bytes of all files of the tills and of the ledger's
    file, and of the longest write-ahead log that a till ever had."""

    tills: int
    seconds: float
    cpu_s: float
    disk: int
    longest_log: int


class Outcome(msgspec.Struct, frozen=True):
    """A year on one engine: `rows` by household, `moves` by basket and rule, `digests` of every row of each table."""

    rows: dict[str, compare.Row]
    moves: settled.Moves
    months: settled.Months
    honoured: tuple[settled.Honoured, ...]
    rewards: tuple[settled.Reward, ...]
    outlived: dict[str, int]  # by household, points that lapsed while a till spent younger ones
    faults: tuple[str, ...]
    tally: dict[str, int]
    digests: dict[str, str]
    cost: Cost


def replayed(folder: Path, sample: str) -> Path:
    """The history of a sample with its replay, in `folder`: a.ndjson.gz, a.csv, ledger.csv."""
    history = str(folder / "a.ndjson.gz")
    command = [sys.executable, str(ADAPTER), history, "--sample", sample]
    subprocess.run(command, check=True, timeout=600)
    wanted = ["--programme", str(compare.PROGRAMME), "--tickets", history, "--as-of", compare.AS_OF]
    files = ["--out", str(folder / "a.csv"), "--ledger", str(folder / "ledger.csv")]
    done = CliRunner().invoke(assidu, ["replay", *wanted, "--redeem", "auto", *files])
    assert done.exit_code == 0, done.output
    return folder


def history(folder: Path, households: Sequence[int] = ()) -> list[Basket]:
    """The baskets of a replayed folder."""
    with gzip.open(folder / "a.ndjson.gz", "rt", encoding="utf-8") as lines:
        return baskets_of(lines, households)


def live(
    engine: str,
    baskets: Sequence[Basket],
    replay: Path,
    *,
    outages: bool = True,
    real_signatures: bool = False,
    out: Path | None = None,
) -> Outcome:
    """Sell a year on an engine. `outages` False is the year in which every line holds.

    With `out` every row of its database is written to a folder of the engine's name in it.

    Requests carry a digest in the place of their signature (tests/simulation/quick.py), or with `real_signatures` that.
    """
    start, cpu = time.monotonic(), time.process_time()
    with contextlib.ExitStack() as stack:
        place = MEMORY if MEMORY.is_dir() else None
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=place)))
        stack.enter_context(quick(real_signatures=real_signatures))
        storage: Storage = SqliteStorage(folder / "ledger.db")
        if engine == "postgres":
            storage = PostgresStorage(stack.enter_context(engines.lent()))
        shops = Shops(storage, folder, baskets, outages=outages)
        stack.callback(shops.close)
        shops.run()
        disk = sum(one.stat().st_size for one in folder.rglob("*") if one.is_file())
        took = time.monotonic() - start, time.process_time() - cpu
        cost = Cost(len(shops.counters), *took, disk, shops.longest_log)
        return _outcome(shops, engine, replay, cost, out)


def _outcome(shops: Shops, engine: str, replay: Path, cost: Cost, out: Path | None) -> Outcome:
    found = settled.households(shops)
    moves = settled.by_basket(found)
    days = {line.sold.basket.name: line.sale.bdate for one in found for line in one.lines}
    _, rewarded = settled.expected_moves(replay / "ledger.csv")
    rows = shops.house.run(state(shops.house.storage, engine))
    if out is not None:
        write(rows, out / engine)
    return Outcome(
        {str(one.number): one.row for one in found},
        moves,
        settled.months_of(moves, days, owners_of(shops.baskets)),
        tuple(settled.honoured(shops, found)),
        tuple(settled.rewards(found, rewarded)),
        {str(one.number): sum(each.units for each in one.outlived) for one in found if one.outlived},
        tuple(settled.faults(shops, found)),
        dict(shops.tally),
        digests(rows),
        cost,
    )


def differences(found: Outcome, baskets: Sequence[Basket], replay: Path) -> list[str]:
    """One sentence for everything that is not as it must be."""
    wrong = [*found.faults, *_columns(found), *_moves(found, baskets, replay)]
    wrong += [f"{one} is honoured without a reason" for one in found.honoured if not one.reason]
    points = {one.household for one in found.honoured if one.rule != "card"}
    for one in found.rewards:
        refused = not one.given and (one.unknown or one.said)
        if one.first and not refused and one.household not in points:
            wrong.append(f"{one} is not explained")
    return wrong


def _columns(found: Outcome) -> list[str]:
    """The settled columns of every household, and all of those whose rewards are the file's: what is left and what
    lapsed as well, but for what lapsed because a till spent younger points."""
    differing = {str(one.household) for one in found.rewards}
    honoured = {str(one.household) for one in found.honoured if one.rule != "card"}
    expected = compare.expected_rows()
    wrong = []
    for number, row in found.rows.items():
        columns: tuple[str, ...] = settled.SETTLED
        if number not in differing:
            columns += settled.REWARDED
        if number not in differing | honoured:
            wrong += _more_lapsed(number, row, expected[number], found.outlived.get(number, 0))
        wrong += [
            f"household {number}: {name} is {row[name]}, expected {expected[number][name]}"
            for name in columns
            if row[name] != expected[number][name]
        ]
    return wrong


def _more_lapsed(number: str, row: compare.Row, expected: compare.Row, most: int) -> list[str]:
    """As much has lapsed and is left as in the file; where a till spent younger points, at most `most` more lapsed."""
    more = int(row["expired"]) - int(expected["expired"])
    less = int(expected["balance"]) - int(row["balance"])
    if 0 <= more == less <= most:
        return []
    return [f"household {number}: {more} more have lapsed and {less} less are left, at most {most} may"]


def _moves(found: Outcome, baskets: Sequence[Basket], replay: Path) -> list[str]:
    """What the rules give every single basket, and every month."""
    names = {one.name: one for one in baskets}
    expected, _ = settled.expected_moves(replay / "ledger.csv")
    expected = {key: units for key, units in expected.items() if key[0] in names and key[1] != "base"}
    have = {key: units for key, units in found.moves.items() if key[1] != "base"}
    wrong = [
        f"basket {key[0]}: {key[1]} is {have.get(key)}, expected {expected.get(key)}"
        for key in sorted(expected.keys() | have.keys())
        if have.get(key) != expected.get(key)
    ]
    months = settled.months_of(expected, {name: one.day for name, one in names.items()}, owners_of(baskets))
    return wrong if found.months == months else [*wrong, f"months: {found.months}, expected {months}"]


def owners_of(baskets: Sequence[Basket]) -> dict[str, int]:
    """Whose a basket is."""
    return {one.name: one.household for one in baskets}
