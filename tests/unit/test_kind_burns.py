"""Redemptions: money off in steps, and products given."""

from datetime import timedelta
from decimal import Decimal

import msgspec
import pytest

from rules.account import Account, Holding
from rules.decision import Choice, Gap, Option, Progress, Reason
from rules.ticket import Line
from tests.unit.kind_kit import DAY, evaluate, faults, programme, reason, sale

PAY = '[[rule]]\nid = "pay"\nkind = "burn.money"\npoints = 100\nvalue = 5.00\n'
CHEESE = '[[rule]]\nid = "cheese"\nkind = "burn.product"\npoints = 80\ngives = { sku = "brie" }\n'


def member(points: int) -> Account:
    return Account(member=1, usable={"points": points}, balance={"points": points})


@pytest.mark.parametrize(
    ("points", "cents", "steps"),
    [
        (99, 2000, 0),
        (100, 2000, 1),
        (299, 2000, 2),
        (900, 2000, 4),
        (900, 1999, 3),
        (900, 499, 0),
        (900, 500, 1),
    ],
)
def test_whole_steps_within_balance_and_total(points: int, cents: int, steps: int) -> None:
    """As many steps as the points allow and the ticket can take."""
    decision = evaluate(sale(DAY, Line(cents)), member(points), programme(PAY))
    expected = (Option("pay", "points", 100, 500, steps),) if steps else ()
    assert decision.options == expected
    assert decision.burns == ()


def test_the_member_chooses_how_many_steps() -> None:
    """Two of four possible steps: 200 points for 10.00, spread so that the line cents add up."""
    lines = (Line(1000), Line(500), Line(500), Line(-100))
    decision = evaluate(sale(DAY, *lines), member(900), programme(PAY), (Choice("pay", 2),))
    assert decision.burns[0].quantity == 200
    assert decision.burns[0].allocation == (500, 250, 250, 0)
    assert (decision.reward, decision.paid) == (1000, 900)


def test_a_third_of_a_cent_goes_to_the_earlier_line() -> None:
    """5.00 over three equal lines: 1.67, 1.67 and 1.66."""
    decision = evaluate(sale(DAY, *[Line(300)] * 3), member(100), programme(PAY), (Choice("pay"),))
    assert decision.burns[0].allocation == (167, 167, 166)


def test_more_steps_than_possible_are_cut() -> None:
    """Nine steps asked, two possible."""
    decision = evaluate(sale(DAY, Line(1200)), member(900), programme(PAY), (Choice("pay", 9),))
    assert (decision.burns[0].steps, decision.reward) == (2, 1000)


@pytest.mark.parametrize(("steps", "allowed"), [(0, 0), (-3, 0), (1, 1)])
def test_no_step_is_no_burn(steps: int, allowed: int) -> None:
    """Zero and negative choices burn nothing."""
    decision = evaluate(sale(DAY, Line(1200)), member(900), programme(PAY), (Choice("pay", steps),))
    assert len(decision.burns) == allowed


@pytest.mark.parametrize(("cents", "possible"), [(999, False), (1000, True)])
def test_a_share_of_the_total_at_most(cents: int, possible: bool) -> None:
    """With max_share = 50% a reward of 5.00 needs a ticket of 10.00, and the gap says so."""
    decision = evaluate(sale(DAY, Line(cents)), member(100), programme(PAY + 'max_share = "50%"\n'))
    assert bool(decision.options) == possible
    if not possible:
        assert decision.outcomes[0].reason is Reason.BELOW_MINIMUM
        assert decision.outcomes[0].gap == Gap("cents", 999, 1000)


def test_small_steps_of_a_large_rate() -> None:
    """100 points are 5.00, in steps of 20 points: 1.00 each, three at most."""
    loaded = programme(PAY + "step = 20\nmax_steps = 3\n")
    decision = evaluate(sale(DAY, Line(2000)), member(85), loaded)
    assert decision.options == (Option("pay", "points", 20, 100, 3),)


def test_a_step_must_be_worth_whole_cents() -> None:
    """7 of 100 points for 5.00 are 35 cents; of 3.33 they are not whole: a load error."""
    assert faults(PAY + "step = 7\n") == ""
    assert "whole cents" in faults((PAY + "step = 7\n").replace("5.00", "3.33"))
    assert "whole cents" in faults(PAY.replace("5.00", "0.00"))


def test_points_on_hold_are_not_missing() -> None:
    """Owned but held by another till: ON_HOLD; not yet usable: NOT_YET_AVAILABLE; a deficit blocks."""
    loaded, ticket = programme(PAY), sale(DAY, Line(2000))
    held = Account(member=1, usable={"points": 20}, balance={"points": 120})
    assert reason(evaluate(ticket, held, loaded), "pay") is Reason.ON_HOLD
    tomorrow = DAY + timedelta(days=1)
    vesting = Account(member=1, holdings=(Holding("points", "l", 120, DAY, tomorrow, tomorrow),))
    assert reason(evaluate(ticket, vesting, loaded), "pay") is Reason.NOT_YET_AVAILABLE
    owing = Account(member=1, usable={"points": 120}, balance={"points": 120}, deficit={"points": 1})
    assert reason(evaluate(ticket, owing, loaded), "pay") is Reason.ON_HOLD


def test_two_redemptions_share_the_balance_in_the_order_chosen() -> None:
    """150 points pay for the first choice only, whichever it is."""
    lines = (Line(900), Line(400, "brie", "cheese"))
    loaded = programme(PAY + CHEESE)
    one = evaluate(sale(DAY, *lines), member(150), loaded, (Choice("pay"), Choice("cheese")))
    assert [burn.rule for burn in one.burns] == ["pay"]
    other = evaluate(sale(DAY, *lines), member(150), loaded, (Choice("cheese"), Choice("pay")))
    assert [burn.rule for burn in other.burns] == ["cheese"]
    assert reason(other, "pay") is Reason.NO_BALANCE
    both = evaluate(sale(DAY, *lines), member(180), loaded, (Choice("cheese"), Choice("pay")))
    assert [(burn.rule, burn.cents) for burn in both.burns] == [("cheese", 400), ("pay", 500)]
    assert both.burns[1].allocation == (500, 0)


def test_a_product_on_the_ticket_becomes_free() -> None:
    """The line of the product is the discount; without it on the ticket nothing is offered."""
    loaded = programme(CHEESE)
    decision = evaluate(
        sale(DAY, Line(900), Line(840, "brie", "cheese", qty=Decimal(2))),
        member(80),
        loaded,
        (Choice("cheese"),),
    )
    assert (decision.reward, decision.burns[0].allocation) == (420, (0, 420))
    without = evaluate(sale(DAY, Line(900)), member(80), loaded, (Choice("cheese"),))
    assert reason(without, "cheese") is Reason.NO_ELIGIBLE_LINE


def test_two_units_for_one_price() -> None:
    """gives.qty = 2 needs two units on one line."""
    loaded = programme(CHEESE.replace('"brie"', '"brie", qty = 2'))
    for qty, cents in (("1", 0), ("2", 900), ("3", 600)):
        decision = evaluate(
            sale(DAY, Line(900, "brie", "cheese", qty=Decimal(qty))), member(80), loaded, (Choice("cheese"),)
        )
        assert decision.reward == cents


def test_free_goods_earn_nothing_even_on_gross() -> None:
    """Points on gross count 9.00 of 13.20 when the cheese is given."""
    text = CHEESE + '[[rule]]\nid = "base"\nkind = "earn.amount"\npoints = 1\nper = 1.00\nearn_on = "gross"\n'
    lines = (Line(900), Line(420, "brie", "cheese"))
    decision = evaluate(sale(DAY, *lines), member(80), programme(text), (Choice("cheese"),))
    assert decision.earned() == 9
    assert decision.contributions[0].allocation == (9, 0)


def test_progress_names_the_cheapest_reward_not_reached() -> None:
    """With 40 points the cheese at 80 is next, with 85 the money at 100, with 200 none."""
    loaded = programme(PAY + CHEESE)
    for points, expected in (
        (40, ("cheese", 40, 80)),
        (85, ("pay", 85, 100)),
        (100, None),
        (200, None),
    ):
        found = evaluate(sale(DAY, Line(900)), member(points), loaded).progress
        assert found == (
            (Progress("reward", expected[0], expected[0], "points", *expected[1:]),) if expected else ()
        )


def test_what_redemptions_took_off_a_line_is_gone_for_the_next() -> None:
    """Cheese for 12.00: twice 5.00 leave 2.00 of it, too little for a third, whatever else is on the ticket."""
    only = PAY + "lines = \".sku == 'brie'\"\n"
    loaded = programme(only + only.replace('"pay"', '"sec"') + only.replace('"pay"', '"third"'))
    lines = (Line(900, "wine", "wine"), Line(1200, "brie", "cheese"))
    choices = (Choice("pay"), Choice("sec"), Choice("third"))
    decision = evaluate(sale(DAY, *lines), member(900), loaded, choices)
    assert [(burn.rule, burn.allocation) for burn in decision.burns] == [("pay", (0, 500)), ("sec", (0, 500))]
    assert reason(decision, "third") is Reason.BELOW_MINIMUM
    assert decision.outcomes[0].lines == (1,)


def test_goods_given_free_twice_earn_twice_nothing() -> None:
    """Two of the cheeses on one line are taken free by two rules: the third one and the wine earn."""
    text = CHEESE + CHEESE.replace('"cheese"', '"more"')
    text += '[[rule]]\nid = "base"\nkind = "earn.amount"\npoints = 1\nper = 1.00\nearn_on = "gross"\n'
    lines = (Line(900, "wine", "wine"), Line(1200, "brie", "cheese", qty=Decimal(3)))
    decision = evaluate(sale(DAY, *lines), member(200), programme(text), (Choice("cheese"), Choice("more")))
    assert [burn.cents for burn in decision.burns] == [400, 400]
    assert decision.contributions[0].allocation == (9, 4)


def test_progress_counts_what_is_spent_and_what_lapses() -> None:
    """Of 220 points 180 are spent; lots count to their last day, and what lapsed yesterday does not."""
    loaded = programme(PAY + CHEESE)
    lines = (Line(900), Line(400, "brie", "cheese"))
    spent = evaluate(sale(DAY, *lines), member(220), loaded, (Choice("cheese"), Choice("pay")))
    assert (spent.progress[0].have, spent.progress[0].need) == (40, 80)
    lots = (
        Holding("points", "a", 40, DAY, DAY, DAY),
        Holding("points", "b", 30, DAY, DAY, DAY - timedelta(days=1)),
    )
    balances: tuple[dict[str, int], ...] = ({}, {"points": 70})
    for balance in balances:
        (told,) = evaluate(sale(DAY), Account(member=1, holdings=lots, balance=balance), loaded).progress
        assert told.have == 40


def test_a_product_that_nobody_asked_for_is_offered() -> None:
    """It can be had, and was not chosen."""
    decision = evaluate(sale(DAY, Line(400, "brie", "cheese")), member(80), programme(CHEESE))
    assert (decision.options[0].cents, reason(decision, "cheese")) == (400, Reason.NOT_CHOSEN)


def test_the_cheapest_line_of_a_product_is_given() -> None:
    """The same cheese in two sizes."""
    lines = (Line(900, "brie", "cheese"), Line(400, "brie", "cheese"))
    decision = evaluate(sale(DAY, *lines), member(80), programme(CHEESE), (Choice("cheese"),))
    assert decision.burns[0].allocation == (0, 400)
    assert decision.outcomes[0].lines == (1,)


def test_why_points_that_are_owned_cannot_be_spent() -> None:
    """A debt outweighs what comes tomorrow; what can be spent now counts with it; other assets do not."""
    loaded, ticket, tomorrow = programme(PAY), sale(DAY, Line(2000)), DAY + timedelta(days=1)

    def said(usable: int, *lots: Holding, deficit: int = 0) -> Reason:
        held = {"usable": {"points": usable}, "balance": {"points": 120}}
        account = Account(member=1, holdings=lots, deficit={"points": deficit}, **held)
        return reason(evaluate(ticket, account, loaded), "pay")

    now, later = (
        Holding("points", "n", 60, DAY, DAY, tomorrow),
        Holding("points", "l", 60, DAY, tomorrow, tomorrow),
    )
    stamps = Holding("stamp:c", "s", 90, DAY, tomorrow, tomorrow)
    assert said(60, now, later) is Reason.NOT_YET_AVAILABLE
    assert said(30, now, later) is Reason.ON_HOLD
    assert said(60, now, stamps) is Reason.ON_HOLD
    assert said(60, now, later, deficit=1) is Reason.ON_HOLD
    much = msgspec.structs.replace(later, quantity=120)
    assert [said(0, much, deficit=owed) for owed in (0, 1)] == [Reason.NOT_YET_AVAILABLE, Reason.ON_HOLD]


def test_nothing_owned_is_nothing_on_the_way() -> None:
    """A member without points has 0 of 100."""
    (told,) = evaluate(sale(DAY), member(0), programme(PAY)).progress
    assert (told.have, told.need) == (0, 100)


def test_a_place_that_does_not_count_is_told_before_the_balance() -> None:
    """Points of a member in a store where they cannot be spent."""
    elsewhere = programme(PAY + 'stores = ["s2"]\n')
    assert reason(evaluate(sale(DAY), member(500), elsewhere), "pay") is Reason.WRONG_STORE


@pytest.mark.parametrize(
    ("text", "change", "said"),
    [
        (PAY, ("points = 100", "points = 0"), "at least 1 point"),
        (PAY, ("points = 100", "points = 100\nstep = 0"), "at least 1 point"),
        (PAY, ("points = 100", "points = 100\nmax_steps = 0"), "at least 1 step"),
        (PAY, ("points = 100", 'points = 100\nmax_share = "0%"'), "more than"),
        (CHEESE, ("points = 80", "points = 0"), "at least 1 point"),
        (CHEESE, ("points = 80", "points = 80\nmax_steps = 0"), "at least 1 step"),
        (CHEESE, ('"brie"', '""'), "name the product"),
        (CHEESE, ('"brie"', '"brie", qty = 0'), "at least one unit"),
    ],
)
def test_what_the_loader_refuses(text: str, change: tuple[str, str], said: str) -> None:
    """A price, a step, a share and goods are something."""
    assert said in faults(text.replace(*change))


@pytest.mark.parametrize(
    "text",
    [
        PAY.replace("points = 100", 'points = 1\nmax_steps = 1\nmax_share = "1%"'),
        PAY.replace("5.00", "1.00") + "step = 1\n",
        CHEESE.replace("points = 80", "points = 1\nmax_steps = 1").replace('"brie"', '"brie", qty = 1'),
    ],
)
def test_one_of_each_is_enough(text: str) -> None:
    """One point, one step, one per cent, one unit, one cent."""
    assert faults(text) == ""


def test_a_redemption_chosen_twice_is_chosen_with_all_its_steps() -> None:
    """One step here, two steps there: three."""
    choices = (Choice("pay"), Choice("pay", 2))
    assert evaluate(sale(DAY, Line(2000)), member(900), programme(PAY), choices).burns[0].steps == 3


def test_what_a_share_lacks_is_told_where_the_share_is_what_lacks() -> None:
    """5.00 at most half: of 5.00 the ticket lacks as much again; of 4.00 already the reward does not fit."""
    loaded = programme(PAY + 'max_share = "50%"\n')
    gaps = [evaluate(sale(DAY, Line(cents)), member(100), loaded).outcomes[0].gap for cents in (500, 400)]
    assert gaps == [Gap("cents", 500, 1000), Gap("cents", 400, 500)]


def test_points_for_one_product_and_a_half_give_one() -> None:
    """120 points at 80 each, with two cheeses on the ticket."""
    lines = (Line(400, "brie", "cheese"), Line(500, "brie", "cheese"))
    decision = evaluate(sale(DAY, *lines), member(120), programme(CHEESE))
    assert decision.options == (Option("cheese", "points", 80, 400, 1),)
