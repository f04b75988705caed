"""Store time: business dates, both clock changes, week and month keys."""

from datetime import UTC, date, datetime, time

import pytest

from rules.calendar import month_key, period_after, period_start, periods_between, store_time, week_key


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


def test_local_minute_and_date():
    """The same moment is another day and minute in another zone."""
    moment = utc(2026, 1, 15, 23, 30)
    paris, montreal = store_time(moment, "Europe/Paris"), store_time(moment, "America/Montreal")
    assert (paris.bdate, paris.minute) == (date(2026, 1, 16), 30)
    assert (montreal.bdate, montreal.minute) == (date(2026, 1, 15), 18 * 60 + 30)


def test_spring_change_skips_an_hour():
    """On the last Sunday of March the minutes from 02:00 to 02:59 do not exist."""
    before = store_time(utc(2026, 3, 29, 0, 59), "Europe/Paris")
    after = store_time(utc(2026, 3, 29, 1, 0), "Europe/Paris")
    assert (before.minute, after.minute) == (119, 180)
    assert before.bdate == after.bdate == date(2026, 3, 29)


def test_autumn_change_repeats_an_hour():
    """On the last Sunday of October the same minute comes twice; only the offset tells them apart."""
    first = store_time(utc(2026, 10, 25, 0, 30), "Europe/Paris")
    second = store_time(utc(2026, 10, 25, 1, 30), "Europe/Paris")
    assert (first.bdate, first.minute) == (second.bdate, second.minute) == (date(2026, 10, 25), 150)
    assert first.local.utcoffset() != second.local.utcoffset()


def test_business_day_after_midnight():
    """A sale after midnight belongs to the evening before until the business day ends, on that minute exactly."""
    ends = time(4, 0)
    assert store_time(utc(2026, 6, 2, 1, 59), "Europe/Paris", ends).bdate == date(2026, 6, 1)
    assert store_time(utc(2026, 6, 2, 2, 0), "Europe/Paris", ends).bdate == date(2026, 6, 2)
    assert store_time(utc(2026, 6, 2, 1, 59), "Europe/Paris", ends).minute == 239


@pytest.mark.parametrize(("hour", "bdate"), [(0, date(2026, 3, 28)), (1, date(2026, 3, 29))])
def test_business_day_ends_in_the_missing_hour(hour, bdate):
    """When the business day ends inside the hour that spring skips, it ends where the clock jumps."""
    assert store_time(utc(2026, 3, 29, hour, 0), "Europe/Paris", time(2, 30)).bdate == bdate


def test_wrong_arguments():
    """A moment without offset and an unknown zone are refused, not guessed."""
    with pytest.raises(ValueError, match="offset"):
        store_time(datetime(2026, 1, 1), "Europe/Paris")
    with pytest.raises(KeyError):
        store_time(utc(2026, 1, 1), "Europe/Atlantis")


def test_keys():
    """ISO weeks belong to the year of their Thursday; months are those of the calendar."""
    assert week_key(date(2026, 12, 31)) == "2026-W53"
    assert week_key(date(2027, 1, 3)) == "2026-W53"
    assert week_key(date(2027, 1, 4)) == "2027-W01"
    assert month_key(date(2026, 3, 9)) == "2026-03"


SUNDAY, MONDAY = date(2027, 1, 3), date(2027, 1, 4)


@pytest.mark.parametrize(
    ("period", "start", "after", "earlier"),
    [
        ("day", date(2027, 1, 3), date(2027, 1, 4), date(2027, 1, 1)),
        ("week", date(2026, 12, 28), date(2027, 1, 4), date(2026, 12, 14)),
        ("month", date(2027, 1, 1), date(2027, 2, 1), date(2026, 11, 1)),
    ],
)
def test_periods_begin_and_follow(period, start, after, earlier):
    """The first day of this period, of the next one and of the one two before, across the new year."""
    assert period_start(period, SUNDAY) == start
    assert period_after(period, SUNDAY) == after
    assert period_after(period, SUNDAY, -2) == earlier


@pytest.mark.parametrize(("period", "count"), [("day", 1), ("week", 1), ("month", 0)])
def test_a_night_from_sunday_to_monday(period, count):
    """Another day and another week, in the same month; counted backwards it is negative."""
    assert periods_between(period, SUNDAY, MONDAY) == count
    assert periods_between(period, MONDAY, SUNDAY) == -count
    assert isinstance(periods_between(period, SUNDAY, MONDAY), int)


def test_months_are_counted_over_years():
    """From the last of November to the first of February, three months later."""
    assert periods_between("month", date(2025, 11, 30), date(2026, 2, 1)) == 3
