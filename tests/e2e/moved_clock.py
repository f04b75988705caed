"""A clock that several processes read alike: the machine's own, moved by the milliseconds that stand in a file."""

from pathlib import Path

from sync.system_clock import SystemClock

DAY_MS = 86_400_000


class MovedClock:
    """`sync.clock.Clock`; moving it forward is as if the machine had slept for that long."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._own = SystemClock()

    def wall_ms(self) -> int:
        return self._own.wall_ms() + self._offsets()[0]

    def mono_ms(self) -> int:
        now, first = self._offsets()
        return self._own.mono_ms() + now - first

    def boot(self) -> str:
        return f"{self._own.boot()}-{self._offsets()[1]}"

    def move_to(self, wall_ms: int) -> None:
        """Let the wall clock say `wall_ms` now, for everyone who reads the file. Time starts with the first call."""
        offset = wall_ms - self._own.wall_ms()
        first = self._offsets()[1] if self._file.exists() else offset
        part = self._file.with_suffix(".part")
        part.write_text(f"{offset} {first}")
        part.replace(self._file)

    def start_at(self, wall_ms: int) -> None:
        """As if the machine were started anew with a wall clock that says `wall_ms`, rightly or wrongly."""
        offset = wall_ms - self._own.wall_ms()
        self._file.write_text(f"{offset} {offset}")

    def _offsets(self) -> tuple[int, int]:
        now, first = self._file.read_text().split()
        return int(now), int(first)
