"""Rows of styled text: the little layout language that every screen is written in. No Textual, no state.

A span is a text and the role it plays; a row is spans side by side; a block is a list of rows. Widths are cells.
Nothing is ever cut to fit a width: what is too long goes on in the next row.
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from functools import lru_cache
from typing import Final

from rich.cells import cell_len

from pos_app.widgets.clean import clean

_CLINGING: Final = frozenset(":;?!»")


class Role(StrEnum):
    """What a text is for; the theme decides how that looks."""

    TEXT = "text"
    STRONG = "strong"
    SOFT = "soft"
    TITLE = "title"
    LINE = "line"
    GOOD = "good"
    INFO = "info"
    WARNING = "warning"
    REFUSAL = "refusal"
    FIELD = "field"
    CURSOR = "cursor"
    CHOSEN = "chosen"
    BAR = "bar"
    REST = "rest"
    KEY = "key"
    STATUS = "status"
    TRAINING = "training"
    PAPER = "paper"


Span = tuple[str, Role]
Row = tuple[Span, ...]
Block = list[Row]
Piece = str | Span

BLANK: Row = ()


@lru_cache(8192)
def cells(text: str) -> int:
    """How many cells a text takes."""
    return len(text) if text.isascii() else cell_len(text)


def width_of(row: Iterable[Span]) -> int:
    """How many cells a row takes."""
    return sum(cells(text) for text, _ in row)


def row(*pieces: Piece) -> Row:
    """Spans side by side, cleaned; a bare text plays the role of text. Empty pieces vanish."""
    return tuple((clean(text), role) for text, role in map(_span, pieces) if text)


def _span(piece: Piece) -> Span:
    return (piece, Role.TEXT) if isinstance(piece, str) else piece


def padded(line: Row, width: int, role: Role = Role.TEXT) -> Row:
    """The row filled up with spaces to `width`."""
    missing = width - width_of(line)
    return (*line, (" " * missing, role)) if missing > 0 else line


def wrapped(width: int, *pieces: Piece) -> Block:
    """Spans as rows of at most `width` cells, broken at spaces, long words broken anywhere."""
    line = row(*pieces)
    if width_of(line) <= width:
        return [line]
    lines: Block = [()]
    for word, role in _words(line, max(1, width)):
        text = word if lines[-1] else word.lstrip(" ")
        if width_of(lines[-1]) + cells(text.rstrip(" ")) > width:
            lines.append(())
            text = word.lstrip(" ")
        lines[-1] = _joined(lines[-1], (text, role))
    return [_stripped(line) for line in lines if line]


def _words(line: Row, width: int) -> Iterable[Span]:
    """Words with the spaces before them; a word wider than `width` comes in pieces."""
    for text, role in line:
        start = 0
        for at in range(1, len(text) + 1):
            whole = at == len(text) or _breaks(text, at)
            if whole or cells(text[start : at + 1].lstrip(" ")) > width:
                yield text[start:at], role
                start = at


def _breaks(text: str, at: int) -> bool:
    """Whether a line may end before the blank at `at`.

    In French there is one before some signs, which stay with it; a plus stays with what is gained.
    """
    return text[at] == " " and text[at - 1] not in " «+" and text[at + 1 : at + 2] not in _CLINGING


def _joined(line: Row, span: Span) -> Row:
    if line and line[-1][1] == span[1]:
        return (*line[:-1], (line[-1][0] + span[0], span[1]))
    return (*line, span) if span[0] else line


def _stripped(line: Row) -> Row:
    return (*line[:-1], (line[-1][0].rstrip(" "), line[-1][1])) if line else line


def spread(width: int, left: Sequence[Piece] | Piece, right: Sequence[Piece] | Piece = "") -> Block:
    """Left against the left edge, right against the right one; on rows of their own when they do not fit."""
    a, b = row(*_pieces(left)), row(*_pieces(right))
    if not b:
        return wrapped(width, *a)
    gap = width - width_of(a) - width_of(b)
    if gap >= 1 or (gap >= 0 and not a):
        return [(*a, (" " * gap, Role.TEXT), *b) if gap else (*a, *b)]
    lines = wrapped(width, *a) if a else []
    gap = width - width_of(lines[-1]) - width_of(b) if lines else 0
    if gap >= 1:
        return [*lines[:-1], (*lines[-1], (" " * gap, Role.TEXT), *b)]
    return [*lines, *(ends(width, line) for line in wrapped(width, *b))]


def _pieces(given: Sequence[Piece] | Piece) -> Sequence[Piece]:
    if isinstance(given, str):
        return (given,)
    if len(given) == 2 and isinstance(given[1], Role):
        return (given,)  # type: ignore[return-value]
    return given


def ends(width: int, line: Row) -> Row:
    """The row against the right edge."""
    gap = width - width_of(line)
    return ((" " * gap, Role.TEXT), *line) if gap > 0 else line


def centred(width: int, *pieces: Piece) -> Block:
    """Spans in the middle, on several rows when they must."""
    lines = wrapped(width, *pieces)
    return [
        ((" " * gap, Role.TEXT), *line) if (gap := (width - width_of(line)) // 2) > 0 else line
        for line in lines
    ]


def indented(by: int, block: Block) -> Block:
    """The block with `by` blank cells before every row that is not blank."""
    return [((" " * by, Role.TEXT), *line) if line else line for line in block]


def rule(width: int) -> Row:
    """A line across."""
    return (("─" * width, Role.LINE),)


def bar(width: int, have: int, need: int) -> Row:
    """A bar of `width` cells: the way walked of the whole way; full only when all is walked."""
    share = 0.0 if need <= 0 else min(1.0, max(0.0, have / need))
    full = width if share >= 1 else min(width - 1, round(width * share))
    return (("█" * full, Role.BAR), ("░" * (width - full), Role.REST))


def fitted(block: Block, height: int, more: str) -> Block:
    """At most `height` rows: blank rows go first, from the bottom; then the rest is announced with `more`."""
    rows = list(block)
    while len(rows) > height and BLANK in rows:
        del rows[len(rows) - 1 - rows[::-1].index(BLANK)]
    if len(rows) <= height or height < 1:
        return rows[: max(height, 0)]
    return [*rows[: height - 1], row((more, Role.SOFT))]


def boxed(columns: Sequence[tuple[int, Block]], height: int, titles: Sequence[str] = ()) -> Block:
    """Blocks side by side in a frame of `height` rows in all; a column's width is what lies between its lines.

    One cell on each side of a column stays blank, so its block may be two cells narrower.
    """
    edge = [_edge(width, titles[i] if i < len(titles) else "") for i, (width, _) in enumerate(columns)]
    lines: Block = [_framed(edge, "┌", "┬", "┐")]
    for y in range(height - 2):
        line: list[Span] = [("│", Role.LINE)]
        for width, block in columns:
            inner = block[y] if y < len(block) else BLANK
            line += [(" ", Role.TEXT), *padded(inner, width - 2), (" ", Role.TEXT), ("│", Role.LINE)]
        lines.append(tuple(line))
    lines.append(_framed([_edge(width, "") for width, _ in columns], "└", "┴", "┘"))
    return lines


def _edge(width: int, title: str) -> Row:
    if not title:
        return (("─" * width, Role.LINE),)
    name = f" {clean(title)} "
    return ((name, Role.TITLE), ("─" * max(0, width - cells(name)), Role.LINE))


def _framed(edges: Sequence[Row], left: str, between: str, right: str) -> Row:
    line: list[Span] = [(left, Role.LINE)]
    for i, edge in enumerate(edges):
        line += [*edge, (right if i == len(edges) - 1 else between, Role.LINE)]
    return tuple(line)


def plain(block: Iterable[Row]) -> list[str]:
    """The texts alone, one line a row, without spaces at the end."""
    return ["".join(text for text, _ in line).rstrip(" ") for line in block]
