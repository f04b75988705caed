"""Which reader a history needs: told by its first bytes, and between JSON lines and CSV by the first lines."""

from contextlib import closing
from itertools import islice
from pathlib import Path

from pos_app.history.csv_file import CsvHistory
from pos_app.history.ledger_file import LedgerHistory
from pos_app.history.ndjson import NdjsonHistory
from pos_app.history.parquet import ParquetHistory
from pos_app.history.raw import RawFile
from pos_app.history.reader import Reader, unreadable
from pos_app.history.table import missing

_SQLITE = b"SQLite format 3\0"
_PARQUET = b"PAR1"
_LOOKED_AT = 20


def open_history(path: Path) -> Reader:
    """The history in the file `path`. Raises HistoryError when it cannot be read."""
    try:
        with path.open("rb") as file:
            head = file.read(16)
    except OSError as error:
        raise unreadable(path, error) from error
    if head == _SQLITE:
        return LedgerHistory(path)
    if head.startswith(_PARQUET):
        return ParquetHistory(path)
    raw = RawFile(path)
    with closing(raw.lines()) as lines:
        firsts = list(islice((line for _, line in lines if not line.isspace()), _LOOKED_AT))
    return NdjsonHistory(raw) if _is_json(firsts) else CsvHistory(raw)


def _is_json(firsts: list[bytes]) -> bool:
    """Whether these are JSON lines, the first of which may be a bad one; a title line makes a table."""
    if not firsts:
        return True
    titles = {name.strip().strip('"') for name in firsts[0].decode("utf-8-sig", "replace").split(",")}
    return bool(missing(titles)) and any(line.lstrip().startswith(b"{") for line in firsts)
