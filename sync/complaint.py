"""What was noted of a member's last incident that had words, as one text: personal data, never in clear on a disk."""

from datetime import date

import msgspec


class Complaint(msgspec.Struct, frozen=True):
    """The day and the kind of the incident, and the words."""

    on: date
    kind: str
    words: str


def written(on: date, kind: str, words: str) -> str:
    """The text that is encrypted and travels; "" without words."""
    return f"{on.isoformat()}\n{kind}\n{words}" if words else ""


def read(text: str) -> Complaint | None:
    """What `written` wrote; None where nothing was written down."""
    day, _, rest = text.partition("\n")
    kind, _, words = rest.partition("\n")
    return Complaint(date.fromisoformat(day), kind, words) if words else None
