"""Reads scanners on serial ports. The only module that knows pyserial."""

import enum
import errno
import logging
import sys
import threading
from collections import deque
from collections.abc import Callable
from typing import Final, Protocol

import msgspec
import serial
from serial.tools import list_ports

from pos_app.devices import usb_names
from pos_app.devices.framing import Frame, Framer, FramerConfig

_log = logging.getLogger(__name__)

READ_TIMEOUT = 0.06  # seconds: no longer than the silence that ends a frame, or that end would be seen late
WRITE_TIMEOUT = 0.5  # seconds
REOPEN_EVERY = 0.25  # seconds between tries to open a port that is away

_Errors = tuple[type[Exception], ...]
PORT_ERRORS: _Errors = (serial.SerialException, OSError, TypeError, ValueError)
"""What pyserial raises when a port is away, goes away, or is named wrongly."""
if sys.platform != "win32":
    import termios

    # not an OSError; a port that goes while it is being opened raises it
    PORT_ERRORS = (*PORT_ERRORS, termios.error)


class PortState(enum.Enum):
    """How a port is doing. SILENT is open for long, and nothing was ever heard since then."""

    ABSENT = "absent"
    OPEN = "open"
    DENIED = "denied"
    BUSY = "busy"
    SILENT = "silent"


class Line(msgspec.Struct, frozen=True):
    """Line settings in pyserial's terms: baud, data bits, parity letter (N, E, O, M or S), stop bits."""

    baud: int = 9600
    bits: int = 8
    parity: str = "N"
    stop: int = 1


PRESETS: Final = {
    "9600 8N1": Line(),
    "115200 8N1": Line(baud=115200),
    "9600 8E1": Line(parity="E"),
    "9600 8O1": Line(parity="O"),
    "9600 7E1": Line(bits=7, parity="E"),
    "9600 7S2": Line(bits=7, parity="S", stop=2),
}


class Feedback(msgspec.Struct, frozen=True):
    """Bytes for the scanner; empty ones are never sent, because an unasked byte can be a command."""

    good: bytes = b""
    bad: bytes = b""
    enable: bytes = b""
    disable: bytes = b""


class PortConfig(msgspec.Struct, frozen=True):
    """One scanner port: a device path, a pyserial URL or `usb:VID:PID[:SERIAL][@LOCATION]`."""

    name: str
    line: Line = Line()
    framer: FramerConfig = FramerConfig()
    feedback: Feedback = Feedback()
    silent_after_ms: int = 600_000


class OpenPort(Protocol):
    """The part of a pyserial port that is used here."""

    @property
    def in_waiting(self) -> int: ...
    def read(self, size: int = 1) -> bytes: ...
    def write(self, data: bytes, /) -> int | None: ...
    def close(self) -> None: ...


Sink = Callable[[str, Frame], bool]
Watcher = Callable[[str, PortState], None]
# Is told the bytes of a port as they come, each piece with its millisecond.
Tap = Callable[[str, bytes, int], None]


def open_serial(config: PortConfig) -> OpenPort:
    """Open a port with an exclusive lock, emptying its input. Raises SerialException, OSError or ValueError."""
    name = config.name
    if usb_names.is_usb_name(name):
        found = usb_names.find_port(name, list_ports.comports())
        if found is None:
            raise FileNotFoundError(errno.ENOENT, "no such USB device", name)
        name = found
    line = config.line
    port: OpenPort = serial.serial_for_url(
        name,
        baudrate=line.baud,
        bytesize=line.bits,
        parity=line.parity,
        stopbits=line.stop,
        timeout=READ_TIMEOUT,
        write_timeout=WRITE_TIMEOUT,
        exclusive=True,
    )
    return port


def state_after(error: Exception) -> PortState:
    """Which state a failed opening means."""
    number = getattr(error, "errno", None)
    if number in (errno.EAGAIN, errno.EBUSY):
        return PortState.BUSY
    if number in (errno.EACCES, errno.EPERM):
        return PortState.DENIED
    if "PermissionError" in str(
        error
    ):  # Windows says this in words only, for a port that another program has open
        return PortState.BUSY
    return PortState.ABSENT


class PortReader:
    """One port, polled step by step, by a thread in the shop or by a simulator.

    `sink` gets the port's name and every frame, faulty ones included, and returns True once the scan is durable; the
    answer to the scanner is written right after. `watch` is told each change of state, `tap` the bytes as they come.
    `now_ms` is a monotonic clock.
    """

    def __init__(
        self,
        config: PortConfig,
        sink: Sink,
        *,
        watch: Watcher,
        now_ms: Callable[[], int],
        open_port: Callable[[PortConfig], OpenPort] = open_serial,
        tap: Tap | None = None,
    ) -> None:
        self.name = config.name
        self.state: PortState | None = None
        self._config = config
        self._sink = sink
        self._watch = watch
        self._now_ms = now_ms
        self._open_port = open_port
        self._tap = tap
        self._port: OpenPort | None = None
        self._framer = Framer(config.framer)
        self._commands: deque[bytes] = deque()
        self._unheard_since: int | None = None

    def step(self) -> float:
        """Poll once: open, or read and hand frames over. Returns the seconds to wait before the next step.

        Blocks for at most READ_TIMEOUT seconds plus what the sink takes.
        """
        try:
            port = self._port or self._open()
            self._send_commands(port)
            self._read(port)
        except PORT_ERRORS as error:
            opened = self._port is not None
            self._drop()
            self._enter(PortState.ABSENT if opened else state_after(error))
            return REOPEN_EVERY
        return 0.0

    def enable(self, on: bool) -> None:
        """Let the scanner scan or not, where its profile has bytes for that. Safe from any thread."""
        self._commands.append(self._config.feedback.enable if on else self._config.feedback.disable)

    def close(self) -> None:
        """Close the port. Only when no step is running."""
        self._drop()

    def _open(self) -> OpenPort:
        port = self._open_port(self._config)
        self._port = port
        self._framer.reset()
        self._unheard_since = self._now_ms()
        self._write(port, self._config.feedback.enable)
        self._enter(PortState.OPEN)
        return port

    def _drop(self) -> None:
        port, self._port = self._port, None
        if port is None:
            return
        try:
            port.close()
        except PORT_ERRORS:
            _log.warning("port %s did not close cleanly", self.name)

    def _send_commands(self, port: OpenPort) -> None:
        while self._commands:
            self._write(port, self._commands.popleft())

    def _read(self, port: OpenPort) -> None:
        data = port.read(port.in_waiting or 1)
        now = self._now_ms()
        if data:
            self._unheard_since = None
            self._enter(PortState.OPEN)
            if self._tap is not None:
                self._tap(self.name, data, now)
            frames = self._framer.feed(data, now)
        else:
            frames = self._framer.tick(now)
            if self._unheard_since is not None and now - self._unheard_since >= self._config.silent_after_ms:
                self._enter(PortState.SILENT)
        for frame in frames:
            self._answer(port, frame)

    def _answer(self, port: OpenPort, frame: Frame) -> None:
        feedback = self._config.feedback
        self._write(port, feedback.good if self._store(frame) else feedback.bad)

    def _store(self, frame: Frame) -> bool:
        try:
            return self._sink(self.name, frame)
        except Exception as error:  # noqa: BLE001 - a scan that cannot be stored must not cost the shop its scanner
            _log.error("a scan on %s could not be stored: %s", self.name, type(error).__name__)
            return False

    def _write(self, port: OpenPort, data: bytes) -> None:
        if not data:
            return
        try:
            port.write(data)
        except serial.SerialTimeoutException:
            _log.warning("the scanner on %s takes no bytes: its feedback is lost", self.name)

    def _enter(self, state: PortState) -> None:
        if state is not self.state:
            self.state = state
            self._watch(self.name, state)


class PortThread:
    """Steps one reader until stopped."""

    def __init__(self, reader: PortReader) -> None:
        self._reader = reader
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"scanner {reader.name}", daemon=True)

    def start(self) -> None:
        """Begin reading; the port may be absent."""
        self._thread.start()

    def stop(self) -> None:
        """Stop, wait for the thread, then close the port: closing under a running read breaks it."""
        self._stopping.set()
        self._thread.join()
        self._reader.close()

    def _run(self) -> None:
        while not self._stopping.is_set():
            pause = self._reader.step()
            if pause:
                self._stopping.wait(pause)
