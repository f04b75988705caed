"""The order of a history: as in the file, where a step back is an error; or sorted."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from pos_app.history.reader import Complain, Entry, HistoryError
from rules.history.record import name_key
from rules.sentences import said


def in_order(entries: Iterable[Entry], complain: Complain, *, joined: bool = False) -> Iterator[Entry]:
    """`entries` as they come; the same ticket again at the same moment is named and left out.

    Raises HistoryError where a record of a member lies before the one that came before it; of whatever member, where
    they are `joined` by what one of them takes from the others or gives to them.
    """
    seen: dict[str, tuple[datetime, set[str]]] = {}
    latest: datetime | None = None
    for number, record in entries:
        if joined and record.member:
            if latest is not None and record.at < latest:
                raise HistoryError(
                    said(
                        "line {number}: the ticket {ticket} is of {at}, before the one above it, and with a budget or "
                        "a referral members concern each other: sort the file, or add --sort.",
                        number=number,
                        ticket=record.ticket,
                        at=_moment(record.at),
                    )
                )
            latest = record.at
        at, tickets = seen.get(record.member, (None, None))
        if at is None or tickets is None or record.at > at:
            seen[record.member] = (record.at, {record.ticket})
        elif record.at < at and record.member:
            raise HistoryError(
                said(
                    "line {number}: the ticket {ticket} of member {member} is of {at}, before the one above it: "
                    "sort the file, or add --sort.",
                    number=number,
                    ticket=record.ticket,
                    member=record.member,
                    at=_moment(record.at),
                )
            )
        elif record.ticket in tickets:
            complain(
                number, said("the ticket {ticket} was here before: it counts once", ticket=record.ticket)
            )
            continue
        else:
            tickets.add(record.ticket)
        yield number, record


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def by_time(entries: Iterable[Entry]) -> list[Entry]:
    """All of `entries` by moment, then ticket; all-digit names of tickets in the order of their numbers."""
    return sorted(entries, key=lambda entry: (entry[1].at, name_key(entry[1].ticket)))
