"""Recording a ticket against a bare transaction that writes the same rows, and against one append and fdatasync."""

import os
import random
import tempfile
from pathlib import Path
from time import perf_counter_ns
from typing import Any

import shop
from counter import members, open_till
from figures import Row, median, percentile

from sync.till.database import WRITER_CACHE_KIB, Connection, connect, open_store

# What a close writes, by table: the rows of its entry, result and print job are found by their newest row.
_NEWEST = ("journal", "result", "job")
_SLICES = "SELECT * FROM slice WHERE member = ?"


class Bare:
    """A second store of the same schema, driver and pragmas, written without any of our code around the rows."""

    def __init__(self, folder: Path) -> None:
        open_store(folder).close()
        self.conn = connect(folder / "till.sqlite", WRITER_CACHE_KIB)
        self._inserts: dict[str, str] = {}
        for table in (*_NEWEST, "slice"):
            width = len(self.conn.execute(f"PRAGMA table_info({table})").fetchall())
            self._inserts[table] = f"INSERT INTO {table} VALUES ({', '.join('?' * width)})"

    def prepare(self, ticket: str, draft: bytes) -> None:
        """The draft that the transaction will clear."""
        self.conn.execute("INSERT INTO draft VALUES (?, ?)", (ticket, draft))

    def write(self, rows: dict[str, list[tuple[Any, ...]]], drawn: list[tuple[Any, ...]], ticket: str) -> int:
        """Nanoseconds of one transaction with these rows: inserts, draws, the draft cleared, the mark raised."""
        execute = self.conn.execute
        start = perf_counter_ns()
        execute("BEGIN IMMEDIATE")
        for table, found in rows.items():
            for row in found:
                execute(self._inserts[table], row)
        for quantity, *key in drawn:
            execute(
                "UPDATE slice SET quantity = ? WHERE grant_id = ? AND lot = ? AND asset = ?", (quantity, *key)
            )
        execute("DELETE FROM draft WHERE ticket = ?", (ticket,))
        execute("UPDATE mark SET high_ms = max(high_ms, ?)", (start,))
        execute("COMMIT")
        return perf_counter_ns() - start


class Appended:
    """The floor: 4 KiB at the end of a file, and fdatasync."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._page = os.urandom(4096)

    def write(self) -> int:
        """Nanoseconds of one."""
        start = perf_counter_ns()
        os.write(self._file, self._page)
        os.fdatasync(self._file)
        return perf_counter_ns() - start


def _slices(conn: Connection, member: int) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    return {row[:3]: row for row in conn.execute(_SLICES, (member,))}


def measure(folder: Path, count: int) -> dict[str, list[int]]:
    """Nanoseconds of every close, of its transaction alone, of the bare transaction and of the append, interleaved."""
    found: dict[str, list[int]] = {"close": [], "commit": [], "bare": [], "append": []}
    bare, append = Bare(folder / "bare"), Appended(folder / "append")
    amounts = random.Random(11)
    with open_till(folder / "till") as (till, store, writer):
        read = store.reader()
        whose = members(shop.REGULARS)
        for _ in range(count):
            member = next(whose)
            till.scan_text(shop.card(member), "bench")
            till.typed(str(amounts.randrange(500, 9000)))
            till.view()  # the screen shows the preview before Enter
            writer.settle()
            ticket, draft = read.execute("SELECT ticket, state FROM draft").fetchone()
            bare.prepare(ticket, draft)
            before = _slices(read, member)
            start = perf_counter_ns()
            till.enter()
            found["close"].append(perf_counter_ns() - start)
            found["commit"].append(writer.last_ns)
            writer.settle()
            after = _slices(read, member)
            rows = {
                name: read.execute(f"SELECT * FROM {name} ORDER BY rowid DESC LIMIT 1").fetchall()
                for name in _NEWEST
            }
            assert rows["result"][0][0] == ticket, "the ticket was not recorded"
            rows["slice"] = [row for key, row in after.items() if key not in before]
            drawn = [(after[key][5], *key) for key in before if after.get(key, before[key]) != before[key]]
            found["bare"].append(bare.write(rows, drawn, ticket))
            found["append"].append(append.write())
    bare.conn.close()
    return found


def rows(quick: bool) -> list[Row]:
    """One row a kind of write, then the ratios."""
    with tempfile.TemporaryDirectory() as folder:
        shop.prepare(Path(folder) / "till", shop.REGULARS, random.Random(1))
        found = measure(Path(folder), 200 if quick else 3000)
    warm = {what: times[50:] for what, times in found.items()}
    p50 = {what: median(times) / 1e6 for what, times in warm.items()}
    p99 = {what: percentile(times, 0.99) / 1e6 for what, times in warm.items()}
    names = {
        "close": "close of a ticket: Enter to recorded",
        "commit": "of that, its transaction",
        "bare": "bare transaction of the same rows",
        "append": "append of 4 KiB and fdatasync",
    }
    lines = [Row(names[what], f"p50 {p50[what]:.2f} ms, p99 {p99[what]:.2f} ms") for what in names]
    ratio = p99["close"] / p99["bare"]
    return [
        *lines,
        Row(
            f"close ÷ bare transaction, p99 ({len(warm['close'])} pairs)",
            f"{ratio:.2f} (p50 {p50['close'] / p50['bare']:.2f})",
            "≤ 2",
            ratio <= 2,
        ),
        Row(
            "close ÷ append and fdatasync",
            f"p50 {p50['close'] / p50['append']:.1f}, p99 {p99['close'] / p99['append']:.1f}",
        ),
    ]
