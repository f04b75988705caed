"""What the screen itself remembers between two keys; everything else is in the `View`."""

import msgspec

from pos_app.till.view import EnrolView, Level, Stage, View

ENROL_FIELDS = ("card", "contact", "consent", "first_name", "birthday")
CONSENT = ENROL_FIELDS.index("consent")


class Desk(msgspec.Struct, frozen=True):
    """The one input field and the line a list cursor stands on.

    `text` is what stands in the field. `row` is the field of the enrolment form, or the marked line of a ticket or
    a return (its index); -1 marks none.
    """

    text: str = ""
    row: int = -1


def enrol_value(form: EnrolView, row: int) -> str:
    """What the till knows of a field of the form, as text; the consent is chosen, not typed."""
    return "" if row == CONSENT else str(getattr(form, ENROL_FIELDS[row]))


def on_row(view: View, row: int) -> Desk:
    """The desk with the enrolment form's cursor on `row`; a card is scanned or typed anew, never edited."""
    row = max(0, min(row, len(ENROL_FIELDS) - 1))
    form = view.enrol
    return Desk(enrol_value(form, row) if form and row else "", row)


def refused(view: View) -> bool:
    """True when the till said no to the last step."""
    return view.notice is not None and view.notice.level is Level.REFUSAL


def follow(desk: Desk, old: View | None, new: View) -> Desk:
    """The desk after the till's view went from `old` to `new`: another stage or another ticket starts clean."""
    if old is None or old.stage is not new.stage:
        return on_row(new, 0) if new.stage is Stage.ENROL else Desk()
    if new.stage is Stage.ENROL:
        scanned = desk.row == 0 and old.enrol and new.enrol and old.enrol.card != new.enrol.card
        return on_row(new, 1) if scanned else desk
    if new.stage is Stage.TICKET and new.ticket and old.ticket:
        if new.ticket.number != old.ticket.number:
            return Desk()
        return desk if len(new.ticket.lines) == len(old.ticket.lines) else Desk(desk.text)
    if (
        new.stage is Stage.RETURN
        and new.returning
        and old.returning
        and new.returning.found != old.returning.found
    ):
        return Desk()
    return desk


def step(desk: Desk, indices: tuple[int, ...], by: int) -> Desk:
    """The list cursor moved by one among `indices`; from nowhere it starts at the last or first."""
    if not indices:
        return desk
    if desk.row not in indices:
        return Desk(desk.text, indices[-1] if by < 0 else indices[0])
    at = indices.index(desk.row) + by
    return Desk(desk.text, indices[max(0, min(at, len(indices) - 1))])
