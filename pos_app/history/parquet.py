"""Histories as Parquet, through DuckDB (the extra `backtest`): one row a line of a ticket."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pos_app.history.duck import database
from pos_app.history.reader import Complain, Entry, HistoryError
from pos_app.history.table import LINE_COLUMNS, TICKET_COLUMNS, Numbered, missing, records, returning
from rules.sentences import mark, said

_AT_A_TIME = 50_000


class ParquetHistory:
    """A Parquet file; a time without zone is UTC."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read, self._total = 0, 1

    def entries(self, complain: Complain) -> Iterator[Entry]:
        """All records; a ticket with a bad row is named."""
        return records(self._rows(), complain)

    def returning(self) -> frozenset[str]:
        """The members of whom something comes back."""
        return returning(self._rows())

    def fraction(self) -> float:
        """How much of the file was read."""
        return min(1.0, self._read / self._total)

    def _rows(self) -> Iterator[Numbered]:
        duckdb = _duckdb()
        try:
            with database() as link:
                yield from self._rows_of(link)
        except duckdb.Error as error:
            told = str(error).splitlines()[0]
            text = said(
                "{path} cannot be read as Parquet ({error}): write it again.", path=self._path, error=told
            )
            raise HistoryError(text) from error

    def _rows_of(self, link: Any) -> Iterator[Numbered]:
        described = link.execute("DESCRIBE SELECT * FROM read_parquet(?)", [str(self._path)]).fetchall()
        kinds = {row[0]: row[1] for row in described}
        fault = missing(set(kinds))
        if fault:
            raise HistoryError(said("{path}: {fault}.", path=self._path, fault=fault))
        names = [name for name in (*TICKET_COLUMNS, *LINE_COLUMNS) if name in kinds]
        wanted = ", ".join(_column(name, kinds[name]) for name in names)
        counted = link.execute("SELECT count(*) FROM read_parquet(?)", [str(self._path)]).fetchone()
        self._read, self._total = 0, max(1, counted[0])
        cursor = link.execute(f"SELECT {wanted} FROM read_parquet(?)", [str(self._path)])  # noqa: S608
        while rows := cursor.fetchmany(_AT_A_TIME):
            for values in rows:
                self._read += 1
                yield self._read, dict(zip(names, values, strict=True)), ""


def _column(name: str, kind: str) -> str:
    """How a column is asked for; names are ours, never the file's."""
    if name == "at" and kind.startswith("TIMESTAMP"):
        return """strftime(make_timestamp(epoch_us("at")), '%Y-%m-%dT%H:%M:%S.%fZ')"""
    return f'"{name}"' if name in ("qty", "cents", "promo") else f'CAST("{name}" AS VARCHAR)'


def _duckdb() -> Any:
    try:
        import duckdb
    except ImportError as error:
        text = mark("Parquet needs DuckDB: install it with pip install 'assidu[backtest]'.")
        raise HistoryError(text) from error
    return duckdb
