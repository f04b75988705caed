"""A page with a code for a phone: in a box where there is room, else from top to bottom with the words beside it."""

from typing import Final

from pos_app.languages.words import Words
from pos_app.screens.errand import line_rows
from pos_app.screens.frame import alert_rows, key_bar, notice_rows, page, status_line, with_pages
from pos_app.screens.qr import NARROW, qr_rows
from pos_app.till.view import ErrandView, View
from pos_app.widgets.rows import BLANK, Block, Role, boxed, fitted, padded, rule, width_of, wrapped

_BESIDE: Final = (
    30  # cells that the words need at least; the smallest code without half blocks leaves 33 of 80
)


def code_page(view: View, job: ErrandView, words: Words, width: int, height: int, *, halves: bool) -> Block:
    """The whole screen. `halves` says that the terminal's font has half blocks."""
    box: Block = []

    def body(wide: int, high: int) -> Block:
        lines = line_rows(job, wide - 4)
        if code := qr_rows(job.qr, wide - 4, high - 2 - len(lines), halves=halves):
            box.extend(boxed([(wide - 2, [*lines, *code])], high, [job.title]))
        return box

    framed = page(view, words, width, height, body)
    return framed if box else _beside(view, job, words, width, height, halves=halves)


def _beside(view: View, job: ErrandView, words: Words, width: int, height: int, *, halves: bool) -> Block:
    """The code from the first row to the last, to the right of it everything else that a screen says."""
    code = qr_rows(job.qr, width - _BESIDE - 1, height, halves=halves, quiets=NARROW)
    if not code:
        small = words("This screen is too small for the code: write its number down.")
        return page(view, words, width, height, lambda wide, _high: wrapped(wide, (small, Role.WARNING)))
    side = width - width_of(code[0]) - 1
    top = [*status_line(view.status, words, side), *alert_rows(view, words, side), BLANK]
    top += [*wrapped(side, (job.title, Role.TITLE)), BLANK, *line_rows(job, side)]
    bottom = [*notice_rows(view.notice, words, side), rule(side)]
    bottom += key_bar(with_pages(view.keys, words), words, side)
    said = fitted(top, height - len(bottom), words("more: F1"))
    said += [BLANK] * (height - len(bottom) - len(said)) + bottom
    code += [((" " * width_of(code[0]), Role.TEXT),)] * (height - len(code))
    return [padded((*left, (" ", Role.TEXT), *right), width) for left, right in zip(code, said, strict=True)]
