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
    lines += [BLANK, *_consent(form, desk, words, column, room), BLANK]
    lines += wrapped(room, (words("Optional, now or later:"), Role.SOFT))
    lines += _typed(form, desk, 3, names[3], column=column, width=room, hint="")
    lines += _typed(form, desk, 4, names[4], column=column, width=room, hint=words("day/month"))
    if form.sponsor:
        lines += wrapped(room, (words("Brought by {name}", name=form.sponsor), Role.GOOD))
    if form.duplicate:
        lines += [BLANK, *wrapped(room, (form.duplicate, Role.WARNING))]
    if form.say:
        lines += [BLANK, *wrapped(room, (words("Say: "), Role.TITLE), (form.say, Role.STRONG))]
    return [(((" ", Role.TEXT), *line) if line else line) for line in lines]


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
    choices = (words("Points and account only"), words("+ offers by SMS"), words("+ offers by e-mail"))
    lines: Block = []
    for number, text in enumerate(choices, start=1):
        chosen = form.consent == number
        head = _head(CONSENT, words("Consent"), desk, column) if number == 1 else row(" " * (column + 2))
        mark = ("■ " if chosen else "  ", Role.GOOD)
        role = Role.CHOSEN if chosen else Role.TEXT
        lines += spread(width, row(*head, mark, (f"{number} ", Role.KEY), (text, role)))
    return lines
