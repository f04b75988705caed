"""The histories that a tool works on, read whole: records in the order of time, and the lines that are none."""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from pos_app.history.open import open_history
from pos_app.history.order import in_order
from rules.history.record import Record

_FILE = 40
_EVERY = 4096


class Fault(msgspec.Struct, frozen=True, order=True):
    """A line of a history that could not be counted, and why."""

    file: str
    line: int
    message: str


class Tickets(msgspec.Struct, frozen=True):
    """Records with their numbers (see `place`), the members of whom something comes back, and bad lines."""

    files: tuple[str, ...]
    records: list[tuple[int, Record]]
    returning: frozenset[str]
    faults: tuple[Fault, ...]

    @property
    def last(self) -> datetime | None:
        """The moment of the last record; None without records."""
        return self.records[-1][1].at if self.records else None

    def place(self, number: int, message: str) -> Fault:
        """A fault of the record `number`, by the file and line it came from."""
        return fault_at(self.files, number, message)


def fault_at(files: tuple[str, ...], number: int, message: str) -> Fault:
    """A fault of the record `number` (see `number_of`) of `files`."""
    return Fault(files[number >> _FILE], number & ((1 << _FILE) - 1), message)


def number_of(place: int, line: int) -> int:
    """The number of a line of the file at `place`, from 0: numbers are in the order of the files."""
    return place << _FILE | line


def read_tickets(paths: Sequence[Path], tell: Callable[[float], None]) -> Tickets:
    """All records of the histories; `tell` gets how much was read, from 0 to 1. Raises HistoryError.

    Records are ordered by their time; those of one moment stay in the order of the files. A ticket that comes twice
    is named and counts once.
    """
    records: list[tuple[int, Record]] = []
    faults: list[Fault] = []
    for place, path in enumerate(paths):
        reader = open_history(path)

        def complain(line: int, message: str, name: str = str(path)) -> None:
            faults.append(Fault(name, line, message))

        for line, record in reader.entries(complain):
            records.append((number_of(place, line), record))
            if len(records) % _EVERY == 0:
                tell((place + reader.fraction()) / len(paths))
    tell(1.0)
    return in_time(tuple([str(path) for path in paths]), records, tuple(faults))


def in_time(files: tuple[str, ...], records: list[tuple[int, Record]], faults: tuple[Fault, ...]) -> Tickets:
    """`records`, which are in the order of the files, in the order of time; one that comes twice is a fault."""
    records.sort(key=lambda pair: pair[1].at)
    twice: list[Fault] = []
    once = list(in_order(records, lambda number, message: twice.append(fault_at(files, number, message))))
    returning = frozenset([record.member for _, record in once if record.refund_of])
    return Tickets(files, once, returning, (*faults, *twice))
