"""The values of the fields that conditions name, computed once a ticket."""

from datetime import date, timedelta
from typing import Any

from rules.account import POINTS, Account
from rules.language.fields import WEEKDAYS
from rules.ticket import Event, Ticket

_PRESENCE = ("email", "phone")
_EVENT_FIELDS = (("category", str), ("place", str), ("stars", int), ("cents", int), ("count", int))


def facts_of(ticket: Ticket, account: Account, total: int) -> dict[str, Any]:
    """Every known field by dotted path; what is absent has no key. `total` is the eligible gross in cents.

    Money is cents, a duration is days, `clock.time` is the local minute of the day, dates are `datetime.date`.
    `account.fields` holds the declared profile fields under their name without `member.`, already of the
    declared type; under `email` and `phone` only whether there is one. What a till cannot know (visits of a
    member it knows only thinly) is absent.
    """
    day = ticket.bdate
    facts = {
        f"member.{name}": value
        for name, value in account.fields.items()
        if value is not None and (value is True or name not in _PRESENCE)
    }
    facts |= {
        "ticket.total": total,
        "ticket.lines": len(ticket.lines),
        "ticket.store": ticket.store,
        "ticket.till": ticket.till,
        "ticket.channel": ticket.channel,
        "store.id": ticket.store,
        "member.tier": account.tier,
        "member.points": account.balance.get(POINTS, 0),
        "member.bucket": account.bucket,
        "clock.date": day,
        "clock.weekday": WEEKDAYS[day.weekday()],
        "clock.time": ticket.minute,
        "clock.minute": ticket.minute,
        "clock.hour": ticket.minute // 60,
        "clock.day": day.day,
        "clock.month": day.month,
        "visit.zones": ticket.zones,
        "visit.zone_count": len(set(ticket.zones)) if ticket.zones else 0,
    }
    if ticket.event is not None:
        facts |= _event_facts(ticket.event)
    if account.known == "full":
        facts["member.visits"] = account.visits
    if account.since is not None:
        facts["member.since"] = account.since
        facts["member.days"] = (day - account.since).days
        facts["member.months"] = _whole_months(account.since, day)
    if account.birthday is not None:
        facts["member.birthday_in"] = days_to_birthday(account.birthday, day)
    return facts


def _event_facts(event: Event) -> dict[str, Any]:
    """The fields of an event; what is empty or of another type than conditions expect is absent."""
    facts: dict[str, Any] = {"event.name": event.name}
    if event.sku:
        facts["event.sku"] = event.sku
    for name, kind in _EVENT_FIELDS:
        value = event.fields.get(name, "")
        if type(value) is kind and value != "":
            facts[f"event.{name}"] = value
    return facts


def days_to_birthday(birthday: tuple[int, int], day: date) -> int:
    """Days from `day` to the next birthday (month, day), 0 on the day; 29 February is kept on the 28th."""
    coming = _birthday_in(day.year, birthday)
    if coming < day:
        coming = _birthday_in(day.year + 1, birthday)
    return (coming - day).days


def _birthday_in(year: int, birthday: tuple[int, int]) -> date:
    month, day = birthday
    if (month, day) == (2, 29):
        return date(year, 3, 1) - timedelta(days=1)
    return date(year, month, day)


def _whole_months(since: date, day: date) -> int:
    return (day.year - since.year) * 12 + day.month - since.month - (day.day < since.day)
