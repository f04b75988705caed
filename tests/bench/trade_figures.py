"""A day of trade through the real screens: the echo of a key beside that of an empty app, and memory by ticket."""

import random
import tempfile
from contextlib import ExitStack
from pathlib import Path
from time import sleep

from figures import Row, median, percentile
from scan_figures import Counter, echo
from terminals import FastTerminal, empty_app

MEMBERS = 1_000
DAY, SETTLED = 2_000, 200
QUICK = (60, 20)
KEYS = 400
RECORDED = b"ENREGISTR"


def rows(quick: bool) -> list[Row]:
    """Key echo with a serial scanner alone, and beside a keyboard scanner in both of its modes; then the day."""
    tickets, settled = QUICK if quick else (DAY, SETTLED)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        found = []
        for wedge in ("auto", "start", "timing"):
            counter = Counter(Path(folder) / wedge, MEMBERS, stack, wedge=wedge)
            found += _echo(counter, wedge, stack, 40 if quick else KEYS)
        each_once = max(
            MEMBERS, tickets
        )  # a card that comes again within three seconds is one scan (devices.md)
        return found + _day(Counter(Path(folder) / "day", each_once, stack), tickets, settled)


def _echo(counter: Counter, wedge: str, stack: ExitStack, keys: int) -> list[Row]:
    empty = FastTerminal(empty_app())
    stack.callback(empty.close)
    empty.wait_for_text()
    for terminal in (empty, counter.terminal):
        terminal.drain(1.0)
    pauses, times = random.Random(5), {"till": [], "empty": []}
    for turn in range(keys):
        sleep(pauses.uniform(0.02, 0.08))
        key = b"123456789"[turn % 9 : turn % 9 + 1]
        times["empty"].append(echo(empty, key))
        times["till"].append(echo(counter.terminal, key))
        if turn % 5 == 4:  # the field stays short
            counter.terminal.write(b"\x7f" * 5)
            counter.terminal.drain(0.1)
    p50 = {what: median(one) / 1e6 for what, one in times.items()}
    p99 = {what: percentile(one, 0.99) / 1e6 for what, one in times.items()}
    ratio = p50["till"] / p50["empty"]
    bound = "" if wedge == "timing" else "≤ 1.5"
    mode = {"auto": "serial scanner", "start": "keyboard scanner with a start key", "timing": "by its speed"}[
        wedge
    ]
    beside = f"an empty Input {p50['empty']:.1f}, {p99['empty']:.1f}"
    return [
        Row(
            f"key echo of the till, {mode}",
            f"p50 {p50['till']:.1f} ms, p99 {p99['till']:.1f} ms ({beside})",
        ),
        Row(f"÷ an empty Input, p50, {mode}", f"{ratio:.2f}", bound, ratio <= 1.5 if bound else None),
    ]


def _day(counter: Counter, tickets: int, settled: int) -> list[Row]:
    """Tickets by amount, every 20th undone, help and menu opened on the way."""
    amounts, before = random.Random(9), 0
    for n in range(1, tickets + 1):
        counter.scan()
        counter.terminal.write(f"{amounts.randrange(200, 9000)}".encode())
        counter.terminal.drain(0.03)
        counter.terminal.write(b"\r")
        counter.terminal.wait_for(RECORDED, 5.0)
        if n % 20 == 0:
            counter.terminal.write(b"\x7f")
            counter.terminal.drain(0.05)
        if n % 50 == 0:
            for keys in (b"\x1bOP", b"\x1b", b"\x1b[20~", b"\x1b"):
                counter.terminal.write(keys)
                counter.terminal.drain(0.3)
        if n == settled:
            before = counter.resident()
    after = counter.resident()
    growth = after / before - 1
    return [
        Row(
            f"memory of the till after {tickets:,} tickets through its screens ÷ after {settled}",
            f"{after / 1e6:.0f} MB, {100 * growth:+.1f} % ({before / 1e6:.0f} MB)",
            "< 20 %",
            growth < 0.20,
        )
    ]
