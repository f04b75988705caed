"""Starting a till in a terminal or headless. Heavy modules come after the first paint."""

import os
import secrets
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from pos_app.config import TillConfig

if TYPE_CHECKING:
    from pos_app.app import MenuItem
    from pos_app.compose import RunningTill
    from pos_app.till.till import Till


class CannotStart(Exception):
    """The till cannot start here; the text is one sentence that says what to do."""


def run_terminal(folder: Path, config: TillConfig, code: str) -> None:
    """The till in this terminal until it is left. Raises CannotStart."""
    show(lambda: start(folder, config, code), config)


def show(begin: "Callable[[], RunningTill]", config: TillConfig, menu: "tuple[MenuItem, ...]" = ()) -> None:
    """Show the till that `begin` makes (in a thread, after the first paint), and close it at the end."""
    from pos_app.screens.terminal import terminal_problem

    problem = terminal_problem(os.environ, sys.stdout.encoding, _terminal_size())
    if problem is not None:
        raise CannotStart(problem)
    from pos_app.app import TillApp
    from pos_app.devices.wedge import WedgeConfig

    running: list[RunningTill] = []

    def till() -> "Till":
        running.append(begin())
        return running[-1].till

    try:
        app = TillApp(
            till,
            language=config.language,
            theme=config.theme,
            extra_menu=menu,
            wedge=WedgeConfig(timing=config.wedge == "timing"),
        )
        app.run()
    finally:
        for one in running:
            one.close()


def _terminal_size() -> tuple[int, int]:
    """Columns and rows of the terminal on standard output, (0, 0) when there is none."""
    try:
        size = os.get_terminal_size(sys.stdout.fileno())
        return size.columns, size.lines
    except (OSError, ValueError):
        return 0, 0


def run_headless(folder: Path, config: TillConfig, code: str) -> None:
    """The till as JSON lines on standard input and output, until the input ends."""
    from pos_app.headless import serve

    running = start(folder, config, code)
    try:
        serve(running.till, sys.stdin.buffer, sys.stdout.buffer)
    finally:
        running.close()


def start(folder: Path, config: TillConfig, code: str) -> "RunningTill":
    """A till on the machine's own clocks and randomness, paired with `code` when it is given."""
    from pos_app.compose import Pairing, RunningTill
    from sync.system_clock import SystemClock

    pairing = Pairing(config.ledger, code) if code else None
    return RunningTill(folder, config, SystemClock(), secrets.token_bytes, pairing=pairing)
