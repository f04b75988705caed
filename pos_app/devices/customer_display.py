"""The customer's display: two lines of twenty characters on a serial port, in two dialects (devices.md section 6).

What is to be shown is written by a thread of its own, the newest only: no sale ever waits for a display.
"""

import threading
import unicodedata
from collections.abc import Callable
from typing import Final, Literal

import serial

from pos_app.devices.opening import open_serial
from pos_app.devices.serial_port import PORT_ERRORS, Line

WIDTH: Final = 20
WRITE_TIMEOUT: Final = 2.0  # seconds
RETRY_EVERY: Final = 2.0

Dialect = Literal["cd5220", "escpos"]
Lines = tuple[str, str]
Open = Callable[[], serial.SerialBase]

_SIGNS: Final = str.maketrans(
    {"€": "EUR", "œ": "oe", "Œ": "OE", "’": "'", "–": "-", "—": "-", "…": "...", "·": "-"}
)


def plain(text: str) -> str:
    """`text` in ASCII and at most 20 characters: the displays' letters beyond it differ from maker to maker."""
    bare = unicodedata.normalize("NFKD", text.translate(_SIGNS))
    return "".join(sign if sign.isprintable() else " " for sign in bare if sign.isascii())[:WIDTH]


def shown(lines: Lines, dialect: Dialect) -> bytes:
    """The bytes that put both lines on the display."""
    upper, lower = (plain(line).ljust(WIDTH).encode("ascii") for line in lines)
    if dialect == "cd5220":
        return b"\x1bQA" + upper + b"\r" + b"\x1bQB" + lower + b"\r"
    return b"\x0c" + b"\x1f$\x01\x01" + upper + b"\x1f$\x01\x02" + lower


def open_display(port: str, line: Line) -> serial.SerialBase:
    """Open the display's port: a device or a pyserial URL. Raises SerialException, OSError or ValueError."""
    return open_serial(port, line, WRITE_TIMEOUT)


class CustomerDisplay:
    """Shows the newest lines; one that is away is tried again by itself, and nobody is told: the sale goes on."""

    def __init__(self, opened: Open, dialect: Dialect) -> None:
        self._open, self._dialect = opened, dialect
        self._port: serial.SerialBase | None = None
        self._wanted: Lines | None = None
        self._written: Lines | None = None
        self._change = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="customer display", daemon=True)

    def start(self) -> None:
        """Begin; the display may be away."""
        self._thread.start()

    def stop(self) -> None:
        """End after what is being written."""
        with self._change:
            self._stopping = True
            self._change.notify()
        self._thread.join()
        self._drop()

    def show(self, lines: Lines) -> None:
        """Let these lines be shown soon. Returns at once; called from any thread."""
        with self._change:
            if lines != self._wanted:
                self._wanted = lines
                self._change.notify()

    def _run(self) -> None:
        while True:
            with self._change:
                self._change.wait_for(lambda: self._stopping or self._wanted != self._written)
                if self._stopping:
                    return
                wanted = self._wanted
            if wanted is not None and not self._write(wanted):
                with self._change:
                    self._change.wait_for(lambda: self._stopping, RETRY_EVERY)

    def _write(self, lines: Lines) -> bool:
        try:
            self._port = self._port or self._open()
            self._port.write(shown(lines, self._dialect))
            self._port.flush()
        except PORT_ERRORS:
            self._drop()
            return False
        self._written = lines
        return True

    def _drop(self) -> None:
        port, self._port = self._port, None
        self._written = None
        if port is not None:
            try:
                port.close()
            except PORT_ERRORS:
                self._port = None
