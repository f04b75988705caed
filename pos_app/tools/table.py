"""Tables as plain text and as CSV."""

import csv
import io
from collections.abc import Sequence
from typing import Final

_FORMULA: Final = ("=", "+", "-", "@", "\t")
"""What a text begins with that a spreadsheet takes for a formula and carries out (OWASP, CSV injection)."""


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Aligned columns: the first to the left, the others to the right."""
    widths = [max(len(row[n]) for row in (head, *rows)) for n in range(len(head))]
    return "\n".join(_line(row, widths) for row in (head, *rows))


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    first = row[0] + " " * (widths[0] - len(row[0]))
    rest = [" " * (width - len(cell)) + cell for cell, width in zip(row[1:], widths[1:], strict=True)]
    return "  ".join([first, *rest]).rstrip()


def comma_separated(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """The rows as CSV with a head, for spreadsheets: what comes from outside is no formula there."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(head)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return out.getvalue()


def _cell(value: object) -> object:
    """A text that would be a formula with an apostrophe before it; a number is a number, below zero too.

    A bare CR would end the row in a spreadsheet: `csv` quotes only the line end that it writes itself.
    """
    if not isinstance(value, str):
        return value
    text = value.replace("\r", " ")
    return f"'{text}" if text.startswith(_FORMULA) else text
