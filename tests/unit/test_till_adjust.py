"""Points by hand: a reason, a manager's badge, a second one above the limit; journalled, and on the balance at once."""

import msgspec
import pytest

from pos_app.manager.board import board_of
from pos_app.manager.shop import shop_of
from pos_app.till.view import Stage
from rules.account import POINTS
from sync.adjusted import AdjustBody
from sync.lists import StaffMember
from sync.patterns import BY_HAND
from sync.tokens import card_token
from tests.unit.test_till_satisfaction import keys
from tests.unit.till_kit import _HASHES, BADGE, LOOKUP, OTHER_BADGE, OTHER_PIN, PIN, Shop

THIRD_BADGE = "BDG-ANNE0001"


@pytest.fixture
def asked(shop: Shop) -> Shop:
    """A member's ticket is begun, and the page is open."""
    staff = [
        StaffMember("c1", "Camille", "cashier", card_token(LOOKUP, BADGE), _HASHES[PIN]),
        StaffMember("m1", "Sofia", "manager", card_token(LOOKUP, OTHER_BADGE), _HASHES[OTHER_PIN]),
        StaffMember("m2", "Anne", "manager", card_token(LOOKUP, THIRD_BADGE), _HASHES[OTHER_PIN]),
    ]
    shop.publish("staff", msgspec.msgpack.encode(staff))
    shop.scan(shop.with_points(1, 100))
    shop.till.errand("adjust")
    return shop


def allow(shop: Shop, badge: str) -> None:
    """A manager's badge and PIN."""
    shop.scan(badge)
    shop.till.pin(OTHER_PIN)


def balance(shop: Shop) -> int:
    who = shop.till.state.basket.who if shop.till.state.basket is not None else None
    assert who is not None
    return who.account.balance[POINTS]


def test_one_manager_gives_up_to_the_limit(asked: Shop) -> None:
    """Reason, quantity, badge: one entry that names all of it; the cashier and the ticket stay."""
    keys(asked, "4", *"150", "enter")
    assert asked.bodies("ADJUST") == []
    allow(asked, OTHER_BADGE)
    [body] = asked.bodies("ADJUST")
    assert isinstance(body, AdjustBody)
    assert (body.by, body.second, body.quantity, body.reason, body.cashier) == (
        "m1",
        "",
        150,
        "courtesy",
        "c1",
    )
    assert (asked.code, asked.view.stage, balance(asked)) == ("adjust_given", Stage.TICKET, 250)
    assert [entry.member for entry in asked.entries() if entry.kind == "ADJUST"] == [1]


def test_above_the_limit_another_manager_allows_it_too(asked: Shop) -> None:
    """Two hundred without a rule of the programme: the same badge twice is refused, another one is written beside."""
    keys(asked, "1", *"201", "enter")
    allow(asked, OTHER_BADGE)
    assert (asked.bodies("ADJUST"), asked.view.stage) == ([], Stage.ERRAND)
    allow(asked, OTHER_BADGE)
    assert (asked.code, asked.bodies("ADJUST")) == ("adjust_same", [])
    allow(asked, THIRD_BADGE)
    [body] = asked.bodies("ADJUST")
    assert isinstance(body, AdjustBody)
    assert (body.by, body.second, body.quantity) == ("m1", "m2", 201)


def test_a_manager_who_is_signed_in_does_not_allow_it_alone(asked: Shop) -> None:
    """Four eyes, however few the points: at a till where one manager works it takes another one."""
    asked.till.lock()
    allow(asked, OTHER_BADGE)
    asked.till.errand("adjust")
    keys(asked, "4", *"10", "enter")
    allow(asked, OTHER_BADGE)
    assert (asked.code, asked.bodies("ADJUST"), asked.view.stage) == ("adjust_alone", [], Stage.ERRAND)
    allow(asked, OTHER_BADGE)
    assert (asked.code, asked.bodies("ADJUST")) == ("adjust_same", [])
    allow(asked, THIRD_BADGE)
    [body] = asked.bodies("ADJUST")
    assert isinstance(body, AdjustBody)
    assert (body.cashier, body.by, body.second, body.quantity) == ("m1", "m1", "m2", 10)


def test_who_gives_many_is_told_to_the_manager(asked: Shop) -> None:
    """Three times within two weeks: a pattern with the sum."""
    for _ in range(3):
        keys(asked, "4", *"100", "enter")
        allow(asked, OTHER_BADGE)
        asked.till.errand("adjust")
    [found] = board_of(shop_of(asked.till.parts)).patterns
    assert (found.kind, found.cashier, found.count, found.points) == (BY_HAND, "m1", 3, 300)


def test_points_are_taken_with_a_sign(asked: Shop) -> None:
    """A cashier's badge allows nothing; what is no number is refused; -30 takes thirty."""
    keys(asked, "5", *"3x", "enter")
    assert asked.code == "adjust_number"
    keys(asked, "escape", "5", "-", *"30", "enter")
    asked.scan(BADGE)
    assert asked.bodies("ADJUST") == []
    allow(asked, OTHER_BADGE)
    assert (asked.code, balance(asked)) == ("adjust_taken", 70)


def test_without_a_member_there_is_nothing_to_give(shop: Shop) -> None:
    """The page asks for a member's card first."""
    shop.till.errand("adjust")
    assert shop.code == "event_nobody"
