"""A real terminal for tests: a command in a pseudo-terminal, its screen read by pyte.

with Terminal([sys.executable, "-m", "pos_app.cli", "till"], columns=80, rows=24) as terminal:
    terminal.wait_for("SCAN A CARD")
    terminal.type("4590")
    terminal.press("enter")
"""

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Self

import pyte

KEYS = {
    "enter": "\r",
    "escape": "\x1b",
    "backspace": "\x7f",
    "tab": "\t",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "right": "\x1b[C",
    "left": "\x1b[D",
    "pagedown": "\x1b[6~",
    "pageup": "\x1b[5~",
    "f1": "\x1bOP",
    "f2": "\x1bOQ",
    "f3": "\x1bOR",
    "f4": "\x1bOS",
    "f5": "\x1b[15~",
    "f6": "\x1b[17~",
    "f7": "\x1b[18~",
    "f8": "\x1b[19~",
    "f9": "\x1b[20~",
    "f12": "\x1b[24~",
}

_SPACES = str.maketrans("\u00a0\u202f", "  ")


class Terminal:
    """Runs `command` with a terminal of `columns` x `rows` cells. A thread reads all the time, so it never blocks.

    `environment` is laid over the process's own, with TERM=xterm-256color and a UTF-8 locale unless it says otherwise.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        columns: int = 80,
        rows: int = 24,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._changed = threading.Condition()
        self._ended = False
        self._leaving = False
        self.raw = bytearray()
        self._master, slave = pty.openpty()
        self._set_size(columns, rows)
        self.process = subprocess.Popen(
            command,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 (one call, no lock)
            env={
                **os.environ,
                "TERM": "xterm-256color",
                "LANG": "C.UTF-8",
                "LC_ALL": "C.UTF-8",
                **(environment or {}),
            },
        )
        os.close(slave)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def screen(self) -> list[str]:
        """The rows as shown now, without trailing spaces; no-break spaces read as plain ones."""
        with self._changed:
            return self._rows()

    def text(self) -> str:
        """The whole screen as one text."""
        return "\n".join(self.screen())

    def type(self, text: str) -> None:
        """Send characters as one burst, as a fast typist or a wedge scanner would."""
        os.write(self._master, text.encode())

    def press(self, *keys: str) -> None:
        """Send named keys (see KEYS) or single characters, each as its own write."""
        for key in keys:
            os.write(self._master, KEYS.get(key, key).encode())

    def paste(self, text: str) -> None:
        """Send a bracketed paste."""
        self.type(f"\x1b[200~{text}\x1b[201~")

    def wait_for(self, text: str, timeout: float = 15.0) -> list[str]:
        """Wait until `text` is on the screen and return the rows; AssertionError with the screen after `timeout` s."""
        return self.wait_until(lambda rows: any(text in row for row in rows), timeout, f"{text!r} to appear")

    def comes(self, text: str, timeout: float) -> bool:
        """Whether `text` is on the screen within `timeout` s."""
        try:
            self.wait_for(text, timeout)
        except AssertionError:
            return False
        return True

    def wait_gone(self, text: str, timeout: float = 15.0) -> list[str]:
        """Wait until `text` is nowhere on the screen."""
        return self.wait_until(lambda rows: not any(text in row for row in rows), timeout, f"{text!r} to go")

    def wait_until(
        self, holds: Callable[[list[str]], bool], timeout: float = 15.0, what: str = "the screen"
    ) -> list[str]:
        """Wait until `holds(rows)` is true and the screen has stood still for 30 ms, so that no half frame is seen."""
        deadline = time.monotonic() + timeout
        with self._changed:
            while True:
                rows = self._rows()
                if holds(rows):
                    if not self._changed.wait(0.03):
                        return rows
                    continue
                left = deadline - time.monotonic()
                if left <= 0 or (self._ended and self.process.poll() is not None):
                    reason = "the program ended" if self._ended else f"{timeout} s passed"
                    raise AssertionError(f"waited for {what}, {reason}:\n" + "\n".join(rows))
                self._changed.wait(min(left, 0.25))

    def resize(self, columns: int, rows: int) -> None:
        """Give the terminal another size, as dragging its window does."""
        with self._changed:
            self._screen.resize(rows, columns)
        self._set_size(columns, rows)

    def wait_exit(self, timeout: float = 15.0) -> int:
        """Wait for the program to end and return its exit status (negative for a signal)."""
        return self.process.wait(timeout)

    def kill(self) -> None:
        """End the program as a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def hang_up(self) -> None:
        """Close the terminal under the program, as closing its window does."""
        self._leaving = True
        self._reader.join()
        if self._master >= 0:
            os.close(self._master)
            self._master = -1

    def close(self) -> None:
        """End what still runs in this terminal and give the pty back."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(3)
            except subprocess.TimeoutExpired:
                self.kill()
        self.hang_up()

    def _rows(self) -> list[str]:
        return [row.translate(_SPACES).rstrip() for row in self._screen.display]

    def _set_size(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def _read(self) -> None:
        while not self._leaving:
            if not select.select([self._master], [], [], 0.05)[0]:
                continue
            try:
                data = os.read(self._master, 65536)
            except (OSError, ValueError):
                data = b""
            with self._changed:
                if data:
                    self.raw += data
                    self._stream.feed(data)
                else:
                    self._ended = True
                self._changed.notify_all()
            if not data:
                return
