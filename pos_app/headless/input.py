"""What a register sends, checked before it reaches the till: lines of a ticket, and events."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

from pos_app.till.basket import MOST_CENTS
from pos_app.till.state import BasketLine
from rules.sentences import mark, said
from rules.ticket import Event, Line

LONGEST_TEXT = 100
MOST_FIELDS = 20
MOST_ZONES = 50
_ZONE = re.compile(r"[a-z0-9._-]{1,40}")
# What the ledger or the till itself makes events of: nobody may report it from outside.
OWN_EVENTS = frozenset({"referral", "enrolment"})


class Refused(Exception):
    """A command that is not carried out: a stable code and one sentence, as `rules.sentences` says it."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


def check_name(text: str) -> None:
    """Whether `text` may be a register's name for something. Raises Refused."""
    if len(text) > LONGEST_TEXT or not text.isprintable():
        raise Refused("bad_name", mark("A ticket name has at most 100 printable characters."))


class LineIn(msgspec.Struct, frozen=True):
    """A line of a ticket as the register sends it; `cents` is what the customer pays for it."""

    cents: int
    sku: str = ""
    category: str = ""
    subcategory: str = ""
    qty: Decimal = Decimal(1)
    name: str = ""


def basket_line(raw: object) -> BasketLine:
    """A line as the register sent it. Raises Refused."""
    try:
        one = msgspec.convert(raw, LineIn, strict=False)
    except msgspec.ValidationError as error:
        raise Refused(
            "bad_lines", said("A line cannot be read ({reason}): send whole cents.", reason=error)
        ) from error
    texts = (one.sku, one.category, one.subcategory, one.name)
    if any(len(text) > LONGEST_TEXT or not text.isprintable() for text in texts):
        raise Refused("bad_lines", mark("The texts of a line have at most 100 printable characters."))
    if abs(one.cents) > MOST_CENTS or not one.qty.is_finite() or not 0 < one.qty <= 10**6:
        raise Refused(
            "bad_lines", mark("Cents and quantity of a line are out of bounds: check the register.")
        )
    line = Line(one.cents, one.sku, one.category, one.subcategory, one.qty)
    return BasketLine(line, {"": one.name} if one.name else {})


def zone_of(name: str, had: tuple[str, ...]) -> str:
    """A place of the shop as a program names it, beside those the visit `had`. Raises Refused."""
    if not _ZONE.fullmatch(name):
        raise Refused("bad_zone", mark("A zone is named by 1 to 40 of a-z, 0-9, dot, dash and underscore."))
    if name not in had and len(had) >= MOST_ZONES:
        raise Refused(
            "too_many_zones",
            said("A visit has at most {most} zones: close the ticket first.", most=MOST_ZONES),
        )
    return name


def event_of(name: str, sku: str, ref: str, fields: Mapping[str, Any]) -> Event:
    """An event as a program reports it; its fields are texts, whole numbers and truth. Raises Refused."""
    texts = (name, sku, ref, *fields, *(value for value in fields.values() if isinstance(value, str)))
    if not name or any(len(text) > LONGEST_TEXT or not text.isprintable() for text in texts):
        raise Refused(
            "bad_event", mark("Send the event's name; its texts have at most 100 printable characters.")
        )
    if name in OWN_EVENTS:
        raise Refused("own_event", said("The ledger itself makes the event {name}: leave it out.", name=name))
    wrong = [
        value
        for value in fields.values()
        if not isinstance(value, str | int) or (isinstance(value, int) and abs(value) > MOST_CENTS)
    ]
    if wrong or len(fields) > MOST_FIELDS:
        raise Refused(
            "bad_event", mark("The fields of an event are texts, whole numbers, true or false: at most 20.")
        )
    return Event(name, sku, ref, dict(fields))
