"""Undoes one wrong keyboard layout: a scanner set to US typing into a French AZERTY till."""

import re

import msgspec

_DIGIT_KEYS = dict(zip("&é\"'(-è_çà", "1234567890", strict=True))
_LETTER_KEYS = dict(zip("aqzwAQZW", "qawzQAWZ", strict=True))
_BURST = re.compile("(?:\\$([A-Za-z])([&é\"'(\\-è_çà]))?([&é\"'(\\-è_çà]{6,})")


class Folded(msgspec.Struct, frozen=True):
    """A text after folding; `wrong_layout` says that the scanner is set to another keyboard than the till."""

    text: str
    wrong_layout: bool


def fold(text: str) -> Folded:
    """Turn a burst of AZERTY digit-row characters back into digits, with its AIM identifier if it has one.

    Anything that holds a digit, another character or fewer than six of them comes back as it was. The result still
    has to pass the code grammar: folding proves nothing.
    """
    burst = _BURST.fullmatch(text)
    if burst is None:
        return Folded(text, wrong_layout=False)
    letter, modifier, body = burst.groups()
    identifier = f"]{_LETTER_KEYS.get(letter, letter)}{_DIGIT_KEYS[modifier]}" if letter else ""
    return Folded(identifier + "".join(_DIGIT_KEYS[char] for char in body), wrong_layout=True)
