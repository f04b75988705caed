"""Points for a charity, and miles at a partner."""

import pytest

from rules.account import Account
from rules.decision import Choice, Option, Outbound, Reason
from rules.fold import fold
from rules.refund import Return, restored, returned
from rules.ticket import Line
from tests.unit.kind_kit import DAY, evaluate, faults, programme, reason, sale

GIVE = '[[rule]]\nid = "give"\nkind = "burn.donation"\npoints = 100\nvalue = 1.00\nto = "food-bank"\n'
MILES = '[[rule]]\nid = "miles"\nkind = "burn.partner"\npoints = 200\nquantity = 50\nto = "airline"\n'
BASE = '[[rule]]\nid = "base"\nkind = "earn.amount"\npoints = 1\nper = 1.00\n'


def member(points: int) -> Account:
    return Account(member=1, usable={"points": points}, balance={"points": points})


def test_a_gift_to_a_charity_leaves_the_ticket_alone() -> None:
    """Three steps: 300 points, 3.00 for the food bank, nothing off, and the ticket earns in full."""
    decision = evaluate(sale(DAY), member(350), programme(GIVE + BASE), (Choice("give", 3),))
    (burn,) = decision.burns
    assert (burn.quantity, burn.steps, burn.cents, burn.allocation) == (300, 3, 0, ())
    assert decision.outbound == (Outbound("give", "donation", "food-bank", cents=300),)
    assert (decision.paid, decision.earned()) == (1000, 10)
    assert fold(member(350), sale(DAY), decision).balance == {"points": 60}


def test_miles_at_a_partner() -> None:
    """400 points, 100 miles."""
    decision = evaluate(sale(DAY), member(400), programme(MILES), (Choice("miles", 2),))
    assert decision.outbound == (Outbound("miles", "partner", "airline", quantity=100),)
    assert decision.burns[0].quantity == 400


def test_steps_are_offered_within_balance_and_limit() -> None:
    """350 points: three steps, two at most where the rule says so; worth nothing on the ticket itself."""
    assert evaluate(sale(DAY), member(350), programme(GIVE)).options == (Option("give", "points", 100, 0, 3),)
    limited = programme(GIVE + "max_steps = 2\n")
    assert evaluate(sale(DAY), member(350), limited).options[0].max_steps == 2
    assert (
        reason(evaluate(sale(DAY), member(99), programme(GIVE), (Choice("give"),)), "give")
        is Reason.NO_BALANCE
    )


def test_returned_goods_do_not_take_it_back() -> None:
    """The whole ticket comes back; the charity keeps what it got."""
    lines = (Line(600), Line(400))
    burn = evaluate(sale(DAY, *lines), member(100), programme(GIVE), (Choice("give"),)).burns[0]
    assert restored(burn, returned(lines, (Return(1000),))) == (0, 0)


@pytest.mark.parametrize(
    ("rule", "change", "text"),
    [
        (GIVE, ("points = 100", "points = 0"), "at least 1 point"),
        (GIVE, ("1.00", "0.00"), "more than 0.00"),
        (GIVE, ('"food-bank"', '" "'), "name who receives it"),
        (GIVE, ("points = 100", "points = 100\nmax_steps = 0"), "at least 1 step"),
        (MILES, ("quantity = 50", "quantity = 0"), "at least 1 unit"),
        (MILES, ('to = "airline"\n', ""), "the key to is missing"),
    ],
)
def test_what_the_loader_refuses(rule: str, change: tuple[str, str], text: str) -> None:
    """Each fault says what to write instead."""
    assert text in faults(rule.replace(*change))


def test_one_point_and_one_step_are_enough() -> None:
    """The smallest numbers a table may have; and nothing is given unless somebody asks."""
    loaded = programme(GIVE.replace("points = 100", "points = 1\nmax_steps = 1"))
    decision = evaluate(sale(DAY), member(5), loaded)
    assert (decision.burns, decision.outbound, decision.options[0].max_steps) == ((), (), 1)
    chosen = evaluate(sale(DAY), member(5), loaded, (Choice("give", 3),))
    assert (chosen.burns[0].steps, chosen.options) == (1, decision.options)


def test_one_unit_is_enough_for_a_partner() -> None:
    """Points that become one night, not many miles."""
    assert faults(MILES.replace("quantity = 50", "quantity = 1")) == ""
