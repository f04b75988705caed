"""The level in force: the closed form gives what a calendar kept day by day gives, and forgets nothing it needs."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.standing import Keep, Scale, falling, horizon, measured, review_before, standing, window_start

FIRST = date(2026, 11, 1)
SCALES = st.builds(
    Scale,
    thresholds=st.sampled_from([(0, 10, 20), (5,), (5, 10, 15, 20), (0,), ()]),
    window=st.sampled_from(["1d", "9d", "40d", "1m", "3m", "calendar_year"]),
    grace=st.sampled_from([0, 1, 20, 45]),
    review=st.sampled_from(["daily", "monthly", "yearly"]),
    gently=st.booleans(),
)
BUCKETS = st.dictionaries(st.integers(0, 120), st.integers(0, 25), max_size=8)


def buckets(gained: dict[int, int]) -> dict[str, int]:
    return {(FIRST + timedelta(days=n)).isoformat(): gained[n] for n in sorted(gained)}


def day_by_day(scale: Scale, days: dict[str, int], last: date) -> int:
    """The level at the end of `last` by the words of the rule: every day in its turn."""
    level, day, held = -1, FIRST - timedelta(days=1), []
    while day <= last:
        held.append(scale.level(measured(days, scale.window, day)))
        supported = max(held[-scale.grace - 1 :])
        if review_before(scale.review, day) == day:
            level = max(supported, level - 1) if scale.gently else supported
        level = max(level, supported)
        day += timedelta(days=1)
    return level


@given(SCALES, BUCKETS, st.integers(0, 260))
def test_the_closed_form_is_the_calendar(scale: Scale, gained: dict[int, int], after: int) -> None:
    """One formula over reviews gives the level that one gets by turning the pages."""
    day = FIRST + timedelta(days=after)
    days = {each: points for each, points in buckets(gained).items() if each <= day.isoformat()}
    assert standing(scale, days, day) == day_by_day(scale, days, day)


@given(SCALES, BUCKETS, st.integers(0, 130), st.integers(0, 100))
def test_what_is_forgotten_never_matters(
    scale: Scale, gained: dict[int, int], after: int, later: int
) -> None:
    """Without the buckets before the horizon of a day the level of that day and of every later one is the same."""
    day = FIRST + timedelta(days=after)
    days = buckets(gained)
    kept = {each: points for each, points in days.items() if each >= horizon(scale, day).isoformat()}
    then = day + timedelta(days=later)
    assert standing(scale, kept, then) == standing(scale, days, then)


def with_more(days: dict[str, int], day: date, more: int) -> dict[str, int]:
    last = day.isoformat()
    return dict(sorted({**days, last: days.get(last, 0) + more}.items()))


@given(SCALES, BUCKETS, st.integers(0, 120), st.integers(0, 90))
def test_what_keeps_a_level_keeps_it(scale: Scale, gained: dict[int, int], after: int, notice: int) -> None:
    """Gained on its last day, what is missing holds the level past the day of the fall; one less does not."""
    day = FIRST + timedelta(days=after)
    days = {each: points for each, points in buckets(gained).items() if each <= day.isoformat()}
    level, keep = standing(scale, days, day), falling(scale, days, day, notice)
    if keep is None:
        return
    falls = keep.until + timedelta(days=1)
    assert standing(scale, days, keep.until) == level > standing(scale, days, falls)
    missing = scale.thresholds[level] - keep.have
    assert missing > 0
    assert standing(scale, with_more(days, keep.until, missing), falls) == level
    if not scale.gently:  # with a soft landing the next level, reached by less, may land on this one
        assert standing(scale, with_more(days, keep.until, missing - 1), falls) < level


def test_windows_of_months_follow_the_calendar() -> None:
    """A window of twelve months that ends with the year is the year; February is short."""
    assert window_start("12m", date(2026, 12, 31)) == date(2026, 1, 1)
    assert window_start("1m", date(2026, 3, 30)) == date(2026, 3, 1)
    assert window_start("1m", date(2026, 4, 1)) == date(2026, 3, 2)
    assert window_start("365d", date(2026, 12, 31)) == date(2026, 1, 1)


def test_a_calendar_year_with_a_year_of_grace() -> None:
    """Gold of 2026 lasts through 2027; what is bought in 2027 keeps it for 2028."""
    scale = Scale((100,), "calendar_year", grace=365)
    days = {"2026-05-01": 120, "2027-02-01": 30}
    assert [standing(scale, days, date(year, 12, 31)) for year in (2026, 2027, 2028)] == [0, 0, -1]
    assert falling(scale, days, date(2027, 11, 15), 60) == Keep(30, date(2027, 12, 31))
    assert falling(scale, days, date(2027, 10, 1), 60) is None


def test_the_edges_of_a_window_count() -> None:
    """Three days that end with the 4th: the 2nd is in, the 1st and the 5th are not."""
    days = {"2026-05-01": 1, "2026-05-02": 2, "2026-05-04": 4, "2026-05-05": 8}
    assert measured(days, "3d", date(2026, 5, 4)) == 6


@pytest.mark.parametrize(
    ("review", "back", "day"),
    [
        ("daily", 0, date(2026, 3, 30)),
        ("daily", 2, date(2026, 3, 28)),
        ("monthly", 0, date(2026, 3, 1)),
        ("monthly", 3, date(2025, 12, 1)),
        ("yearly", 0, date(2026, 1, 1)),
        ("yearly", 2, date(2024, 1, 1)),
    ],
)
def test_the_days_of_reviews(review: str, back: int, day: date) -> None:
    """Every day, the first of every month or of every year, counted back from 30 March 2026."""
    assert review_before(review, date(2026, 3, 30), back) == day


def test_a_soft_landing_counts_the_last_day_of_a_month() -> None:
    """Gold of one day, 28 February: silver after the review of March, bronze after that of April."""
    scale = Scale((5, 10, 15), "1d", review="monthly", gently=True)
    days = [date(2026, 2, 28), date(2026, 3, 15), date(2026, 4, 1), date(2026, 5, 1)]
    assert [standing(scale, {"2026-02-28": 15}, day) for day in days] == [2, 1, 0, -1]


def test_what_is_kept_reaches_back_by_reviews_grace_and_window() -> None:
    """Three levels: the review of January, 20 days before it, and a window of nine days that ends there."""
    scale = Scale((5, 10, 15), "9d", grace=20, review="monthly", gently=True)
    assert horizon(scale, date(2026, 3, 15)) == date(2025, 12, 4)


DAYS = {"2026-05-05": 6, "2026-05-06": 4}


@pytest.mark.parametrize(
    ("scale", "keep"),
    [
        (Scale((10,), "2d"), Keep(4, date(2026, 5, 6))),
        (Scale((10,), "2d", grace=1), Keep(4, date(2026, 5, 7))),
        (Scale((1,), "2d"), Keep(0, date(2026, 5, 7))),
        (Scale((4,), "1d"), None),
    ],
)
def test_how_to_keep_what_falls_soon(scale: Scale, keep: Keep | None) -> None:
    """Tomorrow; tomorrow with a day of grace; a level of one point; and a day that nothing can add to any more."""
    assert falling(scale, DAYS, date(2026, 5, 6), 9) == keep
