"""An errand: a small job of the counter on one page with a field or digits, drawn by one screen for all.

Each errand is a frozen value in the state that says what to show and what its keys mean. `pos_app.till.errands` has
them, a module each, and the table of their names.
"""

from typing import TYPE_CHECKING

import msgspec

from pos_app.till.parts import Parts
from pos_app.till.view import ErrandView, Stage

if TYPE_CHECKING:
    from pos_app.devices.grammar import Code
    from pos_app.till.state import State
    from sync.lists import StaffMember


class Errand(msgspec.Struct, frozen=True):
    """What every errand answers; `state` is always one whose `errand` it is."""

    def look(self, parts: Parts, state: "State") -> ErrandView:
        """The page as it is now, in the till's language."""
        raise NotImplementedError

    def enter(self, parts: Parts, state: "State", text: str) -> "State":
        """Enter with what stands in the field."""
        raise NotImplementedError

    def choose(self, _parts: Parts, state: "State", _digit: int) -> "State":
        """A digit that the page offers as a choice."""
        return state

    def scanned(self, _parts: Parts, _state: "State", _code: "Code") -> "State | None":
        """A scan while the page is open; None leaves the page and lets the scan mean what it always means."""
        return None

    def back(self, _parts: Parts, _state: "State") -> "State | None":
        """Esc: one level back within the errand; None leaves it."""
        return None

    @property
    def for_people(self) -> bool:
        """Whether no program may drive it, only a person at the till."""
        return False

    @property
    def wants_manager(self) -> bool:
        """Whether it waits for a manager's badge and PIN."""
        return False

    def allowed(self, _parts: Parts, state: "State", _manager: "StaffMember") -> "State":
        """A manager's PIN was right."""
        return state


def opened(state: "State", errand: Errand, **fields: object) -> "State":
    """`state` with the page of `errand` on the screen; `fields` of the state beside it."""
    done = state.done if state.stage in (Stage.DONE, Stage.ERRAND) else None
    return msgspec.structs.replace(
        state, **{"stage": Stage.ERRAND, "errand": errand, "typed": "", "done": done, **fields}
    )


def closed(state: "State", **fields: object) -> "State":
    """`state` without its errand: back at the begun ticket or what was just recorded, else idle."""
    stage = Stage.TICKET if state.basket is not None else Stage.DONE if state.done is not None else Stage.IDLE
    return msgspec.structs.replace(state, stage=stage, errand=None, typed="", **fields)
