"""The rows of a list to be imported, CSV with a title line or one JSON object a line; bad ones are named, not lost."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from rules.sentences import mark
from sync.ledger.cells import BadCell, cleaned
from sync.ledger.shop_files import check_titles, read_text

T = TypeVar("T")
Row = Mapping[str, str]
JSON_ENDINGS = (".ndjson", ".jsonl")


class RefusedLine(msgspec.Struct, frozen=True):
    """A line that was not taken, and why: a sentence that can be translated, with values for its {names}."""

    line: int
    sentence: str
    values: dict[str, str] = {}


class Columns(msgspec.Struct, frozen=True):
    """Titles that must be there, and further ones that may; one that ends in ":" is a prefix."""

    needed: tuple[str, ...]
    allowed: tuple[str, ...] = ()

    def knows(self, title: str) -> bool:
        """Whether a column may have this title."""
        prefixes = tuple(one for one in self.allowed if one.endswith(":"))
        return title in self.needed or title in self.allowed or bool(prefixes and title.startswith(prefixes))


def read_list(
    path: Path, columns: Columns, make: Callable[[Row], T]
) -> tuple[list[tuple[int, T]], list[RefusedLine]]:
    """What `make` makes of each line of `path`, with its number, and the lines refused, by it (BadCell) or before.

    Raises ShopFault for a file that cannot be read as a list at all.
    """
    text = read_text(path)
    rows = _json_rows if path.suffix in JSON_ENDINGS else _csv_rows
    taken: list[tuple[int, T]] = []
    refused: list[RefusedLine] = []
    for line, row in rows(path, text, columns):
        try:
            if isinstance(row, BadCell):
                raise row
            taken.append((line, make({title: cleaned(cell) for title, cell in row.items()})))
        except BadCell as bad:
            refused.append(RefusedLine(line, bad.sentence, bad.values))
    return taken, refused


def _csv_rows(path: Path, text: str, columns: Columns) -> Iterator[tuple[int, Row | BadCell]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    titles = [title.strip() for title in next(reader, [])]
    check_titles(path, titles, columns.needed, columns.allowed)
    while True:
        first = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield first, BadCell(mark("not valid CSV ({fault}): correct the quotes."), fault=str(error))
            continue
        if not any(cells):
            continue
        if len(cells) != len(titles):
            sentence = mark("{cells} cells where the title line has {titles}.")
            yield first, BadCell(sentence, cells=str(len(cells)), titles=str(len(titles)))
            continue
        yield first, dict(zip(titles, cells, strict=True))


def _json_rows(_path: Path, text: str, columns: Columns) -> Iterator[tuple[int, Row | BadCell]]:
    for line, one in enumerate(text.split("\n"), 1):
        if one.strip():
            try:
                yield line, _json_row(one, columns)
            except BadCell as bad:
                yield line, bad


def _json_row(text: str, columns: Columns) -> Row:
    try:
        raw = msgspec.json.decode(text, type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        raise BadCell(mark("no JSON object: write one a line, without a line break in it.")) from None
    for title in raw:
        if not columns.knows(title):
            raise BadCell(mark('the key "{title}" is unknown.'), title=title)
    row = dict.fromkeys(columns.needed, "") | {title: _cell(title, one) for title, one in raw.items()}
    for title in columns.needed:
        if title not in raw:
            raise BadCell(mark('the key "{title}" is missing.'), title=title)
    return row


def _cell(title: str, value: Any) -> str:
    """A JSON value as a cell of a table says it: a list as its parts with blanks between."""
    if isinstance(value, list) and all(type(part) in (str, int) for part in value):
        return " ".join(str(part) for part in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int)):
        return str(value)
    if value is None:
        return ""
    raise BadCell(mark('"{title}" must be a text, a whole number or a list of them.'), title=title)
