"""From exec to the first text on the screen: the till against an empty Textual app."""

import random
import tempfile
from collections.abc import Sequence
from pathlib import Path

import shop
from figures import Row, median
from terminals import FastTerminal, empty_app, till_command


def first_text(command: Sequence[str]) -> int:
    """Nanoseconds from exec to the first word."""
    terminal = FastTerminal(command)
    try:
        return terminal.wait_for_text() - terminal.started_ns
    finally:
        terminal.close()


def rows(quick: bool) -> list[Row]:
    """Both in turn, a first round thrown away: it fills the caches of files and byte code."""
    till: list[int] = []
    empty: list[int] = []
    with tempfile.TemporaryDirectory() as folder:
        shop.prepare(Path(folder) / "till", 1_000, random.Random(1))
        command = till_command(Path(folder) / "till", str(Path(folder) / "no-scanner"))
        for turn in range(4 if quick else 16):
            for found, what in ((till, command), (empty, empty_app())):
                taken = first_text(what)
                if turn:
                    found.append(taken)
    ratio = median(till) / median(empty)
    return [
        Row("first paint of the till, exec to first text", _spread(till)),
        Row("first paint of an empty Textual app", _spread(empty)),
        Row(
            f"ratio of medians ({len(till)} each)",
            f"{ratio:.2f} (of the fastest {min(till) / min(empty):.2f})",
            "≤ 1.5",
            ratio <= 1.5,
        ),
    ]


def _spread(times: list[int]) -> str:
    return f"median {median(times) / 1e6:.0f} ms, fastest {min(times) / 1e6:.0f} ms, slowest {max(times) / 1e6:.0f} ms"
