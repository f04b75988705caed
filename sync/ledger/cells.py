"""Cells of the lists that shops bring along, read or refused with a reason; the same for folders and imports."""

import unicodedata
from datetime import date

from rules.sentences import mark, said

CELL_LIMIT = 500  # characters


class BadCell(Exception):
    """A row cannot be taken: `sentence` with `values` for its {names} says why, in words that can be translated."""

    def __init__(self, sentence: str, **values: str) -> None:
        super().__init__(said(sentence, **values))
        self.sentence, self.values = sentence, values


def cleaned(text: str) -> str:
    """`text` without outer blanks. Raises BadCell for control characters and more than 500 characters."""
    text = text.strip()
    if len(text) > CELL_LIMIT:
        raise BadCell(mark("a cell is longer than 500 characters."))
    if any(unicodedata.category(character) in {"Cc", "Cf", "Zl", "Zp"} for character in text):
        raise BadCell(mark("a cell holds a control character: remove it."))
    return text


def whole(title: str, text: str) -> int:
    """`text` as a whole number from 0 to 999 999 999. Raises BadCell."""
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise BadCell(mark('"{title}" must be a whole number, not "{text}".'), title=title, text=text)
    return int(text)


def day(title: str, text: str) -> date | None:
    """`text` as a date, None for an empty one. Raises BadCell."""
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        sentence = mark('"{title}" is "{text}" and must be a date like 2025-01-31.')
        raise BadCell(sentence, title=title, text=text) from None


def birthday(text: str) -> tuple[int, int] | None:
    """`text` as (month, day), None for an empty one. Raises BadCell."""
    if not text:
        return None
    try:
        found = date.fromisoformat(f"2000-{text}")  # a leap year, for the 29th of February
    except ValueError:
        raise BadCell(mark('birthday "{text}" must be month-day, like 04-23.'), text=text) from None
    return found.month, found.day
