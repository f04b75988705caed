"""The evaluation as a whole: gates and their order, groups, exclusions, burns that are facts, what is counted."""

from datetime import date
from decimal import Decimal

import msgspec
import pytest

import rules.evaluate
import rules.kinds.all
from rules.account import Account
from rules.decision import Burn, Choice, Decision, Gap, Outcome, Reason
from rules.fold import fold
from rules.programme.load import load_programme
from rules.programme.model import Programme
from rules.ticket import Event, Line, Ticket
from tests.unit.kind_kit import evaluate

DAY = date(2026, 5, 6)  # a Wednesday


def programme(rules: str, header: str = "", groups: str = "") -> Programme:
    text = f"""format = 1
[programme]
id = "t"
name = "T"
version = 1
effective_from = 2026-01-01
effective_to = 2028-01-01
timezone = "Europe/Paris"
currency = "EUR"
unit = "point"
{header}
{groups}
{rules}
"""
    return load_programme(text.encode())


def ticket(*lines: tuple[str, int], day: date = DAY, minute: int = 600, name: str = "t1") -> Ticket:
    return Ticket(name, tuple(Line(cents, sku, sku) for sku, cents in lines), day, minute, "s1")


def outcome(decision: Decision, rule: str) -> Outcome:
    return next(each for each in decision.outcomes if each.rule == rule)


BASE = """
[[rule]]
id = "base"
kind = "earn.amount"
points = 1
per = 1.00
"""
PAY = """
[[rule]]
id = "pay"
kind = "burn.money"
points = 100
value = 5.00
"""


def test_a_sale_by_hand() -> None:
    """12.40 at a point per euro is 12 points, allocated 3.20 : 9.20 as 3 and 9."""
    decision = evaluate(ticket(("bread", 320), ("cake", 920)), Account(member=1), programme(BASE))
    assert (decision.gross, decision.net, decision.reward, decision.paid) == (1240, 1240, 0, 1240)
    assert decision.earned() == 12
    assert decision.contributions[0].allocation == (3, 9)
    assert outcome(decision, "base").exact == "1240/100"
    assert decision.counted


def test_every_rule_has_one_outcome_in_the_order_of_the_rules() -> None:
    """Rules that did nothing say why, and the order is priority, then id."""
    loaded = programme(BASE + PAY + BASE.replace('"base"', '"aaa"') + "priority = -1\n")
    decision = evaluate(ticket(("bread", 320)), Account(member=1), loaded)
    assert [each.rule for each in decision.outcomes] == ["base", "pay", "aaa"]


@pytest.mark.parametrize(
    ("extra", "account", "reason"),
    [
        ("", Account(), Reason.NOT_MEMBER),
        ("", Account(member=1, blocked=True), Reason.ON_HOLD),
        ('stores = ["s2"]', Account(member=1), Reason.WRONG_STORE),
        ('channels = ["web"]', Account(member=1), Reason.WRONG_CHANNEL),
        ("valid = { from = 2026-05-06T10:01:00 }", Account(member=1), Reason.NOT_YET_VALID),
        ("valid = { from = 2026-05-06T10:00:00 }", Account(member=1), Reason.APPLIED),
        ("valid = { to = 2026-05-06T10:00:00 }", Account(member=1), Reason.ENDED),
        ("valid = { to = 2026-05-06T10:01:00 }", Account(member=1), Reason.APPLIED),
        ('schedule = [{ days = ["tue"] }]', Account(member=1), Reason.OUTSIDE_SCHEDULE),
        (
            'schedule = [{ days = ["wed"], from = 08:00:00, to = 10:00:00 }]',
            Account(member=1),
            Reason.OUTSIDE_SCHEDULE,
        ),
        (
            'schedule = [{ days = ["wed"], from = 10:00:00, to = 11:00:00 }]',
            Account(member=1),
            Reason.APPLIED,
        ),
        ("min_basket = 10.01", Account(member=1), Reason.BELOW_MINIMUM),
        ("min_basket = 10.00", Account(member=1), Reason.APPLIED),
        ("lines = \".sku == 'tea'\"", Account(member=1), Reason.NO_ELIGIBLE_LINE),
        ('when = "ticket.total >= 10.01"', Account(member=1), Reason.CONDITION_FALSE),
        ('when = "member.months >= 6"', Account(member=1), Reason.FIELD_ABSENT),
    ],
)
def test_gates_refuse_with_their_reason(extra: str, account: Account, reason: Reason) -> None:
    """Each gate, on both sides of its boundary; 10:00 is the first minute of a window from 10:00."""
    loaded = programme(BASE + extra + "\n")
    assert outcome(evaluate(ticket(("bread", 1000)), account, loaded), "base").reason is reason


def test_gates_speak_in_their_order() -> None:
    """Of several reasons the first in the order of the gates is told: store before window before minimum."""
    loaded = programme(BASE + 'stores = ["s2"]\nvalid = { to = 2026-02-01T00:00:00 }\nmin_basket = 99.00\n')
    decision = evaluate(ticket(("bread", 100)), Account(member=1), loaded)
    assert outcome(decision, "base").reason is Reason.WRONG_STORE


def test_a_minimum_tells_how_much_is_missing() -> None:
    """The gap of a basket of 8.00 under a minimum of 10.00."""
    decision = evaluate(ticket(("bread", 800)), Account(member=1), programme(BASE + "min_basket = 10.00\n"))
    assert outcome(decision, "base").gap == Gap("cents", 800, 1000)


def test_excluded_lines_neither_earn_nor_count() -> None:
    """Tobacco is outside the total, the points and the minimum."""
    loaded = programme(BASE, 'exclude = { categories = ["tobacco"] }')
    decision = evaluate(ticket(("bread", 300), ("tobacco", 1200)), Account(member=1), loaded)
    assert (decision.gross, decision.net, decision.earned()) == (1500, 300, 3)
    assert decision.contributions[0].allocation == (3, 0)


def test_a_ticket_below_count_from_counts_for_nothing() -> None:
    """No earning, no burning and no visit below the threshold; at the threshold all of it."""
    account = Account(member=1, usable={"points": 500}, balance={"points": 500})
    loaded = programme(BASE + PAY, "count_from = 6.00")
    below = evaluate(ticket(("bread", 599)), account, loaded, (Choice("pay"),))
    assert (below.counted, below.earned(), below.reward, below.options) == (False, 0, 0, ())
    assert outcome(below, "pay").reason is Reason.BELOW_MINIMUM
    at = evaluate(ticket(("bread", 600)), account, loaded, (Choice("pay"),))
    assert (at.counted, at.earned(), at.reward) == (True, 1, 500)


@pytest.mark.parametrize(("points", "earned"), [(5, 3), (6, 12)])
def test_lines_may_depend_on_the_member(points: int, earned: int) -> None:
    """Everything counts for members with many points, bread alone for the others."""
    loaded = programme(BASE + "lines = \"member.points > 5 || .sku == 'bread'\"\n")
    account = Account(member=1, balance={"points": points})
    assert evaluate(ticket(("bread", 320), ("cake", 920)), account, loaded).earned() == earned


def test_dates_of_a_member_are_compared_as_dates() -> None:
    """However they were written down."""
    field = '[fields]\n"member.joined" = { type = "date" }\n'
    loaded = programme(BASE + 'when = "has(member.joined) && member.joined < 2026-02-10"\n', groups=field)
    for joined, earned in (("2026-02-09", 3), ("2026-02-10", 0)):
        account = Account(member=1, fields={"joined": joined})
        assert evaluate(ticket(("bread", 320)), account, loaded).earned() == earned


@pytest.mark.parametrize(
    "asked",
    [
        "ticket.till == 'till-7'",
        "member.points == 0",
        "clock.hour == 10 && clock.minute == 600",
        "visit.zone_count == 0",
        "member.visits == 0 && ticket.lines == 1",
    ],
)
def test_what_conditions_know_of_a_plain_ticket(asked: str) -> None:
    """A first ticket at ten o'clock, at till 7, without zones and points."""
    sold = Ticket("t", (Line(1000, "x", "x"),), DAY, 600, "s1", "till-7")
    told = evaluate(sold, Account(member=1), programme(BASE + f'when = "{asked}"\n'))
    assert outcome(told, "base").reason is Reason.APPLIED


@pytest.mark.parametrize(
    ("minute", "night"), [(0, True), (59, True), (149, True), (150, False), (151, False), (1439, False)]
)
def test_windows_go_by_the_clock_of_the_night(minute: int, night: bool) -> None:
    """The business day of the 6th ends at 02:30 of the 7th: a campaign of the 7th has begun after midnight."""
    header = "business_day_ends = 02:30:00"
    sold = ticket(("bread", 1000), minute=minute)
    begun = programme(BASE + "valid = { from = 2026-05-07T00:00:00 }\n", header)
    assert (evaluate(sold, Account(member=1), begun).earned() > 0) is night
    over = programme(BASE + "valid = { to = 2026-05-07T00:00:00 }\n", header)
    assert (evaluate(sold, Account(member=1), over).earned() > 0) is not night
    next_day = programme(BASE + "valid = { from = 2026-05-08T00:00:00 }\n", header)
    assert evaluate(sold, Account(member=1), next_day).earned() == 0


def test_goods_have_a_product_or_a_category() -> None:
    """Where typed amounts count for nothing, either of the two makes goods of a line."""
    loaded = programme(BASE, 'typed_amount = "nothing"')
    lines = (Line(100, sku="x"), Line(200, category="c"), Line(400))
    assert evaluate(Ticket("t", lines, DAY, 600, "s1"), Account(member=1), loaded).earned() == 3


def test_what_is_owned_is_handed_out_under_fewer_gates() -> None:
    """The minimum and the condition are for earning stamps: the full card is redeemed on a small ticket."""
    card = """[[rule]]
id = "card"
kind = "stamp"
need = 9
reward = {}
min_basket = 50.00
when = "ticket.lines > 1"
"""
    account = Account(member=1, usable={"reward:card": 1}, balance={"reward:card": 1})
    decision = evaluate(ticket(("tea", 300)), account, programme(card), (Choice("card"),))
    assert (decision.reward, decision.earned("stamp:card")) == (300, 0)


def test_a_rule_that_is_shut_out_does_not_stop_the_next() -> None:
    """Of three bonuses the first excludes the second; the third is given."""
    rules = "".join(
        f'[[rule]]\nid = "{name}"\nkind = "earn.visit"\npoints = {n}\npriority = {-n}\n'
        for n, name in enumerate(("one", "two", "three"), 1)
    )
    loaded = programme(rules.replace('"one"\n', '"one"\nexcludes = ["two"]\n'))
    decision = evaluate(ticket(("x", 500)), Account(member=1), loaded)
    assert [c.rule for c in decision.contributions] == ["one", "three"]


def test_what_was_burned_is_not_shut_out_any_more() -> None:
    """The base points exclude the redemption; where it was made, both stand."""
    loaded = programme(BASE + 'excludes = ["pay"]\n' + PAY)
    account = Account(member=1, usable={"points": 100}, balance={"points": 100})
    wished = evaluate(ticket(("a", 2000)), account, loaded, (Choice("pay"),))
    assert (outcome(wished, "pay").reason, wished.reward) == (Reason.EXCLUDED_BY, 0)
    fact = Burn("pay", "points", 100, 1, 500, (500,))
    made = evaluate(ticket(("a", 2000)), account, loaded, burns=(fact,))
    assert (outcome(made, "pay").reason, made.reward, made.earned()) == (Reason.APPLIED, 500, 15)


def test_gates_of_redemptions_are_told_when_none_is_decided() -> None:
    """At the centre, too, every rule says why it could not have been."""
    loaded = programme(PAY + PAY.replace('"pay"', '"there"') + 'stores = ["s2"]\n')
    account = Account(member=1, usable={"points": 100})
    decision = evaluate(ticket(("a", 2000)), account, loaded, burns=())
    assert [each.reason for each in decision.outcomes] == [Reason.NOT_CHOSEN, Reason.WRONG_STORE]


def test_nobody_is_told_how_far_who_does_not_ask() -> None:
    """Settlement leaves the progress out; everything else is the same."""
    account, loaded = Account(member=1, balance={"points": 50}), programme(BASE + PAY)
    told = evaluate(ticket(("a", 2000)), account, loaded)
    silent = rules.evaluate.evaluate(ticket(("a", 2000)), account, loaded, tell=False)
    assert told.progress
    assert silent == msgspec.structs.replace(told, progress=())


@pytest.mark.parametrize(("since", "reason"), [(6, Reason.APPLIED), (7, Reason.CONDITION_FALSE)])
def test_months_are_whole(since: int, reason: Reason) -> None:
    """On the day itself the month is full, a day earlier it is not."""
    account = Account(member=1, since=date(2025, 11, since))
    loaded = programme(BASE + 'when = "member.months >= 6"\n')
    assert outcome(evaluate(ticket(("bread", 1000)), account, loaded), "base").reason is reason


def test_what_an_event_does_not_say_is_absent() -> None:
    """A review without a place, with stars: only the condition on stars can be told true or false."""
    call = '[[rule]]\nid = "call"\nkind = "earn.event"\nevent = "web.review"\npoints = 9\n'
    event = Ticket("e", (), DAY, 600, "s1", event=Event("web.review", fields={"stars": 4, "category": ""}))
    for asked, reason in (
        ("event.stars >= 4", Reason.APPLIED),
        ("event.stars > 4", Reason.CONDITION_FALSE),
        ("event.place != 'x'", Reason.FIELD_ABSENT),
        ("event.category != 'x'", Reason.FIELD_ABSENT),
    ):
        decision = evaluate(event, Account(member=1), programme(call + f'when = "{asked}"\n'))
        assert outcome(decision, "call").reason is reason


def test_a_ticket_below_count_from_says_how_much_is_missing() -> None:
    """4.99 of 5.00."""
    loaded = programme(BASE, header="count_from = 5.00")
    told = outcome(evaluate(ticket(("bread", 499)), Account(member=1), loaded), "base")
    assert told.gap == Gap("cents", 499, 500)


def test_a_ticket_that_nets_to_nothing_is_no_visit() -> None:
    """Discount lines can bring the total below zero: it is clamped, and nothing counts."""
    decision = evaluate(ticket(("bread", 300), ("coupon", -400)), Account(member=1), programme(BASE))
    assert (decision.gross, decision.net, decision.paid, decision.counted) == (-100, 0, 0, False)


def test_points_follow_what_is_paid_unless_the_programme_says_gross() -> None:
    """20.00 less a reward of 5.00: 15 points on net, 20 on gross."""
    account = Account(member=1, usable={"points": 100})
    for earn_on, points in (("net", 15), ("gross", 20)):
        loaded = programme(BASE + PAY, f'earn_on = "{earn_on}"')
        decision = evaluate(ticket(("a", 2000)), account, loaded, (Choice("pay"),))
        assert (decision.paid, decision.earned()) == (1500, points)


def test_points_of_the_ticket_are_not_spendable_on_it() -> None:
    """A ticket that earns 120 points offers no reward of 100 to a member without points."""
    decision = evaluate(ticket(("a", 12000)), Account(member=1), programme(BASE + PAY), (Choice("pay"),))
    assert (decision.reward, decision.options) == (0, ())
    assert outcome(decision, "pay").reason is Reason.NO_BALANCE
    assert outcome(decision, "pay").gap == Gap("points", 0, 100)


def test_burns_made_are_facts() -> None:
    """A burn that was made stands although the account, as it is known now, could not pay for it."""
    fact = Burn("pay", "points", 100, 1, 500, (200, 300))
    decision = evaluate(
        ticket(("a", 800), ("b", 1200)), Account(member=1), programme(BASE + PAY), burns=(fact,)
    )
    assert decision.burns == (fact,)
    assert (decision.reward, decision.paid, decision.earned()) == (500, 1500, 15)
    assert decision.contributions[0].allocation == (6, 9)
    assert outcome(decision, "pay").reason is Reason.APPLIED
    assert decision.options == ()


def test_a_burn_of_a_rule_that_is_gone_stands_all_the_same() -> None:
    """The next version of the programme does not have it any more: 5.00 were off, and the other rules speak."""
    fact = Burn("former", "points", 100, 1, 500, (500,))
    decision = evaluate(ticket(("a", 2000)), Account(member=1), programme(BASE + PAY), burns=(fact,))
    assert (decision.burns, decision.paid, decision.earned()) == ((fact,), 1500, 15)
    assert [each.rule for each in decision.outcomes] == ["base", "pay"]
    assert outcome(decision, "pay").reason is Reason.NOT_CHOSEN


def test_no_burns_made_means_none_is_decided() -> None:
    """At the centre an empty tuple of burns is a fact as well: nothing is offered."""
    account = Account(member=1, usable={"points": 100})
    decision = evaluate(ticket(("a", 2000)), account, programme(BASE + PAY), (Choice("pay"),), burns=())
    assert (decision.burns, decision.options) == ((), ())
    assert outcome(decision, "pay").reason is Reason.NOT_CHOSEN


def test_rules_of_a_group_can_compete() -> None:
    """In a group `best` the larger bonus wins and the other names the winner; `first` goes by priority."""
    rules = """
[[rule]]
id = "a"
kind = "earn.visit"
group = "bonus"
points = 2
priority = 5
[[rule]]
id = "b"
kind = "earn.visit"
group = "bonus"
points = 7
"""
    for mode, given, lost in (("best", "b", "a"), ("first", "a", "b")):
        loaded = programme(rules, groups=f'[groups]\nbonus = "{mode}"')
        decision = evaluate(ticket(("x", 500)), Account(member=1), loaded)
        assert [c.rule for c in decision.contributions] == [given]
        assert outcome(decision, lost).reason is Reason.NOT_BEST_IN_GROUP
        assert outcome(decision, lost).by == given
        assert lost not in decision.state


def test_an_exclusion_holds_in_both_directions_of_the_order() -> None:
    """A bonus that excludes the base earning shuts it out although base rules run first."""
    rules = BASE + '[[rule]]\nid = "gift"\nkind = "earn.visit"\npoints = 50\nexcludes = ["base"]\n'
    decision = evaluate(ticket(("x", 500)), Account(member=1), programme(rules))
    assert [c.rule for c in decision.contributions] == ["gift"]
    assert outcome(decision, "base").reason is Reason.EXCLUDED_BY
    assert outcome(decision, "base").by == "gift"


def test_an_exclusion_needs_the_other_rule_to_apply() -> None:
    """The second ticket of the day has no visit bonus, so the base earning is back."""
    rules = BASE + '[[rule]]\nid = "gift"\nkind = "earn.visit"\npoints = 50\nexcludes = ["base"]\n'
    loaded, account = programme(rules), Account(member=1)
    first = ticket(("x", 500))
    account = fold(account, first, evaluate(first, account, loaded))
    again = evaluate(ticket(("x", 500), name="t2"), account, loaded)
    assert [(c.rule, c.quantity) for c in again.contributions] == [("base", 5)]


def test_equal_inputs_give_equal_bytes() -> None:
    """Two evaluations encode to the same JSON."""
    loaded = programme(BASE + PAY)
    account = Account(member=1, usable={"points": 250})
    sale = ticket(("a", 1999), ("b", 301))
    encode = msgspec.json.Encoder().encode
    assert encode(evaluate(sale, account, loaded)) == encode(evaluate(sale, account, loaded))


def test_a_thin_account_is_promised_nothing_that_needs_history() -> None:
    """Amounts earn, the visit of the day is left to settlement and its counters stay as they are."""
    rules = BASE + '[[rule]]\nid = "visit"\nkind = "earn.visit"\npoints = 2\n'
    decision = evaluate(ticket(("x", 500)), Account(member=1, known="thin"), programme(rules))
    assert [(c.rule, c.quantity) for c in decision.contributions] == [("base", 5)]
    assert outcome(decision, "visit").reason is Reason.SETTLED_LATER
    assert decision.state == {}


def test_a_month_of_a_small_shop_by_hand() -> None:
    """Three tickets of one member under four rules, every figure worked out on paper.

    1 May: 7.80 gives 7 points and a stamp for one coffee. 2 May: 21.00 with two coffees gives 21 points, two
    stamps. 3 May: fourth stamp missing; second visit bonus was given on 2 May.
    """
    rules = (
        BASE
        + """
[[rule]]
id = "second"
kind = "earn.visits"
steps = [{ visit = 2, points = 10 }]
[[rule]]
id = "coffee"
kind = "stamp"
need = 4
lines = ".category == 'coffee'"
reward = { lines = ".category == 'coffee'", max_value = 3.00 }
[[rule]]
id = "pay"
kind = "burn.money"
points = 30
value = 3.00
"""
    )
    loaded = programme(rules)
    account = Account(member=1)
    first = Ticket("a", (Line(260, "c1", "coffee"), Line(520, "p1", "pastry")), date(2026, 5, 1), 500, "s1")
    one = evaluate(first, account, loaded)
    assert (one.earned(), one.earned("stamp:coffee")) == (7, 1)
    account = fold(account, first, one)
    second = Ticket(
        "b",
        (Line(520, "c1", "coffee", qty=Decimal(2)), Line(1580, "p2", "pastry")),
        date(2026, 5, 2),
        500,
        "s1",
    )
    two = evaluate(second, account, loaded)
    assert (two.earned(), two.earned("stamp:coffee")) == (31, 2)
    account = fold(account, second, two)
    assert account.balance == {"points": 38, "stamp:coffee": 3}
    third = Ticket("c", (Line(1000, "p1", "pastry"),), date(2026, 5, 3), 500, "s1")
    three = evaluate(third, account, loaded, (Choice("pay"),))
    assert (three.reward, three.paid, three.earned()) == (300, 700, 7)
    account = fold(account, third, three)
    assert account.balance == {"points": 15, "stamp:coffee": 3}
    assert account.visits == 3
    assert [(p.what, p.have, p.need) for p in three.progress] == [("reward", 15, 30), ("stamps", 3, 4)]
