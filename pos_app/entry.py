"""Starting a till in a terminal or headless. Heavy modules come after the first paint."""

import io
import os
import secrets
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from pos_app.config import TillConfig
from pos_app.faults import CannotStart
from pos_app.memory import settle
from rules.sentences import mark, said

if TYPE_CHECKING:
    from pos_app.app import MenuItem
    from pos_app.compose import RunningTill
    from pos_app.languages.words import Words
    from pos_app.till.till import Till
    from pos_app.till.view import View

NO_TERMINAL = mark(
    "Standard input and output are no terminal: start it in one, or use assidu till --headless."
)
STOPPED = mark("The till stopped by a fault of its own: start it again; what was recorded is kept.")


def run_terminal(folder: Path, config: TillConfig, code: str, *, rotate_key: bool = False) -> None:
    """The till in this terminal until it is left, the first time with its set-up before it. Raises CannotStart."""
    if not code:
        from pos_app.setup.progress import is_first_start

        if is_first_start(folder):
            from pos_app.setup.run import set_up

            check_terminal()
            config = set_up(folder, config, lambda bare, given: start(folder, bare, given))
    show(lambda: start(folder, config, code, rotate_key=rotate_key), config)


def show(begin: "Callable[[], RunningTill]", config: TillConfig, menu: "tuple[MenuItem, ...]" = ()) -> None:
    """Show the till that `begin` makes (in a thread, after the first paint), and close it at the end.

    Raises CannotStart when the terminal cannot show it, or when it was left because it could not start.
    """
    check_terminal()
    from pos_app.app import TillApp
    from pos_app.devices.wedge import WedgeConfig

    running: list[RunningTill] = []

    def till() -> "Till":
        running.append(begin())
        settle()
        return running[-1].till

    def face(view: "View", words: "Words") -> None:
        running[-1].face(view, words)

    try:
        app = TillApp(
            till,
            language=config.language,
            theme=config.theme,
            extra_menu=menu,
            wedge=WedgeConfig(timing=config.by_speed),
            facing=face,
            fitted=lambda: running[-1].fittings,
        )
        app.run()
    finally:
        for one in running:
            one.close()
    if app.return_code:
        raise CannotStart(app.fault or STOPPED)


def check_terminal() -> None:
    """This program ends with its terminal from now on. Raises CannotStart where that is none that can show the till."""
    from pos_app.screens.terminal import terminal_problem

    if not all(end is not None and end.isatty() for end in (sys.stdin, sys.stdout)):
        raise CannotStart(NO_TERMINAL)
    problem = terminal_problem(os.environ, sys.stdout.encoding, _terminal_size())
    if problem is not None:
        raise CannotStart(problem)
    # Started by nohup it would live on without one, and hold the till's folder for ever.
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def _terminal_size() -> tuple[int, int]:
    """Columns and rows of the terminal on standard output, (0, 0) when there is none."""
    try:
        size = os.get_terminal_size(sys.stdout.fileno())
        return size.columns, size.lines
    except (OSError, ValueError):
        return 0, 0


def run_headless(folder: Path, config: TillConfig, code: str, *, rotate_key: bool = False) -> None:
    """The till as JSON lines on standard input and output, until the input ends. Raises CannotStart."""
    from pos_app.headless.stream import serve

    if not isinstance(sys.stdin, io.TextIOWrapper) or sys.stdout is None:
        raise CannotStart(
            mark("Standard input or output is closed: start assidu till --headless with both open.")
        )
    running = start(folder, config, code, rotate_key=rotate_key)
    settle()
    # A thread waits in this reader to the end; the interpreter must find nobody in its own when it closes that.
    commands = sys.stdin.detach()
    try:
        serve(running.till, commands, sys.stdout.buffer, turn=running.turn)
    except OSError as error:
        # What could not be written must not be tried again when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise CannotStart(
            said(
                "The answers cannot be written ({reason}): start the till again; what was recorded is kept.",
                reason=error.strerror,
            )
        ) from error
    finally:
        running.close()


def start(folder: Path, config: TillConfig, code: str, *, rotate_key: bool = False) -> "RunningTill":
    """A till on the machine's own clocks and randomness, paired with `code` when it is given. Raises CannotStart."""
    from pos_app.compose import Pairing, RunningTill
    from sync.system_clock import SystemClock
    from sync.till.hardware import fingerprint

    pairing = Pairing(config.ledger, code) if code else None
    return RunningTill(
        folder,
        config,
        SystemClock(),
        secrets.token_bytes,
        pairing=pairing,
        rotate_key=rotate_key,
        here=fingerprint(),
    )
