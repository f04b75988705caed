"""Texts from scanners, files and the network lose what could steer the terminal before they are drawn."""

import unicodedata
from functools import lru_cache
from typing import Final

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
