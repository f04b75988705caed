"""The page of an errand, whichever it is: what is to know, the digits that choose, the field."""

from typing import Final

from pos_app.languages.words import Words
from pos_app.screens.desk import Desk
from pos_app.screens.parts import field
from pos_app.till.view import ErrandChoice, ErrandView, Tone, View
from pos_app.widgets.rows import BLANK, Block, Role, boxed, fitted, row, spread, wrapped

FIELD: Final = 30  # cells of the field: of what is longer its end is shown
_ROLES: Final = {
    Tone.TEXT: Role.TEXT,
    Tone.STRONG: Role.STRONG,
    Tone.SOFT: Role.SOFT,
    Tone.WARNING: Role.WARNING,
}


def errand(view: View, desk: Desk, words: Words, width: int, height: int) -> Block:
    """Rows of the body: one box over the width."""
    return job_box(view.errand, desk.text, words, width, height) if view.errand is not None else []


def job_box(job: ErrandView, text: str, words: Words, width: int, height: int) -> Block:
    """The box of a page with `text` in its field, `height` rows in all: its digits and its field are always seen."""
    room, inner = width - 4, height - 2
    foot: Block = []
    if job.choices:
        foot += [BLANK, *(line for choice in job.choices for line in _choice(choice, room))]
    if job.ask:
        ask = row(job.ask, " > ", *field(text, min(FIELD, room)))
        foot += [BLANK, *wrapped(room, *ask)]
    lines = _folded(line_rows(job, room), inner - len([line for line in foot if line]), words)
    return boxed([(width - 2, fitted([*lines, *foot], inner, words("more: F1")))], height, [job.title])


def _folded(lines: Block, room: int, words: Words) -> Block:
    """The first of `lines`, and how many more there are."""
    rows = [line for line in lines if line]
    if len(rows) <= room:
        return lines
    shown = max(0, room - 1)
    more = words.plural("and {n} more line", "and {n} more lines", len(rows) - shown)
    return [*rows[:shown], row((more, Role.SOFT))]


def line_rows(job: ErrandView, width: int) -> Block:
    """What is to know, each line with what stands at its right."""
    found: Block = []
    for line in job.lines:
        role = _ROLES[line.tone]
        found += spread(width, [(line.text, role)], [(line.right, role)] if line.right else "")
    return found


def _choice(choice: ErrandChoice, width: int) -> Block:
    mark = ("■ " if choice.chosen else "  ", Role.GOOD)
    role = Role.CHOSEN if choice.chosen else Role.TEXT
    left = [mark, (f"{choice.digit} ", Role.KEY), (choice.label, role)]
    return spread(width, left, [(choice.right, Role.SOFT)] if choice.right else "")
