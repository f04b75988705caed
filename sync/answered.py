"""What a member answered at the counter, as the events `profile`, `terms` and `terms_told` leave it in the account.

It travels with the member's row, so that no other till asks again.
"""

from collections.abc import Mapping
from typing import Any, Final

from rules.kinds.transition import TERMS, TOLD
from rules.programme.model import Programme
from rules.ticket import Event

PROFILE: Final = "profile"
ASKED: Final = "asked."  # before the name of a field that the counter asked for, whether told or not
OF_TERMS: Final = "terms."  # before the id of a programme that comes
SAID: Final = "said.last"  # what was said aloud last, and when


def with_answer(fields: Mapping[str, Any], event: Event | None, at: int) -> Mapping[str, Any]:
    """The profile fields after `event`: a value, that the question was refused, or what was said to new terms.

    `at` is when it was said (ms UTC): of two answers to the same terms the later one counts, whichever is heard last.
    """
    if event is None or event.name not in (PROFILE, TERMS, TOLD):
        return fields
    if event.name != PROFILE:
        return _with_terms(fields, event, at)
    name = event.fields.get("field")
    if not isinstance(name, str):
        return fields
    told = {name: event.fields["value"]} if "value" in event.fields else {}
    return {**fields, f"{ASKED}{name}": True, **told}


def at_counter(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """Those of `fields` that the member answered at a counter, which no list from outside can know."""
    return {
        name: value
        for name, value in fields.items()
        if name.startswith((ASKED, OF_TERMS, SAID)) or f"{ASKED}{name}" in fields
    }


def _with_terms(fields: Mapping[str, Any], event: Event, at: int) -> Mapping[str, Any]:
    programme, version = event.fields.get("programme"), event.fields.get("version")
    if not isinstance(programme, str) or not isinstance(version, int):
        return fields  # a source outside that does not say which: there is nothing to look up under
    said = event.fields.get("accepted") if event.name == TERMS else None
    name, heard = f"{OF_TERMS}{programme}", {"version": version, "accepted": said, "at": at}
    known = fields.get(name)
    return {**fields, name: heard} if not isinstance(known, Mapping) or _counts(heard, known) else fields


def _counts(heard: Mapping[str, Any], known: Mapping[str, Any]) -> bool:
    """Whether what was heard stands in place of what was known: who has answered is not merely told any more."""
    answered = heard["accepted"] is not None
    if heard["version"] == known.get("version") and answered != (known.get("accepted") is not None):
        return answered
    return bool(heard["at"] >= known.get("at", 0))


def with_said(fields: Mapping[str, Any], topic: str, at: int) -> Mapping[str, Any]:
    """The fields once `topic` was said aloud (ms UTC); as they are where something else was said later."""
    known = fields.get(SAID)
    if not topic or (isinstance(known, Mapping) and known.get("at", 0) > at):
        return fields
    return {**fields, SAID: {"topic": topic, "at": at}}


def last_said(fields: Mapping[str, Any]) -> str:
    """What was said aloud last, at whatever till; "" where nothing is known."""
    known = fields.get(SAID)
    topic = known.get("topic") if isinstance(known, Mapping) else None
    return topic if isinstance(topic, str) else ""


def joined(fields: Mapping[str, Any], other: Mapping[str, Any]) -> Mapping[str, Any]:
    """The fields of somebody who had two accounts: those of the first, and what only the other one knows.

    Of answers to the same terms the one counts that would have counted for one account.
    """
    both = {**other, **fields}
    for name in [one for one in other if one.startswith(OF_TERMS) and one in fields]:
        both[name] = other[name] if _counts(other[name], fields[name]) else fields[name]
    return both


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
