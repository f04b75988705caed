"""A day of trade through the real screens: the echo of a key beside that of an empty app, and memory by ticket.

The day is one of the till's clocks, from ten in the morning to six in the evening: they are moved on between tickets.
"""

import random
import tempfile
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import sleep

from figures import Row, median, percentile
from later_till import Ahead
from scan_figures import Counter, echo
from terminals import FastTerminal, empty_app, later_command

MEMBERS = 1_000
DAY, SETTLED = 2_000, 200
OPENING, HOURS = 10, 8  # o'clock UTC, and for how long
QUICK = (60, 20)
KEYS = 400
RECORDED = b"ENREGISTR"
MODES = {"auto": "serial scanner", "start": "keyboard scanner with a start key", "timing": "by its speed"}
UNDO = (b"\x7f", b"\r")
ESCAPE, F1, F3, F6, F9 = b"\x1b", b"\x1bOP", b"\x1bOR", b"\x1b[17~", b"\x1b[20~"
ASIDE = {
    15: (b"s", b"9"),  # satisfaction
    25: (F3, b"0612345678", ESCAPE, ESCAPE),  # an enrolment that is left
    30: (F6, b"1-1-1", ESCAPE, ESCAPE),  # a return that is left
    35: (F9, b"8", ESCAPE),  # the last receipt on the screen
    40: (F9, b"1", ESCAPE, ESCAPE),  # services to the member
    50: (F1, ESCAPE, F9, ESCAPE),  # help and menu
}
"""After every so many tickets these keys, each with time for its repaint."""


def rows(quick: bool) -> list[Row]:
    """Key echo with a serial scanner alone, and beside a keyboard scanner in both of its modes; then the day."""
    tickets, settled = QUICK if quick else (DAY, SETTLED)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        found = []
        for wedge in ("auto", "start", "timing"):
            counter = Counter(Path(folder) / wedge, MEMBERS, stack, wedge=wedge)
            found += _echo(counter, MODES[wedge], stack, 40 if quick else KEYS, bound=wedge != "timing")
            if wedge == "auto":  # beside a member each digit is also what the sale would earn
                counter.scan()
                name = f"{MODES[wedge]}, amount beside a member"
                found += _echo(counter, name, stack, 40 if quick else KEYS, bound=True)
        each_once = max(
            MEMBERS, tickets
        )  # a card that comes again within three seconds is one scan (devices.md)
        clock = Trading(Path(folder) / "clock")
        counter = Counter(Path(folder) / "day", each_once, stack, command=later_command(clock.path))
        return found + _day(counter, clock, tickets, settled)


class Trading:
    """The till's clocks during the day, in the file `path`: at first it is the next OPENING."""

    def __init__(self, path: Path) -> None:
        self.path, self._ahead = path, Ahead(path)
        self._began = datetime.now(UTC)
        opening = self._began.replace(hour=OPENING, minute=0, second=0, microsecond=0)
        self._opening = opening + timedelta(days=opening < self._began)
        self.move_on(0.0)

    def move_on(self, part: float) -> None:
        """Make it as late as it is after `part` (0 to 1) of the day."""
        moment = self._opening + timedelta(hours=HOURS) * part
        self._ahead.set_ms(round((moment - datetime.now(UTC)).total_seconds() * 1000))


def _echo(counter: Counter, mode: str, stack: ExitStack, keys: int, *, bound: bool) -> list[Row]:
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
    beside = f"an empty Input {p50['empty']:.1f}, {p99['empty']:.1f}"
    return [
        Row(
            f"key echo of the till, {mode}",
            f"p50 {p50['till']:.1f} ms, p99 {p99['till']:.1f} ms ({beside})",
        ),
        Row(
            f"÷ an empty Input, p50, {mode}",
            f"{ratio:.2f}",
            "≤ 1.5" if bound else "",
            ratio <= 1.5 if bound else None,
        ),
    ]


def _press(counter: Counter, keys: tuple[bytes, ...]) -> None:
    for key in keys:
        counter.terminal.write(key)
        counter.terminal.drain(0.3)


def _day(counter: Counter, clock: Trading, tickets: int, settled: int) -> list[Row]:
    """Tickets by amount; undone, marked, and the pages of a cashier's day opened and left, on the way."""
    amounts, before = random.Random(9), 0
    for n in range(1, tickets + 1):
        counter.scan()
        counter.terminal.write(f"{amounts.randrange(200, 9000)}".encode())
        counter.terminal.drain(0.03)
        counter.terminal.write(b"\r")
        counter.terminal.wait_for(RECORDED, 5.0)
        if n % 20 == 0:
            _press(counter, UNDO)
        for every, keys in ASIDE.items():
            if n % every == 0:
                _press(counter, keys)
        clock.move_on(n / tickets)
        if n == settled:
            before = counter.resident()
    after = counter.resident()
    growth = after / before - 1
    return [
        Row(
            f"memory of the till after {HOURS} hours and {tickets:,} tickets ÷ after {settled}",
            f"{after / 1e6:.0f} MB, {100 * growth:+.1f} % ({before / 1e6:.0f} MB)",
            "< 20 %",
            growth < 0.20,
        )
    ]
