"""`earn.comeback`: a visit after an absence."""

from datetime import timedelta

import pytest

from rules.account import Account
from rules.decision import Gap, Reason
from rules.netting import scope_of
from tests.unit.kind_kit import DAY, evaluate, faults, in_turn, programme, reason, sale

BACK = """[[rule]]
id = "back"
kind = "earn.comeback"
absent = "60d"
points = 50
"""


def earned(*days: int) -> list[int]:
    """Points of one ticket on each of these days."""
    tickets = [sale(DAY + timedelta(days=day), name=str(n)) for n, day in enumerate(days)]
    return [decision.earned() for decision in in_turn(tickets, programme(BACK))[1]]


def test_a_return_earns_and_a_first_visit_does_not() -> None:
    """Day 60 after day 0; the second ticket of that day is no return any more."""
    assert earned(0, 60, 60, 119, 179) == [0, 50, 0, 0, 50]


def test_one_day_too_early_says_how_far() -> None:
    """59 of 60 days."""
    account = Account(member=1, last_visit=DAY, first_visit=DAY)
    outcome = evaluate(sale(DAY + timedelta(days=59)), account, programme(BACK)).outcomes[0]
    assert (outcome.reason, outcome.gap) == (Reason.NO_EFFECT, Gap("days", 59, 60))


def test_a_ticket_dated_before_the_last_visit_breaks_nothing() -> None:
    """A late ticket is no return and the next one still measures from the last visit."""
    assert earned(0, 30, -90, 90) == [0, 0, 0, 50]


def test_a_thinly_known_member_is_settled_later() -> None:
    """The last visit is not at hand; a voucher can be the prize."""
    decision = evaluate(sale(DAY), Account(member=1, known="thin"), programme(BACK))
    assert reason(decision, "back") is Reason.SETTLED_LATER
    assert scope_of("points", programme(BACK)) == "day"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('"60d"', '"1d"'), "at least 2 days"),
        (("points = 50", "points = 0"), "points or a voucher"),
        (("points = 50", 'points = 50\nvoucher = "x"'), "points or a voucher"),
        (("points = 50", 'voucher = "x"'), "no voucher x"),
    ],
)
def test_wrong_returns_are_load_errors(change: tuple[str, str], said: str) -> None:
    """Too short an absence, no prize, two prizes, a voucher that is not there."""
    assert said in faults(BACK.replace(*change))


def test_the_same_day_is_no_absence() -> None:
    """0 of 2 days, the shortest absence that a programme may ask for."""
    account = Account(member=1, last_visit=DAY, first_visit=DAY)
    (outcome,) = evaluate(sale(DAY), account, programme(BACK.replace("60d", "2d"))).outcomes
    assert (outcome.reason, outcome.gap) == (Reason.NO_EFFECT, Gap("days", 0, 2))
