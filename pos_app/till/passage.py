"""The passage to a new programme at the counter: what becomes of a member's balance, told once, answered by one key.

An answer is the event `terms` of the member, which the ledger reads when it carries the passage out; that a member was
told is the event `terms_told`. Both name the programme and its version, and so the wording that was shown.
"""

from datetime import date, timedelta
from typing import Final

import msgspec

from pos_app.till.event import record
from pos_app.till.moment import now
from pos_app.till.parts import Parts
from pos_app.till.state import State, Who
from rules.kinds.transition import Transition, transition_of
from rules.passage import Passage, passage
from rules.programme.model import Programme
from rules.ticket import Event
from sync.entry import EntryKind, EventBody, body_of
from sync.till import config
from sync.till.journal import entries_after

_DAY: Final = timedelta(days=1)
TERMS: Final = "terms"
TOLD: Final = "terms_told"


class Move(msgspec.Struct, frozen=True):
    """From the programme `old` to `new`, as `table` says."""

    old: Programme
    new: Programme
    table: Transition

    @property
    def day(self) -> date:
        """The first day of the new programme."""
        return self.new.header.effective_from


def move_now(parts: Parts) -> Move | None:
    """The move that members are told of today: to a programme that is published ahead, from its notice on, or to
    the present one as long as they may still answer."""
    today = now(parts).bdate
    present = parts.programme(today)
    if present is None:
        return None
    before = parts.programme(present.header.effective_from - _DAY)
    arrived = _move(before, present)
    if arrived is not None and arrived.table.accept and _open(arrived, today):
        return arrived
    for one in config.held(parts.reader):
        new = parts.programme_of(one.sha256.hex()) if one.effective_from > today else None
        coming = _move(present, new)
        if coming is not None and (coming.day - today).days <= coming.table.notice:
            return coming
    return None


def outlook(move: Move, who: Who, today: date) -> Passage | None:
    """What the move does to what the member has now; None where the till does not know all of it."""
    if who.member is None or who.account.known != "full":
        return None
    day = max(move.day, today)
    accepted = {**who.account.state.get("transition", {}), "accepted": True}
    account = msgspec.structs.replace(who.account, state={**who.account.state, "transition": accepted})
    return passage(account, move.old, move.new, day)


def is_settled(parts: Parts, move: Move, who: Who) -> bool:
    """Whether the member was told of the move here, and has answered where an answer is asked for."""
    wanted = TERMS if move.table.accept else TOLD
    ref = _ref(wanted, move)
    for entry in entries_after(parts.reader, who.member, 0) if who.member is not None else ():
        if entry.kind == EntryKind.EVENT:
            body = body_of(entry)
            assert isinstance(body, EventBody)
            if body.event.name == wanted and body.event.ref.startswith(ref):
                return True
    return who.member is None


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


def _move(old: Programme | None, new: Programme | None) -> Move | None:
    table = transition_of(new) if new is not None else None
    if old is None or new is None or table is None or table.source != old.header.id:
        return None
    return Move(old, new, table)


def _open(move: Move, today: date) -> bool:
    return move.table.deadline is None or today <= move.table.deadline
