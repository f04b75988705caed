"""The few ESC/POS commands a receipt needs, as bytes (Epson: ESC @, ESC t, ESC a, ESC E, ESC d, GS V).

The code page is selected again after every initialisation, since ESC @ puts the printer's own default back.
"""

import unicodedata
from enum import IntEnum

INIT = b"\x1b@"
CODE_PAGE_858 = b"\x1bt\x13"
BOLD_ON = b"\x1bE\x01"
BOLD_OFF = b"\x1bE\x00"
CUT = b"\x1dVB\x00"
LINE_END = b"\n"

# Letters cp858 lacks, and spaces and dashes that print as plain ones.
_PLAIN = str.maketrans(
    {
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
        "\u202f": " ",
        "\u2009": " ",
        "\u00a0": " ",
    }
)


class Align(IntEnum):
    """Where a line stands on the paper."""

    LEFT = 0
    CENTRE = 1
    RIGHT = 2


class ControlCharacter(ValueError):
    """A text for the printer holds a control character: clean it before it is laid out."""


def plain(text: str) -> str:
    """`text` in characters of cp858; what has no near form there becomes a question mark. Same for the width."""
    if text.isascii():
        return text
    folded = text.translate(_PLAIN)
    if _fits(folded):
        return folded
    return "".join(_near(character) for character in folded)


def _near(character: str) -> str:
    if _fits(character):
        return character
    bare = unicodedata.normalize("NFKD", character)
    kept = "".join(part for part in bare if not unicodedata.combining(part) and _fits(part))
    return kept or ("" if unicodedata.combining(character) else "?")


def _fits(text: str) -> bool:
    try:
        text.encode("cp858")
    except UnicodeEncodeError:
        return False
    return True


def has_control(words: str) -> bool:
    """Whether a control or format character is in `words`."""
    return not words.isprintable() and any(unicodedata.category(character)[0] == "C" for character in words)


def text(words: str) -> bytes:
    """`words` as bytes of code page 858. Raises ControlCharacter: a printer would take it for a command."""
    if has_control(words):
        raise ControlCharacter("A text for the printer holds a control character: clean it first.")
    return plain(words).encode("cp858")


def start() -> bytes:
    """What begins every receipt: initialise, then the code page."""
    return INIT + CODE_PAGE_858


def line(words: str, *, bold: bool = False, align: Align = Align.LEFT) -> bytes:
    """One printed line with its own alignment and weight. Raises ControlCharacter."""
    body = text(words)
    if bold:
        body = BOLD_ON + body + BOLD_OFF
    return b"\x1ba" + bytes([align]) + body + LINE_END


def feed(lines: int) -> bytes:
    """Feed by 0 to 255 lines."""
    return b"\x1bd" + bytes([lines])


def end() -> bytes:
    """What ends every receipt: feed past the knife, cut."""
    return feed(4) + CUT
