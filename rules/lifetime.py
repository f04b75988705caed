"""How long points live: the `[expiry]` table read as a last usable day (ledger-and-sync.md section 3)."""

import re
from datetime import date, timedelta
from functools import lru_cache

import msgspec

from rules.account import FOREVER, POINTS, Account, Holding
from rules.calendar import add_months, month_end
from rules.programme.model import Programme

EXPIRY = "expiry"
_LIFE = re.compile(r"([1-9][0-9]{0,4})(d|m)")


class Life(msgspec.Struct, frozen=True):
    """A life of so many days, or so many calendar months; one of the two is 0."""

    days: int
    months: int


@lru_cache(maxsize=64)
def parse_life(text: str) -> Life:
    """The life written as `365d` or `12m`. Raises ValueError."""
    found = _LIFE.fullmatch(text)
    number = int(found[1]) if found else 0
    if found is None or number > (36_600 if found[2] == "d" else 1_200):
        raise ValueError('write the life of a lot in days or months, such as "365d" or "12m"')
    return Life(number, 0) if found[2] == "d" else Life(0, number)


def last_day_of(programme: Programme, earned_on: date) -> date:
    """Last day, inclusive, on which points earned on `earned_on` can be used; FOREVER without expiry."""
    table = programme.policy(EXPIRY)
    if table is None or not table.lot_life:
        return FOREVER
    return last_day(parse_life(table.lot_life), table.align, earned_on)


def quiet_until(programme: Programme, last_visit: date | None, earned_on: date) -> date:
    """Last day, inclusive, on which points earned on `earned_on` can be used by a member who does not come.

    `inactivity` days after the last visit, or after the day they were earned where that is later (points of an
    event, a member who never came); FOREVER where the programme does not look at visits.
    """
    table = programme.policy(EXPIRY)
    days = table.inactivity if table is not None else None
    if not days:
        return FOREVER
    return max(last_visit or earned_on, earned_on) + timedelta(days=days)


def usable_until(holding: Holding, account: Account, programme: Programme) -> date:
    """Last usable day of a holding if the member does not come again: the end of its life or of the member's."""
    if holding.asset != POINTS:
        return holding.last_day
    return min(holding.last_day, quiet_until(programme, account.last_visit, holding.earned_on))


def lapsing(
    account: Account, programme: Programme, day: date, within: int | None = None
) -> tuple[tuple[date, int], ...]:
    """Points of `account` that lapse unless they are used or the member comes: (last usable day, how many).

    Those whose last day is at most `within` days after `day`; by default the programme's longest notice.
    """
    table = programme.policy(EXPIRY)
    notice = max(table.notice, default=0) if table is not None and within is None else within or 0
    end = day + timedelta(days=notice)
    found: dict[date, int] = {}
    for holding in account.holdings if notice else ():
        if holding.asset == POINTS:
            last = usable_until(holding, account, programme)
            if day <= last <= end:
                found[last] = found.get(last, 0) + holding.quantity
    return tuple(sorted(found.items()))


def last_day(life: Life, align: str, earned_on: date) -> date:
    """Last usable day of a lot: n days or months after `earned_on`, moved to the end of that month or year."""
    try:
        end = earned_on + timedelta(days=life.days) if life.days else add_months(earned_on, life.months)
    except (OverflowError, ValueError):
        return FOREVER
    if align == "month_end":
        return month_end(end)
    return date(end.year, 12, 31) if align == "year_end" else end
