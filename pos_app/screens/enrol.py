"""The enrolment form: card, contact, consent; first name and birthday when there is time."""

from collections.abc import Sequence
from typing import Final

from pos_app.languages.words import Words
from pos_app.screens.desk import CONSENT, Desk, enrol_value
from pos_app.screens.parts import end_of, field
from pos_app.till.view import EnrolView, View
from pos_app.widgets.rows import BLANK, Block, Role, Row, cells, row, spread, wrapped

FIELD: Final = 26  # cells of a field: of what is longer its end is shown


def enrol(view: View, desk: Desk, words: Words, width: int, height: int) -> Block:
    """Rows of the body; `desk.row` is the field being typed, `desk.text` what stands in it."""
    form = view.enrol
    if form is None or height < 1:
        return []
    room = width - 2
    lines = spread(room, [(words("NEW MEMBER"), Role.STRONG)], [(words("3 fields, about 15 s"), Role.SOFT)])
    names = (words("Card"), words("Phone"), words("Consent"), words("First name"), words("Birthday"))
    column = max(cells(name) for name in names) + 6
    for index, hint in (
        (0, words("scan a blank card, or Enter: none")),
        (1, words("or e-mail; Enter: none")),
    ):
        lines += [BLANK, *_typed(form, desk, index, names[index], column=column, width=room, hint=hint)]
    consents = _consent(form, desk, words, column, room)
    wording = wrapped(room, (form.wording, Role.SOFT))
    later = wrapped(room, (words("Optional, now or later:"), Role.SOFT))
    later += _typed(form, desk, 3, names[3], column=column, width=room, hint="")
    later += _typed(form, desk, 4, names[4], column=column, width=room, hint=words("day/month"))
    if form.sponsor:
        later += wrapped(room, (words("Brought by {name}", name=form.sponsor), Role.GOOD))
    if form.duplicate:
        later += [BLANK, *wrapped(room, (form.duplicate, Role.WARNING))]
    if form.say:
        later += [BLANK, *wrapped(room, (words("Say: "), Role.TITLE), (form.say, Role.STRONG))]
    asking = desk.row == CONSENT
    question = [BLANK, *consents, *(wording if asking else ())]
    shown = [*lines, *question, BLANK, *later]
    narrower = ([*lines, *question], [lines[0], *question], [lines[0], *wording])
    if asking and _filled(shown) > height:  # the words that are consented to come before all else
        shown = next((block for block in narrower if _filled(block) <= height), narrower[-1])
    return [(((" ", Role.TEXT), *line) if line else line) for line in shown]


def _filled(block: Block) -> int:
    """Rows without the blank ones, which the page leaves out where room is scarce."""
    return sum(1 for line in block if line)


def _typed(
    form: EnrolView, desk: Desk, index: int, name: str, *, column: int, width: int, hint: str
) -> Block:
    head = _head(index, name, desk, column)
    if desk.row == index:
        inside: Sequence[tuple[str, Role]] = field(desk.text, FIELD, " ")
    else:
        known = end_of(enrol_value(form, index), FIELD)
        inside = ((known, Role.TEXT), (" " * (FIELD - cells(known)), Role.TEXT))
    box = row(*head, ("[ ", Role.LINE), *inside, (" ]", Role.LINE))
    return spread(width, box, [(hint, Role.SOFT)] if hint else "")


def _head(index: int, name: str, desk: Desk, column: int) -> Row:
    here = desk.row == index
    sign = ("> " if here else "  ", Role.GOOD)
    text = f"{index + 1}  {name}"
    return row(sign, (text, Role.STRONG if here else Role.TEXT), " " * max(1, column - cells(text)))


def _consent(form: EnrolView, desk: Desk, words: Words, column: int, width: int) -> Block:
    lines: Block = []
    for one in form.consents:
        head = _head(CONSENT, words("Consent"), desk, column) if one.digit == 1 else row(" " * (column + 2))
        mark = ("■ " if one.chosen else "  ", Role.GOOD)
        role = Role.CHOSEN if one.chosen else Role.TEXT
        lines += spread(width, row(*head, mark, (f"{one.digit} ", Role.KEY), (one.label, role)))
    return lines
