"""The way to a printer: a serial port, or a connection of its own to a printer in the network (port 9100).

A network printer takes one connection at a time and acknowledges nothing but the bytes, so a connection lives only
while there is something to print, and what the machine still holds of it counts as not printed.
"""

import contextlib
import socket
import struct
import sys
import time
from typing import Final, Protocol
from urllib.parse import urlsplit

import serial

from pos_app.devices.opening import open_serial
from pos_app.devices.serial_port import Line

SCHEME: Final = "socket"
PORT: Final = 9100
CONNECT_S: Final = 5.0
HANG_UP_S: Final = 2.0
BUFFER: Final = 4096
"""Bytes that this machine may hold back: the fewer, the sooner a printer without paper is noticed."""
_LOOK_S: Final = 0.02
_SIOCOUTQ: Final = 0x5411


class LineOut(Protocol):
    """What a printer's port can do. `write` and `flush` raise SerialTimeoutException when nothing is taken."""

    def write(self, data: bytes, /) -> int | None: ...
    def flush(self) -> None: ...
    def close(self) -> None: ...


def in_network(port: str) -> bool:
    """Whether `port` names a printer in the network: socket://HOST or socket://HOST:PORT."""
    return port.startswith(f"{SCHEME}://")


def open_line(port: str, line: Line, write_timeout: float) -> LineOut:
    """Open `port`, a device or a URL; `write_timeout` in seconds. Raises SerialException, OSError or ValueError."""
    if in_network(port):
        return _Connection(port, write_timeout)
    opened: LineOut = open_serial(port, line, write_timeout)
    return opened


class _Connection:
    """A connection to a network printer. What the printer says is not read, only taken off its hands."""

    def __init__(self, url: str, write_timeout: float) -> None:
        parts = urlsplit(url)
        if not parts.hostname:
            raise ValueError(url)
        self._timeout = write_timeout
        self._whole = True
        self._socket = socket.create_connection((parts.hostname, parts.port or PORT), CONNECT_S)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)
        self._socket.settimeout(write_timeout)

    def write(self, data: bytes) -> None:
        """Send all of `data`; a printer may be slow, but must take a part of it within the timeout."""
        self._whole = False
        self._still_there()
        left = memoryview(data)
        while left:
            try:
                left = left[self._socket.send(left) :]
            except TimeoutError as error:
                raise serial.SerialTimeoutException from error

    def flush(self) -> None:
        """Wait until the printer's side has all that was sent (where the system can tell: Linux)."""
        held, since = self._held(), time.monotonic()
        while held:
            time.sleep(_LOOK_S)
            self._still_there()
            left = self._held()
            if left < held:
                held, since = left, time.monotonic()
            elif time.monotonic() - since > self._timeout:
                raise serial.SerialTimeoutException
        self._hear()
        self._whole = True

    def close(self) -> None:
        """Let go of the printer, for the next till.

        After a whole receipt the printer hangs up first, if it does so soon: a status that came in between would else
        break the connection off, and with it what the printer has not read. Half a receipt is taken back.
        """
        if self._whole:
            self._hang_up()
        else:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()

    def _hang_up(self) -> None:
        end = time.monotonic() + HANG_UP_S
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)
            while self._hear() and time.monotonic() < end:
                time.sleep(_LOOK_S)

    def _held(self) -> int:
        """Bytes sent that the other side has not confirmed (SIOCOUTQ, tcp(7))."""
        if sys.platform != "linux":
            return 0
        import fcntl

        size: int = struct.unpack("i", fcntl.ioctl(self._socket, _SIOCOUTQ, bytes(4)))[0]
        return size

    def _still_there(self) -> None:
        if not self._hear():
            raise ConnectionResetError

    def _hear(self) -> bool:
        """Read what the printer sends, mostly its status; False when it hung up. Raises OSError when it broke off."""
        self._socket.setblocking(False)
        try:
            while self._socket.recv(BUFFER):
                pass
        except BlockingIOError:
            return True
        finally:
            self._socket.settimeout(self._timeout)
        return False
