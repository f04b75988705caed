"""Reading the files of a shop folder so that every fault names its file and line."""

import csv
import io
import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

import msgspec

from rules.sentences import as_said, mark, said, sentence_of
from sync.ledger.cells import BadCell, cleaned

FILE_LIMIT = 64 * 1024 * 1024  # bytes; a chain's members at start, with room

T = TypeVar("T")
_AT_LINE = re.compile(r"\(at line (\d+), column \d+\)|\(at end of document\)")
_INDEX = re.compile(r"\.(\w+)\[(\d+)\](?:\.(\w+))?")


class ShopFault(Exception):
    """A file of the shop folder is wrong: the text is one sentence with file and line; `all` has every fault so."""

    def __init__(self, path: Path, line: int, what: str, others: tuple["ShopFault", ...] = ()) -> None:
        if line:
            text = said("{file}, line {line}: {what}", file=path.name, line=line, what=as_said(what))
        else:
            text = said("{file}: {what}", file=path.name, what=as_said(what))
        super().__init__(text)
        self.all: tuple[str, ...] = tuple([str(fault) for fault in (text, *others)])


def read_bytes(path: Path) -> bytes:
    """The bytes of `path`. Raises ShopFault when it is missing, unreadable or above 64 MiB."""
    try:
        if path.stat().st_size > FILE_LIMIT:
            raise ShopFault(path, 0, mark("the file is larger than 64 MiB: split the shop or remove lines."))
        return path.read_bytes()
    except OSError as error:
        raise ShopFault(
            path,
            0,
            said("cannot be read ({reason}): create it or correct its rights.", reason=error.strerror),
        ) from None


def read_text(path: Path) -> str:
    """The UTF-8 text of `path`. Raises ShopFault that names the line of the first byte that is not UTF-8."""
    data = read_bytes(path)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ShopFault(path, line, mark("not UTF-8 text: save the file as UTF-8.")) from None


def read_toml(path: Path, kind: type[T]) -> T:
    """The TOML file `path` as a `kind`. Raises ShopFault."""
    text = read_text(path)
    try:
        return msgspec.convert(tomllib.loads(text, parse_float=Decimal), kind)
    except tomllib.TOMLDecodeError as error:
        found = _AT_LINE.search(str(error))
        line = int(found[1]) if found and found[1] else text.count("\n") + 1
        what = _AT_LINE.sub("", str(error)).strip()
        raise ShopFault(path, line, said("not valid TOML ({what}): correct this line.", what=what)) from None
    except msgspec.ValidationError as error:
        raise ShopFault(
            path, _line_of(text, str(error)), said("{error}: correct this line.", error=error)
        ) from None


def _line_of(text: str, message: str) -> int:
    """Line of the table that a msgspec path like `$.staff[2].pin` points at; 1 when it names none."""
    found = _INDEX.search(message)
    if not found:
        return 1
    header = re.compile(rf"^\s*\[\[\s*{re.escape(found[1])}\s*\]\]")
    seen = -1
    start = 1
    for number, line in enumerate(text.splitlines(), 1):
        if header.match(line):
            seen += 1
            start = number if seen == int(found[2]) else start
        elif seen == int(found[2]) and found[3] and re.match(rf"\s*{re.escape(found[3])}\s*=", line):
            return number
    return start


def read_csv(
    path: Path, needed: tuple[str, ...], allowed: tuple[str, ...]
) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Line number and cells by column title for each row of `path`.

    `needed` columns must be there, `allowed` ones may; a title that ends in ":" in `allowed` is a prefix.
    Raises ShopFault.
    """
    reader = csv.reader(io.StringIO(read_text(path), newline=""), strict=True)
    try:
        titles = [title.strip() for title in next(reader, [])]
        check_titles(path, titles, needed, allowed)
        for cells in reader:
            if not any(cells):
                continue
            if len(cells) != len(titles):
                raise ShopFault(
                    path,
                    reader.line_num,
                    said(
                        "{cells} cells where the title line has {titles}.",
                        cells=len(cells),
                        titles=len(titles),
                    ),
                )
            row = {
                title: clean(path, reader.line_num, cell) for title, cell in zip(titles, cells, strict=True)
            }
            yield reader.line_num, row
    except csv.Error as error:
        raise ShopFault(
            path, reader.line_num, said("not valid CSV ({error}): correct the quotes.", error=error)
        ) from None


def check_titles(path: Path, titles: list[str], needed: tuple[str, ...], allowed: tuple[str, ...]) -> None:
    """Raises ShopFault for a title line without a needed column, with one twice or with one nobody knows."""
    for title in needed:
        if title not in titles:
            raise ShopFault(
                path, 1, said('the column "{title}" is missing from the title line.', title=title)
            )
    prefixes = tuple(title for title in allowed if title.endswith(":"))
    for title in titles:
        if titles.count(title) > 1:
            raise ShopFault(path, 1, said('the column "{title}" is there twice.', title=title))
        if title not in needed and title not in allowed and not (prefixes and title.startswith(prefixes)):
            raise ShopFault(
                path, 1, said('the column "{title}" is unknown: see docs/shop-folder.md.', title=title)
            )


def clean(path: Path, line: int, text: str) -> str:
    """`text` without outer blanks. Raises ShopFault for control characters and cells above 500 characters."""
    with at_line(path, line):
        return cleaned(text)


@contextmanager
def at_line(path: Path, line: int) -> Iterator[None]:
    """Inside, a bad cell is a fault of this line. Raises ShopFault."""
    try:
        yield
    except BadCell as bad:
        raise ShopFault(path, line, sentence_of(bad)) from None
