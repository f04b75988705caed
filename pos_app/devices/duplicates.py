"""Takes a code that arrives twice in a moment for the one scan it was."""

import msgspec

from pos_app.devices.grammar import Code, Kind


class Window(msgspec.Struct, frozen=True):
    """How long, in milliseconds, a repeated card or product is the same scan."""

    card_ms: int = 3000
    product_ms: int = 300


class Duplicates:
    """Remembers what was scanned within the window.

    A card, voucher, badge or ticket counts once for the whole till; a product only within one port, because two equal
    products are two. Every repetition starts the window again: a card left under a reader stays one scan.
    """

    def __init__(self, window: Window) -> None:
        self._window = window
        self._seen: dict[tuple[str, Kind, str], int] = {}

    def is_repeat(self, code: Code, port: str, now_ms: int) -> bool:
        """True when this code is the scan before once more; remembers it either way. Bad codes never repeat."""
        if code.kind is Kind.BAD:
            return False
        self._forget(now_ms)
        key = self._key(code, port)
        repeated = key in self._seen
        self._seen[key] = now_ms
        return repeated

    def clear(self) -> None:
        """Whatever is scanned next is new: the cashier has put the last scan aside."""
        self._seen.clear()

    def _key(self, code: Code, port: str) -> tuple[str, Kind, str]:
        return (port if code.kind is Kind.PRODUCT else "", code.kind, code.value)

    def _forget(self, now_ms: int) -> None:
        self._seen = {key: at for key, at in self._seen.items() if now_ms - at < self._span(key[1])}

    def _span(self, kind: Kind) -> int:
        return self._window.product_ms if kind is Kind.PRODUCT else self._window.card_ms
