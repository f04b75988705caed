"""A percentage off for points."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.account import Account
from rules.decision import Choice, Option, Progress, Reason
from rules.ticket import Line
from tests.unit.kind_kit import DAY, evaluate, faults, programme, reason, sale

TEN = '[[rule]]\nid = "ten"\nkind = "burn.percent"\npoints = 250\npercent = "10%"\n'
PAY = '[[rule]]\nid = "pay"\nkind = "burn.money"\npoints = 100\nvalue = 5.00\n'
CHOSEN = (Choice("ten"),)


def member(points: int) -> Account:
    return Account(member=1, usable={"points": points}, balance={"points": points})


@pytest.mark.parametrize(("cents", "off"), [(2000, 200), (1999, 199), (10, 1), (50000, 1200)])
def test_a_tenth_rounded_down_once_and_capped(cents: int, off: int) -> None:
    """10% of 19.99 is 1.99; more than 12.00 is never given."""
    decision = evaluate(sale(DAY, Line(cents)), member(250), programme(TEN + "max_value = 12.00\n"), CHOSEN)
    assert decision.options == (Option("ten", "points", 250, off, 1),)
    assert (decision.reward, decision.burns[0].quantity) == (off, 250)


def test_worth_nothing_is_not_consumed() -> None:
    """10% of 9 cents is no cent: the points stay."""
    decision = evaluate(sale(DAY, Line(9)), member(250), programme(TEN), CHOSEN)
    assert (decision.burns, decision.options) == ((), ())
    assert reason(decision, "ten") is Reason.NO_ELIGIBLE_LINE


def test_one_step_a_ticket() -> None:
    """Asked three times with points for three: once."""
    decision = evaluate(sale(DAY), member(900), programme(TEN), (Choice("ten", 3),))
    assert (decision.burns[0].steps, decision.reward) == (1, 100)


def test_only_the_counted_lines_are_lowered() -> None:
    """10% off the wine; without wine nothing, and the reason is said."""
    loaded = programme(TEN + "lines = \".category == 'wine'\"\n")
    lines = (Line(900, "brie", "cheese"), Line(600, "red", "wine"))
    assert evaluate(sale(DAY, *lines), member(250), loaded, CHOSEN).burns[0].allocation == (0, 60)
    without = evaluate(sale(DAY, lines[0]), member(250), loaded, CHOSEN)
    assert reason(without, "ten") is Reason.NO_ELIGIBLE_LINE


def test_it_counts_what_the_redemptions_before_it_left() -> None:
    """5.00 off first, then 10% of the 15.00 that are left; the other way round 2.00, then 5.00."""
    loaded = programme(TEN + PAY)
    first = evaluate(sale(DAY, Line(2000)), member(350), loaded, (Choice("pay"), Choice("ten")))
    assert [(one.rule, one.cents) for one in first.burns] == [("pay", 500), ("ten", 150)]
    other = evaluate(sale(DAY, Line(2000)), member(350), loaded, (Choice("ten"), Choice("pay")))
    assert [(one.rule, one.cents) for one in other.burns] == [("ten", 200), ("pay", 500)]


def test_too_few_points_are_said_with_the_way_to_go() -> None:
    """200 of 250."""
    decision = evaluate(sale(DAY), member(200), programme(TEN), CHOSEN)
    assert reason(decision, "ten") is Reason.NO_BALANCE
    assert decision.progress == (Progress("reward", "ten", "ten", "points", 200, 250),)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (("250", "0"), "at least 1 point"),
        (('"10%"', '"0%"'), "more than"),
        (('"10%"', '"110%"'), "100%"),
        (("points = 250", "points = 250\nmax_value = 0.00"), "above 0.00"),
    ],
)
def test_what_the_loader_refuses(change: tuple[str, str], text: str) -> None:
    """Each fault says what to write instead."""
    assert text in faults(TEN.replace(*change))


@given(st.lists(st.integers(-500, 5000), min_size=1, max_size=8))
def test_line_cents_add_up(cents: list[int]) -> None:
    """The discount is a tenth of the ticket, is the sum of its lines' parts, and takes no line below zero."""
    decision = evaluate(sale(DAY, *[Line(one) for one in cents]), member(250), programme(TEN), CHOSEN)
    assert decision.reward == max(0, sum(cents)) // 10
    for burn in decision.burns:
        assert sum(burn.allocation) == burn.cents
        assert all(0 <= off <= max(0, one) for off, one in zip(burn.allocation, cents, strict=True))


def test_it_is_offered_and_nobody_asked() -> None:
    """What can be had for the smallest price is not taken off before somebody chooses it."""
    loaded = programme(TEN.replace("points = 250", "points = 1"))
    decision = evaluate(sale(DAY), member(250), loaded)
    assert decision.options == (Option("ten", "points", 1, 100, 1),)
    assert (decision.burns, reason(decision, "ten")) == ((), Reason.NOT_CHOSEN)
