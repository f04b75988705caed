"""Histories with one JSON object a line, as the replay and the headless till write them."""

from collections.abc import Iterator

import msgspec

from pos_app.history.raw import DAMAGE, DAMAGED, LONGEST_LINE, RawFile
from pos_app.history.reader import Complain, Entry
from rules.history.record import Record, fault_of
from rules.sentences import mark, said

_BAD = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class NdjsonHistory:
    """A file of JSON lines, plain or gzip."""

    def __init__(self, raw: RawFile) -> None:
        self._raw = raw

    def entries(self, complain: Complain) -> Iterator[Entry]:
        """All records; a line that is no record is named."""
        read = RecordReader().read
        for number, line in self.lines():
            found = read(line)
            if isinstance(found, str):
                complain(number, found)
            else:
                yield number, found

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """Number and bytes of every line that is not blank."""
        return ((number, line) for number, line in self._raw.lines() if not line.isspace())

    def returning(self) -> frozenset[str]:
        """The members of whom something comes back; only lines that speak of a refund are read."""
        decode = msgspec.json.Decoder(Record).decode
        found = set()
        for _, line in self._raw.lines():
            if b'"refund_of"' in line:
                try:
                    record = decode(line)
                except _BAD:
                    continue  # it is named when the entries are read
                if record.refund_of:
                    found.add(record.member)
        return frozenset(found)

    def fraction(self) -> float:
        """How much of the file was read."""
        return self._raw.fraction()


class RecordReader:
    """Reads one line at a time."""

    def __init__(self) -> None:
        self._decode = msgspec.json.Decoder(Record).decode

    def read(self, line: bytes) -> Record | str:
        """The record that a line holds, or what is wrong with it."""
        try:
            record = self._decode(line)
        except _BAD as error:
            return _why(line, error)
        return fault_of(record) or record


def _why(line: bytes, error: Exception) -> str:
    if line == DAMAGED:
        return DAMAGE
    if len(line) == LONGEST_LINE and not line.endswith(b"\n"):
        return said("the line is longer than {most} MiB", most=LONGEST_LINE >> 20)
    if isinstance(error, UnicodeDecodeError):
        return mark("the line is not UTF-8")
    if isinstance(error, RecursionError):
        return mark("the line is nested too deep")
    return str(error)
