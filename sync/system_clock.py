"""The machine's own clocks, for every entry point that is not a test or the simulator."""

import sys
import time
import uuid
from pathlib import Path

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class SystemClock:
    """`sync.clock.Clock` over the operating system."""

    def __init__(self) -> None:
        self._boot = _boot()

    def wall_ms(self) -> int:
        """Milliseconds since 1970 UTC."""
        return time.time_ns() // 1_000_000

    def mono_ms(self) -> int:
        """Milliseconds since an arbitrary point of this boot; time asleep counts where the system can tell."""
        return _mono_ns() // 1_000_000

    def boot(self) -> str:
        """The kernel's boot id; where there is none, a name for this process alone."""
        return self._boot


def _mono_ns() -> int:
    if sys.platform == "linux":  # its monotonic clock stands still while a laptop sleeps
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    return time.monotonic_ns()


def _boot() -> str:
    try:
        return BOOT_ID.read_text("ascii").strip()
    except (OSError, ValueError):
        return uuid.uuid4().hex
