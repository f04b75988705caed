"""The demo: one command, everything real, and nothing left behind however it ends."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.e2e.terminal import Terminal

ASSIDU = [sys.executable, "-c", "from pos_app.cli import main; main()"]
NINE_STAMPS, ESPRESSO = "2965514286174", "2000000001005"


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Terminal]:
    """A demo whose temporary files go to the test's folder, ready to scan."""
    with Terminal([*ASSIDU, "demo"], environment={"TMPDIR": str(tmp_path)}) as terminal:
        terminal.wait_for("SCAN A CARD", timeout=40)
        yield terminal


def scan(folder: Path, code: str) -> subprocess.CompletedProcess[str]:
    """`assidu demo scan CODE` in another terminal."""
    environment = {**os.environ, "TMPDIR": str(folder)}
    return subprocess.run(
        [*ASSIDU, "demo", "scan", code], env=environment, capture_output=True, text=True, check=False
    )


def children(terminal: Terminal) -> list[psutil.Process]:
    """The processes that the demo started."""
    found = psutil.Process(terminal.process.pid).children(recursive=True)
    assert found, "the ledger is a process of its own"
    return found


def test_scan_amount_enter(demo: Terminal, tmp_path: Path) -> None:
    """The main job by hand: card and product from another terminal and from the panel; nothing is left."""
    assert scan(tmp_path, NINE_STAMPS).returncode == 0
    demo.wait_for("1 stamp left, then free")
    assert scan(tmp_path, ESPRESSO).returncode == 0
    demo.wait_for("card full: the next one is free")
    demo.press("enter")
    demo.wait_for("RECORDED")
    demo.press("f9")
    line = next(row for row in demo.wait_for("Demo: scan") if "Demo: scan" in row)
    demo.press(line.strip("│ ")[0])
    demo.wait_for("SIMULATED SCANNER")
    demo.press("3")
    demo.wait_for("240 points")
    demo.type("4590")
    demo.wait_for("+ 45 points")
    demo.press("enter")
    demo.wait_for("RECORDED")
    ledger = children(demo)
    demo.press("f12")
    demo.wait_for("SCAN YOUR BADGE")
    for key, told in (("f9", "Demo: scan"), ("9", "PIN 4321"), ("y", "PIN")):
        demo.press(key)
        demo.wait_for(told)
    demo.type("4321")
    demo.press("enter")
    demo.wait_for("Signed in: Sofia")
    demo.press("f9")
    demo.wait_for("Leave the till")
    demo.press("5")
    assert demo.wait_exit() == 0
    assert psutil.wait_procs(ledger, timeout=15)[1] == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("end", ["kill", "hang_up"])
def test_nothing_is_left_when_it_is_killed_or_its_terminal_closed(
    demo: Terminal, tmp_path: Path, end: str
) -> None:
    """The ledger ends by itself and takes the demo's folder with it."""
    ledger = children(demo)
    getattr(demo, end)()
    assert psutil.wait_procs(ledger, timeout=15)[1] == []
    assert list(tmp_path.iterdir()) == []


def test_no_demo_to_scan_in(tmp_path: Path) -> None:
    """Without a running demo the command says what to start."""
    tried = scan(tmp_path, NINE_STAMPS)
    assert tried.returncode == 2
    assert (
        tried.stderr.strip()
        == "assidu: no demo is running here: start `assidu demo` in another terminal first."
    )
