"""What a history tells of a member beside the tickets: the events `enrolment` and `profile` (docs/replay.md)."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import reduce
from typing import Any

import msgspec

from rules.account import Account
from rules.history.record import LIMIT, RecordError
from rules.kinds.earn_once import ENROLMENT, PROFILE
from rules.language.fields import programme_schema
from rules.language.tree import BOOL, DATE, INT, MONEY, Type
from rules.programme.model import Programme
from rules.sentences import mark, said
from rules.suggest import did_you_mean
from rules.ticket import Event

TELLING = (ENROLMENT, PROFILE)
_KEYS = ("since", "sponsor", "birthday", "household")
_ADVICE = {
    INT: mark("a whole number"),
    MONEY: mark("an amount in whole cents"),
    BOOL: mark("true or false"),
    DATE: mark("a date like 2026-01-31"),
}
_OF_EVENTS = frozenset(
    [path.removeprefix("event.") for path in programme_schema().fields if path.startswith("event.")]
)
_PRESENCE = ("email", "phone")


class Profile(msgspec.Struct, frozen=True):
    """What one event tells; None and "" change nothing.

    `joined` is the business date of an enrolment, which holds where no other one is known; `sponsor` a member's number.
    """

    joined: date | None = None
    since: date | None = None
    sponsor: int | None = None
    birthday: tuple[int, int] | None = None
    household: str = ""
    fields: Mapping[str, Any] = {}

    def known(self, account: Account) -> Account:
        """`account` with what the event tells."""
        return msgspec.structs.replace(
            account,
            since=self.since or account.since or self.joined,
            sponsor=account.sponsor if self.sponsor is None else self.sponsor,
            birthday=self.birthday or account.birthday,
            household=self.household or account.household,
            fields={**account.fields, **self.fields} if self.fields else account.fields,
        )


def profile_of(
    event: Event, member: str, day: date, programme: Programme, number: Callable[[str], int | None]
) -> Profile | None:
    """What `event` of `member` on the business date `day` tells; None where it is another event.

    `number` gives the number of a member by name, None where it does not matter, and is asked only when all is well.
    Profile fields that `programme` does not declare are left out: another version may. Raises RecordError with
    everything that is wrong.
    """
    if event.name not in TELLING:
        return None
    faults = list(_faults(event.fields, member, day, programme))
    if faults:
        raise RecordError(reduce(lambda one, other: said("{one}; {other}", one=one, other=other), faults))
    told = event.fields
    sponsor = str(told.get("sponsor", ""))
    return Profile(
        joined=day if event.name == ENROLMENT else None,
        since=_day(told["since"]) if "since" in told else None,
        sponsor=number(sponsor) if sponsor else None,
        birthday=_birthday(told["birthday"]) if "birthday" in told else None,
        household=str(told.get("household", "")),
        fields={name: value for name, value, _ in _declared(told, programme)},
    )


def _faults(told: Mapping[str, Any], member: str, day: date, programme: Programme) -> Iterator[str]:
    for name in told:
        if not name.startswith("member.") and name not in _KEYS and name not in _OF_EVENTS:
            yield said(
                "{name} is no field of an enrolment{meant}", name=ascii(name), meant=did_you_mean(name, _KEYS)
            )
    yield from _own_faults(told, member, day)
    for name, value, kind in _declared(told, programme):
        if value is None:
            yield said("member.{name} is {wanted}", name=name, wanted=_wanted(kind))


def _own_faults(told: Mapping[str, Any], member: str, day: date) -> Iterator[str]:
    if "since" in told:
        since = _day(told["since"])
        if since is None or since > day:
            yield said("since is a date up to the day of the event: write it like {day}", day=day)
    for name in ("sponsor", "household"):
        if not isinstance(told.get(name, "x"), str) or told.get(name) == "":
            yield said("{name} is a name: write it in quotes", name=name)
    if told.get("sponsor") == member:
        yield said("nobody is their own sponsor: name the other member, or none")
    if "birthday" in told and _birthday(told["birthday"]) is None:
        yield said("birthday is a month and a day: write it like 03-14")


def _declared(told: Mapping[str, Any], programme: Programme) -> Iterator[tuple[str, Any, Type]]:
    """Profile fields that the programme knows: name without `member.`, the value, None where it is wrong, and type."""
    for path, value in told.items():
        name = path.removeprefix("member.")
        spec = programme.fields.get(path)
        if path.startswith("member.") and (spec is not None or name in _PRESENCE):
            kind = BOOL if spec is None else spec.type
            yield name, _value(kind, value), kind


def _value(kind: Type, value: str | int | bool) -> str | int | bool | date | None:
    if kind.values:
        return value if value in kind.values else None
    if kind == BOOL:
        return value if isinstance(value, bool) else None
    if kind == DATE:
        return _day(value)
    return value if type(value) is int and -LIMIT <= value <= LIMIT else None


def _wanted(kind: Type) -> str:
    return said(_ADVICE[kind]) if kind in _ADVICE else said("one of: {values}", values=", ".join(kind.values))


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _birthday(value: object) -> tuple[int, int] | None:
    """Month and day out of "03-14" or "1990-03-14"."""
    text = value if isinstance(value, str) else ""
    day = _day(f"2000-{text}" if len(text) == len("03-14") else text)
    return None if day is None else (day.month, day.day)
