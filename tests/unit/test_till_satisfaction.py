"""Satisfaction in one key: a mark after the sale, and what a low one adds up to."""

import pytest

from pos_app.screens.desk import Desk
from pos_app.screens.keys import press
from pos_app.till.view import Stage
from sync.entry import EventBody
from tests.unit.till_kit import PROGRAMME, Shop

WEIGHED = (
    PROGRAMME
    + b"""
[incidents]
kinds = { queue = 1, satisfaction = 2 }
window = "180d"
red_alert = 2
"""
)


@pytest.fixture
def sold(shop: Shop) -> Shop:
    """A sale to a member that was just recorded, in a shop that weighs low marks."""
    shop.publish("programme", WEIGHED)
    shop.sale(shop.member(1, name="Martin"), "1200")
    return shop


def keys(shop: Shop, *names: str) -> None:
    desk = Desk()
    for name in names:
        desk = press(shop.till, desk, name, name if len(name) == 1 else None)


def events(shop: Shop) -> list[tuple[str, dict[str, str | int | bool]]]:
    return [
        (body.event.name, dict(body.event.fields))
        for body in shop.bodies("EVENT")
        if isinstance(body, EventBody)
    ]


def test_a_good_mark_is_an_event_about_the_ticket(sold: Shop) -> None:
    """S, 8: one event of the member with the mark; the screen goes back to what was recorded."""
    assert sold.view.keys["S"] == "Satisfied?"
    keys(sold, "s", "8")
    assert events(sold) == [("satisfaction", {"stars": 8})]
    assert (sold.code, sold.view.stage) == ("satisfaction_noted", Stage.DONE)
    assert [entry.member for entry in sold.entries() if entry.kind == "EVENT"] == [1]


def test_a_low_mark_is_an_incident_too(sold: Shop) -> None:
    """4 and below weigh as the programme says: here one is a red alert at the next scan."""
    keys(sold, "S", "4")
    assert events(sold) == [("satisfaction", {"stars": 4}), ("incident", {"kind": "satisfaction"})]
    assert sold.code == "satisfaction_low"
    sold.scan(sold.member(1, name="Martin"))
    assert "2" in sold.view.alert


def test_a_programme_that_does_not_weigh_it_only_notes_the_mark(shop: Shop) -> None:
    """No incident where none is counted; during the ticket the menu asks, and the ticket stays."""
    shop.scan(shop.member(1))
    shop.till.errand("satisfaction")
    keys(shop, "0")
    assert events(shop) == [("satisfaction", {"stars": 0})]
    assert shop.view.stage is Stage.TICKET


def test_nobody_is_asked_after_a_sale_without_a_card(shop: Shop) -> None:
    """There is no member whose mark it could be."""
    shop.key_in("1200")
    keys(shop, "enter")
    assert shop.view.stage is Stage.DONE
    assert "S" not in shop.view.keys
    keys(shop, "s")
    assert shop.code == "event_nobody"


def test_after_a_lock_the_mark_is_not_the_last_customer_s(sold: Shop) -> None:
    """Whoever signs in next asks nobody about a sale that is no longer on the screen."""
    sold.till.lock()
    sold.sign_in()
    sold.till.errand("satisfaction")
    assert (sold.code, sold.view.stage) == ("event_nobody", Stage.IDLE)
    assert events(sold) == []


def test_a_visit_is_marked_once(sold: Shop) -> None:
    """A second mark is told the first one, and no second incident makes a red alert of one bad day."""
    keys(sold, "s", "1")
    for mark in ("1", "8"):
        keys(sold, "s", mark)
        assert sold.code == "satisfaction_already"
        assert sold.view.notice is not None
        assert sold.view.notice.text.endswith("1.")
    assert events(sold) == [("satisfaction", {"stars": 1}), ("incident", {"kind": "satisfaction"})]
    keys(sold, "enter")
    sold.sale(sold.member(1), "500")
    keys(sold, "s", "9")
    assert sold.code == "satisfaction_noted", "another visit"


def test_an_e_mail_typed_after_a_sale_marks_nothing(sold: Shop) -> None:
    """It begins with an s and has a digit: a letter on the page of the marks leaves it."""
    keys(sold, *"sylvie7")
    assert sold.bodies("EVENT") == []
    assert sold.view.stage is Stage.DONE
