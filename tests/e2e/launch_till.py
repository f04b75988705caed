"""The real till in this terminal, on a moved clock: launch_till.py FOLDER CLOCK [URL CODE].

While the file FOLDER/crash exists, the process kills itself at the crash point that the file names.
"""

import os
import signal
import sys
from pathlib import Path

from pos_app.config import load_config
from pos_app.entry import show
from tests.e2e.moved_clock import MovedClock

folder, clock = Path(sys.argv[1]), MovedClock(Path(sys.argv[2]))


def crash(point: str) -> None:
    armed = folder / "crash"
    if armed.exists() and armed.read_text() == point:
        armed.unlink()
        os.kill(os.getpid(), signal.SIGKILL)


def begin():
    from pos_app.compose import Pairing, RunningTill

    pairing = Pairing(*sys.argv[3:5]) if len(sys.argv) > 3 else None
    return RunningTill(folder, load_config(folder), clock, os.urandom, pairing=pairing, crash=crash)


show(begin, load_config(folder))
