"""What the screen itself remembers between two keys; everything else is in the `View`."""

import msgspec

from pos_app.till.view import SELLING, EnrolView, Level, Stage, View

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
    """The desk after the till's view went from `old` to `new`: another stage, return or errand starts clean.

    What stands in the field of a sale is what the till counts: a scan may have taken it, or brought it back.
    """
    if old is None or old.stage is not new.stage or _page(old) != _page(new):
        return fresh(new)
    if new.stage is Stage.ENROL and desk.row == 0 and _card(old) != _card(new):
        return on_row(new, 1)
    row = -1 if new.stage is Stage.TICKET and _count(old) != _count(new) else desk.row
    return Desk(new.field if new.stage in SELLING and old.field != new.field else desk.text, row)


def fresh(view: View) -> Desk:
    """The desk a stage starts with: the form after a card it has, a return on its first line, else the field."""
    if view.stage is Stage.ENROL:
        return on_row(view, 1 if _card(view) else 0)
    if view.stage is Stage.RETURN and view.returning and len(view.returning.lines) > 1:
        return Desk(row=view.returning.lines[0].index)
    return Desk(view.field)


def _page(view: View) -> tuple[str, ...]:
    """What the field is for, where one stage has several things to ask."""
    if view.errand is not None:
        return (view.errand.title, view.errand.ask)
    return (view.returning.reference,) if view.returning else ()


def _card(view: View) -> str:
    return view.enrol.card if view.enrol else ""


def _count(view: View) -> int:
    return len(view.ticket.lines) if view.ticket else 0


def step(desk: Desk, indices: tuple[int, ...], by: int) -> Desk:
    """The list cursor moved by one among `indices`; from nowhere it starts at the last or first."""
    if not indices:
        return desk
    if desk.row not in indices:
        return Desk(desk.text, indices[-1] if by < 0 else indices[0])
    at = indices.index(desk.row) + by
    return Desk(desk.text, indices[max(0, min(at, len(indices) - 1))])
