"""Vouchers: what they are worth, when they may be used, and beside what."""

from datetime import date, timedelta

import pytest

from rules.account import Account, Holding
from rules.decision import Choice, Gap, Option, Outcome, Reason
from rules.explain import Voice, outcome_text
from rules.fold import fold
from rules.refund import LineReturn, Return, restored, returned
from rules.ticket import Line
from tests.unit.kind_kit import DAY, evaluate, faults, programme, reason, sale

CAKE = '[[rule]]\nid = "cake"\nkind = "voucher"\nvalue = 5.00\n'
TENTH = '[[rule]]\nid = "tenth"\nkind = "voucher"\npercent = "10%"\nmax_value = 3.00\n'
COFFEE = '[[rule]]\nid = "coffee"\nkind = "voucher"\n'
COFFEE += "product = { lines = \".category == 'coffee'\", max_value = 3.50 }\n"
PAY = '[[rule]]\nid = "pay"\nkind = "burn.money"\npoints = 100\nvalue = 5.00\n'
USE = (Choice("cake"),)
TOMORROW = DAY + timedelta(days=1)


def member(rule: str = "cake", number: int = 1, start: date = DAY, points: int = 0) -> Account:
    """Somebody with so many vouchers, usable from `start` for 30 days, and points."""
    lots = [Holding(f"voucher:{rule}", "v", number, DAY, start, DAY + timedelta(days=30))]
    if points:
        lots.append(Holding("points", "p", points, DAY, DAY, DAY + timedelta(days=90)))
    return Account(member=1, holdings=tuple(lots))


def told(decision: object, rule: str) -> str:
    """The sentence about a rule."""
    voice = Voice(lambda text: text, lambda cents: f"{cents / 100:.2f}", str, lambda asset, n: f"{n} {asset}")
    found: Outcome = next(one for one in decision.outcomes if one.rule == rule)  # type: ignore[attr-defined]
    return outcome_text(found, voice)


def test_a_voucher_takes_its_value_off_and_is_gone() -> None:
    """5.00 off 20.00, spread over the lines; the account holds none after it."""
    lines = (Line(1500), Line(500))
    decision = evaluate(sale(DAY, *lines), member(), programme(CAKE), USE)
    (burn,) = decision.burns
    assert (burn.asset, burn.quantity, burn.allocation) == ("voucher:cake", 1, (375, 125))
    assert decision.paid == 1500
    after = fold(member(), sale(DAY, *lines), decision)
    assert (after.balance["voucher:cake"], after.holdings) == (0, ())


def test_larger_than_the_ticket_it_is_reduced_and_that_is_said() -> None:
    """3.20 to pay: 3.20 off, the rest lapses."""
    decision = evaluate(sale(DAY, Line(320)), member(), programme(CAKE), USE)
    assert (decision.reward, decision.paid) == (320, 0)
    assert told(decision, "cake") == "cake: -3.20 (worth 5.00, the rest lapses)"


@pytest.mark.parametrize(
    ("account", "said"),
    [
        (Account(), Reason.NOT_MEMBER),
        (Account(member=1, blocked=True), Reason.ON_HOLD),
        (Account(member=1), Reason.NO_BALANCE),
    ],
)
def test_who_cannot_use_one_hears_why(account: Account, said: Reason) -> None:
    """Nobody, somebody blocked, somebody without a voucher."""
    assert reason(evaluate(sale(DAY), account, programme(CAKE)), "cake") is said


def test_worth_nothing_is_not_consumed() -> None:
    """After another redemption paid everything, the voucher stays."""
    decision = evaluate(
        sale(DAY, Line(500)), member(points=100), programme(CAKE + PAY), (Choice("pay"), Choice("cake"))
    )
    assert [burn.rule for burn in decision.burns] == ["pay"]
    assert reason(decision, "cake") is Reason.NO_ELIGIBLE_LINE


@pytest.mark.parametrize(
    ("owned", "limit", "steps", "off"), [(3, 1, 1, 500), (3, 2, 2, 1000), (1, 2, 1, 500)]
)
def test_several_on_a_ticket(owned: int, limit: int, steps: int, off: int) -> None:
    """As many as are owned and the rule allows, one unless it says more."""
    loaded = programme(CAKE + f"per_ticket = {limit}\n")
    decision = evaluate(sale(DAY, Line(2000)), member(number=owned), loaded, (Choice("cake", 9),))
    assert decision.options == (Option("cake", "voucher:cake", 1, 500, steps),)
    assert (decision.burns[0].quantity, decision.reward) == (steps, off)


def test_a_third_voucher_that_would_be_worth_nothing_stays() -> None:
    """8.00 to pay with vouchers of 5.00: two are used, the second one for 3.00."""
    loaded = programme(CAKE + "per_ticket = 5\n")
    decision = evaluate(sale(DAY, Line(800)), member(number=4), loaded, (Choice("cake", 4),))
    assert (decision.burns[0].quantity, decision.reward) == (2, 800)


def test_a_percentage_with_its_limit() -> None:
    """10% of 19.99 is 1.99; of 50.00 it is 3.00; of 9 cents it is nothing."""
    for cents, off in ((1999, 199), (5000, 300), (9, 0)):
        decision = evaluate(sale(DAY, Line(cents)), member("tenth"), programme(TENTH), (Choice("tenth"),))
        assert decision.reward == off
        assert bool(decision.burns) == bool(off)


def test_a_product_becomes_free_and_earns_nothing() -> None:
    """The coffee of 4.00 is lowered by 3.50; points on gross do not count it, a voucher of money would be counted."""
    earn = '[[rule]]\nid = "base"\nkind = "earn.amount"\npoints = 1\nper = 1.00\nearn_on = "gross"\n'
    lines = (Line(900), Line(400, "latte", "coffee"))
    decision = evaluate(sale(DAY, *lines), member("coffee"), programme(COFFEE + earn), (Choice("coffee"),))
    assert decision.burns[0].allocation == (0, 350)
    assert decision.earned() == 9
    money = evaluate(sale(DAY, *lines), member(), programme(CAKE + earn), USE)
    assert money.earned() == 13


def test_at_most_a_share_of_the_ticket() -> None:
    """Half of 8.00 at most."""
    decision = evaluate(sale(DAY, Line(800)), member(), programme(CAKE + 'max_share = "50%"\n'), USE)
    assert decision.reward == 400


def test_conditions_of_use_are_told_with_what_is_missing() -> None:
    """Below the minimum, without the dessert, on the day it was given, and with none at all: four reasons."""
    text = CAKE + "min_basket = 12.00\nwhen = \"any(lines, .category == 'dessert')\"\n"
    loaded, tart = programme(text), Line(500, "tart", "dessert")
    small = evaluate(sale(DAY, tart), member(), loaded, USE)
    assert told(small, "cake") == "cake can be used from a larger purchase (7.00 more is needed)"
    without = evaluate(sale(DAY, Line(1500)), member(), loaded, USE)
    assert told(without, "cake") == "cake: what goes with it is not on this ticket"
    early = evaluate(sale(DAY, tart), member(start=DAY + timedelta(days=2)), loaded, USE)
    assert told(early, "cake") == "cake cannot be used yet (days still to go: 2)"
    none = evaluate(sale(DAY, tart), Account(member=1), loaded, USE)
    assert told(none, "cake") == "cake: the member has none"
    assert evaluate(sale(DAY, Line(700), tart), member(), loaded, USE).reward == 500


def test_lines_say_what_it_may_pay() -> None:
    """Only the cake is lowered, and by no more than it costs."""
    loaded = programme(CAKE + "lines = \".category == 'cake'\"\n")
    lines = (Line(900), Line(300, "tart", "cake"))
    assert evaluate(sale(DAY, *lines), member(), loaded, USE).burns[0].allocation == (0, 300)
    assert reason(evaluate(sale(DAY, lines[0]), member(), loaded, USE), "cake") is Reason.NO_ELIGIBLE_LINE


@pytest.mark.parametrize("first", ["cake", "pay"])
def test_alone_means_alone_in_either_order(first: str) -> None:
    """Whichever is chosen first wins; the other one is refused by name and no longer offered."""
    loaded = programme(CAKE + "combinable = false\n" + PAY)
    second = "pay" if first == "cake" else "cake"
    both = evaluate(sale(DAY, Line(2000)), member(points=200), loaded, (Choice(first), Choice(second)))
    assert [burn.rule for burn in both.burns] == [first]
    assert [option.rule for option in both.options] == [first]
    refused = next(one for one in both.outcomes if one.rule == second)
    assert (refused.reason, refused.by) == (Reason.EXCLUDED_BY, first)
    none = evaluate(sale(DAY, Line(2000)), member(points=200), loaded)
    assert {option.rule for option in none.options} == {"cake", "pay"}


def test_two_of_the_same_kind_alone() -> None:
    """A voucher that stands alone may still be used twice where the rule allows two a ticket."""
    loaded = programme(CAKE + "combinable = false\nper_ticket = 2\n")
    decision = evaluate(sale(DAY, Line(2000)), member(number=2), loaded, (Choice("cake", 2),))
    assert (decision.burns[0].quantity, decision.reward) == (2, 1000)


def test_a_bonus_gives_it_for_the_next_visit() -> None:
    """Given on the 6th with starts = 1d and life = 30d: usable from the 7th to 5 June, not on its own ticket."""
    text = CAKE + 'starts = "1d"\nlife = "30d"\n[[rule]]\nid = "four"\nkind = "earn.streak"\n'
    text += 'period = "day"\nlength = 2\nvoucher = "cake"\n'
    loaded, account = programme(text), Account(member=1)
    for day in (DAY - timedelta(days=1), DAY):
        decision = evaluate(sale(day), account, loaded, USE)
        account = fold(account, sale(day), decision)
    (given,) = decision.contributions
    assert (given.asset, given.quantity, given.by_ticket) == ("voucher:cake", 1, True)
    assert (given.available_on, given.last_day) == (TOMORROW, date(2026, 6, 5))
    again = evaluate(sale(DAY, name="again"), account, loaded, USE)
    assert reason(again, "cake") is Reason.NOT_YET_AVAILABLE
    assert evaluate(sale(TOMORROW), account, loaded, USE).reward == 500


def test_a_voucher_comes_back_whole_with_the_last_line_it_paid() -> None:
    """The money goes back line by line, the voucher itself with the last of its lines."""
    lines = (Line(1500), Line(500))
    burn = evaluate(sale(DAY, *lines), member(), programme(CAKE), USE).burns[0]
    first = Return(lines=(LineReturn(0, 1500, lines[0].qty),))
    second = Return(lines=(LineReturn(1, 500, lines[1].qty),))
    assert restored(burn, returned(lines, (first,))) == (0, 375)
    assert restored(burn, returned(lines, (first, second))) == (1, 500)


def test_a_limit_a_member_holds_for_use() -> None:
    """max = once a month: a second one is refused in the same month."""
    loaded = programme(CAKE + 'max = { count = 1, per = "month" }\n')
    account = fold(member(number=2), sale(DAY), evaluate(sale(DAY), member(number=2), loaded, USE))
    assert reason(evaluate(sale(TOMORROW), account, loaded, USE), "cake") is Reason.CAP_REACHED
    june = DAY + timedelta(days=28)
    assert evaluate(sale(june), account, loaded, USE).reward == 500


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (CAKE.replace("value = 5.00\n", ""), "one of value, percent and product"),
        (CAKE + 'percent = "5%"\n', "one of value, percent and product"),
        (CAKE.replace("5.00", "0.00"), "more than nothing"),
        (CAKE + "max_value = 2.00\n", "goes with percent"),
        (COFFEE + 'max_share = "50%"\n', "goes with value or percent"),
        (CAKE + 'life = "3d"\nstarts = "5d"\n', "lapse before it starts"),
        (CAKE + "per_ticket = 0\n", "at least 1 a ticket"),
        (COFFEE.replace(".category", ".categry"), "categry"),
    ],
)
def test_what_the_loader_refuses(text: str, said: str) -> None:
    """Each fault says what to write instead."""
    assert said in faults(text)


def test_the_gap_counts_days() -> None:
    """Two days to go, as figures."""
    early = evaluate(sale(DAY), member(start=DAY + timedelta(days=2)), programme(CAKE))
    assert early.outcomes[0].gap == Gap("days", 0, 2)


@pytest.mark.parametrize(("pick", "off"), [("cheapest", 200), ("dearest", 300)])
def test_the_product_of_a_voucher_is_picked_and_one_voucher_used(pick: str, off: int) -> None:
    """Of a cup at 2.00 and one at 3.00."""
    loaded = programme(COFFEE.replace("max_value", f'pick = "{pick}", max_value'))
    lines = (Line(200, "a", "coffee"), Line(300, "b", "coffee"))
    decision = evaluate(sale(DAY, *lines), member("coffee", 2), loaded, (Choice("coffee"),))
    assert [(burn.asset, burn.quantity, burn.cents) for burn in decision.burns] == [
        ("voucher:coffee", 1, off)
    ]


def test_beside_a_redemption_that_stands_alone_nothing_is_offered() -> None:
    """The voucher was chosen: points could have been spent, and are not offered any more, nor the other way round."""
    loaded = programme(CAKE + "combinable = false\n" + PAY)
    for chosen, other in (("cake", "pay"), ("pay", "cake")):
        decision = evaluate(sale(DAY, Line(2000)), member(points=200), loaded, (Choice(chosen),))
        assert [option.rule for option in decision.options] == [chosen]
        assert reason(decision, other) is Reason.EXCLUDED_BY


def test_two_percentages_of_one_ticket() -> None:
    """A tenth of 20.00, then a tenth of the 18.00 that are left."""
    loaded = programme(TENTH.replace("max_value = 3.00", "per_ticket = 2"))
    decision = evaluate(sale(DAY, Line(2000)), member("tenth", 2), loaded, (Choice("tenth", 2),))
    assert (decision.reward, decision.options[0].cents) == (380, 200)


def test_a_ticket_of_one_cent_can_be_paid() -> None:
    """The voucher is used, and what lapses of it is said."""
    decision = evaluate(sale(DAY, Line(1)), member(), programme(CAKE), USE)
    assert (decision.reward, decision.outcomes[0].gap) == (1, Gap("face", 1, 500))


def test_what_may_be_combined_is() -> None:
    """A voucher and points on one ticket; one that can be used to its only day is fine."""
    decision = evaluate(
        sale(DAY, Line(2000)), member(points=100), programme(CAKE + PAY), (Choice("cake"), Choice("pay"))
    )
    assert [burn.rule for burn in decision.burns] == ["cake", "pay"]
    assert faults(CAKE + 'life = "3d"\nstarts = "3d"\n') == ""


def test_a_voucher_that_is_held_elsewhere_is_not_the_next_one() -> None:
    """One could be used today if this till had it; the one that begins in two days is waited for."""
    lots = tuple(
        Holding("voucher:cake", str(days), 1, DAY, DAY + timedelta(days=days), DAY + timedelta(days=30))
        for days in (0, 2)
    )
    here = Account(member=1, holdings=lots, usable={"voucher:cake": 0})
    assert evaluate(sale(DAY), here, programme(CAKE)).outcomes[0].gap == Gap("days", 0, 2)
