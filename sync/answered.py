"""What a member answered at the counter, as the events `profile`, `terms` and `terms_told` leave it in the account.

It travels with the member's row, so that no other till asks again.
"""

from collections.abc import Mapping
from typing import Any, Final

from rules.kinds.transition import TERMS, TOLD
from rules.programme.model import Programme
from rules.ticket import Event

PROFILE: Final = "profile"
ASKED: Final = "asked."  # before the name of a field that the member did not want to tell
OF_TERMS: Final = "terms."  # before the id of a programme that comes


def with_answer(fields: Mapping[str, Any], event: Event | None) -> Mapping[str, Any]:
    """The profile fields after `event`: a value, that the question was refused, or what was said to new terms."""
    if event is None or event.name not in (PROFILE, TERMS, TOLD):
        return fields
    if event.name != PROFILE:
        return _with_terms(fields, event)
    name = event.fields.get("field")
    if not isinstance(name, str):
        return fields
    if "value" in event.fields:
        return {**fields, name: event.fields["value"]}
    return {**fields, f"{ASKED}{name}": True}


def _with_terms(fields: Mapping[str, Any], event: Event) -> Mapping[str, Any]:
    programme, version = event.fields.get("programme"), event.fields.get("version")
    if not isinstance(programme, str) or not isinstance(version, int):
        return fields  # a source outside that does not say which: there is nothing to look up under
    said = event.fields.get("accepted") if event.name == TERMS else None
    return {**fields, f"{OF_TERMS}{programme}": {"version": version, "accepted": said}}


def is_open(fields: Mapping[str, Any], name: str) -> bool:
    """Whether the member has still to be asked for the field `name`."""
    return fields.get(name) is None and f"{ASKED}{name}" not in fields


def was_told(fields: Mapping[str, Any], new: Programme) -> bool:
    """Whether the member was told of this version of a programme that comes, or answered to its terms."""
    known = fields.get(f"{OF_TERMS}{new.header.id}")
    return isinstance(known, Mapping) and known.get("version") == new.header.version


def said_to(fields: Mapping[str, Any], new: Programme) -> bool | None:
    """Whether the member accepted the terms of this version of a programme; None without an answer."""
    if not was_told(fields, new):
        return None
    accepted = fields[f"{OF_TERMS}{new.header.id}"].get("accepted")
    return accepted if isinstance(accepted, bool) else None
