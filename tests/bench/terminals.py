"""A program in a pseudo-terminal, read as fast as it writes: a byte search instead of a screen."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter_ns

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
# CSI, OSC and DCS strings, and two-character escapes: what is left is text.
_ESCAPES = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]P][^\x07\x1b]*(?:\x07|\x1b\\)|[^\[\]P])")
_WORD = re.compile(rb"[A-Za-z]{3}")


Command = Callable[[Path, str], tuple[str, ...]]
"""How a till is started on a folder, with a scanner at a port."""


class Installation:
    """Where the programs that are measured are installed: by default beside this interpreter."""

    bin = Path(sys.executable).parent


class Silent(Exception):
    """What was waited for did not come."""


def till_command(folder: Path, port: str) -> tuple[str, ...]:
    """The till as a shop starts it."""
    return (str(Installation.bin / "assidu"), "till", "--data", str(folder), "--scanner", port)


def later_command(clock: Path) -> Command:
    """The till on clocks that the file `clock` sets ahead."""

    def command(folder: Path, port: str) -> tuple[str, ...]:
        _, *arguments = till_command(folder, port)
        return (str(Installation.bin / "python"), str(HERE / "later_till.py"), str(clock), *arguments)

    return command


def empty_app() -> tuple[str, ...]:
    """A Textual app that does nothing."""
    return (str(Installation.bin / "python"), str(HERE / "empty_app.py"))


class FastTerminal:
    """Runs `command` in a terminal of `columns` x `rows` cells. `started_ns` is the moment before its exec."""

    def __init__(self, command: Sequence[str], columns: int = 80, rows: int = 24) -> None:
        self._master, slave = pty.openpty()
        self._window(columns, rows)
        environment = {
            **os.environ,
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
            "LC_ALL": "C.UTF-8",
            "PYTHONPATH": str(ROOT),
        }
        self.started_ns = perf_counter_ns()
        self.process = subprocess.Popen(
            command, stdin=slave, stdout=slave, stderr=slave, start_new_session=True, env=environment
        )
        os.close(slave)
        self._tail = b""

    def resize(self, columns: int, rows: int) -> None:
        """Give the terminal another size and tell the program."""
        self._window(columns, rows)
        self.process.send_signal(signal.SIGWINCH)

    def write(self, data: bytes) -> int:
        """Type `data`; returns the moment before it was written (ns)."""
        moment = perf_counter_ns()
        os.write(self._master, data)
        return moment

    def wait_for(self, needle: bytes, timeout_s: float = 20.0) -> int:
        """The moment (ns) at which `needle` had been read. Raises Silent."""
        deadline = perf_counter_ns() + int(timeout_s * 1e9)
        while True:
            data = self._read(deadline, needle)
            moment = perf_counter_ns()
            seen = self._tail + data
            self._tail = seen[-200:]
            if needle in seen:
                self._tail = b""
                return moment

    def wait_for_text(self, timeout_s: float = 30.0) -> int:
        """The moment (ns) at which the first word stood on the screen. Raises Silent."""
        deadline = perf_counter_ns() + int(timeout_s * 1e9)
        seen = b""
        while True:
            seen += self._read(deadline, b"any text")
            moment = perf_counter_ns()
            if _WORD.search(_ESCAPES.sub(b"", seen)):
                self._tail = seen[-4000:]
                return moment

    def drain(self, for_s: float) -> None:
        """Read and forget what comes within `for_s` seconds: a cursor that blinks never falls silent."""
        deadline = perf_counter_ns() + int(for_s * 1e9)
        while (left := (deadline - perf_counter_ns()) / 1e9) > 0:
            if select.select([self._master], [], [], left)[0]:
                os.read(self._master, 65536)
        self._tail = b""

    def close(self) -> None:
        """End the program."""
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self._master)

    def _read(self, deadline: int, needle: bytes) -> bytes:
        left = (deadline - perf_counter_ns()) / 1e9
        try:
            if left > 0 and select.select([self._master], [], [], left)[0]:
                return os.read(self._master, 65536)
        except OSError:
            pass
        shown = _ESCAPES.sub(b" ", self._tail).decode(errors="replace")
        raise Silent(f"{needle!r} did not come; the end of what did: {shown[-1500:]}")

    def _window(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
