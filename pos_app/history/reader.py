"""What every reader of a history offers, and how it complains."""

from collections.abc import Callable, Iterator
from typing import Protocol

from rules.history.record import Record

Entry = tuple[int, Record]
"""The number of a line (or row) of the file, from 1, and what it says."""

Complain = Callable[[int, str], None]
"""Takes the number of a line that cannot be counted, and why."""


class HistoryError(Exception):
    """A history cannot be read at all; one sentence that says what to do next."""


class Reader(Protocol):
    """A history in the order of its file."""

    def entries(self, complain: Complain) -> Iterator[Entry]:
        """All records in the order of the file; lines that say nothing sensible go to `complain` instead."""

    def returning(self) -> frozenset[str]:
        """The members of whom something comes back."""

    def fraction(self) -> float:
        """How much of the file `entries` has read, from 0 to 1."""
