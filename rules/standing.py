"""The level in force on a day, from daily sums: up at once, down when grace and reviews let it fall.

Everything is a function of the daily buckets and the day (ledger-and-sync.md section 3, Tier): the order in which
tickets arrive does not matter. Levels are numbered from 0, lowest first; -1 is below all of them.
"""

from bisect import bisect_left, bisect_right
from datetime import date, timedelta
from functools import lru_cache
from itertools import accumulate

import msgspec

from rules.calendar import add_months
from rules.lifetime import parse_life

CALENDAR_YEAR = "calendar_year"

Days = dict[str, int]


class Scale(msgspec.Struct, frozen=True):
    """Where levels begin, in ascending order, and how they fall.

    `window` is `365d`, `12m` or `calendar_year`; a level stays for `grace` days after the last day on which the
    measure held it. It falls at a `review` (daily, monthly, yearly) only, with `gently` one level at most each time.
    """

    thresholds: tuple[int, ...]
    window: str
    grace: int = 0
    review: str = "daily"
    gently: bool = False

    def level(self, measure: int) -> int:
        """The level that `measure` holds."""
        return bisect_right(self.thresholds, measure) - 1

    @property
    def falls(self) -> int:
        """How many reviews back a level may still be in force."""
        return len(self.thresholds) if self.gently else 1


@lru_cache(maxsize=4096)
def window_start(window: str, day: date) -> date:
    """First day of the window that ends with `day`. A window of n days holds `day` and the n - 1 before it."""
    if window == CALENDAR_YEAR:
        return date(day.year, 1, 1)
    life = parse_life(window)
    if life.days:
        return day - timedelta(days=life.days - 1)
    return add_months(day, -life.months) + timedelta(days=1)


@lru_cache(maxsize=4096)
def _edges(window: str, day: date) -> tuple[str, str]:
    return window_start(window, day).isoformat(), day.isoformat()


def measured(days: Days, window: str, day: date) -> int:
    """The sum of the daily buckets inside the window that ends with `day`. `days` are in ascending order."""
    if not days:
        return 0
    first, last = _edges(window, day)
    if first <= next(iter(days)) and next(reversed(days)) <= last:
        return sum(days.values())  # the usual case, at a fraction of the time
    return sum([gained for on, gained in days.items() if first <= on <= last])


def standing(scale: Scale, days: Days, day: date) -> int:
    """The level in force on `day`: the highest that some earlier day held, less what reviews since then took.

    A day e counts in full while no review lies after e + grace; with soft landing it still counts, one level lower
    for each such review.
    """
    best = scale.level(measured(days, scale.window, day))
    most = scale.level(sum(days.values()))  # what no window can exceed
    if most <= best:
        return best
    order = sorted(days)
    sums = [0, *accumulate([days[each] for each in order])]
    last = day
    for lost in range(scale.falls):
        if most - lost <= best:
            break
        first = review_before(scale.review, day, lost) - timedelta(days=scale.grace)
        peak = _peak(order, sums, scale.window, first, last)
        best = max(best, scale.level(peak) - lost)
        last = first - timedelta(days=1)
    return best


def _peak(order: list[str], sums: list[int], window: str, first: date, last: date) -> int:
    """The highest measure on a day from `first` to `last`: on the first, or where something was gained."""
    inside = order[bisect_right(order, first.isoformat()) : bisect_right(order, last.isoformat())]
    moments = [_edges(window, moment) for moment in (first, *map(date.fromisoformat, inside))]
    return max([sums[bisect_right(order, end)] - sums[bisect_left(order, start)] for start, end in moments])


def review_before(review: str, day: date, back: int = 0) -> date:
    """The latest review on or before `day`, or the one `back` reviews earlier."""
    if review == "daily":
        return day - timedelta(days=back)
    if review == "monthly":
        return add_months(day.replace(day=1), -back)
    return date(day.year - back, 1, 1)


def horizon(scale: Scale, day: date) -> date:
    """The earliest bucket that can still matter on `day` or later."""
    earliest = review_before(scale.review, day, scale.falls - 1) - timedelta(days=scale.grace)
    return window_start(scale.window, earliest)


class Keep(msgspec.Struct, frozen=True):
    """What keeps a level: the measure has to be at its threshold on `until`, where it would be `have`."""

    have: int
    until: date


def falling(scale: Scale, days: Days, day: date, notice: int) -> Keep | None:
    """What keeps the level of `day` if nothing more came and it fell within `notice` days; None when nothing does."""
    level = standing(scale, days, day)
    if level < 0 or scale.thresholds[level] <= 0 or not notice:
        return None
    if standing(scale, days, day + timedelta(days=notice)) >= level:
        return None
    low, high = 1, notice
    while low < high:
        middle = (low + high) // 2
        if standing(scale, days, day + timedelta(days=middle)) < level:
            high = middle
        else:
            low = middle + 1
    falls = day + timedelta(days=low)
    until = falls - timedelta(days=1)
    held = []
    if review_before(scale.review, falls) <= until + timedelta(days=scale.grace):
        held.append(measured(days, scale.window, until))
    if window_start(scale.window, falls) <= until:
        held.append(measured(days, scale.window, falls))
    return Keep(max(held), until) if held else None
