"""Histories with bad lines through every command: named with their number, counted, and the rest goes on."""

import csv
import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner, Result

from pos_app.cli import main
from sync.sqlite_driver import driver
from tests.unit.history_kit import BASE, HEADER, PAY
from tests.unit.ledger_kit import Shop as LedgerShop
from tests.unit.ledger_kit import run as run_ledger

pytestmark = pytest.mark.engines("sqlite")

MOVE = (
    '[transition]\nfrom = "h"\nnotice = "60d"\nvouchers = ["five"]\npoint_value = 0.05\nafter = "forfeit"\n'
    '[[rule]]\nid = "five"\nkind = "voucher"\nvalue = 5.00\nlife = "180d"\n'
)
COMMANDS = ("replay", "explain", "backtest", "check", "diff", "transition")
TITLES = ("ticket", "member", "at", "sku", "qty", "cents", "refund_of")


def sentences(done: Result) -> list[str]:
    """What was said on standard error, but for the line that names the engine of a back-test."""
    return [line for line in done.stderr.splitlines() if not line.startswith("Engine: ")]


class Folder:
    """Programmes and one history in a folder, and every command on them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.programme, self.new = path / "p.toml", path / "new.toml"
        self.programme.write_text(HEADER + BASE + PAY, "utf-8")
        new = HEADER.replace('id = "h"', 'id = "new"').replace("2025-01-01", "2026-06-15")
        self.new.write_text(new + BASE + PAY + MOVE, "utf-8")

    def run(self, command: str, history: Path) -> Result:
        """The command on this history; no traceback, whatever the history is."""
        told: dict[str, tuple[object, ...]] = {
            "replay": ("replay", "--programme", self.programme, "--out", self.path / "o.csv", "--tickets"),
            "explain": ("programme", "explain", self.programme, "--tickets"),
            "backtest": ("programme", "backtest", self.programme, "--jobs", 1, "--tickets"),
            "check": ("programme", "check", self.programme, "--jobs", 1, "--history"),
            "diff": ("programme", "diff", self.programme, self.new, "--jobs", 1, "--history"),
            "transition": ("programme", "transition", self.programme, self.new, "--on", "2026-03-01", "--tickets"),
        }  # fmt: skip
        done = CliRunner().invoke(main, [str(part) for part in (*told[command], history)])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        assert "Traceback" not in done.output
        return done

    def rows(self) -> list[dict[str, str]]:
        """What the replay wrote."""
        with (self.path / "o.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def names(self) -> list[str]:
        """The files of the folder."""
        return sorted(path.name for path in self.path.iterdir())


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def sold(number: int, **more: Any) -> dict[str, Any]:
    """The ticket `number` of member m: 10.00 at 9 in the morning of that day of March."""
    at = f"2026-03-{number:02}T09:00:00Z"
    return {"ticket": str(number), "member": "m", "at": at, "lines": [{"sku": "x", "cents": 1000}], **more}


BAD: tuple[tuple[object, str], ...] = (
    (b"no JSON", "malformed"),
    (b'{"ticket": "2"', "truncated"),
    (b'["ticket"]', "expected `object`"),
    (b"null", "expected `object`"),
    (b'{"ticket": "\xff\xfe"}', "utf-8"),
    (b'{"ticket": "' + b"x" * (20 << 20), "longer than 8 mib"),
    (b'{"more": ' + b"[" * 100_000, "nested too deep"),
    (sold(2, ticket=2), "expected `str`, got `int`"),
    (sold(2, lines="all"), "expected `array`, got `str`"),
    ({"ticket": "2", "lines": [{"cents": 1}]}, "missing required field `at`"),
    ({"at": "2026-03-02T09:00:00Z", "lines": [{"cents": 1}]}, "missing required field `ticket`"),
    (sold(2, lines=[{"sku": "x"}]), "missing required field `cents`"),
    (sold(2, lines=[{"cents": 10.5}]), "expected `int`, got `float`"),
    (sold(2, lines=[{"cents": 10**40}]), "beyond all sense"),
    (sold(2, at="2026-03-02T09:00:00"), "offset from utc"),
    (sold(2, at="2026-02-30T09:00:00Z"), "invalid rfc3339"),
    (sold(2, at="0001-01-01T00:00:00+14:00"), "2026"),
    (sold(2, at="9999-12-31T23:59:59-14:00"), "2026"),
    (sold(2, lines=[]), "lines of the ticket"),
    (sold(1, ticket="2", refund_of="99"), "the ticket 99 of this member is not in the history"),
    (sold(2, refund_of="2"), "not itself"),
    (sold(1), "was here before"),
)  # fmt: skip


@pytest.fixture(scope="module")
def bad_lines(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ticket 1, every bad line, then tickets 5 and 6."""
    path = tmp_path_factory.mktemp("bad") / "h.ndjson"
    lines = [sold(1), *[line for line, _ in BAD], sold(5), sold(6)]
    path.write_bytes(
        b"".join((line if isinstance(line, bytes) else json.dumps(line).encode()) + b"\n" for line in lines)
    )
    return path


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("command", COMMANDS)
def test_every_bad_line_of_a_history(folder: Folder, bad_lines: Path, command: str, packed: bool) -> None:
    """Whatever is wrong with a line, it is named by its number; the good tickets count; exit status 2."""
    history = bad_lines
    if packed:
        history = folder.path / "h.ndjson.gz"
        history.write_bytes(gzip.compress(bad_lines.read_bytes(), 1))
    done = folder.run(command, history)
    assert done.exit_code == 2
    said = done.stderr.lower()
    named = [(n, why) for n, (_, why) in enumerate(BAD, 2)]
    if command == "explain":
        named.remove((21, BAD[19][1]))  # named after the lines that could not even be read
    for number, why in named[:20]:
        place = f"line {number}: " if command in ("replay", "explain") else f":{number}: "
        [line] = [line for line in said.splitlines() if place in line]
        assert why in line
    assert done.stderr.splitlines()[-1].startswith(f"assidu: {len(BAD)} line(s)")
    if command == "replay":
        [row] = folder.rows()
        assert (row["tickets"], row["net_cents"], row["earned"], row["balance"]) == ("3", "3000", "30", "30")
    if command == "explain":
        assert "6" in done.stdout.splitlines()[0]


def cells(number: int, **more: object) -> dict[str, str]:
    """The same ticket as a row of a table."""
    at = f"2026-03-{number:02}T09:00:00Z"
    row = {
        "ticket": str(number),
        "member": "m",
        "at": at,
        "sku": "x",
        "qty": "1",
        "cents": "1000",
        "refund_of": "",
    }
    return row | {key: str(value) for key, value in more.items()}  # fmt: skip


BAD_ROWS: tuple[tuple[dict[str, str], str], ...] = (
    (cells(2, cents="10.50"), "int"),
    (cells(2, ticket="3", cents=""), "missing required field `cents`"),
    (cells(2, at="yesterday"), "rfc3339"),
    (cells(2, ticket="3", at="2026-03-02T09:00:00"), "offset from utc"),
    (cells(2, qty="many"), "decimal"),
    (cells(2, ticket="", qty="1"), "missing required field `ticket`"),
    (cells(1, ticket="2", refund_of="99"), "the ticket 99"),
    (cells(1), "was here before"),
)


def as_csv(path: Path, rows: list[dict[str, str]]) -> None:
    """The rows as CSV."""
    path.write_text(
        "\n".join(",".join(row) for row in [TITLES, *[tuple(row.values()) for row in rows]]) + "\n"
    )


def as_packed_csv(path: Path, rows: list[dict[str, str]]) -> None:
    """The rows as CSV in gzip."""
    as_csv(path, rows)
    path.write_bytes(gzip.compress(path.read_bytes()))


def as_parquet(path: Path, rows: list[dict[str, str]]) -> None:
    """The rows as Parquet, everything as text."""
    with duckdb.connect() as link:
        columns = ", ".join([f'"{title}" VARCHAR' for title in TITLES])
        link.execute(f"CREATE TABLE t ({columns})")
        link.executemany(
            f"INSERT INTO t VALUES ({', '.join('?' * len(TITLES))})", [list(row.values()) for row in rows]
        )
        link.execute(f"COPY t TO '{path}' (FORMAT parquet)")


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("write", "title_line"), [(as_csv, 1), (as_packed_csv, 1), (as_parquet, 0)], ids=["csv", "csv.gz", "parquet"]
)  # fmt: skip
def test_every_bad_row_of_a_table(
    folder: Folder, command: str, write: Callable[[Path, list[dict[str, str]]], None], title_line: int
) -> None:
    """Each is named by its row; the good tickets count; exit status 2."""
    history = folder.path / "h"
    write(history, [cells(1), *[row for row, _ in BAD_ROWS], cells(5), cells(6)])
    done = folder.run(command, history)
    assert done.exit_code == 2
    for number, (_, why) in enumerate(BAD_ROWS, 2 + title_line):
        place = f"line {number}: " if command in ("replay", "explain") else f":{number}: "
        [line] = [line for line in done.stderr.lower().splitlines() if place in line]
        assert why in line
    assert done.stderr.splitlines()[-1].startswith(f"assidu: {len(BAD_ROWS)} line(s)")
    if command == "replay":
        [row] = folder.rows()
        assert (row["tickets"], row["earned"]) == ("3", "30")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_ledger_whose_rows_are_damaged(folder: Folder, command: str) -> None:
    """A body of rubbish, one of another kind, a moment beyond the calendar: named; the fourth sale counts."""

    async def four_sales(shop: LedgerShop) -> None:
        till, member = await shop.till(), await shop.member()
        for _ in range(4):
            till.euros(member, 20)
            shop.clock.advance(days=1)
        await till.push()

    run_ledger(folder.path, four_sales)
    history = folder.path / "ledger.db"
    link = driver.connect(str(history))
    first, second, third = [row[0] for row in link.execute("SELECT sold_order FROM sale ORDER BY 1 LIMIT 3")]
    for change, which in (
        ("body = x'00ff'", first),
        ("""body = '{"store": 3}'""".replace("body = '", "body = CAST('") + " AS BLOB)", second),
        ("sold_order = '999999999999999999999.1'", third),
    ):
        link.execute(f"UPDATE sale SET {change} WHERE sold_order = ?", (which,))
    link.commit()
    link.close()
    done = folder.run(command, history)
    assert done.exit_code == 2
    assert done.stderr.count("the entry in the ledger cannot be read") == 3
    assert done.stderr.splitlines()[-1].startswith("assidu: 3 line(s)")
    if command == "replay":
        assert folder.rows()[0]["tickets"] == "1"


EMPTY: dict[str, tuple[bytes | None, str]] = {
    "missing": (None, "cannot be read (No such file or directory): check the name and your rights."),
    "empty": (b"", "ticket"),
    "blank": (b"\n  \n", "ticket"),
    "empty gzip": (gzip.compress(b""), "ticket"),
    "half a gzip header": (b"\x1f\x8b\x08", "damaged gzip file"),
    "half a database": (b"SQLite format 3\0" + bytes(30), "no database of a ledger"),
    "half a parquet": (b"PAR1" + bytes(30), "cannot be read as Parquet"),
    "another table": (b"name,age\nx,3\n", "add the column ticket"),
}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("kind", EMPTY)
def test_no_history_at_all(folder: Folder, kind: str, command: str) -> None:
    """One sentence, exit status 2, and no file is written."""
    data, said = EMPTY[kind]
    history = folder.path / "h"
    if data is not None:
        history.write_bytes(data)
    before = folder.names()
    done = folder.run(command, history)
    assert done.exit_code == 2
    [sentence] = sentences(done)
    assert sentence.startswith("assidu: ")
    assert said in sentence or (said == "ticket" and "There is no sale" in sentence)
    assert (done.stdout, folder.names()) == ("", before)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_folder_is_no_file(folder: Folder, command: str) -> None:
    """Neither as a history nor as a programme."""
    done = folder.run(command, folder.path)
    assert (done.exit_code, len(sentences(done))) == (2, 1)
    assert "cannot be read (Is a directory)" in done.stderr
    good = folder.path / "h.ndjson"
    good.write_text(json.dumps(sold(1)))
    folder.programme.unlink()
    folder.programme.mkdir()
    done = folder.run(command, good)
    assert (done.exit_code, len(sentences(done))) == (2, 1)
    assert "cannot be read (Is a directory)" in done.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--out", "{}/no/o.csv"), "cannot be written (No such file or directory)"),
        (("--out", "{}"), "is no plain file"),
        (("--out", "{}/h.ndjson"), "is named twice"),
        (("--ledger", "{}/no/l.csv"), "cannot be written (No such file or directory)"),
        (("--ledger", "{}/./o.csv"), "is named twice"),
        (("--as-of", "2026-03-01"), "has no ticket before 2026-03-01: choose a later day."),
    ],
)
def test_nothing_is_half_written(folder: Folder, options: tuple[str, str], said: str) -> None:
    """What cannot be written, or has nothing to say, leaves the folder as it was."""
    history = folder.path / "h.ndjson"
    history.write_text(json.dumps(sold(1)))
    (folder.path / "o.csv").write_text("before")
    before = {path.name: path.read_bytes() for path in folder.path.iterdir()}
    fixed = {"--programme": folder.programme, "--tickets": history, "--out": folder.path / "o.csv"}
    given = fixed | {options[0]: options[1].format(folder.path)}
    done = CliRunner().invoke(main, ["replay", *[str(part) for pair in given.items() for part in pair]])
    assert done.exit_code == 2
    assert done.stderr.startswith("assidu: ")
    assert done.stderr.count("\n") == 1
    assert said in done.stderr
    assert {path.name: path.read_bytes() for path in folder.path.iterdir()} == before
