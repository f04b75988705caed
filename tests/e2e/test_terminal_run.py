"""The terminal app in a real terminal: a burst from a keyboard scanner, function keys, resizing, leaving."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.terminal import Terminal
from tests.unit.till_kit import BADGE, PIN, card_number

ROOT = Path(__file__).parents[2]
START = """
import signal
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from pos_app.app import TillApp
from pos_app.entry import check_terminal
signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as under nohup
check_terminal()
def start():
    from tests.unit.till_kit import Shop
    shop = Shop(Path(sys.argv[2]) / "till")
    shop.member(1, name="Zoé M.")
    return shop.till
def fitted():
    from pos_app.config import TillConfig
    from pos_app.fittings import Fittings
    till = app.till
    return Fittings(Path(sys.argv[2]), TillConfig(language="en"), till.parts.options.codes, till.scanned)
app = TillApp(start, language="en", fitted=fitted)
app.run()
"""


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    """A till waiting for a badge."""
    with Terminal([sys.executable, "-c", START, str(ROOT), str(tmp_path)]) as opened:
        opened.wait_for("SCAN YOUR BADGE")
        yield opened


def test_the_screen_is_not_on_standard_error(tmp_path: Path) -> None:
    """A service has standard error in its journal (docs/service): the screen is on the terminal all the same."""
    journal = tmp_path / "journal"
    command = [
        "sh",
        "-c",
        f'exec "$@" 2>"{journal}"',
        "sh",
        sys.executable,
        "-c",
        START,
        str(ROOT),
        str(tmp_path),
    ]
    with Terminal(command) as opened:
        opened.wait_for("SCAN YOUR BADGE")
        opened.type(f"~{BADGE}\r")
        opened.wait_for("Camille")
    assert journal.read_text() == ""


def test_a_working_day_in_a_terminal(terminal: Terminal) -> None:
    """Sign in, scan, amount, Enter, undo, another size, another language, out; the terminal is left as it was."""
    terminal.type(f"~{BADGE}\r")
    terminal.wait_for("Camille")
    terminal.type(PIN)
    terminal.wait_for("●●●●")
    terminal.press("enter")
    terminal.wait_for("SCAN A CARD")
    terminal.type(f"{card_number(1)}\r")  # a burst without a start key: known by its speed
    terminal.wait_for("Zoé M.")
    terminal.type("4590")
    terminal.wait_for("+ 45 points")
    terminal.press("enter")
    terminal.wait_for("RECORDED")
    terminal.resize(120, 36)
    rows = terminal.wait_until(lambda rows: len(rows) == 36 and "F12 Lock" in rows[-1], what="36 rows")
    assert any("RECORDED" in row for row in rows)
    terminal.press("backspace")
    terminal.wait_for("Enter undoes it")
    terminal.press("enter")
    terminal.wait_for("is undone")
    terminal.press("f1")
    terminal.wait_for("HELP")
    terminal.press("escape")
    terminal.wait_gone("HELP")
    terminal.press("f9")
    terminal.wait_for("MENU")
    terminal.press("3")
    terminal.wait_for("Language")
    terminal.press("1")
    terminal.wait_for("Langue")
    terminal.press("escape")
    terminal.wait_for("SCANNEZ UNE CARTE")
    terminal.press("f9")
    terminal.wait_for("Quitter la caisse")
    terminal.press("5")
    assert terminal.wait_exit() == 0


def test_closed_terminal_ends_the_till(terminal: Terminal) -> None:
    """Closing the window leaves no process behind, not even where who started it ignored hang-ups."""
    terminal.hang_up()
    assert terminal.wait_exit(10) != 0


def test_linux_console_gets_sixteen_plain_colours(tmp_path: Path) -> None:
    """TERM=linux: no colour code above 37 and 47 is sent, and no key protocol is asked for."""
    command = [sys.executable, "-c", START, str(ROOT), str(tmp_path)]
    with Terminal(command, environment={"TERM": "linux", "COLORTERM": ""}) as terminal:
        terminal.wait_for("SCAN YOUR BADGE")
        sent = bytes(terminal.raw)
    assert b"\x1b[>" not in sent
    codes = {int(code) for part in sent.split(b"\x1b[")[1:] for code in _colours(part)}
    assert codes <= {0, 1, 7, 27, *range(30, 38), 39, *range(40, 48), 49}


def test_no_colour_means_none(tmp_path: Path) -> None:
    """NO_COLOR: no colour code is sent to a terminal that has millions; bold and reversed tell the parts apart."""
    command = [sys.executable, "-c", START, str(ROOT), str(tmp_path)]
    with Terminal(command, environment={"NO_COLOR": "1", "COLORTERM": "truecolor"}) as terminal:
        terminal.wait_for("SCAN YOUR BADGE")
        sent = bytes(terminal.raw)
    codes = {int(code) for part in sent.split(b"\x1b[")[1:] for code in _colours(part)}
    assert {1, 7} <= codes <= {0, 1, 4, 7, 22, 24, 27, 39, 49}


def _colours(part: bytes) -> list[bytes]:
    body, end, _ = part.partition(b"m")
    return body.split(b";") if end and body.replace(b";", b"").isdigit() else []
