"""`rounding = "carry"`: what is left over of a point waits for the next ticket."""

from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.account import Account
from rules.decision import Decision, Gap
from rules.netting import scope_of
from rules.ticket import Line
from tests.unit.kind_kit import DAY, evaluate, faults, in_turn, programme, sale

BASE = '[[rule]]\nid = "base"\nkind = "earn.amount"\npoints = 1\nper = 1.00\n'
CARRY = 'rounding = "carry"\n'


def run(cents: list[int], header: str = CARRY, text: str = BASE) -> tuple[Account, list[Decision]]:
    tickets = [sale(DAY + timedelta(days=n), Line(each), name=str(n)) for n, each in enumerate(cents)]
    return in_turn(tickets, programme(text, header))


def test_the_rest_of_a_ticket_counts_on_the_next() -> None:
    """Three tickets of 1.50 are four points, not three."""
    account, told = run([150, 150, 150])
    assert [decision.earned() for decision in told] == [1, 2, 1]
    assert account.state == {"base": {"milli": 500}}
    assert [decision.outcomes[0].exact for decision in told] == ["1500/1000", "2000/1000", "1500/1000"]


def test_a_ticket_below_one_point_is_not_lost_and_says_how_far() -> None:
    """0.60 leaves 600 thousandths: 0.40 more make a point."""
    account, told = run([60, 30])
    assert [decision.earned() for decision in told] == [0, 0]
    assert told[1].outcomes[0].gap == Gap("cents", 30, 40)
    assert account.state == {"base": {"milli": 900}}


@given(st.lists(st.integers(1, 5000), max_size=8), st.integers(1, 7), st.integers(1, 900))
def test_nothing_is_lost_but_thousandths(cents: list[int], points: int, per: int) -> None:
    """All tickets together give what one rounding of their sum gives, less under 1/1000 of a point each."""
    text = BASE.replace("points = 1", f"points = {points}").replace("1.00", f"{per // 100}.{per % 100:02d}")
    account, told = run(cents, CARRY, text)
    milli = (
        1000 * sum(decision.earned() for decision in told) + account.state.get("base", {"milli": 0})["milli"]
    )
    exact = sum(cents) * points * 1000 / per
    assert exact - len(cents) - 1e-6 <= milli <= exact + 1e-6


def test_rules_of_a_programme_each_keep_their_own_rest() -> None:
    """Two rules, two remainders; without carry there is none."""
    other = BASE.replace('"base"', '"other"').replace("1.00", "3.00")
    account, _ = run([100, 100], CARRY, BASE + other)
    assert account.state == {"base": {"milli": 0}, "other": {"milli": 666}}
    assert run([150], "")[0].state == {}


def test_a_till_that_knows_the_member_thinly_rounds_down() -> None:
    """The rest is the settlement's; points are then netted over the whole life."""
    loaded = programme(BASE, CARRY)
    decision = evaluate(sale(DAY, Line(199)), Account(member=1, known="thin"), loaded)
    assert (decision.earned(), decision.state) == (1, {})
    assert scope_of("points", loaded) == "month"
    assert scope_of("stamp:x", loaded) == "ticket"


def test_settling_again_gives_the_same_bytes() -> None:
    """Dates play no part: a late ticket only takes its place in the order."""
    first, second = run([150, 275, 60]), run([150, 275, 60])
    assert msgspec.json.encode(first) == msgspec.json.encode(second)


@pytest.mark.parametrize("change", [("points = 1", "points = 0"), ("1.00", "0.00")])
def test_wrong_amounts_stay_load_errors(change: tuple[str, str]) -> None:
    """With a carried rest as without."""
    assert faults(BASE.replace(*change))


def test_an_amount_without_a_rest_is_told_without_a_fraction() -> None:
    """5.00 is five points, nothing carried and nothing left; 5.50 and 0.50 are told in thousandths."""
    _, told = run([500, 550, 50])
    assert [one.outcomes[0].exact for one in told] == ["", "5500/1000", "1000/1000"]
