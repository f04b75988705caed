"""`earn.streak`: so many days, weeks or months in a row."""

from datetime import date, timedelta

import pytest

from rules.account import Account
from rules.calendar import period_after, period_start, periods_between
from rules.decision import Decision, Gap, Progress, Reason
from rules.kinds.earn_streak import longest_run
from rules.netting import scope_of
from rules.ticket import Line
from tests.unit.kind_kit import evaluate, faults, in_turn, programme, reason, sale

WEEKS = """[[rule]]
id = "weeks"
kind = "earn.streak"
period = "week"
length = 3
points = 20
min_basket = 3.00
"""
SUNDAY = date(2027, 1, 3)  # the last day of ISO week 2026-W53


def run(text: str, days: list[date], cents: int = 500) -> tuple[Account, list[Decision]]:
    """The account after one ticket on each of these days, and what each gave."""
    return in_turn([sale(day, Line(cents), name=str(n)) for n, day in enumerate(days)], programme(text))


def earned(text: str, days: list[date]) -> list[int]:
    return [decision.earned() for decision in run(text, days)[1]]


def weekly(*weeks: int) -> list[date]:
    return [SUNDAY + timedelta(weeks=week) for week in weeks]


def test_iso_weeks_run_across_the_edge_of_the_year() -> None:
    """Sunday 3 January ends week 53, Monday begins the next: two weeks in a row, a third earns."""
    days = [SUNDAY - timedelta(days=7), SUNDAY, SUNDAY + timedelta(days=1)]
    assert earned(WEEKS, days) == [0, 0, 20]


def test_the_second_ticket_of_a_week_changes_nothing() -> None:
    """The bonus comes with the first ticket of the third week and not again."""
    days = [*weekly(0, 1, 2), SUNDAY + timedelta(days=14), *weekly(3)]
    account, given = run(WEEKS, days)
    assert [decision.earned() for decision in given] == [0, 0, 20, 0, 0]
    assert reason(given[3], "weeks") is Reason.ALREADY_USED
    assert longest_run(account.state["weeks"]) == 4


def test_repeat_earns_at_every_length() -> None:
    """Weeks 3 and 6; without repeat the third alone."""
    assert earned(WEEKS + "repeat = true\n", weekly(*range(7))) == [0, 0, 20, 0, 0, 20, 0]
    assert earned(WEEKS, weekly(*range(7))) == [0, 0, 20, 0, 0, 0, 0]


def test_a_missed_week_begins_again_and_a_new_run_earns_again() -> None:
    """Three weeks, one missed, three weeks; the longest run is remembered."""
    account, given = run(WEEKS, weekly(0, 1, 2, 3, 5, 6, 7))
    assert [decision.earned() for decision in given] == [0, 0, 20, 0, 0, 0, 20]
    assert account.state["weeks"] == {"last": "2027-02-15", "run": 3, "longest": 4, "grace": 0}


def test_grace_is_spent_once() -> None:
    """One missed week is forgiven, a second one is not."""
    assert earned(WEEKS + "grace = 1\n", weekly(0, 2, 3)) == [0, 0, 20]
    assert earned(WEEKS + "grace = 1\n", weekly(0, 2, 4, 5, 6)) == [0, 0, 0, 0, 20]


def test_months_and_days() -> None:
    """Three calendar months whatever their length; three days."""
    months = [date(2026, 11, 30), date(2026, 12, 1), date(2027, 1, 31), date(2027, 2, 1)]
    text = WEEKS.replace('"week"', '"month"')
    assert earned(text, months) == [0, 0, 20, 0]
    days = [SUNDAY + timedelta(days=n) for n in (0, 1, 3, 4, 5)]
    assert earned(WEEKS.replace('"week"', '"day"'), days) == [0, 0, 0, 0, 20]


def test_a_small_ticket_does_not_count_the_week() -> None:
    """Below the minimum the week is still open."""
    _, given = run(WEEKS, [SUNDAY], 299)
    assert reason(given[0], "weeks") is Reason.BELOW_MINIMUM
    assert given[0].state == {}


def test_a_late_ticket_of_an_older_week_breaks_nothing() -> None:
    """A ticket dated before the last counted week leaves the run as it is."""
    assert earned(WEEKS, weekly(0, 1, -3, 2)) == [0, 0, 0, 20]


def test_progress_says_by_when_the_next_visit_must_come() -> None:
    """After a counted visit, the end of next week; on a ticket that does not count, the end of this one."""
    account, given = run(WEEKS, weekly(0))
    assert given[0].progress == (
        Progress("streak", "weeks", "weeks", "weeks", 1, 3, SUNDAY + timedelta(days=7)),
    )
    small = sale(SUNDAY + timedelta(days=2), Line(100), name="small")
    told = evaluate(small, account, programme(WEEKS)).progress
    assert told == (Progress("streak", "weeks", "weeks", "weeks", 1, 3, SUNDAY + timedelta(days=7)),)
    later = sale(SUNDAY + timedelta(days=20), Line(100), name="later")
    told = evaluate(later, account, programme(WEEKS)).progress
    assert told == (Progress("streak", "weeks", "weeks", "weeks", 0, 3),)


def test_a_thinly_known_member_is_settled_later() -> None:
    """The run is not at hand at this till."""
    decision = evaluate(sale(SUNDAY), Account(member=1, known="thin"), programme(WEEKS))
    assert reason(decision, "weeks") is Reason.SETTLED_LATER


def test_netting_runs_over_the_period() -> None:
    """A bonus that moves inside its week is neither topped up nor honoured."""
    assert scope_of("points", programme(WEEKS)) == "week"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("length = 3", "length = 1"), "from 2 to 1000"),
        (("points = 20", "points = 0"), "points or a voucher"),
        (("points = 20", "points = 20\ngrace = -1"), "missed periods"),
    ],
)
def test_wrong_streaks_are_load_errors(change: tuple[str, str], said: str) -> None:
    """Too short, without a prize, with a negative grace."""
    assert said in faults(WEEKS.replace(*change))


def test_periods_of_the_calendar() -> None:
    """Starts, steps and distances of days, ISO weeks and months."""
    assert period_start("week", SUNDAY) == date(2026, 12, 28)
    assert period_after("month", date(2026, 11, 30), 2) == date(2027, 1, 1)
    assert period_after("week", SUNDAY) == date(2027, 1, 4)
    assert periods_between("week", SUNDAY, SUNDAY + timedelta(days=1)) == 1
    assert periods_between("month", date(2027, 1, 1), date(2026, 11, 30)) == -2
    assert periods_between("day", SUNDAY, SUNDAY) == 0


def test_a_run_that_went_beyond_its_prize() -> None:
    """Three of three and a fourth week: nothing more is told, and with repeat the way to six."""
    once, again = (run(text, weekly(0, 1, 2, 3))[1][3] for text in (WEEKS, WEEKS + "repeat = true\n"))
    assert (once.outcomes[0].gap, once.progress) == (None, ())
    assert again.outcomes[0].gap == Gap("weeks", 4, 6)
    assert (again.progress[0].have, again.progress[0].need) == (4, 6)


def test_on_the_day_of_the_prize_the_next_one_is_told() -> None:
    """After three of three nothing more is to come, with repeat the way goes on to six."""
    once, again = (run(text, weekly(0, 1, 2))[1][2] for text in (WEEKS, WEEKS + "repeat = true\n"))
    assert (once.earned(), once.progress) == (20, ())
    assert (again.progress[0].have, again.progress[0].need) == (3, 6)


def test_a_second_ticket_on_the_first_day_of_its_period() -> None:
    """It came too late for the prize, but not before anything."""
    _, given = run(WEEKS.replace('"week"', '"day"'), [SUNDAY, SUNDAY, SUNDAY - timedelta(days=1)])
    assert [reason(each, "weeks") for each in given[1:]] == [Reason.ALREADY_USED, Reason.NO_EFFECT]


def test_a_run_is_over_once_a_whole_week_was_missed() -> None:
    """A ticket that does not count, two weeks after the last one that did, tells of a run of none."""
    account, _ = run(WEEKS, weekly(0))
    small = sale(SUNDAY + timedelta(days=8), Line(100), name="small")
    (told,) = evaluate(small, account, programme(WEEKS)).progress
    assert (told.have, told.until) == (0, None)


def test_the_longest_streak() -> None:
    """A thousand periods, with a grace of a thousand."""
    assert faults(WEEKS.replace("length = 3", "length = 1000\ngrace = 1000")) == ""
