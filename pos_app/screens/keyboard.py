"""How soon an Esc is known to be one: Textual's driver looks every 100 ms, which is too late at a counter.

A digit typed behind it within that time came as Alt with the digit, another sign; a card scanned then was put on the
ticket first and taken off it by the Esc. `ESCDELAY` (tuned.py) has no effect without this.
"""

import selectors
from types import SimpleNamespace
from typing import Final

LOOK_S: Final = 0.02


class Keyboard(selectors.SelectSelector):
    """Waits for keys, `LOOK_S` at a time."""

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """What can be read, after at most `LOOK_S` seconds."""
        return super().select(LOOK_S if timeout is None else min(timeout, LOOK_S))


def quicken() -> None:
    """Let Textual's driver wait by `Keyboard`; where there is no such driver (Windows) nothing is done."""
    try:
        from textual.drivers import linux_driver
    except ImportError:
        return
    vars(linux_driver)["selectors"] = SimpleNamespace(
        SelectSelector=Keyboard, EVENT_READ=selectors.EVENT_READ
    )
