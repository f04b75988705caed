"""Where a table, a key and its value stand in the text of a TOML file that `tomllib` has accepted.

A path is a tuple of names and, after the name of an array of tables, its index: `("rule", 3, "when")`.
"""

import re
from bisect import bisect_right
from collections.abc import Mapping
from typing import NamedTuple

Path = tuple[str | int, ...]

_KEY = r"(?:[A-Za-z0-9_-]+|\"[^\"\n]*\"|'[^'\n]*')"
_DOTTED = rf"{_KEY}(?:[ \t]*\.[ \t]*{_KEY})*"
_HEADER = re.compile(rf"[ \t]*(\[\[?)[ \t]*({_DOTTED})[ \t]*\]")
_ASSIGNMENT = re.compile(rf"[ \t]*({_DOTTED})[ \t]*=[ \t]*")
_PART = re.compile(_KEY)
_PIECE = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}'
    r"|'''.*?'{3,5}"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'"
    r"|#[^\n]*"
    r"|[\[\]{}\n]"
    r"|[^\"'#\[\]{}\n]+",
    re.DOTALL,
)


class Place(NamedTuple):
    """Line and column from 1, and the offset in the text of what follows (a key's value)."""

    line: int
    column: int
    value: int


class Places:
    """All tables and keys of one text. The text has `\\n` line ends."""

    def __init__(self, text: str) -> None:
        """Scan `text`, which must be valid TOML."""
        self.text = text
        self._starts = [0, *(found.end() for found in re.finditer("\n", text))]
        self._places = dict(_scan(text, self._starts))

    def find(self, path: Path) -> Place:
        """Where `path` stands, or the nearest table or key around it; line 0 when nothing of it is known."""
        while path:
            if path in self._places:
                return self._places[path]
            path = path[:-1]
        return Place(0, 0, 0)

    def line(self, number: int) -> str:
        """The text of line `number` (from 1), without its end."""
        start = self._starts[number - 1]
        end = self._starts[number] - 1 if number < len(self._starts) else len(self.text)
        return self.text[start:end]

    def inside(self, path: Path, content: str, line: int, column: int) -> tuple[int, int]:
        """Line and column in the file of a place in the string value `content` of `path`.

        `line` and `column` count from 1 in `content`. (0, 0) when the string is written with escapes.
        """
        start = self._content_start(path, content)
        if start < 0:
            return 0, 0
        starts = [0, *(found.end() for found in re.finditer("\n", content))]
        return position(self._starts, start + starts[min(line, len(starts)) - 1] + column - 1)

    def _content_start(self, path: Path, content: str) -> int:
        """The offset of the text between the quotes of a string value, or -1."""
        if path not in self._places:
            outer = self._places.get(path[:-1])
            inline = outer is not None and self.text.startswith("{", outer.value)
            return self.text.find(content, outer.value) if outer and inline else -1
        value = self._places[path].value
        quotes = next((q for q in ('"""', "'''", '"', "'") if self.text.startswith(q, value)), "")
        start = value + len(quotes)
        start += len(quotes) == 3 and self.text.startswith("\n", start)
        return start if quotes and self.text.startswith(content, start) else -1


def position(starts: list[int], offset: int) -> tuple[int, int]:
    """Line and column (from 1) of `offset`, given the offsets at which lines start."""
    line = bisect_right(starts, offset)
    return line, offset - starts[line - 1] + 1


def _scan(text: str, starts: list[int]) -> list[tuple[Path, Place]]:
    """Every header and every key that stands outside of inline tables, in order."""
    found: list[tuple[Path, Place]] = []
    counts: dict[Path, int] = {}
    table: Path = ()
    at = 0
    while at < len(text):
        header, key = _HEADER.match(text, at), _ASSIGNMENT.match(text, at)
        if header:
            table = _table_path(_names(header[2]), header[1] == "[[", counts)
            found.append((table, Place(*position(starts, header.start(1)), header.end())))
        elif key:
            path = table + _names(key[1])
            found.append((path, Place(*position(starts, key.start(1)), key.end())))
        at = _after_statement(text, at)
    return found


def _names(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in _PART.findall(dotted))


def _table_path(names: tuple[str, ...], is_array: bool, counts: dict[Path, int]) -> Path:
    """The path of a header, with the indices of the arrays of tables on its way; counts them."""
    path: Path = ()
    for name in names[:-1]:
        path = _indexed((*path, name), counts)
    path = (*path, names[-1])
    if is_array:
        counts[path] = counts.get(path, -1) + 1
    return _indexed(path, counts)


def _indexed(path: Path, counts: Mapping[Path, int]) -> Path:
    return (*path, counts[path]) if path in counts else path


def _after_statement(text: str, at: int) -> int:
    """The offset after the line end that closes the statement at `at`: strings and brackets may span lines."""
    depth = 0
    while at < len(text):
        piece = _PIECE.match(text, at)
        if piece is None:
            return len(text)
        at = piece.end()
        depth += (piece[0] in "[{") - (piece[0] in "]}")
        if piece[0] == "\n" and depth <= 0:
            return at
    return at
