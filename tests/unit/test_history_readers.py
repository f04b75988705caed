"""Reading histories: JSON lines, CSV, Parquet, a ledger's database; what is wrong with a line is said by its number."""

import gzip
import hashlib
import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pos_app.history.open import open_history
from pos_app.history.order import by_time, in_order
from pos_app.history.raw import DAMAGE
from pos_app.history.reader import Entry, HistoryError
from rules.history.record import Record
from rules.ticket import Event, Line

SALE: dict[str, Any] = {
    "ticket": "1",
    "member": "m",
    "store": "s1",
    "till": "t1",
    "at": "2026-03-02T09:00:00Z",
    "lines": [
        {"sku": "x", "category": "food", "subcategory": "bread", "qty": 2, "cents": 139},
        {"sku": "y", "qty": 0.25, "cents": -39},
    ],
}
AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
RECORD = Record(
    "1",
    AT,
    (Line(139, "x", "food", "bread", Decimal(2)), Line(-39, "y", qty=Decimal("0.25"))),
    "m",
    "s1",
    "t1",
)
TABLE = """ticket,member,store,till,at,sku,category,subcategory,qty,cents,refund_of
1,m,s1,t1,2026-03-02T09:00:00Z,x,food,bread,2,139,
1,m,s1,t1,2026-03-02T09:00:00Z,y,,,0.25,-39,
2,m,s1,t1,2026-03-03T10:00:00+01:00,x,food,bread,1,70,1
"""
RETURN = Record("2", datetime(2026, 3, 3, 9, tzinfo=UTC), (Line(70, "x", "food", "bread"),), "m", "s1", "t1",
                refund_of="1")  # fmt: skip


class Read:
    """What a file gave: entries and complaints."""

    def __init__(self, path: Path) -> None:
        self.said: list[tuple[int, str]] = []
        self.reader = open_history(path)
        self.entries = list(self.reader.entries(lambda number, why: self.said.append((number, why))))


def wrote(path: Path, *lines: object) -> Path:
    """A file of JSON lines; bytes are written as they are."""
    data = b"".join(
        (line if isinstance(line, bytes) else json.dumps(line).encode()) + b"\n" for line in lines
    )
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


@pytest.mark.parametrize("name", ["a.ndjson", "a.ndjson.gz"])
def test_json_lines_plain_and_packed(tmp_path: Path, name: str) -> None:
    """A ticket with a fraction of a piece and a discount; blank lines are none."""
    read = Read(wrote(tmp_path / name, b"", SALE, b"  "))
    assert read.entries == [(2, RECORD)]
    assert (read.said, read.reader.returning(), read.reader.fraction()) == ([], frozenset(), 1.0)


def test_refunds_and_events_of_a_file(tmp_path: Path) -> None:
    """Who returns something is known before the records are read; an event has no lines."""
    event = {
        "ticket": "3",
        "member": "n",
        "at": "2026-03-02T09:00:00Z",
        "event": {"name": "review", "sku": "x"},
    }
    refund = SALE | {"ticket": "2", "refund_of": "1"}
    read = Read(wrote(tmp_path / "a.ndjson", SALE, refund, event))
    assert read.reader.returning() == {"m"}
    assert [record.refund_of for _, record in read.entries] == ["", "1", ""]
    assert read.entries[2][1].event == Event("review", "x")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"{", "Input data was truncated"),
        (b'{"ticket": "\xff"}', "utf-8"),
        (SALE | {"lines": [{"cents": 1.5}]}, "Expected `int`, got `float`"),
        (SALE | {"lines": [{"cents": "1"}]}, "Expected `int`, got `str`"),
        (SALE | {"lines": [{"cents": 10**30}]}, "beyond all sense"),
        (SALE | {"lines": [{"cents": 1, "qty": "NaN"}]}, "beyond all sense"),
        (SALE | {"at": "yesterday"}, "Invalid RFC3339"),
        (SALE | {"at": "2026-03-02T09:00:00"}, "offset from UTC"),
        (SALE | {"lines": []}, "lines of the ticket"),
        ({"lines": []}, "missing required field `ticket`"),
        (b"[" * 5000, "Expected `object`"),
        (b'{"more": ' + b"[" * 100000, "nested too deep"),
        (b'{"lines": ' + b"[" * 5000, "Expected `object`"),
    ],
)
def test_a_bad_line_is_named_and_the_rest_goes_on(tmp_path: Path, line: object, said: str) -> None:
    """Whatever is wrong with the second line, the first and the third are read."""
    read = Read(wrote(tmp_path / "a.ndjson", SALE, line, SALE | {"ticket": "3"}))
    assert [(number, record.ticket) for number, record in read.entries] == [(1, "1"), (3, "3")]
    [(number, why)] = read.said
    assert number == 2
    assert said.lower() in why.lower()


def test_an_endless_line_is_one_bad_line(tmp_path: Path) -> None:
    """Twenty megabytes without an end of line are never held as a whole."""
    read = Read(wrote(tmp_path / "a.ndjson", SALE, b'{"ticket": "' + b"x" * (20 << 20), SALE))
    assert [number for number, _ in read.entries] == [1, 3]
    assert read.said == [(2, "the line is longer than 8 MiB")]


def test_a_table_of_lines(tmp_path: Path) -> None:
    """Rows of one ticket make one record; a refund names its ticket."""
    path = tmp_path / "a.csv"
    path.write_text(TABLE, encoding="utf-8")
    read = Read(path)
    assert read.entries == [(2, RECORD), (4, RETURN)]
    assert (read.said, read.reader.returning()) == ([], {"m"})


def test_bad_rows_of_a_table(tmp_path: Path) -> None:
    """A ticket with a bad amount and a row that is too short are named by their rows."""
    path = tmp_path / "a.csv"
    path.write_text(TABLE.replace(",139,", ",1.39,") + "9,m\n", encoding="utf-8")
    read = Read(path)
    assert read.entries == [(4, RETURN)]
    assert [number for number, _ in read.said] == [2, 5]


@pytest.mark.parametrize("damage", ["cut", "overwritten"])
def test_a_packed_file_that_is_damaged_further_on(tmp_path: Path, damage: str) -> None:
    """Its first lines count; the line at which it breaks off is named, for JSON lines and for tables."""
    many = [
        SALE | {"ticket": str(n), "more": hashlib.sha256(bytes([n % 251])).hexdigest()} for n in range(5000)
    ]
    lines = wrote(tmp_path / "a.ndjson.gz", *many)
    rows = "".join(f"{n},{n * n},2026-03-02T09:00:00Z,{n % 97}\n" for n in range(50_000))
    table = tmp_path / "a.csv.gz"
    table.write_bytes(gzip.compress(f"ticket,member,at,cents\n{rows}".encode()))
    for path, before in ((lines, 0), (table, 1)):
        whole = path.read_bytes()
        half = len(whole) // 2
        path.write_bytes(whole[:half] + (b"" if damage == "cut" else b"\xff" * half))
        read = Read(path)
        count = len(read.entries)
        assert 100 < count < 49_000
        assert [record.ticket for _, record in read.entries[:100]] == [str(n) for n in range(100)]
        assert read.said == [(count + before + 1, DAMAGE)]


def test_bad_rows_spoil_their_ticket_and_no_other(tmp_path: Path) -> None:
    """Bytes that are no UTF-8, an endless cell, too many cells: the whole ticket is left out, not one line of it."""
    good = "{0},m,2026-03-02T09:0{0}:00Z,bread,100\n"
    path = tmp_path / "a.csv"
    text = "ticket,member,at,sku,cents\n" + good.format(1)
    text += good.format(2) + good.format(2).replace("bread", "br\udcffad")
    text += good.format(3) + "3," + "x" * 200_000 + "\n" + good.format(3)
    text += good.format(4) + "4,m,2026-03-02T09:04:00Z,bread,1,00\n" + good.format(4)
    text += good.format(5) + "5,m\n" + "\n" + "x" * 200_000 + "\n" + good.format(6)
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    read = Read(path)
    assert [(number, record.ticket) for number, record in read.entries] == [(2, "1"), (15, "6")]
    assert [number for number, _ in read.said] == [4, 6, 9, 12, 14]
    assert "not UTF-8" in read.said[0][1]
    assert "field limit" in read.said[1][1]
    assert "6 values for 5 columns" in read.said[2][1]


def test_a_table_without_its_columns_says_which(tmp_path: Path) -> None:
    """Without cents there is nothing to count."""
    path = tmp_path / "a.csv"
    path.write_text("ticket,at\n1,2026-03-02T09:00:00Z\n", encoding="utf-8")
    with pytest.raises(HistoryError, match="add the column cents"):
        Read(path)


@pytest.mark.parametrize("kind", ["TIMESTAMP", "TIMESTAMPTZ", "VARCHAR"])
def test_parquet_is_read_through_duckdb(tmp_path: Path, kind: str) -> None:
    """The same table; a time is UTC when it has no zone."""
    (tmp_path / "a.csv").write_text(TABLE, encoding="utf-8")
    path = tmp_path / "a.parquet"
    with duckdb.connect() as link:
        link.execute("SET TimeZone = 'UTC'")
        whole = (
            f"SELECT * FROM read_csv('{tmp_path / 'a.csv'}', types = {{'at': 'VARCHAR', 'qty': 'DOUBLE'}})"
        )
        utc = """strftime(make_timestamp(epoch_us(CAST("at" AS TIMESTAMPTZ))), '%Y-%m-%d %H:%M:%S')"""
        at = '"at"' if kind == "VARCHAR" else f"CAST({utc} AS {kind})"
        link.execute(
            f"""COPY (SELECT * REPLACE ({at} AS "at") FROM ({whole})) TO '{path}' (FORMAT parquet)"""
        )
    read = Read(path)
    assert read.said == []
    assert [number for number, _ in read.entries] == [1, 3]
    assert [record.at for _, record in read.entries] == [RECORD.at, RETURN.at]
    assert [record.lines for _, record in read.entries] == [RECORD.lines, RETURN.lines]
    assert read.reader.returning() == {"m"}


def test_files_that_are_no_history(tmp_path: Path) -> None:
    """A missing file, a damaged one, a database of something else: one sentence each."""
    with pytest.raises(HistoryError, match="cannot be read"):
        open_history(tmp_path / "none")
    packed = wrote(tmp_path / "a.ndjson.gz", SALE)
    packed.write_bytes(packed.read_bytes()[:12])
    with pytest.raises(HistoryError, match="damaged gzip"):
        Read(packed)
    other = tmp_path / "a.db"
    other.write_bytes(b"SQLite format 3\0" + bytes(100))
    with pytest.raises(HistoryError, match="no database of a ledger"):
        Read(other)
    broken = tmp_path / "a.parquet"
    broken.write_bytes(b"PAR1" + bytes(100))
    with pytest.raises(HistoryError, match="as Parquet"):
        Read(broken)


def entry(number: int, ticket: str, minute: int, member: str = "m") -> Entry:
    return number, Record(ticket, AT.replace(minute=minute), (Line(1),), member)


def test_a_step_back_of_one_member_is_an_error_that_names_the_line() -> None:
    """Members may interleave; time of one member may not go back."""
    fine = [entry(1, "a", 5), entry(2, "b", 3, "n"), entry(3, "c", 5)]
    assert list(in_order(fine, _never)) == fine
    with pytest.raises(HistoryError, match=r"line 4: the ticket d of member m .* --sort"):
        list(in_order([*fine, entry(4, "d", 4)], _never))


def test_where_members_concern_each_other_all_records_come_in_order() -> None:
    """One draws on what the others left: no member's record lies before another's; strangers may."""
    mixed = [entry(1, "a", 5), entry(2, "b", 3, ""), entry(3, "c", 4, "n")]
    assert list(in_order(mixed, _never)) == mixed
    with pytest.raises(
        HistoryError, match=r"line 3: the ticket c is of .* members concern each other: .* --sort"
    ):
        list(in_order(mixed, _never, joined=True))


def test_the_same_ticket_again_counts_once() -> None:
    """A second copy at the same moment is named and left out."""
    said: list[int] = []
    twice = [entry(1, "a", 5), entry(2, "a", 5), entry(3, "b", 5)]
    kept = list(in_order(twice, lambda number, _: said.append(number)))
    assert [number for number, _ in kept] == [1, 3]
    assert said == [2]


def test_sorting_is_by_time_then_by_number() -> None:
    """Names of digits are numbers: 9 before 10."""
    mixed = [entry(1, "10", 5), entry(2, "9", 5), entry(3, "x", 5), entry(4, "11", 2)]
    assert [number for number, _ in by_time(mixed)] == [4, 2, 1, 3]


def _never(number: int, why: str) -> None:
    raise AssertionError((number, why))
