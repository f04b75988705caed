"""What the customer's display says: two short lines, and never a name (devices.md section 6)."""

from pos_app.languages.words import Words
from pos_app.till.view import Stage, View


def facing(view: View, words: Words) -> tuple[str, str]:
    """The two lines for what the screen shows. Amounts are in the ticket's currency."""
    if view.stage is Stage.DONE and view.done is not None:
        return _done(view, words)
    if view.ticket is not None:
        return _ticket(view, words)
    return view.status.store, words("Welcome") if view.stage is not Stage.LOCKED else words("Till closed")


def _ticket(view: View, words: Words) -> tuple[str, str]:
    ticket, member = view.ticket, view.member
    assert ticket is not None
    points = (
        f"{words.number(member.balance)} {member.unit}" if member is not None and member.has_points else ""
    )
    if not ticket.total:
        return (words("Hello"), points) if member is not None else (view.status.store, words("Welcome"))
    return words("Total {amount}", amount=words.money(ticket.due)), points


def _done(view: View, words: Words) -> tuple[str, str]:
    assert view.done is not None
    earned = view.recent[0].earned if view.recent else ""
    if view.done.reward:
        return words("Discount {amount}", amount=words.money(view.done.reward)), earned
    return (words("Thank you"), earned if earned.startswith("+") else "")
