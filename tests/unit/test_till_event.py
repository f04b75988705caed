"""Events at the till: evaluated, journalled, their points at once in this till's hand; driven by any program."""

import json
from typing import Any

import pytest

from pos_app.headless.console import Console
from rules.ticket import Event
from sync.entry import EnrolBody, EventBody, TicketBody
from sync.till import members
from sync.tokens import card_token
from tests.unit.till_kit import LOOKUP, PROGRAMME, Shop, card_number

EVENTS = (
    PROGRAMME
    + b"""
[[rule]]
id = "checkin"
kind = "earn.event"
label = { fr = "Passage", en = "Check-in" }
event = "checkin"
points = 120

[[rule]]
id = "rich"
kind = "earn.amount"
label = { fr = "Riche", en = "Rich" }
points = 1
per = 1.00
when = "member.points >= 100"
"""
)


@pytest.fixture
def events(shop: Shop) -> Shop:
    """A shop whose programme looks at events and at the balance, with a member on the begun ticket."""
    shop.publish("programme", EVENTS)
    shop.scan(shop.member(1))
    return shop


def ask(console: Console, **command: object) -> Any:
    return json.loads(console.answer(json.dumps(command).encode()))


def test_an_event_is_journalled_with_what_it_gives(events: Shop) -> None:
    """One EVENT entry with its promise; the member on the screen has the points."""
    assert events.view.member is not None
    before = events.view.member.balance
    decision = events.till.happened(Event("checkin", ref="door-1", fields={"place": "hall"}))
    assert decision is not None
    assert [(one.rule, one.quantity) for one in decision.contributions] == [("checkin", 120)]
    (body,) = events.bodies("EVENT")
    assert isinstance(body, EventBody)
    assert (body.event.ref, body.promised[0].quantity) == ("door-1", 120)
    assert events.view.member.balance == (before or 0) + 120


def test_its_points_pay_a_reward_while_the_line_is_down(events: Shop) -> None:
    """They are a birth grant of this till, as those of a ticket: nobody has to be asked."""
    events.till.happened(Event("checkin", ref="door-1"))
    events.till.put_amount("2000")
    events.till.redeem("five", 1)
    events.till.record()
    body = events.bodies("TICKET")[-1]
    assert isinstance(body, TicketBody)
    assert [(burn.rule, burn.quantity, burn.unsecured) for burn in body.burns] == [("five", 100, 0)]


def test_the_same_ref_gives_once_at_one_till(events: Shop) -> None:
    """The till's own earlier event is folded in before the second one is weighed."""
    first = events.till.happened(Event("checkin", ref="door-1"))
    again = events.till.happened(Event("checkin", ref="door-1"))
    assert first is not None
    assert again is not None
    assert (len(first.contributions), len(again.contributions)) == (1, 0)


def test_a_ticket_says_which_balance_its_rules_read(events: Shop) -> None:
    """The programme reads member.points, so the entry tells what the till saw before the ticket."""
    events.till.happened(Event("checkin"))
    events.till.put_amount("1000")
    events.till.record()
    body = events.bodies("TICKET")[-1]
    assert isinstance(body, TicketBody)
    assert body.points >= 120
    assert {one.rule for one in body.promised} == {"base", "rich"}


def test_an_event_of_nobody_is_refused(shop: Shop) -> None:
    """Without a card there is nobody it happened to: nothing is journalled."""
    assert shop.till.happened(Event("checkin")) is None
    assert shop.view.notice is not None
    assert shop.view.notice.code == "event_nobody"
    assert shop.bodies("EVENT") == []


def test_a_program_reports_events(events: Shop) -> None:
    """`event` answers with what was given, and the ticket goes on."""
    console = Console(events.till)
    answer = ask(console, do="event", name="checkin", ref="door-1", fields={"stars": 5, "place": "hall"})
    assert answer["ok"]
    assert answer["gained"] == [{"asset": "points", "quantity": 120, "rule": "checkin"}]
    assert ask(console, do="amount", cents=500)["ok"]
    assert ask(console, do="close")["ok"]


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ({}, "bad_event"),
        ({"name": "a\x1b[2J"}, "bad_event"),
        ({"name": "x" * 101}, "bad_event"),
        ({"name": "checkin", "fields": {"place": [1]}}, "bad_event"),
        ({"name": "checkin", "fields": {"place": 1.5}}, "bad_event"),
        ({"name": "checkin", "fields": {"count": 10**12}}, "bad_event"),
        ({"name": "checkin", "fields": {f"f{n}": n for n in range(21)}}, "bad_event"),
        ({"name": "checkin", "fields": 7}, "bad_command"),
        ({"name": "referral", "fields": {"sponsored": 8}}, "own_event"),
    ],
)
def test_a_bad_event_is_refused(events: Shop, command: dict[str, object], code: str) -> None:
    """Each with a code; nothing is journalled, and nobody makes a referral from outside."""
    answer = ask(Console(events.till), do="event", **command)
    assert (answer["ok"], answer["code"]) == (False, code)
    assert events.bodies("EVENT") == []


def test_a_sponsor_is_named_by_card(shop: Shop) -> None:
    """The entry and this till's own account of the new member tell who brought them in."""
    console = Console(shop.till)
    card = shop.member(1)
    sponsor = members.find(shop.store.reader(), card_token(LOOKUP, card))
    wrong = ask(console, do="enrol", first_name="Zoe", sponsor=card_number(777))
    assert wrong["code"] == "enrol_sponsor"
    assert ask(console, do="enrol", first_name="Zoe", sponsor=card)["ok"]
    (body,) = shop.bodies("ENROL")
    assert isinstance(body, EnrolBody)
    assert body.sponsor == sponsor
    assert shop.till.state.basket is not None
    assert shop.till.state.basket.who is not None
    assert shop.till.state.basket.who.account.sponsor == sponsor
