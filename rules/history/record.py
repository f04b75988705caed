"""One line of a ticket history, as the formats of the replay give it (docs/replay.md)."""

from datetime import datetime

import msgspec

from rules.sentences import mark, said
from rules.ticket import Event, Line

LIMIT = 10**12
YEARS = range(1970, 3000)


class RecordError(Exception):
    """A line of a history cannot be counted; the message says why."""


class Record(msgspec.Struct, frozen=True, gc=False):
    """A sale; with `refund_of` what came back of one; with `event` something that happened, which has no lines.

    `at` is a moment with its offset from UTC; cents of `lines` are what the customer pays, in a refund what is
    given back. `member` is "" where nobody showed a card.
    """

    ticket: str
    at: datetime
    lines: tuple[Line, ...] = ()
    member: str = ""
    store: str = ""
    till: str = ""
    channel: str = "shop"
    refund_of: str = ""
    zones: tuple[str, ...] = ()
    event: Event | None = None


def fault_of(record: Record) -> str:
    """What is wrong with a record whose types are right, or an empty text."""
    if record.at.tzinfo is None:
        return mark("write `at` with its offset from UTC, such as 2026-05-06T09:30:00Z")
    if record.at.year not in YEARS:
        return said(
            "the year of `at` lies beyond all sense: write one such as 2026, not {year}", year=record.at.year
        )
    if not record.ticket:
        return mark("give the ticket a name of its own")
    if record.refund_of == record.ticket:
        return mark("a refund names the ticket that comes back, not itself")
    if bool(record.lines) == (record.event is not None):
        return mark("give either the lines of the ticket or its event")
    return _amounts_fault(record.lines)


def _amounts_fault(lines: tuple[Line, ...]) -> str:
    for line in lines:
        if not -LIMIT <= line.cents <= LIMIT:
            return mark("an amount lies beyond all sense: write integer cents")
        if not (line.qty.is_finite() and -LIMIT <= line.qty <= LIMIT):
            return mark("a quantity lies beyond all sense")
    return ""


def name_key(name: str) -> tuple[int, int, str, str]:
    """The order of members and tickets: all-digit names first, as numbers of any length, then the others as text."""
    if name.isascii() and name.isdigit():
        number = name.lstrip("0")
        return 0, len(number), number, name
    return 1, 0, name, name
