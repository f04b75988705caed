"""Stamp cards: what earns a stamp, when a card is full, and the free item."""

from datetime import timedelta
from decimal import Decimal

import pytest

from rules.account import FOREVER, Account, Holding
from rules.decision import Choice, Option, Progress, Reason
from rules.ticket import Line
from tests.unit.kind_kit import DAY, evaluate, faults, in_turn, programme, reason, sale

COFFEE = """[[rule]]
id = "coffee"
kind = "stamp"
lines = ".category == 'coffee'"
need = 10
reward = { kind = "free_unit", lines = ".category == 'coffee'", max_value = 4.50, expires = "60d" }
card_expires = "180d"
"""
WITH_CARD = Account(member=1, usable={"reward:coffee": 1}, balance={"reward:coffee": 1})


def cup(cents: int, qty: str = "1", sku: str = "c") -> Line:
    return Line(cents, sku, "coffee", qty=Decimal(qty))


@pytest.mark.parametrize(("qty", "stamps"), [("1", 1), ("3", 3), ("2.9", 2), ("0.9", 0)])
def test_a_stamp_for_every_whole_unit(qty: str, stamps: int) -> None:
    """Quantities round down, other goods give nothing."""
    decision = evaluate(sale(DAY, cup(500, qty), Line(900, "x", "x")), Account(member=1), programme(COFFEE))
    assert decision.earned("stamp:coffee") == stamps
    if stamps:
        assert decision.contributions[0].allocation == (stamps, 0)
        assert decision.contributions[0].last_day == DAY + timedelta(days=180)
    else:
        assert reason(decision, "coffee") is Reason.NO_ELIGIBLE_LINE


def test_a_discount_line_is_no_coffee() -> None:
    """A negative line of the category earns no stamp."""
    decision = evaluate(sale(DAY, cup(500), cup(-100)), Account(member=1), programme(COFFEE))
    assert decision.contributions[0].allocation == (1, 0)


def test_one_stamp_a_ticket() -> None:
    """With per = ticket five cups on two lines give one stamp, which falls only with the whole ticket."""
    loaded = programme(COFFEE + 'per = "ticket"\n')
    decision = evaluate(sale(DAY, cup(500, "2"), cup(900, "3")), Account(member=1), loaded)
    assert decision.earned("stamp:coffee") == 1
    assert decision.contributions[0].by_ticket
    assert decision.contributions[0].last_day == DAY + timedelta(days=180)


def test_one_stamp_a_day() -> None:
    """With per = day neither the second ticket of a day nor a late one gives; a thin account is settled later."""
    loaded = programme(COFFEE + 'per = "day"\n')
    tickets = [sale(DAY + timedelta(days=day), cup(500), name=str(n)) for n, day in enumerate((0, 0, 1, 0))]
    _, given = in_turn(tickets, loaded)
    assert [decision.earned("stamp:coffee") for decision in given] == [1, 0, 1, 0]
    assert [reason(each, "coffee") for each in given[1::2]] == [Reason.ALREADY_USED, Reason.NO_EFFECT]
    assert given[0].contributions[0].last_day == DAY + timedelta(days=180)
    coupon = evaluate(sale(DAY, cup(-100), Line(300, "b", "bread")), Account(member=1), loaded)
    assert reason(coupon, "coffee") is Reason.NO_ELIGIBLE_LINE
    thin = evaluate(sale(DAY, cup(500)), Account(member=1, known="thin"), loaded)
    assert (thin.earned("stamp:coffee"), reason(thin, "coffee")) == (0, Reason.SETTLED_LATER)


def test_stamps_by_unit_need_no_history() -> None:
    """A till that knows a member only thinly still promises stamps of this ticket."""
    thin = evaluate(sale(DAY, cup(500)), Account(member=1, known="thin"), programme(COFFEE))
    assert thin.earned("stamp:coffee") == 1


@pytest.mark.parametrize(("stamps", "cards"), [(-1, 0), (0, 0), (9, 0), (10, 1), (19, 1), (20, 2)])
def test_full_cards(stamps: int, cards: int) -> None:
    """Ten stamps make a card."""
    assert programme(COFFEE).conversions[0].times(stamps) == cards


def test_what_turns_stamps_into_cards_is_told() -> None:
    """Need, assets and the life of the free item, with and without expiry."""
    card = programme(COFFEE).conversions[0]
    assert (card.rule, card.need, card.source, card.target) == ("coffee", 10, "stamp:coffee", "reward:coffee")
    assert card.last_day(DAY) == DAY + timedelta(days=60)
    assert programme(COFFEE.replace(', expires = "60d"', "")).conversions[0].last_day(DAY) == FOREVER


def test_progress_counts_the_stamps_of_this_ticket() -> None:
    """Eight before and one now: nine of ten; two more would start the next card."""
    account = Account(member=1, balance={"stamp:coffee": 8})
    for cups, have in (("1", 9), ("3", 1)):
        decision = evaluate(sale(DAY, cup(500, cups)), account, programme(COFFEE))
        assert decision.progress == (Progress("stamps", "coffee", "reward:coffee", "stamps", have, 10),)


def test_the_cheapest_unit_is_free_and_earns_no_stamp() -> None:
    """Of cups at 2.50 and 3.90 the first is given: 3.90 is paid and one stamp earned."""
    ticket = sale(DAY, cup(390, sku="latte"), cup(250))
    offer = evaluate(ticket, WITH_CARD, programme(COFFEE))
    assert offer.options == (Option("coffee", "reward:coffee", 1, 250, 1),)
    taken = evaluate(ticket, WITH_CARD, programme(COFFEE), (Choice("coffee"),))
    assert (taken.reward, taken.paid, taken.earned("stamp:coffee")) == (250, 390, 1)
    assert taken.burns[0].allocation == (0, 250)
    outcome = taken.outcomes[0]
    assert (outcome.reason, outcome.cents, outcome.quantity) == (Reason.APPLIED, 250, 1)


def test_the_dearest_unit_up_to_the_highest_value() -> None:
    """With pick = dearest the cup of 5.20 is given for 4.50: 0.70 of it stays to be paid."""
    text = COFFEE.replace("max_value", 'pick = "dearest", max_value')
    taken = evaluate(sale(DAY, cup(520), cup(250)), WITH_CARD, programme(text), (Choice("coffee"),))
    assert (taken.reward, taken.paid) == (450, 320)
    assert taken.burns[0].allocation == (450, 0)


def test_one_of_three_on_a_line() -> None:
    """Three cups for 7.99: one is worth 2.66 (half up of 2.6633), two stamps are left."""
    taken = evaluate(sale(DAY, cup(799, "3")), WITH_CARD, programme(COFFEE), (Choice("coffee"),))
    assert (taken.reward, taken.paid, taken.earned("stamp:coffee")) == (266, 533, 2)


def test_all_of_a_line_leaves_no_cent() -> None:
    """Three free cups of 7.99 are 2.66, 2.66 and the rest, 2.67, one burn each."""
    account = Account(member=1, usable={"reward:coffee": 5}, balance={"reward:coffee": 5})
    taken = evaluate(sale(DAY, cup(799, "3")), account, programme(COFFEE), (Choice("coffee", 5),))
    assert [burn.cents for burn in taken.burns] == [266, 266, 267]
    assert (taken.paid, taken.earned("stamp:coffee")) == (0, 0)
    assert taken.options[0].max_steps == 3


def test_free_goods_never_cost_more_than_is_left_to_pay() -> None:
    """Two cups of 2.50 less a coupon of 3.00: the first card is worth 2.00, a second one is not consumed."""
    account = Account(member=1, usable={"reward:coffee": 2}, balance={"reward:coffee": 2})
    lines = (cup(250), cup(250), Line(-300, "coupon", "coupon"))
    taken = evaluate(sale(DAY, *lines), account, programme(COFFEE), (Choice("coffee", 2),))
    assert [(burn.quantity, burn.cents) for burn in taken.burns] == [(1, 200)]
    assert taken.paid == 0


def test_a_free_cup_may_be_stamped_where_the_programme_says_so() -> None:
    """stamp_on_reward = true."""
    loaded = programme(COFFEE + "stamp_on_reward = true\n")
    taken = evaluate(sale(DAY, cup(250)), WITH_CARD, loaded, (Choice("coffee"),))
    assert taken.earned("stamp:coffee") == 1


def test_a_card_without_a_coffee_is_not_consumed() -> None:
    """Nothing to give: no burn, no option, and the reason."""
    taken = evaluate(sale(DAY, Line(900, "x", "x")), WITH_CARD, programme(COFFEE), (Choice("coffee"),))
    assert (taken.burns, taken.options) == ((), ())
    assert reason(taken, "coffee") is Reason.NO_ELIGIBLE_LINE


def test_a_card_held_elsewhere_is_on_hold() -> None:
    """Owned, but not usable at this till now; the stamp of the ticket is earned all the same."""
    account = Account(member=1, usable={}, balance={"reward:coffee": 1})
    free = evaluate(sale(DAY, cup(250)), account, programme(COFFEE), (Choice("coffee"),))
    assert (free.reward, free.earned("stamp:coffee")) == (0, 1)


def test_a_card_outlives_the_window_of_its_campaign() -> None:
    """After the campaign no stamp is earned, and a full card can still be redeemed."""
    loaded = programme(COFFEE + "valid = { to = 2026-05-01T00:00:00 }\n")
    taken = evaluate(sale(DAY, cup(250), cup(300)), WITH_CARD, loaded, (Choice("coffee"),))
    assert (taken.reward, taken.earned("stamp:coffee")) == (250, 0)
    assert evaluate(sale(DAY, cup(250)), WITH_CARD, loaded).options == (
        Option("coffee", "reward:coffee", 1, 250, 1),
    )


def test_an_expired_card_is_not_redeemed() -> None:
    """A free item of 60 days: usable on the last day, not on the next."""
    for offset, cents in ((60, 250), (61, 0)):
        held = Holding("reward:coffee", "l", 1, DAY, DAY, DAY + timedelta(days=60))
        ticket = sale(DAY + timedelta(days=offset), cup(250))
        decision = evaluate(
            ticket, Account(member=1, holdings=(held,)), programme(COFFEE), (Choice("coffee"),)
        )
        assert decision.reward == cents


def test_a_card_of_nothing_is_a_load_error() -> None:
    """Or of more than a thousand stamps."""
    for need in (0, 1001):
        assert "from 1 to 1000 stamps" in faults(COFFEE.replace("need = 10", f"need = {need}"))
    assert faults(COFFEE.replace("need = 10", "need = 1000")) == ""


def test_a_wrong_filter_inside_the_reward_is_a_load_error() -> None:
    """The condition inside the table is checked like any other."""
    assert faults(
        COFFEE.replace("lines = \".category == 'coffee'\", max", "lines = \".catgory == 'coffee'\", max")
    )


def test_free_cups_take_their_own_cents_of_the_line() -> None:
    """Three free cups of a line for 8.00 beside other goods: 2.67, 2.67 and the rest; a fourth has no cup."""
    member = Account(member=1, usable={"reward:coffee": 5}, balance={"reward:coffee": 5})
    decision = evaluate(
        sale(DAY, Line(900, "cake", "cake"), cup(800, "3")), member, programme(COFFEE), (Choice("coffee", 5),)
    )
    assert [burn.cents for burn in decision.burns] == [267, 267, 266]
    assert decision.options[0].max_steps == 3
    told = next(one for one in decision.outcomes if one.rule == "coffee")
    assert (told.asset, told.cents) == ("reward:coffee", 800)
    assert told.lines == (1,)


def test_a_cup_of_one_cent_can_be_given() -> None:
    """The cheapest there is."""
    decision = evaluate(sale(DAY, cup(1)), WITH_CARD, programme(COFFEE), (Choice("coffee"),))
    assert (decision.reward, decision.paid) == (1, 0)


def test_without_a_card_nothing_is_said_of_goods() -> None:
    """A member without a full card, a ticket without coffee: no stamp line comes first, no free item either way."""
    decision = evaluate(sale(DAY, Line(900, "cake", "cake")), Account(member=1), programme(COFFEE))
    assert (decision.options, reason(decision, "coffee")) == ((), Reason.NO_ELIGIBLE_LINE)


def test_the_free_item_has_lines_of_its_own() -> None:
    """Stamps for coffee, the free item is a biscuit; it never lapses where nothing is said."""
    reward = "{ lines = \".sku == 'biscuit'\" }"
    text = f'[[rule]]\nid = "card"\nkind = "stamp"\nlines = ".category == \'coffee\'"\nneed = 9\nreward = {reward}\n'
    loaded = programme(text)
    holder = Account(member=1, usable={"reward:card": 1}, balance={"reward:card": 1})
    ticket = sale(DAY, cup(250), Line(120, "biscuit", "cakes"))
    decision = evaluate(ticket, holder, loaded, (Choice("card"),))
    assert (decision.burns[0].allocation, decision.contributions[0].allocation) == ((0, 120), (1, 0))
    assert loaded.conversions[0].last_day(DAY) == FOREVER


def test_a_free_item_is_for_its_store() -> None:
    """A card that is valid elsewhere cannot be redeemed here, and says so."""
    loaded = programme(COFFEE + 'stores = ["s2"]\n')
    decision = evaluate(sale(DAY, cup(250)), WITH_CARD, loaded, (Choice("coffee"),))
    assert (decision.burns, decision.options, reason(decision, "coffee")) == ((), (), Reason.WRONG_STORE)


def test_a_stamp_of_the_ticket_lies_where_the_money_was() -> None:
    """Money off leaves it on the dearer line; goods given free do not carry it."""
    pay = '[[rule]]\nid = "pay"\nkind = "burn.money"\npoints = 1\nvalue = 5.00\nlines = ".sku == \'b\'"\n'
    loaded = programme(COFFEE + 'per = "ticket"\n' + pay)
    rich = Account(
        member=1, usable={"points": 1, "reward:coffee": 1}, balance={"points": 1, "reward:coffee": 1}
    )
    lines = (cup(600, sku="a"), cup(1000, sku="b"))
    paid = evaluate(sale(DAY, *lines), rich, loaded, (Choice("pay"),))
    assert paid.contributions[0].allocation == (0, 1)
    lines = (cup(300, sku="a"), cup(400, sku="c", qty="2"))
    given = evaluate(sale(DAY, *lines), rich, loaded, (Choice("coffee"),))
    assert (given.burns[0].allocation, given.contributions[0].allocation) == ((0, 200), (1, 0))


def test_a_debt_of_free_items_blocks_them() -> None:
    """One owed: the one at hand is not given."""
    owing = Account(
        member=1, usable={"reward:coffee": 1}, balance={"reward:coffee": 1}, deficit={"reward:coffee": 1}
    )
    assert evaluate(sale(DAY, cup(250)), owing, programme(COFFEE)).options == ()


def test_a_thin_till_tells_the_way_where_it_has_the_balance() -> None:
    """Three stamps of before and one now; without a balance nothing is told. A card may be one stamp long."""
    thin = Account(member=1, known="thin", balance={"stamp:coffee": 3})
    told = evaluate(sale(DAY, cup(500)), thin, programme(COFFEE)).progress
    assert [(one.have, one.need) for one in told] == [(4, 10)]
    blind = Account(member=1, known="thin")
    assert evaluate(sale(DAY, cup(500)), blind, programme(COFFEE)).progress == ()
    assert faults(COFFEE.replace("need = 10", "need = 1")) == ""


def test_what_costs_nothing_or_is_not_whole() -> None:
    """A cup at 0.00 is a cup; half a kilo is no unit, and goods all the same where the ticket is stamped."""
    for per, line, stamps in (
        ("unit", cup(0), 1),
        ("unit", cup(300, "0.5"), 0),
        ("ticket", cup(300, "0.5"), 1),
    ):
        loaded = programme(COFFEE + f'per = "{per}"\n')
        assert (
            evaluate(sale(DAY, line, Line(300, "b", "bread")), Account(member=1), loaded).earned(
                "stamp:coffee"
            )
            == stamps
        )
