"""What a member answered at the counter to a question of the programme: the event `profile` and what it leaves."""

from collections.abc import Mapping
from typing import Any, Final

from rules.ticket import Event

PROFILE: Final = "profile"
ASKED: Final = "asked."  # before the name of a field that the member did not want to tell


def with_answer(fields: Mapping[str, Any], event: Event | None) -> Mapping[str, Any]:
    """The profile fields after `event`: a value, or that the question was refused and is not asked again."""
    name = event.fields.get("field") if event is not None and event.name == PROFILE else None
    if event is None or not isinstance(name, str):
        return fields
    if "value" in event.fields:
        return {**fields, name: event.fields["value"]}
    return {**fields, f"{ASKED}{name}": True}


def is_open(fields: Mapping[str, Any], name: str) -> bool:
    """Whether the member has still to be asked for the field `name`."""
    return fields.get(name) is None and f"{ASKED}{name}" not in fields
