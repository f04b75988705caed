"""`python later_till.py CLOCK ARGS…`: `assidu ARGS…` on clocks ahead of the machine's by what the file CLOCK says.

The file holds one whole number, milliseconds, in eight bytes; who drives the till moves it on as the day passes.
"""

import mmap
import struct
import sys
from pathlib import Path

from pos_app.cli import main
from sync import system_clock

AHEAD = struct.Struct("=q")


class Ahead:
    """How far (ms) the till's clocks are ahead, in the file `path`: the same in every process that has it mapped."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(AHEAD.pack(0))
        with path.open("r+b") as file:
            self._bytes = mmap.mmap(file.fileno(), AHEAD.size)

    def ms(self) -> int:
        """Milliseconds ahead of the machine's clocks."""
        (ahead,) = AHEAD.unpack_from(self._bytes)
        return int(ahead)

    def set_ms(self, ahead: int) -> None:
        """Move the clocks on."""
        AHEAD.pack_into(self._bytes, 0, ahead)


def run(path: Path) -> None:
    """The command line of `sys.argv` on clocks that `path` sets ahead."""
    ahead, machine = Ahead(path), system_clock.SystemClock

    class Clock(machine):  # type: ignore[misc, valid-type]
        def wall_ms(self) -> int:
            return machine.wall_ms(self) + ahead.ms()

        def mono_ms(self) -> int:
            return machine.mono_ms(self) + ahead.ms()

    system_clock.SystemClock = Clock  # type: ignore[misc]
    main()


if __name__ == "__main__":
    clock = Path(sys.argv.pop(1))
    run(clock)
