"""The scan test: what a scanner sends, byte by byte, and what the till makes of it."""

from collections.abc import Callable, Iterator

import msgspec

from pos_app.devices.framing import Framer, FramerConfig
from pos_app.devices.grammar import CodeConfig, read_code
from pos_app.devices.serial_port import PRESETS, OpenPort, PortConfig, open_serial

LONGEST_S = 30.0
AFTER_S = 0.3
"""Seconds of silence after which everything that belongs to a scan has come."""
_NAMES = {2: "STX", 3: "ETX", 9: "TAB", 10: "LF", 13: "CR", 27: "ESC", 29: "GS"}


class Seen(msgspec.Struct, frozen=True):
    """One scan: its bytes in order, how long they took in milliseconds, and what each frame in it is.

    `kinds` are the kinds of the grammar, "bad: REASON" or the fault of a frame.
    """

    data: bytes
    took_ms: int
    kinds: tuple[str, ...]

    @property
    def spelled(self) -> str:
        """The bytes as a person reads them: printable ones as they are, others by name or number."""
        return "".join(
            chr(byte) if 32 < byte < 127 else f"<{_NAMES.get(byte, f'{byte:02X}')}>" for byte in self.data
        )


def scan_once(port: str, preset: str, seconds: Callable[[], float], codes: CodeConfig) -> Seen | None:
    """Wait for one scan on `port`; None when nothing came. Raises SerialException, OSError or ValueError."""
    opened = open_serial(PortConfig(port, PRESETS[preset]))
    try:
        pieces = list(_pieces(opened, seconds))
    finally:
        opened.close()
    if not pieces:
        return None
    data = b"".join(piece for piece, _ in pieces)
    took = pieces[-1][1] - pieces[0][1]
    return Seen(data, int(took * 1000), tuple(_kinds(pieces, codes)))


def _pieces(port: OpenPort, seconds: Callable[[], float]) -> Iterator[tuple[bytes, float]]:
    """What comes, with its time, until a silence after it."""
    until, heard = seconds() + LONGEST_S, False
    while seconds() < until:
        piece = port.read(port.in_waiting or 1)
        if piece:
            now = seconds()
            yield piece, now
            until, heard = (now + AFTER_S, True) if not heard else (max(until, now + AFTER_S), True)


def _kinds(pieces: list[tuple[bytes, float]], codes: CodeConfig) -> Iterator[str]:
    framer = Framer(FramerConfig())
    last = int(pieces[-1][1] * 1000)
    frames = [frame for piece, at in pieces for frame in framer.feed(piece, int(at * 1000))]
    for frame in (*frames, *framer.tick(last + 1000)):
        if frame.fault is not None:
            yield frame.fault.value
            continue
        code = read_code(frame.text, frame.aim, codes)
        aim = f"{frame.aim} " if frame.aim else ""
        yield f"{aim}{code.kind.value}" + (f": {code.reason.value}" if code.reason is not None else "")
