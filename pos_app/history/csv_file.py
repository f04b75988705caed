"""Histories as CSV: a header with the names of the columns, then one row a line of a ticket."""

import csv
from collections.abc import Generator, Iterator
from typing import Any

from pos_app.history.raw import DAMAGE, DAMAGED, RawFile
from pos_app.history.reader import Complain, Entry, HistoryError
from pos_app.history.table import Numbered, missing, records, returning
from rules.sentences import mark, said


class CsvHistory:
    """A CSV file (comma, UTF-8), plain or gzip."""

    def __init__(self, raw: RawFile) -> None:
        self._raw = raw

    def entries(self, complain: Complain) -> Iterator[Entry]:
        """All records; a ticket with a bad row is named."""
        return records(self._rows(), complain)

    def returning(self) -> frozenset[str]:
        """The members of whom something comes back."""
        return returning(self._rows())

    def fraction(self) -> float:
        """How much of the file was read."""
        return self._raw.fraction()

    def _rows(self) -> Iterator[Numbered]:
        self._strange: set[int] = set()
        texts = self._texts()
        reader = csv.reader(texts)
        try:
            names = [name.strip() for name in next(reader, [])]
        except csv.Error as error:
            texts.close()
            raise HistoryError(
                said(
                    "{path}, line 1: {error}: write the table again as plain CSV.",
                    path=self._raw.path,
                    error=error,
                )
            ) from error
        fault = missing(set(names))
        if fault:
            texts.close()
            raise HistoryError(said("{path}: {fault}.", path=self._raw.path, fault=fault))
        while (numbered := self._row(reader, names)) is not None:
            if numbered[1] != {}:
                yield numbered

    def _row(self, reader: Any, names: list[str]) -> Numbered | None:
        """The next row, {} for an empty line; None at the end."""
        self._strange.clear()
        try:
            values = next(reader, None)
        except csv.Error as error:
            return reader.line_num, None, said("{error}: write the row again as plain CSV", error=error)
        if values is None:
            return None
        if self._damaged:
            return reader.line_num, None, DAMAGE
        fault = mark("the row is not UTF-8") if self._strange else ""
        if values and len(values) != len(names):
            fault = said(
                "the row has {count} values for {columns} columns", count=len(values), columns=len(names)
            )
        return reader.line_num, dict(zip(names, values, strict=False)), fault

    def _texts(self) -> Generator[str, None, None]:
        self._damaged = False
        for number, line in self._raw.lines():
            self._damaged = line == DAMAGED
            try:
                yield line.decode("utf-8-sig")
            except UnicodeDecodeError:
                self._strange.add(number)
                yield line.decode("utf-8", "replace")
