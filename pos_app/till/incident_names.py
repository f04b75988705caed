"""Kinds of incidents in words."""

from datetime import date
from typing import Final

from pos_app.languages.words import Words
from pos_app.till.labels import signed
from pos_app.till.state import Who
from rules.account import POINTS
from rules.kinds.incidents import noted
from rules.programme.model import Programme
from rules.sentences import mark
from sync import complaint

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
    "till": mark("Till or scanner"),
    "suspicion": mark("Suspicion"),
    SATISFACTION: mark("Not satisfied"),
    "reward_back": mark("Reward brought back"),
}


def last_text(who: Who, programme: Programme | None, today: date, words: Words) -> str:
    """The last incident that still counts, what was noted of it, and what was given to make up for it; "" for none."""
    account = who.account
    seen = noted(account, programme, today) if programme is not None else ()
    if not seen:
        return ""
    day, kind = seen[0]
    last = words("Last incident {day}: {kind}", day=words.date(day), kind=kind_name(kind, words))
    told = noted_of(who, day, kind)
    if told:
        last = f"{last} ({told})"
    amends = account.amends
    if amends is None or amends.on < day:
        return f"{last} · {words('nothing given for it yet')}"
    given = signed(programme, POINTS, amends.points, words)
    return f"{last} · {words('given for it {day}: {given}', day=words.date(amends.on), given=given)}"


def noted_of(who: Who, day: date, kind: str) -> str:
    """What was noted of an incident of `kind` on `day`; "" for nothing."""
    found = complaint.read(who.complaint)
    return found.words if found is not None and (found.on, found.kind) == (day, kind) else ""


def kind_name(kind: str, words: Words) -> str:
    """A kind of incident in words."""
    return words(_NAMES[kind]) if kind in _NAMES else kind.replace("_", " ").capitalize()
