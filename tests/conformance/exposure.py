"""How hard the year is on the tills: when each is off line, which clocks are wrong, which baskets arrive twice.

All of it follows from names alone (`adapter.drawn`), as the definition of case A says, section "Several tills".
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from tests.conformance.adapter import drawn

ZONE = ZoneInfo("America/New_York")
ONE_DAY = timedelta(days=1)
UPLOAD = time(6)
SINGLE, LONG, LONG_DAYS = 0.08, 0.01, 3
TWICE = 0.02
SECOND_COPY = timedelta(hours=1)
RIGHT, NEARLY_RIGHT, AN_HOUR_OFF = 0.70, 0.90, 0.99


@cache
def is_off(till: str, day: date) -> bool:
    """Whether a till is without a line on a whole local date: for a single day, or for three in a row."""
    return drawn(f"off:{till}:{day}") < SINGLE or any(
        drawn(f"out3:{till}:{day - n * ONE_DAY}") < LONG for n in range(LONG_DAYS)
    )


def turns(till: str, first: date, last: date) -> Iterator[tuple[datetime, bool]]:
    """When the till goes off line (False, at midnight) and comes back (True, at six), from `first` to `last` in UTC."""
    up = True
    for n in range((last - first).days + 1):
        day = first + n * ONE_DAY
        if is_off(till, day) is up:
            up = not up
            yield at(day, UPLOAD if up else time(0)), up


def at(day: date, clock: time) -> datetime:
    """A local moment in UTC."""
    return datetime.combine(day, clock, ZONE).astimezone(UTC)


def skew_ms(till: str) -> int:
    """How far a till's clock is off: mostly not at all, two minutes at most, an hour, or a day."""
    share = drawn(f"skew:{till}")
    if share < RIGHT:
        return 0
    if share < NEARLY_RIGHT:
        return (int(drawn(f"skew2:{till}") * 240) - 120) * 1000
    if share < AN_HOUR_OFF:
        return 3_600_000 if drawn(f"skew2:{till}") < 0.5 else -3_600_000
    return -86_400_000


def arrives_twice(basket: str) -> bool:
    """Whether a basket arrives a second time."""
    return drawn(f"dup:{basket}") < TWICE
