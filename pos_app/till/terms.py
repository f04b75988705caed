"""What members of this till were told of a move to another programme, and what they said to its terms."""

from typing import Final

from pos_app.till.move_ahead import move_now
from pos_app.till.parts import Parts
from pos_app.till.state import Who
from rules.passage import Move
from rules.ticket import Event
from sync.entry import EntryKind, EventBody, body_of
from sync.sqlite_driver import Connection
from sync.till.journal import entries_after
from sync.till.reading import remembered

TERMS: Final = "terms"
TOLD: Final = "terms_told"


def is_settled(parts: Parts, move: Move, who: Who) -> bool:
    """Whether the member was told of the move here, and has answered where an answer is asked for."""
    wanted = TERMS if move.table.accept else TOLD
    return who.member is None or _last(parts.reader, who.member, wanted, ref_of(wanted, move)) is not None


def is_to_be_told(parts: Parts, who: Who) -> bool:
    """Whether a move is told of today, and the member has still to be told or to answer."""
    move = move_now(parts)
    return move is not None and not is_settled(parts, move, who)


def answered(parts: Parts, who: Who) -> bool | None:
    """What the member last said here to the terms of the move that is told of today; None for nothing yet."""
    move = move_now(parts)
    if move is None or who.member is None:
        return None
    said = _last(parts.reader, who.member, TERMS, ref_of(TERMS, move))
    return bool(said.fields.get("accepted")) if said is not None else None


@remembered
def _last(connection: Connection, member: int, name: str, ref: str) -> Event | None:
    """The last such event of the member that this till noted; asked at every key while a move is told of."""
    found = None
    for entry in entries_after(connection, member, 0):
        if entry.kind == EntryKind.EVENT:
            body = body_of(entry)
            assert isinstance(body, EventBody)
            if body.event.name == name and f"{body.event.ref}:".startswith(f"{ref}:"):
                found = body.event
    return found


def ref_of(name: str, move: Move) -> str:
    """The reference of the event `name` of this move: another version is told anew."""
    return f"{name}:{move.new.header.id}:{move.new.header.version}"
