"""The one source of time, passed in everywhere so that a simulator can replace it."""

from typing import Protocol


class Clock(Protocol):
    """Wall clock, monotonic clock and boot of a machine."""

    def wall_ms(self) -> int:
        """Milliseconds since 1970 UTC as the machine believes."""

    def mono_ms(self) -> int:
        """Milliseconds of a clock that never steps back within one boot."""

    def boot(self) -> str:
        """Name of the boot that `mono_ms` belongs to."""
