"""The calendar of a store: business date, minute of the day, and the keys of weeks and months."""

from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo


class StoreTime(NamedTuple):
    """A moment in a store: business date, local minute of the day (0 to 1439), and local time with its offset."""

    bdate: date
    minute: int
    local: datetime


def store_time(at_utc: datetime, tz: str, business_day_ends: time = time(0, 0)) -> StoreTime:
    """The moment `at_utc` in a store of time zone `tz`.

    Before `business_day_ends` on the local clock, the business date is the day before. Where the clock goes back,
    the same minutes come twice with the same business date. Raises ValueError for a moment without offset, and
    KeyError for an unknown zone.
    """
    if at_utc.tzinfo is None:
        raise ValueError("give the moment with its offset from UTC")
    local = at_utc.astimezone(ZoneInfo(tz))
    early = local.time() < business_day_ends
    return StoreTime(local.date() - timedelta(days=early), local.hour * 60 + local.minute, local)


def week_key(day: date) -> str:
    """The ISO 8601 week of `day`, such as `2026-W01`; its year is the one of the week's Thursday."""
    year, week, _ = day.isocalendar()
    return f"{year:04d}-W{week:02d}"


def month_key(day: date) -> str:
    """The calendar month of `day`, such as `2026-03`."""
    return f"{day.year:04d}-{day.month:02d}"
