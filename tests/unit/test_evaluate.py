"""The evaluation as a whole: gates and their order, groups, exclusions, burns that are facts, what is counted."""

from datetime import date
from decimal import Decimal

import msgspec

import rules.evaluate
import rules.kinds.all
from rules.account import Account
from rules.decision import Burn, Choice, Decision, Gap, Outcome, Reason
from rules.fold import fold
from rules.programme.load import load_programme
from rules.programme.model import Programme
from rules.ticket import Line, Ticket
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


def test_nobody_is_told_how_far_who_does_not_ask() -> None:
    """Settlement leaves the progress out; everything else is the same."""
    account, loaded = Account(member=1, balance={"points": 50}), programme(BASE + PAY)
    told = evaluate(ticket(("a", 2000)), account, loaded)
    silent = rules.evaluate.evaluate(ticket(("a", 2000)), account, loaded, tell=False)
    assert told.progress
    assert silent == msgspec.structs.replace(told, progress=())


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
