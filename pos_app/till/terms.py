"""What members were told of a move to another programme, and what they said to its terms.

The member's row has what any till noted; this till's own journal has it also where only the list of all members does.
"""

from pos_app.till.move_ahead import move_now
from pos_app.till.parts import Parts
from pos_app.till.state import Who
from rules.kinds.transition import TERMS, TOLD
from rules.passage import Move
from rules.ticket import Event
from sync.answered import said_to, was_told
from sync.entry import EntryKind, EventBody, body_of
from sync.sqlite_driver import Connection
from sync.till.journal import entries_after
from sync.till.reading import remembered


def is_settled(parts: Parts, move: Move, who: Who) -> bool:
    """Whether the member was told of the move, and has answered where an answer is asked for."""
    wanted, fields, new = TERMS if move.table.accept else TOLD, who.account.fields, move.new
    if who.member is None or (
        said_to(fields, new) is not None if move.table.accept else was_told(fields, new)
    ):
        return True
    return _last(parts.reader, who.member, wanted, ref_of(wanted, move)) is not None


def is_to_be_told(parts: Parts, who: Who) -> bool:
    """Whether a move is told of today, and the member has still to be told or to answer."""
    move = move_now(parts)
    return move is not None and not is_settled(parts, move, who)


def answered(parts: Parts, who: Who) -> bool | None:
    """What the member last said to the terms of the move that is told of today; None for nothing yet."""
    move = move_now(parts)
    if move is None or who.member is None:
        return None
    if (known := said_to(who.account.fields, move.new)) is not None:
        return known
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
