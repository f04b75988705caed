"""The calendar of a store: business date, minute of the day, and the keys of weeks and months."""

import calendar
from datetime import date, datetime, time, timedelta
from functools import lru_cache
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


def scope_key(scope: str, bdate: date) -> str:
    """Name of the period that holds `bdate`; weeks are ISO weeks. "" for `ticket`, which names itself."""
    if scope == "ever":
        return "ever"
    if scope == "day":
        return bdate.isoformat()
    if scope == "week":
        return week_key(bdate)
    if scope == "month":
        return month_key(bdate)
    return f"{bdate.year:04d}" if scope == "year" else ""


def period_start(period: str, day: date) -> date:
    """First day of the `period` (day, week, month) that holds `day`; weeks are ISO weeks, from Monday."""
    if period == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if period == "month" else day


def period_after(period: str, day: date, steps: int = 1) -> date:
    """First day of the period that lies `steps` periods after the one that holds `day`."""
    start = period_start(period, day)
    if period == "month":
        return add_months(start, steps)
    return start + timedelta(days=steps * (7 if period == "week" else 1))


def periods_between(period: str, first: date, second: date) -> int:
    """How many periods `second` lies after `first`: 0 in the same one, negative before it."""
    if period == "month":
        return (second.year - first.year) * 12 + second.month - first.month
    days = (second - period_start(period, first)).days
    return days // (7 if period == "week" else 1)


def add_months(day: date, months: int) -> date:
    """The same day of the month `months` later, or the last day of a shorter month. Raises ValueError."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    if year > date.max.year:
        raise ValueError("the day lies beyond the calendar")
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


@lru_cache(maxsize=64)
def month_end(day: date) -> date:
    """The last day of the month of `day`."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])
