"""`earn.once`: first purchase, enrolment, profile completed."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from rules.account import Account
from rules.decision import Decision, Gap, Progress, Reason
from rules.netting import scope_of
from rules.ticket import Event, Line, Ticket
from tests.unit.kind_kit import DAY, faults, happened, in_turn, programme, reason, sale

FIRST = """[[rule]]
id = "first"
kind = "earn.once"
on = "first_purchase"
points = 20
min_basket = 10.00
"""
WELCOME = """[[rule]]
id = "welcome"
kind = "earn.once"
on = "enrolment"
points = 10
"""
PROFILE = """[[rule]]
id = "profile"
kind = "earn.once"
on = "profile"
fields = ["member.email", "member.birthday_in"]
points = 5
"""


def event(name: str, day: int = 0) -> Ticket:
    return happened(Event(name), DAY + timedelta(days=day), f"{name}{day}")


def bought(day: int, cents: int = 1000, name: str = "") -> Ticket:
    return sale(DAY + timedelta(days=day), Line(cents), name=name or f"t{day}")


def run(text: str, *tickets: Ticket, **known: Any) -> tuple[Account, list[Decision]]:
    return in_turn(tickets, programme(text), Account(member=1, **known))


def earned(text: str, *tickets: Ticket, **known: Any) -> list[int]:
    return [decision.earned() for decision in run(text, *tickets, **known)[1]]


def test_the_first_purchase_earns_once() -> None:
    """Not the second, and not for a member who came before the programme had the rule."""
    assert earned(FIRST, bought(0), bought(0, name="again"), bought(3)) == [20, 0, 0]
    assert earned(FIRST, bought(9), first_visit=DAY, last_visit=DAY) == [0]


def test_a_first_day_that_was_too_small_is_over_the_next_day() -> None:
    """A second ticket of the day may still do it."""
    assert earned(FIRST, bought(0, 500), bought(0, name="more")) == [0, 20]
    _, given = run(FIRST, bought(0, 500), bought(1))
    assert reason(given[1], "first") is Reason.NO_EFFECT


def test_enrolment_earns_with_its_event_or_with_the_first_ticket_never_twice() -> None:
    """A till that enrolled without a line gives it with the first ticket; the event comes too late then."""
    assert earned(WELCOME, event("enrolment"), bought(1), since=DAY) == [10, 0]
    assert earned(WELCOME, bought(0), event("enrolment"), bought(2), since=DAY) == [10, 0, 0]
    assert earned(WELCOME, event("check_in"), bought(4), bought(5), since=DAY) == [0, 10, 0]


def test_visits_before_the_enrolment_do_not_count_against_it() -> None:
    """Bought with a card that was nobody's yet; a member of old who bought since gets nothing."""
    before = DAY - timedelta(days=30)
    old = {"first_visit": before, "last_visit": before}
    assert earned(WELCOME, bought(2), since=DAY, **old) == [10]
    assert earned(WELCOME, bought(2), since=before - timedelta(days=9), **old) == [0]


def test_the_profile_earns_once_it_is_complete() -> None:
    """One of two answers is told as the way to go; a ticket or the event of the profile gives the prize."""
    (decision,) = run(PROFILE, bought(0), birthday=(5, 6))[1]
    outcome = decision.outcomes[0]
    assert (outcome.reason, outcome.gap) == (Reason.FIELD_ABSENT, Gap("fields", 1, 2))
    assert decision.progress == (Progress("once", "profile", "profile", "fields", 1, 2),)
    whole = {"birthday": (5, 6), "fields": {"email": True}}
    account, given = run(PROFILE, event("check_in"), event("profile"), bought(1), **whole)
    assert [each.earned() for each in given] == [0, 5, 0]
    assert given[1].progress == ()
    assert account.state == {"profile": {"day": "2026-05-06"}}


def test_a_ticket_dated_before_the_one_that_gave_it_breaks_nothing() -> None:
    """Once is once whatever the dates; the counters are JSON."""
    account, given = run(FIRST, bought(5), bought(-5))
    assert [each.earned() for each in given] == [20, 0]
    assert msgspec.json.decode(msgspec.json.encode(account.state)) == account.state


def test_a_thinly_known_member_is_settled_later() -> None:
    """Whether it was given is not at hand; it is netted over the whole life."""
    _, (decision,) = run(FIRST, bought(0), known="thin")
    assert reason(decision, "first") is Reason.SETTLED_LATER
    assert scope_of("points", programme(FIRST)) == "month"


@pytest.mark.parametrize(
    ("text", "change", "said"),
    [
        (
            PROFILE,
            ('"member.email"', '"member.mail"'),
            "no field member.mail to ask a member for; did you mean",
        ),
        (PROFILE, ('"member.email"', '"clock.date"'), "no field clock.date to ask"),
        (PROFILE, ('"member.email"', '"event.sku"'), "no field event.sku to ask"),
        (PROFILE, ('["member.email", "member.birthday_in"]', "[]"), "list the fields"),
        (FIRST, ("points = 20", 'points = 20\nfields = ["member.email"]'), "only then"),
        (FIRST, ("points = 20", "points = -1"), "points or a voucher"),
        (WELCOME, ("points = 10", "points = 10\nlines = '.promo'"), "an enrolment has none"),
    ],
)
def test_wrong_ones_are_load_errors(text: str, change: tuple[str, str], said: str) -> None:
    """Fields that are not there or out of place, no prize, lines of an enrolment."""
    assert said in faults(text.replace(*change))


def test_a_purchase_on_the_day_of_the_enrolment_does_not_count_against_it() -> None:
    """A member of old who bought in the morning and enrolled at noon."""
    old = {"first_visit": DAY - timedelta(days=30), "last_visit": DAY}
    assert earned(WELCOME, bought(2), since=DAY, **old) == [10]


def test_a_profile_that_was_paid_for_or_is_complete_is_not_asked_for() -> None:
    """Complete, it waits for a ticket; an answer that was taken back later does not bring it back."""
    whole = {"birthday": (5, 6), "fields": {"email": True}}
    account, given = run(PROFILE, event("check_in"), event("profile"), **whole)
    assert given[0].progress == ()
    later = msgspec.structs.replace(account, fields={})
    (decision,) = in_turn([bought(1)], programme(PROFILE), later)[1]
    assert (decision.earned(), decision.progress) == (0, ())


def test_who_is_not_known_is_not_asked_for_a_profile() -> None:
    """A member whose history is elsewhere may have answered there; nobody has no profile; a welcome asks nothing."""
    loaded = programme(PROFILE + "min_basket = 20.00\n" + WELCOME)
    asked = [
        in_turn([bought(0)], loaded, account)[1][0].progress != ()
        for account in (Account(member=1), Account(member=1, known="thin"), Account())
    ]
    assert asked == [True, False, False]
