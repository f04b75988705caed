"""The few ESC/POS commands a receipt needs, as bytes (Epson: ESC @, ESC t, ESC a, ESC E, ESC d, GS V, GS ( k, GS v 0).

The code page is selected again after every initialisation, since ESC @ puts the printer's own default back.
"""

import unicodedata
from collections.abc import Sequence
from enum import IntEnum
from typing import Final

import msgspec

INIT = b"\x1b@"
BOLD_ON = b"\x1bE\x01"
BOLD_OFF = b"\x1bE\x00"
CUT = b"\x1dVB\x00"
LINE_END = b"\n"

QR_DOTS: Final = 6
"""Dots of a module that the printer draws itself: 0.75 mm at 203 dots an inch."""
RASTER_DOTS: Final = 4
"""Dots of a module sent as dots: fewer, for they take long at 9600 baud."""
QUIET: Final = 4
"""Modules of white around a QR code (ISO/IEC 18004)."""
_MODEL_2 = b"\x1d(k\x04\x00\x31\x41\x32\x00"
_LEVEL_M = b"\x1d(k\x03\x00\x31\x45\x31"
_PRINT = b"\x1d(k\x03\x00\x31\x51\x30"


class CodePage(msgspec.Struct, frozen=True):
    """The letters of a printer: the codec, and the number under which this printer has it (ESC t)."""

    codec: str = "cp858"
    number: int = 19


CP858 = CodePage()
CP1252 = CodePage("cp1252", 16)

# Letters a page may lack, and spaces and dashes that print as plain ones.
_PLAIN = str.maketrans(
    {
        "€": "EUR",
        "œ": "oe",
        "Œ": "OE",
        "Ÿ": "Y",
        "’": "'",
        "‘": "'",
        "“": '"',
        "”": '"',
        "–": "-",
        "—": "-",
        "…": "...",
        "·": ".",
    }
)
_SPACES = str.maketrans({"\u202f": " ", "\u2009": " ", "\u00a0": " "})


class Align(IntEnum):
    """Where a line stands on the paper."""

    LEFT = 0
    CENTRE = 1
    RIGHT = 2


class ControlCharacter(ValueError):
    """A text for the printer holds a control character: clean it before it is laid out."""


def plain(text: str, page: CodePage = CP858) -> str:
    """`text` in characters of `page`; what has no near form there becomes a question mark. Same for the width."""
    if text.isascii():
        return text
    return "".join(_near(sign, page) for sign in text.translate(_SPACES))


def _near(sign: str, page: CodePage) -> str:
    if _fits(sign, page):
        return sign
    folded = _PLAIN.get(ord(sign)) or unicodedata.normalize("NFKD", sign)
    kept = "".join(part for part in folded if not unicodedata.combining(part) and _fits(part, page))
    return kept or ("" if unicodedata.combining(sign) else "?")


def _fits(text: str, page: CodePage) -> bool:
    try:
        text.encode(page.codec)
    except UnicodeEncodeError:
        return False
    return True


def has_control(words: str) -> bool:
    """Whether a control or format character is in `words`."""
    return not words.isprintable() and any(unicodedata.category(character)[0] == "C" for character in words)


def text(words: str, page: CodePage = CP858) -> bytes:
    """`words` as bytes of `page`. Raises ControlCharacter: a printer would take it for a command."""
    if has_control(words):
        raise ControlCharacter("A text for the printer holds a control character: clean it first.")
    return plain(words, page).encode(page.codec)


def start(page: CodePage = CP858) -> bytes:
    """What begins every receipt: initialise, then the code page."""
    return INIT + select(page)


def select(page: CodePage) -> bytes:
    """Letters in `page` from here on."""
    return b"\x1bt" + bytes([page.number])


def line(words: str, page: CodePage = CP858, *, bold: bool = False, align: Align = Align.LEFT) -> bytes:
    """One printed line with its own alignment and weight. Raises ControlCharacter."""
    body = text(words, page)
    if bold:
        body = BOLD_ON + body + BOLD_OFF
    return b"\x1ba" + bytes([align]) + body + LINE_END


def native_qr(words: str) -> bytes:
    """A QR code that the printer draws itself (GS ( k, functions 65, 67, 69, 80, 81), centred, white around it."""
    data = words.encode("ascii")
    size = (len(data) + 3).to_bytes(2, "little")
    stored = b"\x1d(k" + size + b"\x31\x50\x30" + data
    module = b"\x1d(k\x03\x00\x31\x43" + bytes([QR_DOTS])
    centred = b"\x1ba" + bytes([Align.CENTRE])
    return centred + feed(1) + _MODEL_2 + module + _LEVEL_M + stored + _PRINT + feed(1)


def raster(modules: Sequence[Sequence[bool]]) -> bytes:
    """The rows of a QR code as dots (GS v 0), centred, white around it: for a printer that draws none itself."""
    across = RASTER_DOTS * (len(modules) + 2 * QUIET)
    width = (across + 7) // 8
    white = [bytes(width)] * (RASTER_DOTS * QUIET)
    dots = [row for modules_of in modules for row in [_dots(modules_of, width)] * RASTER_DOTS]
    head = b"\x1dv0\x00" + width.to_bytes(2, "little") + across.to_bytes(2, "little")
    return b"\x1ba" + bytes([Align.CENTRE]) + head + b"".join([*white, *dots, *white])


def _dots(modules: Sequence[bool], width: int) -> bytes:
    signs = "0" * QUIET + "".join("1" if dark else "0" for dark in modules)
    bits = "".join(sign * RASTER_DOTS for sign in signs).ljust(width * 8, "0")
    return int(bits, 2).to_bytes(width)


def feed(lines: int) -> bytes:
    """Feed by 0 to 255 lines."""
    return b"\x1bd" + bytes([lines])


def end() -> bytes:
    """What ends every receipt: feed past the knife, cut."""
    return feed(4) + CUT
