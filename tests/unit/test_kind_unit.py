"""`earn.unit`: points by the unit of a product or category."""

from datetime import timedelta
from decimal import Decimal

import msgspec
import pytest

from rules.account import Account, Holding
from rules.decision import Choice, Reason
from rules.ticket import Line
from tests.unit.kind_kit import DAY, evaluate, faults, programme, reason, sale

HONEY = """[[rule]]
id = "honey"
kind = "earn.unit"
points = 15
lines = ".category == 'honey'"
"""


def jar(qty: str = "1", cents: int = 500) -> Line:
    return Line(cents, "SKU0042", "honey", qty=Decimal(qty))


def earned(text: str, *lines: Line) -> int:
    return evaluate(sale(DAY, *lines), Account(member=1), programme(text)).earned()


def test_every_unit_of_the_filtered_lines_earns() -> None:
    """Two jars and one more, beside bread that does not count."""
    given = evaluate(
        sale(DAY, jar("2"), Line(300, "b", "bread"), jar()), Account(member=1), programme(HONEY)
    ).contributions[0]
    assert (given.quantity, given.allocation) == (45, (30, 0, 15))


def test_quantities_are_added_before_they_are_rounded_down() -> None:
    """0.6 and 0.5 are one unit, 0.9 is none; the points are shared by quantity."""
    assert earned(HONEY, jar("0.6"), jar("0.5")) == 15
    decision = evaluate(sale(DAY, jar("0.9")), Account(member=1), programme(HONEY))
    assert reason(decision, "honey") is Reason.NO_EFFECT
    weighed = evaluate(sale(DAY, jar("1.25"), jar("1.25")), Account(member=1), programme(HONEY))
    assert weighed.outcomes[0].exact == "75/2"
    assert sum(weighed.contributions[0].allocation) == 30


def test_max_units_holds_for_the_ticket() -> None:
    """Five jars, three earn; returning goods follows the shares."""
    given = evaluate(
        sale(DAY, jar("4"), jar()), Account(member=1), programme(HONEY + "max_units = 3\n")
    ).contributions[0]
    assert (given.quantity, given.allocation) == (45, (36, 9))


def test_a_discount_line_is_no_unit() -> None:
    """A line below zero takes no unit away and adds none."""
    assert earned(HONEY, jar(), jar(cents=-100)) == 15
    assert earned(HONEY, jar(cents=-100)) == 0


def test_free_units_do_not_earn() -> None:
    """One of two jars is taken free."""
    free = """[[rule]]
id = "jar"
kind = "burn.product"
points = 80
gives = { sku = "SKU0042", qty = 1 }
"""
    lot = Holding("points", "l", 100, DAY, DAY, DAY + timedelta(days=9))
    account = Account(member=1, holdings=(lot,), balance={"points": 100})
    decision = evaluate(sale(DAY, jar("2", 1000)), account, programme(HONEY + free), (Choice("jar"),))
    assert decision.burns
    assert decision.earned() == 15


def test_the_outcome_is_json_and_the_same_again() -> None:
    """Settlement evaluates again and compares bytes."""
    ticket, loaded = sale(DAY, jar("1.1"), jar("2.3", 700)), programme(HONEY)
    once, twice = (msgspec.json.encode(evaluate(ticket, Account(member=1), loaded)) for _ in range(2))
    assert once == twice


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("points = 15", "points = 0"), "from 1 to"),
        (("points = 15", "points = -2"), "from 1 to"),
        (("points = 15", "points = 15\nmax_units = 0"), "at least 1 unit"),
    ],
)
def test_wrong_units_are_load_errors(change: tuple[str, str], said: str) -> None:
    """Nothing for a unit, or no unit at all."""
    assert said in faults(HONEY.replace(*change))


def test_what_costs_nothing_is_a_unit_all_the_same() -> None:
    """A jar at 0.00 that no redemption made free; a ticket without units says so."""
    assert earned(HONEY, jar("2", 0), Line(300, "b", "bread")) == 30
    decision = evaluate(sale(DAY, jar(cents=-100), Line(300)), Account(member=1), programme(HONEY))
    assert reason(decision, "honey") is Reason.NO_ELIGIBLE_LINE


def test_the_highest_number_of_points_and_of_units() -> None:
    """A million a unit; what a limit cuts off is told without a fraction."""
    assert earned(HONEY.replace("15", "1_000_000"), jar()) == 1_000_000
    decision = evaluate(sale(DAY, jar("5")), Account(member=1), programme(HONEY + "max_units = 4\n"))
    assert (decision.earned(), decision.outcomes[0].exact) == (60, "")


def test_a_jar_that_was_taken_free_is_no_unit() -> None:
    """It leaves nothing to earn on, which is told as such."""
    free = '[[rule]]\nid = "jar"\nkind = "burn.product"\npoints = 80\ngives = { sku = "SKU0042", qty = 1 }\n'
    lot = Holding("points", "l", 100, DAY, DAY, DAY + timedelta(days=9))
    account = Account(member=1, holdings=(lot,), balance={"points": 100})
    decision = evaluate(sale(DAY, jar()), account, programme(HONEY + free), (Choice("jar"),))
    assert reason(decision, "honey") is Reason.NO_ELIGIBLE_LINE


def test_whole_units_need_no_fraction() -> None:
    """Two jars; and one unit of a ticket may be all that counts."""
    assert evaluate(sale(DAY, jar("2")), Account(member=1), programme(HONEY)).outcomes[0].exact == ""
    assert earned(HONEY + "max_units = 1\n", jar("2")) == 15
