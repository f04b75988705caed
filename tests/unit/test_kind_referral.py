"""`referral`: the sponsored member's purchase, and the sponsor's points that come of it."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from rules.account import Account
from rules.decision import Decision, Gap, Outbound, Progress, Reason
from rules.netting import scope_of
from rules.ticket import Event, Line, Ticket
from tests.unit.kind_kit import DAY, faults, happened, in_turn, programme, reason, sale

REFER = """[[rule]]
id = "refer"
kind = "referral"
sponsor_points = 30
sponsored_points = 15
qualifies = "ticket.total >= 15.00"
within = "60d"
vesting = "14d"
max_per_sponsor = { count = 2, per = "year" }
distinct_household = true
"""
NEW = {"member": 7, "sponsor": 1, "since": DAY, "household": "h7"}


def run(text: str, account: Account, *tickets: Ticket) -> tuple[Account, list[Decision]]:
    return in_turn(tickets, programme(text), account)


def bought(day: int, cents: int = 2000) -> Ticket:
    return sale(DAY + timedelta(days=day), Line(cents), name=f"t{day}{cents}")


def told(ref: str, day: int = 0, **fields: Any) -> Ticket:
    event = Event("referral", ref=ref, fields={"sponsored": 7, "household": "h7", **fields})
    return happened(event, DAY + timedelta(days=day), f"{ref}{day}")


def test_the_sponsored_member_gets_points_once_and_the_sponsor_is_told() -> None:
    """Too small, then enough, then again; the points wait for goods that come back."""
    account, given = run(REFER, Account(**NEW), bought(1, 1400), bought(2), bought(3))
    assert [decision.earned() for decision in given] == [0, 15, 0]
    assert [reason(each, "refer") for each in given] == [
        Reason.CONDITION_FALSE,
        Reason.APPLIED,
        Reason.ALREADY_USED,
    ]
    fields: dict[str, str | int | bool] = {"sponsored": 7, "household": "h7"}
    assert given[1].outbound == (Outbound("refer", "referral", quantity=30, member=1, fields=fields),)
    assert given[1].contributions[0].available_on == DAY + timedelta(days=16)
    assert account.state == {"refer": {"day": "2026-05-08"}}


@pytest.mark.parametrize(
    ("known", "day", "why"),
    [
        ({"sponsor": None}, 1, Reason.NO_EFFECT),
        ({"sponsor": 7}, 1, Reason.NO_EFFECT),
        ({"since": None}, 1, Reason.FIELD_ABSENT),
        ({}, 61, Reason.ENDED),
        ({"known": "thin"}, 1, Reason.SETTLED_LATER),
    ],
)
def test_who_is_not_sponsored_or_too_late(known: dict[str, Any], day: int, why: Reason) -> None:
    """Nobody, oneself, no date of enrolment, 61 days, a member known only thinly."""
    _, (decision,) = run(REFER, Account(**{**NEW, **known}), bought(day))
    assert (reason(decision, "refer"), decision.outbound, decision.earned()) == (why, (), 0)


def test_the_last_day_counts_and_progress_names_it() -> None:
    """Day 60 is the last one."""
    _, (small, enough) = run(REFER, Account(**NEW), bought(59, 100), bought(60))
    assert small.progress == (
        Progress("referral", "refer", "refer", "days", 59, 60, DAY + timedelta(days=60)),
    )
    assert (enough.earned(), enough.progress) == (15, ())


def test_the_sponsor_earns_for_each_member_up_to_the_limit_of_a_year() -> None:
    """The same member once, the third of a year not, the next year again; a late one breaks nothing."""
    tickets = [told("7"), told("7", 1), told("8", 2), told("9", 3), told("9", 400), told("10", 4)]
    account, given = run(REFER, Account(member=1, household="h1"), *tickets)
    assert [decision.earned() for decision in given] == [30, 0, 30, 0, 30, 0]
    assert [reason(each, "refer") for each in given[:4]] == [
        Reason.APPLIED,
        Reason.ALREADY_USED,
        Reason.APPLIED,
        Reason.CAP_REACHED,
    ]
    assert given[3].outcomes[0].gap == Gap("uses", 2, 2)
    assert account.state["refer"]["counts"] == {"2026": 2, "2027": 1}
    assert msgspec.json.decode(msgspec.json.encode(account.state)) == account.state
    assert account.visits == 0


def test_nothing_for_the_own_household_or_oneself() -> None:
    """One household; oneself; without the key a household may bring its own in, and unknown ones are distinct."""
    at_home, alone = Account(member=1, household="h7"), Account(member=7)
    assert run(REFER, at_home, told("7"))[1][0].earned() == 0
    assert run(REFER, alone, told("7"))[1][0].earned() == 0
    assert run(REFER.replace("distinct_household = true", ""), at_home, told("7"))[1][0].earned() == 30
    assert run(REFER, Account(member=1), told("7", household=""))[1][0].earned() == 30


def test_one_side_alone() -> None:
    """Only the sponsor: the sale gives nothing and tells all the same. Only the sponsored: nobody is told."""
    _, (sponsor,) = run(REFER.replace("sponsored_points = 15", ""), Account(**NEW), bought(1))
    assert (sponsor.contributions, len(sponsor.outbound), reason(sponsor, "refer")) == ((), 1, Reason.APPLIED)
    text = REFER.replace("sponsor_points = 30", "sponsor_points = 0")
    assert run(text, Account(**NEW), bought(1))[1][0].outbound == ()
    account, (decision,) = run(text, Account(member=1), told("7"))
    assert (decision.earned(), reason(decision, "refer"), account.state) == (0, Reason.NO_EFFECT, {})


def test_both_sides_of_one_member_do_not_disturb_each_other() -> None:
    """Brought in by one, bringing in another."""
    account, given = run(
        REFER, Account(**{**NEW, "member": 3}), bought(1), told("7", household="h9"), bought(2)
    )
    assert [decision.earned() for decision in given] == [15, 30, 0]
    assert set(account.state["refer"]) == {"day", "counts", "refs"}
    assert scope_of("points", programme(REFER)) == "month"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("sponsor_points = 30", "sponsor_points = -1"), "0 points or more"),
        (("sponsor_points = 30\nsponsored_points = 15", "sponsor_points = 0"), "at least one of the two"),
        (('"60d"', '"0d"'), "at least 1 day"),
        (("count = 2", "count = 0"), "whole number >= 1"),
        (("ticket.total >= 15.00", "ticket.total >= 15"), "cannot compare money with int"),
        (('"ticket.total >= 15.00"', '"ticket.totals >= 15.00"'), "did you mean ticket.total"),
        (("vesting", "min_basket = 3.00\nvesting"), "into qualifies"),
        (("vesting", "when = 'ticket.total > 3.00'\nvesting"), "into qualifies"),
        (("vesting", "when = 'ticket.lines > 3'\nvesting"), "into qualifies"),
        (("vesting", "lines = \".sku == 'a'\"\nvesting"), "into qualifies"),
    ],
)
def test_wrong_referrals_are_load_errors(change: tuple[str, str], said: str) -> None:
    """Negative or no points, no time, no limit, a wrong condition, the purchase asked of the sponsor too."""
    assert said in faults(REFER.replace(*change))


def test_a_referral_without_limits() -> None:
    """One day to buy, any purchase, as many members as one likes, with or without a reference of the event."""
    text = '[[rule]]\nid = "refer"\nkind = "referral"\nsponsor_points = 30\nwithin = "1d"\n'
    assert [each.outbound != () for each in run(text, Account(**NEW), bought(2), bought(1))[1]] == [
        False,
        True,
    ]
    account, given = run(
        text, Account(member=1), told(""), told("", 1), told("8", 2), told("8", 3), told("9", 4)
    )
    assert [decision.earned() for decision in given] == [30, 30, 30, 0, 30]
    assert account.state["refer"]["counts"] == {"ever": 4}
    assert len(account.state["refer"]["refs"]) == 2


def test_other_events_are_no_referrals() -> None:
    """A survey of the sponsor says nothing of members brought in."""
    event = Event("survey", ref="7", fields={"sponsored": 7})
    (decision,) = run(REFER, Account(member=1), happened(event))[1]
    assert (decision.earned(), reason(decision, "refer")) == (0, Reason.NO_EFFECT)


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ("member.birthday_in > 400", Reason.FIELD_ABSENT),
        ("member.bucket > 5000", Reason.CONDITION_FALSE),
        ("any(lines, .sku == 'x')", Reason.APPLIED),
    ],
)
def test_a_purchase_qualifies_by_its_condition(asked: str, why: Reason) -> None:
    """It is asked of the member and of the lines; what is not known is told apart from what is not so."""
    text = REFER.replace("ticket.total >= 15.00", asked)
    (decision,) = run(text, Account(**NEW), sale(DAY, Line(2000, "x", "x")))[1]
    assert reason(decision, "refer") is why


def test_who_has_nothing_to_wait_for_sees_no_way() -> None:
    """Nobody brought the member in, the history is unknown, or the purchase was made; the first day is day 0."""
    for known in ({"sponsor": None}, {"known": "thin"}, {"since": None}, {"sponsor": 7}):
        assert run(REFER, Account(**{**NEW, **known}), bought(1, 100))[1][0].progress == ()
    assert run(REFER, Account(**NEW), bought(0, 100))[1][0].progress[0].have == 0
    assert run(REFER, Account(**NEW), bought(60, 100))[1][0].progress[0].have == 60


def test_a_condition_on_members_holds_for_both() -> None:
    """Only what a ticket has is left to `qualifies`."""
    assert faults(REFER.replace("vesting", "when = 'member.bucket < 5000'\nvesting")) == ""
