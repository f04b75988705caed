"""Reads printer bytes back: what a receipt printer would put on paper (the commands of escpos.py and no others)."""

from collections.abc import Mapping

import msgspec

from pos_app.printing.escpos import CP858, CP1252, Align, CodePage
from pos_app.printing.rows import Line, Picture, QrRow, Row

_PAGES = {page.number: page.codec for page in (CP858, CP1252)}
_OWN_PAGE = "cp437"
"""What a printer takes letters for until it is told."""


class Unreadable(ValueError):
    """The bytes hold a command that this product does not send."""


class Paper(msgspec.Struct, frozen=True):
    """What is on the paper: rows from the top, empty ones included, and whether it was cut."""

    rows: tuple[Line, ...]
    cut: bool


def viewed(data: bytes, page: CodePage | None = None) -> Paper:
    """The paper that `data` prints, on a printer that has `page` under a number of its own. Raises Unreadable."""
    reader = _Reader(data, {**_PAGES, page.number: page.codec} if page is not None else _PAGES)
    while reader.left:
        reader.step()
    return Paper(tuple(reader.rows), reader.cut)


class _Reader:
    """A printer's state: page, alignment, weight, the line that is begun."""

    def __init__(self, data: bytes, pages: Mapping[int, str]) -> None:
        self.left = data
        self.rows: list[Line] = []
        self.cut = False
        self._pages = pages
        self._code = ""
        self._page, self._align, self._line = _OWN_PAGE, Align.LEFT, b""
        self._bold = self._heavy = False

    def step(self) -> None:
        """Take one command, one picture or one character."""
        if self.left.startswith((_RASTER, _CODE)):
            self._raster() if self.left.startswith(_RASTER) else self._symbol()
            return
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
        if value not in self._pages:
            raise Unreadable(f"code page {value} is not one of a receipt")
        self._page = self._pages[value]

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

    def _raster(self) -> None:
        """GS v 0: bytes across, dots down, then the dots."""
        head, size = self.left[4:8], len(_RASTER) + 4
        across, down = int.from_bytes(head[:2], "little"), int.from_bytes(head[2:], "little")
        dots = self.left[size : size + across * down]
        if len(head) < 4 or not across or len(dots) < across * down:
            raise Unreadable("the picture ends too early")
        self.rows.append(Picture(tuple(dots[at : at + across] for at in range(0, len(dots), across))))
        self.left = self.left[size + across * down :]

    def _symbol(self) -> None:
        """GS ( k: the functions of a QR code."""
        length = int.from_bytes(self.left[3:5], "little")
        what, data = self.left[5:7], self.left[7 : 5 + length]
        if length < 3 or len(data) < length - 2 or what[:1] != b"1" or what[1] not in b"ACEPQ":
            raise Unreadable(f"no function of a QR code: {self.left[:8].hex(' ')}")
        if what == b"1P":
            self._code = data[1:].decode("ascii")
        elif what == b"1Q":
            self.rows.append(QrRow(self._code))
        self.left = self.left[5 + length :]


_RASTER, _CODE = b"\x1dv0\x00", b"\x1d(k"
_COMMANDS = (
    (b"\x1b@", 0, _Reader._reset),
    (b"\x1bt", 1, _Reader._choose_page),
    (b"\x1ba", 1, _Reader._choose_align),
    (b"\x1bE", 1, _Reader._choose_weight),
    (b"\x1bd", 1, _Reader._feed),
    (b"\x1dVB", 1, _Reader._cut),
    (b"\n", 0, _Reader._end_line),
)
