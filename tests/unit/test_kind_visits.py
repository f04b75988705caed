"""`earn.visit` several times a day, `earn.visits` over a rolling period: what comes beyond points once a day."""

from datetime import date, timedelta

import msgspec
import pytest

from rules.account import Account
from rules.decision import Decision, Gap, Progress, Reason
from rules.netting import scope_of
from rules.ticket import Line
from tests.unit.kind_kit import DAY, evaluate, faults, in_turn, programme, reason, sale

TWICE = '[[rule]]\nid = "visit"\nkind = "earn.visit"\npoints = 2\nmax_per_day = 2\n'
ROLLING = """[[rule]]
id = "regular"
kind = "earn.visits"
per = "10d"
steps = [{ visit = 2, points = 30 }, { visit = 4, points = 60 }]
"""
MONTH = ROLLING.replace('"10d"', '"month"')


def run(text: str, days: list[int], start: date = DAY) -> tuple[Account, list[Decision]]:
    tickets = [sale(start + timedelta(days=day), name=str(n)) for n, day in enumerate(days)]
    return in_turn(tickets, programme(text))


def earned(text: str, *days: int) -> list[int]:
    return [decision.earned() for decision in run(text, list(days))[1]]


def test_so_many_tickets_of_a_day_earn() -> None:
    """Two of three, and two again the next day."""
    assert earned(TWICE, 0, 0, 0, 1, 1, 1) == [2, 2, 0, 2, 2, 0]


def test_a_visit_dated_before_the_last_one_earns_nothing_and_opens_nothing() -> None:
    """A late ticket of yesterday does not make today's visit earn again."""
    _, given = run(TWICE.replace("2\n", "1\n"), [1, 0, 1])
    assert [decision.earned() > 0 for decision in given] == [True, False, False]
    assert reason(given[1], "visit") is Reason.NO_EFFECT


def test_the_visits_of_the_last_days_count() -> None:
    """The second visit within ten days, today included: day 9 is in, day 10 is not."""
    assert earned(ROLLING, 0, 9) == [0, 30]
    assert earned(ROLLING, 0, 10) == [0, 0]


def test_a_step_is_given_again_once_the_period_no_longer_holds_it() -> None:
    """Every day: step 2 on day 1, step 4 on day 3, then again ten days after each."""
    given = earned(ROLLING, *range(15))
    assert {day: points for day, points in enumerate(given) if points} == {1: 30, 3: 60, 11: 30, 13: 60}


def test_steps_that_fall_due_together_are_given_together() -> None:
    """Two visits after a pause of the steps but not of the visits."""
    days = [0, 1, 2, 3, 8, 9, 10, 14]
    assert earned(ROLLING, *days) == [0, 30, 0, 60, 0, 0, 0, 90]


def test_the_counters_stay_small_and_are_json() -> None:
    """No more visits are kept than the last step needs; the second ticket of a day changes nothing."""
    account, given = run(ROLLING, [*range(9), 8])
    state = account.state["regular"]
    assert state == {
        "days": ["2026-05-11", "2026-05-12", "2026-05-13", "2026-05-14"],
        "given": {"2": "2026-05-07", "4": "2026-05-09"},
    }
    assert msgspec.json.decode(msgspec.json.encode(state)) == state
    assert reason(given[-1], "regular") is Reason.ALREADY_USED


@pytest.mark.parametrize("text", [ROLLING, MONTH])
def test_a_late_visit_breaks_nothing(text: str) -> None:
    """A ticket dated before the last visit, even of the month before, leaves the count alone."""
    _, given = run(text, [0, -10, 1], date(2026, 5, 6))
    assert [decision.earned() for decision in given] == [0, 0, 30]
    assert reason(given[1], "regular") is Reason.NO_EFFECT


def test_another_period_in_a_new_version_starts_again() -> None:
    """Counters of the calendar month do not stand in the way of a rolling period, nor the other way round."""
    account, _ = run(MONTH, [0])
    rolling = evaluate(sale(DAY + timedelta(days=1)), account, programme(ROLLING))
    assert rolling.state["regular"]["days"] == ["2026-05-07"]
    back = evaluate(sale(DAY + timedelta(days=2)), run(ROLLING, [0])[0], programme(MONTH))
    assert back.state["regular"]["visits"] == 1


def test_progress_of_a_rolling_period() -> None:
    """After one visit, one more brings the first bonus; after the last step there is nothing to tell."""
    _, given = run(ROLLING, [0, 1, 2, 3])
    assert given[0].progress == (Progress("visits", "regular", "regular", "in_window", 1, 2),)
    assert given[1].progress == (Progress("visits", "regular", "regular", "in_window", 2, 4),)
    assert given[3].progress == ()


def test_a_rolling_period_is_netted_over_the_whole_life() -> None:
    """It crosses the edge of every month and year."""
    assert scope_of("points", programme(ROLLING)) == "month"
    assert scope_of("points", programme(MONTH)) == "month"


@pytest.mark.parametrize(
    ("text", "change", "said"),
    [
        (TWICE, ("max_per_day = 2", "max_per_day = 0"), "from 1 to 100 tickets"),
        (TWICE, ("points = 2", "points = 0"), "points or a voucher"),
        (ROLLING, ('"10d"', '"week"'), 'write "month", or a rolling period'),
        (ROLLING, ('"10d"', '"1d"'), 'from "2d"'),
        (ROLLING, ("visit = 4", "visit = 11"), "at most 10 visits"),
        (ROLLING, ("visit = 4", "visit = 2"), "name every visit once"),
        (ROLLING, ("visit = 4", "visit = 0"), "count visits from 1"),
        (ROLLING, ("points = 60", "points = 0"), "points or a voucher"),
        (ROLLING, ("points = 60", 'voucher = "x"'), "no voucher x"),
        (ROLLING, (ROLLING[ROLLING.index("steps") :], "steps = []\n"), "at least one visit"),
    ],
)
def test_wrong_visits_are_load_errors(text: str, change: tuple[str, str], said: str) -> None:
    """No prize, no such period, more visits than days, a step twice."""
    assert said in faults(text.replace(*change))


def test_three_tickets_of_a_day_earn() -> None:
    """Each is counted once."""
    assert earned(TWICE.replace("max_per_day = 2", "max_per_day = 3"), 0, 0, 0, 0) == [2, 2, 2, 0]


def test_a_visit_without_a_bonus_says_how_far_the_next_is() -> None:
    """The first of two, within the longest period there is; after the last step there is none to tell of."""
    _, given = run(ROLLING.replace("10d", "366d"), [0, 1, 2, 3, 4])
    assert [each.outcomes[0].gap for each in given] == [
        Gap("visits", 1, 2),
        None,
        Gap("visits", 3, 4),
        None,
        None,
    ]


def test_points_of_a_visit_belong_to_the_lines_that_count() -> None:
    """The bonus of a second visit with tea is carried by the tea."""
    text = ROLLING + """lines = ".category == 'tea'"\n"""
    lines = (Line(300, "b", "bread"), Line(700, "t", "tea"))
    _, given = in_turn([sale(DAY + timedelta(days=n), *lines) for n in (0, 1)], programme(text))
    assert given[1].contributions[0].allocation == (0, 30)


def test_the_counters_of_a_first_ticket_are_its_day() -> None:
    """A number is kept from the second ticket of a day on; a hundred of them may earn."""
    text = TWICE.replace("max_per_day = 2", "max_per_day = 100")
    assert run(text, [0])[0].state == {"visit": {"day": "2026-05-06"}}
    assert run(text, [0, 0])[0].state == {"visit": {"day": "2026-05-06", "n": 2}}


def test_what_is_told_is_still_to_come() -> None:
    """Two visits are in the period and step 2 was given before it: it is due again at the next visit."""
    text = ROLLING.replace("visit = 4", "visit = 5") + "min_basket = 5.00\n"
    account, _ = run(text, [0, 1, 5, 9])
    small = sale(DAY + timedelta(days=11), Line(100), name="small")
    (told,) = evaluate(small, account, programme(text)).progress
    assert (told.have, told.need) == (2, 3)
    later = sale(DAY + timedelta(days=12), Line(500), name="later")
    assert evaluate(later, account, programme(text)).earned() == 30


@pytest.mark.parametrize(
    "text",
    [
        ROLLING.replace("10d", "2d").replace("visit = 4", "visit = 1"),
        ROLLING.replace("visit = 4", "visit = 10"),
        MONTH.replace("visit = 4", "visit = 31"),
    ],
)
def test_the_shortest_period_and_a_visit_on_each_of_its_days(text: str) -> None:
    """Two days; as many visits as days."""
    assert faults(text) == ""
