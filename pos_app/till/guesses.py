"""Numbers that were typed and that nobody has: after a few of them within a minute the till wants a card or a pause.

At a million members one typed number in ten thousand is somebody's (devices.md section 3): nobody shall try them out.
"""

from collections.abc import Callable
from typing import Final

from pos_app.till.notices import tell
from pos_app.till.parts import Parts, words_of
from pos_app.till.state import State, change
from pos_app.till.view import Notice

MOST: Final = 5
WINDOW_MS: Final = 60_000
_MISSED: Final = frozenset({"contact_unknown", "find_nobody", "card_unknown", "card_asked", "card_later"})


def look_up(parts: Parts, state: State, find: Callable[[], State]) -> State:
    """The state after `find` has looked a typed number up; a notice instead after too many that nobody has."""
    stop = _too_many(parts, state)
    return change(state, notice=stop) if stop is not None else _counted(parts, find())


def try_out(parts: Parts, state: State, find: Callable[[], State]) -> State:
    """The state after `find` has been told a typed number where to have it is the surprise: each one is a guess."""
    stop = _too_many(parts, state)
    if stop is not None:
        return change(state, notice=stop)
    return change(find(), guesses=(*_recent(parts, state), parts.clock.mono_ms()))


def _too_many(parts: Parts, state: State) -> Notice | None:
    """What to say instead of looking another typed number up; None while it may be looked up."""
    recent = _recent(parts, state)
    if len(recent) < MOST:
        return None
    wait_ms = recent[0] + WINDOW_MS - parts.clock.mono_ms()
    return tell(words_of(state.language), "too_many_guesses", seconds=max(1, -(-wait_ms // 1000)))


def _counted(parts: Parts, state: State) -> State:
    """`state` after a typed number was looked up: one more miss, if nobody here has it."""
    if state.notice is None or state.notice.code not in _MISSED:
        return state
    return change(state, guesses=(*_recent(parts, state), parts.clock.mono_ms()))


def _recent(parts: Parts, state: State) -> tuple[int, ...]:
    since = parts.clock.mono_ms() - WINDOW_MS
    return tuple(at for at in state.guesses if at > since)
