"""The passage to a new programme at the counter: what becomes of a member's balance, told once, answered by one key.

An answer is the event `terms` of the member, which the ledger reads when it carries the passage out; that a member was
told is the event `terms_told`. Both name the programme and its version, and so the wording that was shown.
"""

from pos_app.till.event import record
from pos_app.till.parts import Parts
from pos_app.till.state import State
from pos_app.till.terms import ref_of
from rules.kinds.transition import TERMS, TOLD
from rules.passage import Move
from rules.ticket import Event


def answer(parts: Parts, state: State, move: Move, accepted: bool | None) -> State:
    """Journal what the member said to the new terms; None when the member was only told."""
    fields: dict[str, str | int | bool] = {
        "programme": move.new.header.id,
        "version": move.new.header.version,
        "wording": move.new.sha256[:16],
    }
    if accepted is None:
        return record(parts, state, Event(TOLD, ref=ref_of(TOLD, move), fields=fields)).state
    event = Event(
        TERMS, ref=f"{ref_of(TERMS, move)}:{int(accepted)}", fields={**fields, "accepted": accepted}
    )
    return record(parts, state, event).state
