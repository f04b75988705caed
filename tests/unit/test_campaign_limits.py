"""How often a member may get something, and what a campaign may cost."""

import pytest

from rules.account import Account
from rules.decision import Choice, Gap, Option, Reason
from rules.ticket import Event, Line
from tests.unit.kind_kit import DAY, evaluate, happened, programme, reason, sale

BASE = '[[rule]]\nid = "base"\nkind = "earn.amount"\npoints = 1\nper = 1.00\n'
PAY = '[[rule]]\nid = "pay"\nkind = "burn.money"\npoints = 100\nvalue = 5.00\nbudget = 100.00\n'
CALL = '[[rule]]\nid = "call"\nkind = "earn.event"\nevent = "survey"\npoints = 9\nbudget = 100\n'
LEVELS = """[tiers]
budget = 100
levels = [{ id = "a", from = 3, gives = { GIVES } }, { id = "b", from = 8, gives = { points = 7 } }]
"""
RICH = Account(member=1, usable={"points": 900}, balance={"points": 900})


def test_a_spent_limit_says_how_often() -> None:
    """Once a day, and this is the second time."""
    loaded = programme(BASE + 'max = { count = 1, per = "day" }\n')
    first = evaluate(sale(DAY), Account(member=1), loaded)
    second = evaluate(sale(DAY), Account(member=1, state=first.state), loaded)
    assert (first.earned(), second.earned()) == (10, 0)
    assert second.outcomes[0].gap == Gap("uses", 1, 1)


@pytest.mark.parametrize(
    ("left", "given", "said"),
    [
        (11, 10, Reason.APPLIED),
        (10, 10, Reason.APPLIED),
        (9, 9, Reason.BUDGET_SPENT),
        (0, 0, Reason.BUDGET_SPENT),
    ],
)
def test_the_last_points_of_a_campaign(left: int, given: int, said: Reason) -> None:
    """Ten points are due: what is left is given, by line as ever, and told."""
    lines = (Line(500, "a", "a"), Line(500, "b", "b"))
    loaded = programme(BASE + "budget = 100\n")
    decision = evaluate(sale(DAY, *lines), Account(member=1), loaded, stock={"budget:base": left})
    assert (decision.earned(), reason(decision, "base")) == (given, said)
    assert decision.drawn == ({"budget:base": given} if given else {})
    assert [sum(one.allocation) for one in decision.contributions] == [given] * bool(given)


def test_an_event_has_no_lines_to_share_over() -> None:
    """What a budget leaves of the points of an event lies on no line."""
    decision = evaluate(
        happened(Event("survey")), Account(member=1), programme(CALL), stock={"budget:call": 4}
    )
    assert [(one.quantity, one.allocation) for one in decision.contributions] == [(4, ())]


@pytest.mark.parametrize(
    ("left", "steps"), [(None, 4), (2000, 4), (1999, 3), (1000, 2), (999, 1), (500, 1), (499, 0), (0, 0)]
)
def test_money_off_is_offered_while_the_campaign_pays(left: int | None, steps: int) -> None:
    """Steps of 5.00 on a ticket of 20.00: as many as the budget has left, and nothing is taken by offering."""
    stock = None if left is None else {"budget:pay": left}
    decision = evaluate(sale(DAY, Line(2000)), RICH, programme(PAY), stock=stock)
    assert decision.options == ((Option("pay", "points", 100, 500, steps),) if steps else ())
    assert reason(decision, "pay") is (Reason.NOT_CHOSEN if steps else Reason.BUDGET_SPENT)
    assert decision.drawn == {}


@pytest.mark.parametrize(("left", "off"), [(1500, 1000), (1000, 1000), (999, 0)])
def test_money_off_is_taken_of_the_budget(left: int, off: int) -> None:
    """Two steps chosen: the budget pays both or none of them."""
    stock = {"budget:pay": left}
    decision = evaluate(sale(DAY, Line(2000)), RICH, programme(PAY), (Choice("pay", 2),), stock=stock)
    assert decision.reward == off
    assert decision.drawn == ({"budget:pay": off} if off else {})


def test_a_budget_says_nothing_where_nothing_could_be_bought() -> None:
    """Without points the reason is the balance, whatever the budget."""
    decision = evaluate(sale(DAY), Account(member=1), programme(PAY), stock={})
    assert reason(decision, "pay") is Reason.NO_BALANCE


@pytest.mark.parametrize(("left", "given"), [(12, [5, 7]), (6, [5, 1]), (5, [5]), (3, [3]), (0, [])])
def test_what_is_left_goes_to_the_first_of_several_prizes(left: int, given: list[int]) -> None:
    """Two levels reached at once, 5 and 7 points."""
    loaded = programme(BASE + LEVELS.replace("GIVES", "points = 5"))
    decision = evaluate(sale(DAY), Account(member=1), loaded, stock={"budget:tiers": left})
    assert [one.quantity for one in decision.contributions if one.rule == "tiers"] == given
    told = next(one for one in decision.outcomes if one.rule == "tiers")
    assert (told.quantity, told.cut) == (sum(given), (12 - sum(given)))


def test_a_budget_of_points_cuts_no_voucher() -> None:
    """The first level gives a voucher, the second 7 points of which 3 are left: one voucher is told, 4 points cut."""
    cake = '[[rule]]\nid = "cake"\nkind = "voucher"\nvalue = 5.00\n'
    loaded = programme(BASE + cake + LEVELS.replace("GIVES", 'voucher = "cake"'))
    decision = evaluate(sale(DAY), Account(member=1), loaded, stock={"budget:tiers": 3})
    told = next(one for one in decision.outcomes if one.rule == "tiers")
    assert (told.reason, told.asset, told.quantity, told.cut) == (Reason.BUDGET_SPENT, "voucher:cake", 1, 4)
    assert (decision.earned("voucher:cake"), decision.earned()) == (1, 13)


def test_a_budget_of_one_point_is_one() -> None:
    """The smallest campaign."""
    assert (
        evaluate(
            sale(DAY), Account(member=1), programme(BASE + "budget = 1\n"), stock={"budget:base": 1}
        ).earned()
        == 1
    )
