"""Members whom a till enrolled before it was paired again: what they are called from then on (ledger-and-sync.md 4.5).

Its disk may have been a copy, and the other one has the same block of numbers. So an enrolment that the ledger has not
confirmed is sent again under a number of the new life, with everything that names it, and nobody else has that number.
"""

from collections.abc import Mapping

import msgspec

from sync.entry import (
    CardBlockBody,
    EnrolBody,
    Entry,
    EntryKind,
    LinkBody,
    MergeBody,
    MoveTicketBody,
    PhoneKeyBody,
    UnreadableEntry,
    body_of,
    encode_body,
)
from sync.person import EraseBody
from sync.sqlite_driver import Connection
from sync.till import members
from sync.till.identity import Identity

_replace = msgspec.structs.replace
_PLACES = (("card", "member"), ("contact", "member"), ("member", "id"), ("result", "member"))


def enrolled(entry: Entry) -> int:
    """The number that an entry enrols somebody under; 0 for another entry."""
    try:
        body = body_of(entry) if entry.kind == EntryKind.ENROL else None
    except UnreadableEntry:
        return 0
    return body.member if isinstance(body, EnrolBody) else 0


def renumbered(entry: Entry, numbers: Mapping[int, int]) -> Entry:
    """`entry` with the members in `numbers` (old to new) called by their new ones."""
    if isinstance(entry.member, int) and entry.member in numbers:
        entry = _replace(entry, member=numbers[entry.member])
    try:
        body = body_of(entry)
    except UnreadableEntry:
        return entry  # of a later release: it came from a later life, too
    if isinstance(body, EraseBody):  # above all: it must erase nobody else
        return _replace(entry, body=encode_body(_replace(body, member=numbers.get(body.member, body.member))))
    if isinstance(body, MergeBody):
        both = {
            name: numbers.get(number, number)
            for name, number in (("member", body.member), ("other", body.other))
        }
        return _replace(entry, body=encode_body(_replace(body, **both)))
    if isinstance(body, MoveTicketBody) and isinstance(body.to, int):
        return _replace(entry, body=encode_body(_replace(body, to=numbers.get(body.to, body.to))))
    if not isinstance(body, EnrolBody | LinkBody | CardBlockBody | PhoneKeyBody):
        return entry
    fresh = _replace(body, member=numbers.get(body.member, body.member))
    if isinstance(fresh, EnrolBody) and fresh.sponsor is not None:
        fresh = _replace(fresh, sponsor=numbers.get(fresh.sponsor, fresh.sponsor))
    return entry if fresh == body else _replace(entry, body=encode_body(fresh))


def renumber_here(connection: Connection, who: Identity, numbers: Mapping[int, int]) -> None:
    """Let everything that this till keeps beside its journal say the new numbers."""
    for old, new in numbers.items():
        members.move(connection, who, old, new)
        for table, column in _PLACES:
            connection.execute(
                f"UPDATE OR REPLACE {table} SET {column} = ? WHERE {column} = ?",  # noqa: S608 - our own names
                (new, old),
            )
