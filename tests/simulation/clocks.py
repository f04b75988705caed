"""The clocks of a simulation: the one time that really passes, and what tills take for it."""

from __future__ import annotations

MILLION = 1_000_000


class TrueTime:
    """The one time that really passes."""

    def __init__(self, start_ms: int) -> None:
        self.now = start_ms

    def pass_ms(self, ms: int) -> None:
        """Let time pass everywhere."""
        self.now += ms

    def wall_ms(self) -> int:
        return self.now

    def mono_ms(self) -> int:
        return self.now

    def boot(self) -> str:
        return "ledger"


class TillClock:
    """A till's clocks: the wall clock `skew_ms` off, the monotonic one new at every boot.

    Both may run too fast or too slow, as one crystal drives them; the wall clock may stand still until it is set.
    `most_off` is how far from the truth it has ever been when it was asked, `most_gained` what the other one gained or
    lost in a boot.
    """

    def __init__(self, time: TrueTime, skew_ms: int, name: str = "") -> None:
        self._time, self._skew, self._name = time, skew_ms, name
        self._ppm, self._set_at, self._stands_at = 0, time.now, 0
        self._boots = 0
        self.most_off = self.most_gained = 0
        self.new_boot()

    def new_boot(self) -> None:
        """The machine starts."""
        self._boots += 1
        self._started = self._time.now - 4_000
        self._boot = f"{self._name}-boot-{self._boots}"

    def run_on(self, other: TillClock) -> None:
        """The machine is a copy of another one that was running: until it starts again this is the other's boot."""
        self._started, self._boot = other._started, other._boot

    def step(self, ms: int) -> None:
        """Somebody sets the wall clock to `ms` off the truth; it goes from there."""
        self._skew, self._set_at, self._stands_at = ms, self._time.now, 0

    def drift(self, ppm: int) -> None:
        """Both clocks gain so many microseconds a second from now on."""
        self._ppm, self._set_at = ppm, self._time.now

    def stand(self) -> None:
        """The wall clock stops, and says the same from now on, after a restart too."""
        self._stands_at = self._stands_at or self.wall_ms()

    def wall_ms(self) -> int:
        told = self._stands_at or self._time.now + self._skew + self._gained(self._set_at)
        self.most_off = max(self.most_off, abs(told - self._time.now))
        return told

    def mono_ms(self) -> int:
        gained = self._gained(self._started)
        self.most_gained = max(self.most_gained, abs(gained))
        return self._time.now - self._started + gained

    def boot(self) -> str:
        return self._boot

    def _gained(self, since: int) -> int:
        return (self._time.now - since) * self._ppm // MILLION
