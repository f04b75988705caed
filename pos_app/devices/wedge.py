"""Tells a scanner that types like a keyboard from a person who types."""

import msgspec

_TERMINATORS = frozenset({"enter", "tab", "ctrl+j"})


class WedgeConfig(msgspec.Struct, frozen=True):
    """How the scanner announces itself. Times in milliseconds, lengths in characters.

    `start` is a key (its name or its character) that the scanner sends first and nobody types; empty for none.
    `timing` also recognises scans by speed alone, which delays every typed character by `gap_ms`.
    """

    start: str = "~"
    timing: bool = True
    gap_ms: int = 50
    start_gap_ms: int = 500
    shortest: int = 6
    longest: int = 4096


class WedgeKey(msgspec.Struct, frozen=True):
    """One key press: its character, if it types one, and its name."""

    char: str | None
    key: str

    @property
    def types(self) -> bool:
        """True when the key puts a character on the screen; Escape and its like carry control characters."""
        return self.char is not None and self.char.isprintable()


class WedgeResult(msgspec.Struct, frozen=True):
    """What to do now: `typing` are keys to pass on in order, `scan` is a whole scan.

    `times` are the milliseconds of its keys, that of the terminator behind them. `too_long` says that a burst beyond
    all sense was thrown away. With none of the three the key is held or swallowed.
    """

    typing: tuple[WedgeKey, ...] = ()
    scan: str | None = None
    times: tuple[int, ...] = ()
    too_long: bool = False


_NOTHING = WedgeResult()


class Wedge:
    """Decides key by key. Times are given by the caller and only grow; at most `longest` characters are held."""

    def __init__(self, config: WedgeConfig) -> None:
        self._config = config
        self._held: list[WedgeKey] = []
        self._times: list[int] = []
        self._started = False
        self._skipping = False
        self._last_ms = 0
        self._scan_ended_ms: int | None = None

    @property
    def holding(self) -> bool:
        """True when keys wait for a decision: call `flush` after `gap_ms`."""
        return bool(self._held)

    def key(self, char: str | None, key: str, now_ms: int) -> WedgeResult:
        """Take one key press. `char` is what it types (None for none), `key` its name: "enter", "tab", "ctrl+j"…"""
        press = WedgeKey(char, key)
        if self._is_line_feed_of_scan(key, now_ms):
            return _NOTHING
        before = self.flush(now_ms).typing
        self._last_ms = now_ms
        result = self._take(press, now_ms)
        return msgspec.structs.replace(result, typing=before + result.typing)

    def flush(self, now_ms: int) -> WedgeResult:
        """Release held keys as typing once the silence after them is too long for a scanner."""
        if now_ms - self._last_ms <= (self._config.start_gap_ms if self._started else self._config.gap_ms):
            return _NOTHING
        self._skipping = False
        return WedgeResult(typing=self._release())

    def paste(self, text: str) -> WedgeResult:
        """A paste of a single line is a scan, one of several lines is nothing."""
        line = text.strip("\r\n")
        if len(line) > self._config.longest:
            return WedgeResult(too_long=True)
        if not line or "\n" in line or "\r" in line:
            return _NOTHING
        return WedgeResult(scan=line)

    def _take(self, press: WedgeKey, now_ms: int) -> WedgeResult:
        if self._skipping:
            return _NOTHING
        if press.key in _TERMINATORS:
            return self._terminate(press, now_ms)
        if self._config.start in (press.char, press.key):
            released = self._release()
            self._started = True
            self._held, self._times = [press], [now_ms]
            return WedgeResult(typing=released)
        if not press.types or not (self._started or self._config.timing):
            return WedgeResult(typing=(*self._release(), press))
        return self._hold(press, now_ms)

    def _hold(self, press: WedgeKey, now_ms: int) -> WedgeResult:
        self._held.append(press)
        self._times.append(now_ms)
        if len(self._held) <= self._config.longest:
            return _NOTHING
        self._release()
        self._skipping = True
        return WedgeResult(too_long=True)

    def _terminate(self, press: WedgeKey, now_ms: int) -> WedgeResult:
        started, times = self._started, (*self._times, now_ms)
        held = self._release()
        text = "".join(key.char or "" for key in (held[1:] if started else held))
        if text and (started or len(text) >= self._config.shortest):
            self._scan_ended_ms = now_ms
            return WedgeResult(scan=text, times=times[1:] if started else times)
        return WedgeResult(typing=(*held, press))

    def _release(self) -> tuple[WedgeKey, ...]:
        held, self._held, self._times, self._started = tuple(self._held), [], [], False
        return held

    def _is_line_feed_of_scan(self, key: str, now_ms: int) -> bool:
        ended, self._scan_ended_ms = self._scan_ended_ms, None
        return key == "ctrl+j" and ended is not None and now_ms - ended <= self._config.gap_ms
