"""What was given to make up for an incident, by a manager's word."""

from datetime import date

from rules.account import Amends, made_up
from sync.ledger.books import Books, replace
from sync.ledger.records import MemberRecord


def amends_of(record: MemberRecord) -> Amends | None:
    """The last answer to an incident of this member."""
    return Amends(date.fromisoformat(record.amends_on), record.amends) if record.amends_on else None


def make_up(books: Books, points: int, on: date) -> None:
    """Note `points` (none below 1) that answer an incident, in store time."""
    amends = made_up(amends_of(books.record), points, on)
    if amends is not None:
        books.record = replace(books.record, amends=amends.points, amends_on=amends.on.isoformat())
