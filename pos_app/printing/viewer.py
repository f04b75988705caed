"""Reads printer bytes back: what a receipt printer would put on paper (the commands of escpos.py and no others)."""

import msgspec

from pos_app.printing.escpos import Align
from pos_app.printing.receipt import Row

_PAGES = {16: "cp1252", 19: "cp858"}
_OWN_PAGE = "cp437"
"""What a printer takes letters for until it is told."""


class Unreadable(ValueError):
    """The bytes hold a command that this product does not send."""


class Paper(msgspec.Struct, frozen=True):
    """What is on the paper: rows from the top, empty ones included, and whether it was cut."""

    rows: tuple[Row, ...]
    cut: bool


def viewed(data: bytes) -> Paper:
    """The paper that `data` prints. Raises Unreadable."""
    reader = _Reader(data)
    while reader.left:
        reader.step()
    return Paper(tuple(reader.rows), reader.cut)


class _Reader:
    """A printer's state: page, alignment, weight, the line that is begun."""

    def __init__(self, data: bytes) -> None:
        self.left = data
        self.rows: list[Row] = []
        self.cut = False
        self._page, self._align, self._line = _OWN_PAGE, Align.LEFT, b""
        self._bold = self._heavy = False

    def step(self) -> None:
        """Take one command, or one character."""
        for start, size, does in _COMMANDS:
            if self.left.startswith(start) and len(self.left) >= len(start) + size:
                value = self.left[len(start)] if size else 0
                self.left = self.left[len(start) + size :]
                does(self, value)
                return
        if self.left[0] < 0x20:
            raise Unreadable(f"no command of a receipt: {self.left[:4].hex(' ')}")
        self._line += self.left[:1]
        self._heavy = self._heavy or self._bold
        self.left = self.left[1:]

    def _reset(self, _value: int = 0) -> None:
        self._page, self._align, self._line = _OWN_PAGE, Align.LEFT, b""
        self._bold = self._heavy = False

    def _choose_page(self, value: int) -> None:
        if value not in _PAGES:
            raise Unreadable(f"code page {value} is not one of a receipt")
        self._page = _PAGES[value]

    def _choose_align(self, value: int) -> None:
        self._align = Align(value)

    def _choose_weight(self, value: int) -> None:
        self._bold = bool(value)

    def _end_line(self, _value: int) -> None:
        self.rows.append(Row(self._line.decode(self._page), self._heavy, self._align))
        self._line, self._heavy = b"", False

    def _feed(self, value: int) -> None:
        self.rows += [Row("")] * value

    def _cut(self, _value: int) -> None:
        self.cut = True


_COMMANDS = (
    (b"\x1b@", 0, _Reader._reset),
    (b"\x1bt", 1, _Reader._choose_page),
    (b"\x1ba", 1, _Reader._choose_align),
    (b"\x1bE", 1, _Reader._choose_weight),
    (b"\x1bd", 1, _Reader._feed),
    (b"\x1dVB", 1, _Reader._cut),
    (b"\n", 0, _Reader._end_line),
)
