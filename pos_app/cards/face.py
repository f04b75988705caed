"""What stands where on a card: rectangles and lines of text in dots, for whoever draws them."""

import functools
import tomllib
from collections.abc import Iterator
from importlib.resources import files
from typing import Final

import msgspec

from pos_app.cards.symbols import EAN_QUIET_LEFT, QUIET, ean13, qr

FONT: Final = "Vera"
_WIDE: Final = 5, 8
"""A letter is about five eighths as wide as the font is high."""
_SMALLEST: Final = 24


class Place(msgspec.Struct, frozen=True):
    """Upper left corner and size of a line of text, in dots; a text longer than `width` is written smaller."""

    x: int
    y: int
    size: int
    width: int


class BarPlace(msgspec.Struct, frozen=True):
    """Where the bars and their quiet zone begin, the width of one module and the height of a bar."""

    x: int
    y: int
    module: int
    height: int


class QrPlace(msgspec.Struct, frozen=True):
    """Where the quiet zone of the QR code ends to the right and begins above, and the side of one module."""

    right: int
    top: int
    module: int


class Layout(msgspec.Struct, frozen=True):
    """assets/cards/card.toml; all in dots, `dpi` of them an inch."""

    width: int
    height: int
    dpi: int
    title: Place
    bars: BarPlace
    number: Place
    qr: QrPlace


class Box(msgspec.Struct, frozen=True):
    """A black rectangle."""

    x: int
    y: int
    width: int
    height: int


class Text(msgspec.Struct, frozen=True):
    """A black line of text, `size` dots high; it stands on the line y + size."""

    x: int
    y: int
    size: int
    words: str


class Face(msgspec.Struct, frozen=True):
    """Everything on one card."""

    layout: Layout
    boxes: tuple[Box, ...]
    texts: tuple[Text, ...]


@functools.cache
def layout() -> Layout:
    """The layout that the product brings."""
    source = files("assets").joinpath("cards", "card.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(source), Layout)


def face(title: str, number: str, code: str = "") -> Face:
    """The card `number` of the shop `title`. The QR code holds `code`, the text of a signed card, or else the number.

    Raises ValueError, said in words, when `number` is no card number.
    """
    at = layout()
    texts = (_text(at.title, title), _text(at.number, f"{number[:1]} {number[1:7]} {number[7:]}"))
    return Face(at, (*_bars(at.bars, number), *_squares(at.qr, code or number)), texts)


def _text(at: Place, words: str) -> Text:
    part, whole = _WIDE
    fits = at.width * whole // (part * max(1, len(words)))
    return Text(at.x, at.y, max(_SMALLEST, min(at.size, fits)), words)


def _bars(at: BarPlace, number: str) -> Iterator[Box]:
    left = at.x + EAN_QUIET_LEFT * at.module
    for start, length in _runs(ean13(number)):
        yield Box(left + start * at.module, at.y, length * at.module, at.height)


def _squares(at: QrPlace, text: str) -> Iterator[Box]:
    rows = qr(text)
    left = at.right - (len(rows) + QUIET) * at.module
    for y, row in enumerate(rows):
        for start, length in _runs("".join("01"[dark] for dark in row)):
            yield Box(
                left + start * at.module, at.top + (QUIET + y) * at.module, length * at.module, at.module
            )


def _runs(modules: str) -> Iterator[tuple[int, int]]:
    """Start and length of each unbroken run of dark modules."""
    start = modules.find("1")
    while start >= 0:
        end = modules.find("0", start)
        end = len(modules) if end < 0 else end
        yield start, end - start
        start = modules.find("1", end)
