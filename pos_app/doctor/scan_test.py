"""The scan test: what a scanner sends, byte by byte, and what the till makes of it."""

from collections.abc import Callable, Iterator
from pathlib import Path

from pos_app.devices.burst import SILENCE_MS, Burst
from pos_app.devices.framing import Fault
from pos_app.devices.grammar import Code, CodeConfig
from pos_app.devices.serial_port import PRESETS, OpenPort, PortConfig, open_serial
from pos_app.doctor.store import identity_in

LONGEST_S = 30.0


def scan_once(port: str, preset: str, seconds: Callable[[], float]) -> Burst | None:
    """Wait for one scan on `port`; None when nothing came. Raises SerialException, OSError or ValueError."""
    opened = open_serial(PortConfig(port, PRESETS[preset]))
    try:
        pieces = tuple(_pieces(opened, seconds))
    finally:
        opened.close()
    return Burst(port, pieces) if pieces else None


def codes_of(folder: Path) -> CodeConfig:
    """The codes of the till in `folder`: a chain has a prefix of its own. The usual ones where none is paired."""
    who = identity_in(folder)
    return CodeConfig(member_prefix=who.card_prefix) if who is not None else CodeConfig()


def kinds(burst: Burst, codes: CodeConfig) -> tuple[str, ...]:
    """What each frame in it is: a kind of the grammar behind its identifier, "bad: REASON", or the fault of a frame."""
    return tuple(_kind(one) for one in burst.read(codes))


def _kind(one: Code | Fault) -> str:
    if isinstance(one, Fault):
        return one.value
    prefix = f"{one.aim} " if one.aim else ""
    return f"{prefix}{one.kind.value}" + (f": {one.reason.value}" if one.reason is not None else "")


def _pieces(port: OpenPort, seconds: Callable[[], float]) -> Iterator[tuple[bytes, int]]:
    """What comes, with its millisecond, until a silence after it."""
    until, silence = seconds() + LONGEST_S, SILENCE_MS / 1000
    heard = False
    while seconds() < until:
        piece = port.read(port.in_waiting or 1)
        if piece:
            now = seconds()
            yield piece, int(now * 1000)
            until, heard = (max(until, now + silence) if heard else now + silence), True
