"""Gifts of a catalogue: chosen one by one, beside the ticket, as long as there are some."""

import pytest

from rules.account import Account
from rules.decision import Choice, Option, Outbound, Progress, Reason
from rules.fold import fold
from rules.ticket import Line
from tests.unit.kind_kit import DAY, evaluate, faults, programme, reason, sale

GIFTS = """[[rule]]
id = "gifts"
kind = "burn.gift"
label = "Gift"
stock = "store"
gifts = [{ id = "mug", points = 300, label = { fr = "Tasse", en = "Mug" }, value = 4.20 }, { id = "bag", points = 150 }]
"""
BASE = '[[rule]]\nid = "base"\nkind = "earn.amount"\npoints = 1\nper = 1.00\n'


def member(points: int) -> Account:
    return Account(member=1, usable={"points": points}, balance={"points": points})


def test_each_gift_is_a_rule_with_its_own_name() -> None:
    """The catalogue itself is none; a gift without a label is called as the catalogue."""
    loaded = programme(GIFTS)
    assert [rule.id for rule in loaded.rules] == ["gifts.bag", "gifts.mug"]
    assert [rule.label for rule in loaded.rules] == [{"": "Gift"}, {"fr": "Tasse", "en": "Mug"}]


def test_a_gift_takes_nothing_off_the_ticket() -> None:
    """Two bags: 300 points, the ticket is paid in full and earns in full, and the shop hands out two bags."""
    decision = evaluate(sale(DAY), member(350), programme(GIFTS + BASE), (Choice("gifts.bag", 2),))
    (burn,) = decision.burns
    assert (burn.quantity, burn.steps, burn.cents, burn.allocation) == (300, 2, 0, ())
    assert (decision.reward, decision.paid, decision.earned()) == (0, 1000, 10)
    assert decision.outbound == (Outbound("gifts.bag", "gift", "bag", 2, 0),)
    assert decision.drawn == {"gift:gifts.bag": 2}
    assert fold(member(350), sale(DAY), decision).balance == {"points": 60}


def test_what_is_possible_is_offered_at_no_cents() -> None:
    """350 points: one mug or two bags, with what the shop has left."""
    loaded = programme(GIFTS)
    options = evaluate(
        sale(DAY), member(350), loaded, stock={"gift:gifts.bag": 1, "gift:gifts.mug": 9}
    ).options
    assert options == (
        Option("gifts.bag", "points", 150, 0, 1),
        Option("gifts.mug", "points", 300, 0, 1),
    )


def test_none_left_is_refused_with_the_reason() -> None:
    """Nothing in stock: BUDGET_SPENT and no points taken; a gift that nobody counts is given all the same."""
    refused = evaluate(sale(DAY), member(350), programme(GIFTS), (Choice("gifts.bag"),), stock={})
    assert (reason(refused, "gifts.bag"), refused.burns, refused.options) == (Reason.BUDGET_SPENT, (), ())
    free = programme(GIFTS.replace('stock = "store"\n', ""))
    given = evaluate(sale(DAY), member(350), free, (Choice("gifts.bag"),), stock={})
    assert (given.burns[0].quantity, given.drawn) == (150, {})


def test_the_last_one_goes_once() -> None:
    """Three asked, one left: one is given."""
    decision = evaluate(
        sale(DAY), member(900), programme(GIFTS), (Choice("gifts.mug", 3),), stock={"gift:gifts.mug": 1}
    )
    assert (decision.burns[0].steps, decision.drawn) == (1, {"gift:gifts.mug": 1})


def test_too_few_points() -> None:
    """120 of 150 to the nearest gift."""
    decision = evaluate(sale(DAY, Line(500)), member(120), programme(GIFTS))
    assert reason(decision, "gifts.bag") is Reason.NO_BALANCE
    assert decision.progress == (Progress("reward", "gifts.bag", "gifts.bag", "points", 120, 150),)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (('id = "mug"', 'id = "bag"'), "used twice"),
        (('id = "mug"', 'id = "The Mug"'), "small letters"),
        (('id = "mug"', f'id = "{"m" * 40}"'), "those before the dot"),
        (("points = 300", "points = 0"), "at least 1 point"),
        (('en = "Mug"', 'en = ""'), "1 to 80 characters"),
        (('stock = "store"', 'stock = "shelf"'), "shelf"),
    ],
)
def test_what_the_loader_refuses(change: tuple[str, str], text: str) -> None:
    """Each fault names the gift and says what to write."""
    assert text in faults(GIFTS.replace(*change))


def test_a_catalogue_is_excluded_as_a_whole() -> None:
    """Who takes money off gets no gift on the same ticket, whichever gift it is, and the reason names the rule."""
    pay = '[[rule]]\nid = "pay"\nkind = "burn.money"\npoints = 100\nvalue = 5.00\nexcludes = ["gifts"]\n'
    for gift in ("gifts.bag", "gifts.mug"):
        decision = evaluate(sale(DAY), member(900), programme(GIFTS + pay), (Choice("pay"), Choice(gift)))
        assert [burn.rule for burn in decision.burns] == ["pay"]
        refused = next(one for one in decision.outcomes if one.rule == gift)
        assert (refused.reason, refused.by) == (Reason.EXCLUDED_BY, "pay")


def test_an_empty_catalogue_is_refused() -> None:
    """A rule that could never do anything is a mistake."""
    assert "at least one gift" in faults('[[rule]]\nid = "g"\nkind = "burn.gift"\ngifts = []\n')


def test_a_gift_costs_the_shop_its_value_and_may_cost_one_point() -> None:
    """A mug of 4.20 for the smallest price there is."""
    loaded = programme(GIFTS.replace("points = 300", "points = 1"))
    decision = evaluate(sale(DAY), member(1), loaded, (Choice("gifts.mug"),))
    assert decision.outbound == (Outbound("gifts.mug", "gift", "mug", 1, 420),)
