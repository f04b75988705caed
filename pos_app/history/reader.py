"""What every reader of a history offers, and how it complains."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

from rules.history.record import Record
from rules.sentences import said

Entry = tuple[int, Record]
"""The number of a line (or row) of the file, from 1, and what it says."""

Complain = Callable[[int, str], None]
"""Takes the number of a line that cannot be counted, and why."""


class HistoryError(Exception):
    """A history cannot be read at all; one sentence that says what to do next."""


def unreadable(path: Path, error: OSError) -> HistoryError:
    """What `error` keeps us from reading."""
    return HistoryError(
        said(
            "{path} cannot be read ({reason}): check the name and your rights.",
            path=path,
            reason=error.strerror,
        )
    )


class Reader(Protocol):
    """A history in the order of its file."""

    def entries(self, complain: Complain) -> Iterator[Entry]:
        """All records in the order of the file; lines that say nothing sensible go to `complain` instead."""

    def returning(self) -> frozenset[str]:
        """The members of whom something comes back."""

    def fraction(self) -> float:
        """How much of the file `entries` has read, from 0 to 1."""
