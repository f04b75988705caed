"""Texts from scanners, files and the network lose what could steer the terminal before they are drawn."""

import unicodedata
from functools import lru_cache
from typing import Final

from rich.cells import cell_len

# Control, format (bidirectional marks and joiners too), surrogate, private and unassigned characters, line separators.
_DROPPED: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_PLAIN: Final = str.maketrans(
    {"…": "...", "’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "−": "-", "\u202f": "\u00a0"}
)
_BLANKS: Final = frozenset("\t\n\r\v\f\u2028\u2029")


def clean(text: str) -> str:
    """Return `text` on one line and without control characters; letters, signs and no-break spaces stay.

    Typographic dots, quotes and dashes become plain ones, and narrow no-break spaces wide ones: many console fonts
    lack them.
    """
    if text.isascii() and text.isprintable():
        return text
    return _cleaned(text)


@lru_cache(2048)
def _cleaned(text: str) -> str:
    spaced = "".join(
        " " if char in _BLANKS else char for char in unicodedata.normalize("NFC", text.translate(_PLAIN))
    )
    return "".join(char for char in spaced if unicodedata.category(char) not in _DROPPED)


# What the Latin fonts of the Linux console have: Latin-1, the letters that Latin-9 adds and French needs, and shapes.
_CONSOLE: Final = frozenset(
    [*map(chr, range(32, 127)), *map(chr, range(160, 256)), *"€œŒ│─┌┬┐└┴┘├┤┼█░▒●■▲▼→•≥≤"]
)
_LETTERS: Final = str.maketrans("ŁłĐđĦħıŊŋŸ", "LlDdHhiNnY")


@lru_cache(2048)
def for_console(text: str) -> str:
    """`text` as the Linux console can show it, as wide as before: letters of other languages lose their accents, and
    what stays unknown becomes question marks."""
    return "".join(char if char in _CONSOLE else _nearest(char) for char in text)


def _nearest(char: str) -> str:
    bare = "".join(one for one in unicodedata.normalize("NFKD", char.translate(_LETTERS)) if one in _CONSOLE)
    width = cell_len(char)
    return bare if cell_len(bare) == width else "?" * width
