"""What a scanner sent for one code, byte by byte and with its times: the scan tests of `assidu doctor` and the till."""

import threading
from itertools import pairwise
from typing import Final

import msgspec

from pos_app.devices.azerty import Folded, fold
from pos_app.devices.framing import Fault, Framer, FramerConfig
from pos_app.devices.grammar import Code, CodeConfig, read_code

SILENCE_MS: Final = 300
"""Milliseconds of silence after which everything that belongs to a scan has come."""
_NAMES: Final = {2: "STX", 3: "ETX", 9: "TAB", 10: "LF", 13: "CR", 27: "ESC", 29: "GS"}
_ENDS: Final = b"\r\n\t\x03"


class Burst(msgspec.Struct, frozen=True):
    """One scan: its pieces in order, each with the millisecond it came at. `source` is its port, "" the keyboard."""

    source: str
    pieces: tuple[tuple[bytes, int], ...]

    @property
    def data(self) -> bytes:
        """All its bytes."""
        return b"".join(piece for piece, _ in self.pieces)

    @property
    def took_ms(self) -> int:
        """From the first piece to the last."""
        return self.pieces[-1][1] - self.pieces[0][1]

    @property
    def gap_ms(self) -> int:
        """The longest silence within it."""
        times = [at for _, at in self.pieces]
        return max((after - before for before, after in pairwise(times)), default=0)

    @property
    def ending(self) -> str:
        """What it ends with, as in "CR LF"; empty when the scanner sends nothing behind a code."""
        bare = self.data.rstrip(_ENDS)
        return " ".join(_NAMES[byte] for byte in self.data[len(bare) :])

    @property
    def spelled(self) -> str:
        """The bytes as a person reads them: printable ones as they are, others by name or number; keys as letters."""
        signs = self.data if self.source else map(ord, self.data.decode("utf-8", "replace"))
        plain = range(33, 127 if self.source else 256)
        return "".join(chr(one) if one in plain else f"<{_NAMES.get(one, f'{one:02X}')}>" for one in signs)

    @property
    def folded(self) -> Folded:
        """Its text as the keyboard's letters, and whether they came on another layout than the till's."""
        return fold(self.data.rstrip(_ENDS).decode("utf-8", "replace"))

    def read(self, codes: CodeConfig) -> tuple[Code | Fault, ...]:
        """What the till makes of it: a code or the fault of its frame, for each frame in it."""
        if not self.source:
            return (read_code(self.folded.text, None, codes),)
        framer = Framer(FramerConfig())
        frames = [frame for piece, at in self.pieces for frame in framer.feed(piece, at)]
        frames += framer.tick(self.pieces[-1][1] + 1000)
        return tuple(frame.fault or read_code(frame.text, frame.aim, codes) for frame in frames)


class Bursts:
    """Puts together what ports tell, in any thread; `last` is the newest scan, as far as it has come."""

    def __init__(self) -> None:
        self.last: Burst | None = None
        self._lock = threading.Lock()

    def heard(self, source: str, data: bytes, at_ms: int) -> None:
        """Bytes came from `source` at `at_ms` of a monotonic clock."""
        with self._lock:
            last = self.last
            goes_on = last is not None and last.source == source and at_ms - last.pieces[-1][1] < SILENCE_MS
            before = last.pieces if last is not None and goes_on else ()
            self.last = Burst(source, (*before, (data, at_ms)))

    def forget(self) -> None:
        """Begin anew."""
        with self._lock:
            self.last = None
