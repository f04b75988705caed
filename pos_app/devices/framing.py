"""Cuts the byte stream of one serial port into frames: one frame is what the scanner sent for one code."""

import enum

import msgspec

from pos_app.devices import aim

STX = 0x02
ETX = 0x03
_ENDS = frozenset(b"\r\n\t\x03")


class Ended(enum.Enum):
    """How the end of a frame was known."""

    SUFFIX = "suffix"
    IDLE = "idle"


class Fault(enum.Enum):
    """Why a frame must not be read as a code."""

    TOO_LONG = "too_long"
    BINARY = "binary"
    NO_AIM = "no_aim"
    GLUED = "glued"
    SPLIT = "split"


class FramerConfig(msgspec.Struct, frozen=True):
    """How one port marks its frames. Times in milliseconds, `limit` in bytes.

    `prefix` is stripped when a frame starts with it (a maker's own code letter). `expects_aim` refuses frames without
    an AIM identifier. `envelope` takes only what stands between STX and ETX, line ends included.
    """

    prefix: bytes = b""
    expects_aim: bool = False
    envelope: bool = False
    idle_ms: int = 60
    split_ms: int = 30
    limit: int = 4096


class Frame(msgspec.Struct, frozen=True):
    """One scan as received: data without identifier, prefix and suffix; `at_ms` is when its end was seen."""

    data: bytes
    aim: str | None
    ended: Ended
    fault: Fault | None
    at_ms: int

    @property
    def text(self) -> str:
        """The data as text; empty when the frame is at fault."""
        if self.fault is not None:
            return ""
        return aim.plain_text(self.data, self.aim) or ""


class Framer:
    """Turns bytes into frames. Holds at most `limit` bytes; times are given by the caller and only grow."""

    def __init__(self, config: FramerConfig) -> None:
        self._config = config
        self.reset()

    def reset(self) -> None:
        """Forget what was received, as after a port was closed: two halves of different scans never join."""
        self._buffer = bytearray()
        self._skipping = False
        self._inside = not self._config.envelope
        self._last_byte_ms: int | None = None
        self._last_frame_ms: int | None = None

    def feed(self, data: bytes, now_ms: int) -> tuple[Frame, ...]:
        """Take received bytes; return the frames they complete, in order. Never raises, whatever the bytes."""
        frames: list[Frame] = []
        for byte in data:
            frame = self._take(byte, now_ms)
            if frame is not None:
                frames.append(frame)
        if data:
            self._last_byte_ms = now_ms
        return tuple(frames)

    def tick(self, now_ms: int) -> tuple[Frame, ...]:
        """Call when the line was found silent; ends the frame of a scanner that sends no suffix."""
        if self._last_byte_ms is None or now_ms - self._last_byte_ms < self._config.idle_ms:
            return ()
        frame = self._end(Ended.IDLE, now_ms)
        return () if frame is None else (frame,)

    def _take(self, byte: int, now_ms: int) -> Frame | None:
        if byte == STX:
            self._start()
        elif byte == ETX or (byte in _ENDS and not self._config.envelope):
            return self._end(Ended.SUFFIX, now_ms)
        elif self._inside and not self._skipping:
            self._buffer.append(byte)
            if len(self._buffer) > self._config.limit:
                return self._overflow(now_ms)
        return None

    def _start(self) -> None:
        self._buffer = bytearray()
        self._skipping = False
        self._inside = True

    def _overflow(self, now_ms: int) -> Frame:
        self._buffer = bytearray()
        self._skipping = True
        self._last_frame_ms = now_ms
        return Frame(b"", None, Ended.SUFFIX, Fault.TOO_LONG, now_ms)

    def _end(self, ended: Ended, now_ms: int) -> Frame | None:
        data = bytes(self._buffer)
        self._buffer = bytearray()
        self._skipping = False
        self._inside = not self._config.envelope
        if self._config.prefix and data.startswith(self._config.prefix):
            data = data[len(self._config.prefix) :]
        if not data:
            return None
        found = aim.identify(data)
        frame = Frame(found.data, found.aim, ended, self._fault(found, now_ms), now_ms)
        self._last_frame_ms = now_ms
        return frame

    def _fault(self, found: aim.Identified, now_ms: int) -> Fault | None:
        if found.glued:
            return Fault.GLUED
        if found.aim is None and self._follows_closely(now_ms):
            # A QR code with line ends in it arrives as several frames; only the first carries the identifier.
            return Fault.SPLIT
        if found.aim is None and self._config.expects_aim:
            return Fault.NO_AIM
        if aim.plain_text(found.data, found.aim) is None:
            return Fault.BINARY
        return None

    def _follows_closely(self, now_ms: int) -> bool:
        return self._last_frame_ms is not None and now_ms - self._last_frame_ms < self._config.split_ms
