"""A visit without purchase: scan, Enter, Enter; the programme says what it is worth, the ledger books it alike."""

import pytest

from pos_app.screens.desk import Desk
from pos_app.screens.keys import press
from pos_app.till.view import Stage
from sync.entry import TicketBody
from tests.unit.till_kit import PROGRAMME, Shop

VISITS = (
    PROGRAMME.replace(b'unit = "point"', b'unit = "point"\ncount_from = 0.00')
    + b"""
[[rule]]
id = "hello"
kind = "earn.visit"
label = { fr = "Visite du jour", en = "Visit of the day" }
points = 5
"""
)


@pytest.fixture
def guest(shop: Shop) -> Shop:
    """A shop whose programme rewards coming, with a member on an empty ticket."""
    shop.publish("programme", VISITS)
    shop.scan(shop.member(1, name="Martin"))
    return shop


def enter(shop: Shop) -> None:
    press(shop.till, Desk(), "enter", None)


def test_two_enters_record_a_visit(guest: Shop) -> None:
    """The first asks, the second records a ticket without lines that gives what a visit gives."""
    enter(guest)
    assert (guest.code, guest.view.stage) == ("visit_asked", Stage.TICKET)
    enter(guest)
    (body,) = guest.bodies("TICKET")
    assert isinstance(body, TicketBody)
    assert (body.lines, [(one.rule, one.quantity) for one in body.promised]) == ((), [("hello", 5)])
    assert guest.view.stage is Stage.DONE


def test_a_second_visit_of_the_day_gives_nothing_more(guest: Shop) -> None:
    """One visit a business day counts, with or without a purchase."""
    enter(guest)
    enter(guest)
    guest.scan(guest.member(1, name="Martin"))
    enter(guest)
    enter(guest)
    bodies = guest.bodies("TICKET")
    assert [len(body.promised) for body in bodies if isinstance(body, TicketBody)] == [1, 0]


def test_an_amount_after_the_question_is_a_sale(guest: Shop) -> None:
    """Who types instead of answering sells; Esc records nothing."""
    enter(guest)
    press(guest.till, Desk(), "escape", None)
    assert guest.code == ""
    enter(guest)
    guest.key_in("1200")
    (body,) = guest.bodies("TICKET")
    assert isinstance(body, TicketBody)
    assert [line.cents for line in body.lines] == [1200]


def test_a_programme_of_purchases_does_not_ask(shop: Shop) -> None:
    """Where only a purchase counts, Enter on an empty ticket wants the amount."""
    shop.scan(shop.member(1))
    assert "Enter" not in shop.view.keys
    enter(shop)
    assert shop.code == "amount_wanted"


def test_an_empty_ticket_of_nobody_is_no_visit(shop: Shop) -> None:
    """Without a card there is nobody who came."""
    shop.till.put_amount("500")
    shop.till.remove_line(0)
    enter(shop)
    assert shop.code in ("amount_wanted", "nothing_typed")
    assert shop.bodies("TICKET") == []
