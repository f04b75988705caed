"""The passage to a new programme at the counter: what becomes of a member's balance, told once, answered by one key.

An answer is the event `terms` of the member, which the ledger reads when it carries the passage out; that a member was
told is the event `terms_told`. Both name the programme and its version, and so the wording that was shown.
"""

from typing import Final

from pos_app.till.event import record
from pos_app.till.move_ahead import move_now
from pos_app.till.parts import Parts
from pos_app.till.state import State, Who
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
    return who.member is None or _has_happened(parts.reader, who.member, wanted, _ref(wanted, move))


def is_to_be_told(parts: Parts, who: Who) -> bool:
    """Whether a move is told of today, and the member has still to be told or to answer."""
    move = move_now(parts)
    return move is not None and not is_settled(parts, move, who)


@remembered
def _has_happened(connection: Connection, member: int, name: str, ref: str) -> bool:
    """Whether this till noted such an event of the member; asked at every key while a move is told of."""
    for entry in entries_after(connection, member, 0):
        if entry.kind == EntryKind.EVENT:
            body = body_of(entry)
            assert isinstance(body, EventBody)
            if body.event.name == name and f"{body.event.ref}:".startswith(f"{ref}:"):
                return True
    return False


def answer(parts: Parts, state: State, move: Move, accepted: bool | None) -> State:
    """Journal what the member said to the new terms; None when the member was only told."""
    fields: dict[str, str | int | bool] = {
        "programme": move.new.header.id,
        "version": move.new.header.version,
        "wording": move.new.sha256[:16],
    }
    if accepted is None:
        return record(parts, state, Event(TOLD, ref=_ref(TOLD, move), fields=fields)).state
    event = Event(TERMS, ref=f"{_ref(TERMS, move)}:{int(accepted)}", fields={**fields, "accepted": accepted})
    return record(parts, state, event).state


def _ref(name: str, move: Move) -> str:
    return f"{name}:{move.new.header.id}:{move.new.header.version}"
