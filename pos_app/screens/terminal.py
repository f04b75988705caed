"""Whether this terminal can show the till at all. No Textual: it is asked before anything is drawn."""

import codecs
from collections.abc import Mapping

from pos_app.screens.frame import MINIMUM
from rules.sentences import mark, said


def terminal_problem(environ: Mapping[str, str], encoding: str | None, size: tuple[int, int]) -> str | None:
    """Why the till cannot start here, in one plain ASCII-safe sentence, or None.

    `encoding` is that of standard output, `size` columns and rows. A size of (0, 0) is unknown and passes; a
    terminal made too small later is told so on the screen.
    """
    if not _speaks_utf8(encoding):
        return mark(
            "This terminal shows no accents: set LANG=C.UTF-8 (or fr_FR.UTF-8), then start the till again."
        )
    if environ.get("TERM", "") in {"", "dumb"}:
        return mark("TERM says that this is no full terminal: use a real one, or assidu till --headless.")
    columns, rows = size
    if 0 < columns < MINIMUM[0] or 0 < rows < MINIMUM[1]:
        return said(
            "This terminal has {columns} x {rows} cells: make it at least 80 x 24, then start the till again.",
            columns=columns,
            rows=rows,
        )
    return None


def _speaks_utf8(encoding: str | None) -> bool:
    try:
        return codecs.lookup(encoding or "ascii").name == "utf-8"
    except LookupError:
        return False
