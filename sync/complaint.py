"""Day and words of a member's last incident that had any, as one text: personal data, never in clear on a disk."""

from datetime import date


def written(on: date, words: str) -> str:
    """The text that is encrypted and travels; "" without words."""
    return f"{on.isoformat()} {words}" if words else ""


def read(text: str) -> tuple[date, str] | None:
    """Day and words; None where nothing was written down."""
    day, _, words = text.partition(" ")
    return (date.fromisoformat(day), words) if words else None
