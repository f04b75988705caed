"""Caps: what they count, what they cut and from whom, and what they remember."""

from datetime import date, timedelta

import pytest

from rules.account import Account
from rules.decision import Decision, Gap, Reason
from rules.explain import Voice, outcome_text
from rules.fold import fold
from rules.netting import scope_of
from rules.programme.model import Programme
from rules.ticket import Event, Line
from tests.unit.kind_kit import DAY, evaluate, faults, happened, in_turn, programme, reason, sale

EARN = """[[rule]]
id = "base"
kind = "earn.amount"
points = 1
per = 1.00
[[rule]]
id = "x2"
kind = "earn.multiply"
factor = "2"
[[rule]]
id = "visit"
kind = "earn.visit"
points = 5
"""
DAILY = '[[rule]]\nid = "cap"\nkind = "cap"\nof = ["*"]\nmax = 30\nper = "day"\n'


def given(decision: Decision) -> dict[str, int]:
    return {one.rule: one.quantity for one in decision.contributions}


def walk(loaded: Programme, *visits: tuple[date, int]) -> list[int]:
    """Points of each ticket."""
    tickets = [sale(day, Line(cents), name=str(n)) for n, (day, cents) in enumerate(visits)]
    return [decision.earned() for decision in in_turn(tickets, loaded)[1]]


def test_the_excess_is_cut_from_the_last_contribution_backwards() -> None:
    """12 + 12 + 5 under 20: the visit is gone, the multiplier keeps 8, the base points are whole."""
    loaded = programme(EARN + DAILY.replace("30", "20"))
    decision = evaluate(sale(DAY, Line(700), Line(500)), Account(member=1), loaded)
    assert given(decision) == {"base": 12, "x2": 8}
    assert sum(decision.contributions[1].allocation) == 8
    by_rule = {one.rule: one for one in decision.outcomes}
    assert (by_rule["visit"].reason, by_rule["visit"].cut, by_rule["visit"].by) == (
        Reason.CAP_REACHED,
        5,
        "cap",
    )
    assert (by_rule["x2"].reason, by_rule["x2"].quantity, by_rule["x2"].cut) == (Reason.CAP_CUT, 8, 4)
    assert by_rule["base"].reason is Reason.APPLIED
    assert (by_rule["cap"].reason, by_rule["cap"].cut) == (Reason.APPLIED, 9)
    assert by_rule["cap"].gap == Gap("points", 20, 20)


def test_a_cap_that_is_not_reached_says_how_far_it_is() -> None:
    """29 of 30: nothing is cut."""
    decision = evaluate(sale(DAY, Line(1200)), Account(member=1), programme(EARN + DAILY))
    (outcome,) = (one for one in decision.outcomes if one.rule == "cap")
    assert (outcome.reason, outcome.cut, outcome.gap) == (Reason.NO_EFFECT, 0, Gap("points", 29, 30))


@pytest.mark.parametrize(("per", "offset"), [("day", 1), ("week", 5), ("month", 26), ("year", 240)], ids=str)
def test_a_period_ends(per: str, offset: int) -> None:
    """6 May 2026 is a Wednesday: the first day of the next period has the whole cap again."""
    loaded = programme(EARN + DAILY.replace('"day"', f'"{per}"'))
    days = [DAY, DAY + timedelta(days=offset - 1), DAY + timedelta(days=offset)]
    assert walk(loaded, *[(day, 1000) for day in days]) == [25, 5, 25]


def test_once_and_for_all_and_by_ticket() -> None:
    """`ever` never begins again; `ticket` remembers nothing."""
    later = DAY + timedelta(days=900)
    ever = programme(EARN + DAILY.replace('"day"', '"ever"'))
    assert walk(ever, (DAY, 1000), (later, 1000)) == [25, 5]
    ticket = programme(EARN + DAILY.replace('"day"', '"ticket"'))
    assert walk(ticket, (DAY, 5000), (DAY, 5000)) == [30, 30]
    assert "cap" not in evaluate(sale(DAY), Account(member=1), ticket).state


def test_only_the_named_rules_and_groups_count() -> None:
    """A cap of 3 on bonuses leaves base points and multiplier alone."""
    text = EARN + DAILY.replace('["*"]', '["bonus"]').replace("30", "3")
    assert given(evaluate(sale(DAY), Account(member=1), programme(text))) == {
        "base": 10,
        "x2": 10,
        "visit": 3,
    }
    text = EARN + DAILY.replace('["*"]', '["base", "x2"]').replace("30", "3")
    assert given(evaluate(sale(DAY), Account(member=1), programme(text))) == {"base": 3, "visit": 5}


def test_a_tiers_multiplier_is_one_of_the_multipliers() -> None:
    """A cap on the group `multiplier` reaches what a level adds."""
    tiers = '[tiers]\nmeasure = "visits"\nlevels = [{ id = "in", from = 0, multiply = "3" }]\n'
    text = (
        EARN.split('[[rule]]\nid = "x2"')[0]
        + tiers
        + DAILY.replace('["*"]', '["multiplier"]').replace("30", "4")
    )
    assert given(evaluate(sale(DAY), Account(member=1), programme(text))) == {"base": 10, "tiers": 4}


def test_several_caps_each_see_what_the_earlier_left() -> None:
    """The day cuts to 20 first (its priority), so that the month counts 20 and not 25."""
    month = DAILY.replace('"cap"\nkind', '"a-month"\nkind').replace('"day"', '"month"').replace("30", "50")
    text = EARN + month + DAILY.replace("30", "20") + "priority = 1\n"
    days = [(DAY + timedelta(days=n), 1000) for n in range(4)]
    assert walk(programme(text), *days) == [20, 20, 10, 0]


def test_events_count_too() -> None:
    """Points of an event and of a ticket share the day."""
    event_rule = '[[rule]]\nid = "in"\nkind = "earn.event"\nevent = "check-in"\npoints = 20\n'
    loaded = programme(EARN + event_rule + DAILY)
    ticket = sale(DAY)
    account = fold(Account(member=1), ticket, evaluate(ticket, Account(member=1), loaded))
    decision = evaluate(happened(Event("check-in")), account, loaded)
    assert (decision.earned(), reason(decision, "in")) == (5, Reason.CAP_CUT)


def test_a_blind_till_promises_at_most_the_cap() -> None:
    """With thin knowledge a ticket counts alone, and no counter is invented."""
    decision = evaluate(sale(DAY, Line(9000)), Account(member=1, known="thin"), programme(EARN + DAILY))
    assert decision.earned() == 30
    assert "cap" not in decision.state


def test_promises_under_a_cap_are_netted_over_its_period() -> None:
    """The period of the cap is the one of settlement."""
    assert scope_of("points", programme(EARN + DAILY.replace('"day"', '"month"'))) == "month"


def test_what_a_cap_says() -> None:
    """What was cut, and how far the limit is."""
    voice = Voice(str, str, str, lambda asset, n: f"{n} {asset}")
    decision = evaluate(sale(DAY, Line(1600)), Account(member=1), programme(EARN + DAILY))
    texts = {one.rule: outcome_text(one, voice) for one in decision.outcomes}
    assert texts["cap"] == "cap: 7 points above the limit are not given (30 of 30 points)"
    assert texts["x2"] == "x2: + 14 points, cut by cap"
    assert texts["visit"] == "visit: the limit is reached"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("max = 30", "max = -1", ">= 1"),
        ("max = 30", "max = { count = 1, per = 'day' }", "expected a whole number"),
        ('["*"]', '["bas"]', "did you mean base"),
        ('["*"]', "[]", "name rules or groups"),
        ('"day"', '"dya"', "did you mean day"),
        ('per = "day"', 'per = "day"\nlines = ".qty > 0"', "whole tickets"),
    ],
)
def test_wrong_caps_are_load_errors(old: str, new: str, said: str) -> None:
    """Each fault says what to write."""
    assert said in faults(EARN + DAILY.replace(old, new))


def test_what_a_cap_takes_is_not_on_the_way_to_a_reward() -> None:
    """10 and 5 points under a cap of 12, after 20 of before: 32 of 100; a cap of 1 leaves one."""
    text = '[[rule]]\nid = "base"\nkind = "earn.amount"\npoints = 1\nper = 1.00\n'
    text += '[[rule]]\nid = "visit"\nkind = "earn.visit"\npoints = 5\n'
    text += '[[rule]]\nid = "pay"\nkind = "burn.money"\npoints = 100\nvalue = 5.00\n'
    for most, reasons in ((12, {Reason.CAP_CUT}), (1, {Reason.CAP_CUT, Reason.CAP_REACHED})):
        cap = f'[[rule]]\nid = "cap"\nkind = "cap"\nof = ["*"]\nmax = {most}\nper = "ticket"\n'
        account = Account(member=1, usable={"points": 20}, balance={"points": 20})
        decision = evaluate(sale(DAY, Line(1000)), account, programme(text + cap))
        (told,) = (one for one in decision.progress if one.what == "reward")
        assert (decision.earned(), told.have) == (most, 20 + most)
        assert {one.reason for one in decision.outcomes if one.cut and one.rule != "cap"} == reasons


def test_a_cap_reached_to_the_point_cuts_nothing() -> None:
    """30 of 30: the cap did nothing."""
    decision = evaluate(sale(DAY, Line(1250)), Account(member=1), programme(EARN + DAILY.replace("30", "29")))
    assert (decision.earned(), reason(decision, "cap")) == (29, Reason.NO_EFFECT)


def test_stamps_do_not_count_as_points() -> None:
    """Twelve points and a stamp under a cap of twelve."""
    card = '[[rule]]\nid = "card"\nkind = "stamp"\nneed = 5\nreward = {}\n'
    text = '[[rule]]\nid = "base"\nkind = "earn.amount"\npoints = 1\nper = 1.00\n'
    decision = evaluate(
        sale(DAY, Line(1200)), Account(member=1), programme(text + card + DAILY.replace("30", "12"))
    )
    assert (decision.earned(), decision.earned("stamp:card")) == (12, 1)
    assert reason(decision, "cap") is Reason.NO_EFFECT


def test_what_an_earlier_cap_took_is_not_cut_again() -> None:
    """The visit is lost to the first cap; the second takes of the base points, and of nothing else."""
    text = EARN.replace('factor = "2"', 'factor = "2"\nstores = ["s2"]')
    first = DAILY.replace('"cap"\nkind', '"first"\nkind').replace("30", "10") + "priority = 1\n"
    decision = evaluate(sale(DAY), Account(member=1), programme(text + first + DAILY.replace("30", "6")))
    assert given(decision) == {"base": 6}
    assert {one.rule: one.by for one in decision.outcomes if one.cut and one.by} == {
        "base": "cap",
        "visit": "first",
    }
