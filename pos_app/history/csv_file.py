"""Histories as CSV: a header with the names of the columns, then one row a line of a ticket."""

import csv
from collections.abc import Iterator

from pos_app.history.raw import RawFile
from pos_app.history.reader import Complain, Entry, HistoryError
from pos_app.history.table import Row, missing, records, returning


class CsvHistory:
    """A CSV file (comma, UTF-8), plain or gzip."""

    def __init__(self, raw: RawFile) -> None:
        self._raw = raw

    def entries(self, complain: Complain) -> Iterator[Entry]:
        """All records; a ticket with a bad row is named."""
        return records(self._rows(complain), complain)

    def returning(self) -> frozenset[str]:
        """The members of whom something comes back."""
        return returning(self._rows(lambda _number, _why: None))

    def fraction(self) -> float:
        """How much of the file was read."""
        return self._raw.fraction()

    def _rows(self, complain: Complain) -> Iterator[tuple[int, Row]]:
        numbered = self._raw.lines()
        reader = csv.reader(line.decode("utf-8-sig", "replace") for _, line in numbered)
        try:
            names = [name.strip() for name in next(reader, [])]
            fault = missing(set(names))
            if fault:
                raise HistoryError(f"{self._raw.path}: {fault}.")
            for values in reader:
                if not values:
                    continue
                if len(values) != len(names):
                    complain(reader.line_num, f"the row has {len(values)} values for {len(names)} columns")
                    continue
                yield reader.line_num, dict(zip(names, values, strict=True))
        except csv.Error as error:
            text = f"{self._raw.path}, line {reader.line_num}: {error}: write the table again as plain CSV."
            raise HistoryError(text) from error
