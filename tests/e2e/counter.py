"""What the tests of bad input look at from outside: a sale that works after it, and what the till's file holds."""

import contextlib
from pathlib import Path

from sync.sqlite_driver import driver
from tests.e2e.chain import TillProcess
from tests.e2e.terminal import Terminal


def tickets_in(folder: Path) -> int:
    """How many tickets are in the journal of a till, running or not."""
    return _count(folder, "SELECT count(*) FROM journal WHERE kind = 'TICKET'")


def scans_in(folder: Path) -> int:
    """How many scans a till has kept."""
    return _count(folder, "SELECT count(*) FROM scan")


def undecided_in(folder: Path) -> int:
    """How many of them it has not acted on."""
    return _count(folder, "SELECT count(*) FROM scan WHERE decided = 0")


def reads(terminal: Terminal, sentence: str, timeout: float = 15.0) -> list[str]:
    """Wait until the screen says `sentence`, on however many rows it stands; the rows."""
    return terminal.wait_until(lambda rows: sentence in _prose(rows), timeout, f"{sentence!r} to be said")


def back_to_idle(terminal: Terminal) -> None:
    """Esc until nothing is begun. A key right behind an Esc would be read as Alt with that key, so it waits."""
    for _ in range(5):
        if _is_idle(terminal.screen()):
            return
        terminal.press("escape")
        with contextlib.suppress(AssertionError):
            terminal.wait_until(_is_idle, 0.5)
    terminal.wait_until(_is_idle)


def slowly(terminal: Terminal, text: str) -> None:
    """Type as people do: each key seen on its own."""
    for length, key in enumerate(text, start=1):
        terminal.press(key)
        terminal.wait_for(f"> {text[:length]}")


def sell_without_card(till: TillProcess) -> None:
    """One sale of 1.60, recorded once; the till is idle before and after."""
    before = tickets_in(till.folder)
    terminal = till.terminal
    back_to_idle(terminal)
    slowly(terminal, "160")
    terminal.press("enter")
    terminal.wait_for("Enter for no card")
    terminal.press("enter")
    terminal.wait_for("RECORDED")
    till.leave()
    assert tickets_in(till.folder) == before + 1


def _is_idle(rows: list[str]) -> bool:
    return any("SCAN A CARD" in row for row in rows) and any("> _" in row for row in rows)


def _prose(rows: list[str]) -> str:
    return " ".join(" ".join(rows).split())


def _count(folder: Path, query: str) -> int:
    # The till may run in this very process: a second SQLite library on its file would drop the first one's locks.
    with contextlib.closing(driver.connect(f"file:{folder / 'till.sqlite'}?mode=ro", uri=True)) as connection:
        found: int = connection.execute(query).fetchone()[0]
    return found
