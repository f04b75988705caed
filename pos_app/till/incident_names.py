"""Kinds of incidents in words."""

from typing import Final

from pos_app.languages.words import Words
from rules.sentences import mark

SATISFACTION: Final = "satisfaction"  # what a low mark counts as, where the programme weighs it

# Names that shops use for kinds of incidents; any other is shown as the programme writes it.
_NAMES: Final = {
    "wrong_order": mark("Wrong order"),
    "rude": mark("Unfriendly word"),
    "out_of_stock": mark("Out of stock"),
    "queue": mark("Long queue"),
    "complaint": mark("Complaint"),
    "card_unreadable": mark("Card will not scan"),
    "points_wrong": mark("Points wrong"),
    "quality": mark("Quality"),
    "late": mark("Late"),
    "price": mark("Wrong price"),
    SATISFACTION: mark("Not satisfied"),
    "reward_back": mark("Reward brought back"),
}


def kind_name(kind: str, words: Words) -> str:
    """A kind of incident in words."""
    return words(_NAMES[kind]) if kind in _NAMES else kind.replace("_", " ").capitalize()
