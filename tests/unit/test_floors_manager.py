"""What a manager may allow beyond the limits of a ticket and a member, with badge and PIN (4.6)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pos_app.till.view import Stage
from tests.unit.test_till_floors import cut_off, signed, steps, unsecured
from tests.unit.till_kit import OTHER_BADGE, OTHER_PIN, Shop


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """A till without a line that may give a little beyond what it holds."""
    yield from cut_off(tmp_path)


def manager(shop: Shop) -> None:
    shop.scan(OTHER_BADGE)
    assert shop.view.stage is Stage.LOCKED
    shop.till.pin(OTHER_PIN)


def test_a_manager_allows_more_than_a_ticket_may_take(shop: Shop) -> None:
    """40 points where 30 a ticket are given: the badge and PIN of a manager, named in the entry."""
    signed(shop, shop.with_points(1, 450))
    shop.till.redeem("one", 4)
    assert shop.code == "manager_wanted"
    manager(shop)
    assert shop.code == "manager_allowed"
    assert shop.view.status.cashier == "Camille"
    shop.till.enter()
    entry = shop.entries()[-1]
    assert (unsecured(entry), entry.risk) == (40, ("offline", "floor", "supervisor:m1"))


def test_a_manager_allows_what_was_shown_and_no_more(shop: Shop) -> None:
    """One more step asks again; and what the till may give has the last word at Enter."""
    signed(shop, shop.with_points(1, 450))
    shop.till.redeem("one", 4)
    manager(shop)
    shop.till.redeem("one", 5)
    assert shop.code == "manager_wanted"
    shop.write(lambda conn: conn.execute("INSERT INTO unsecured VALUES ('other', 99, 2, 60)"))
    shop.till.enter()
    assert (shop.code, shop.kinds()) == ("reward_gone", [])
    assert steps(shop) == 1


def test_a_manager_answers_for_a_plain_card(shop: Shop) -> None:
    """A printed number may be copied; the manager sees who shows it."""
    signed(shop, shop.with_points(1, 450), "number")
    shop.till.put_amount("6000")
    shop.till.choose(1)
    assert shop.code == "manager_wanted"
    manager(shop)
    shop.till.enter()
    assert unsecured(shop.entries()[-1]) == 10


def test_no_badge_lifts_the_limit_of_the_till(shop: Shop) -> None:
    """70 for the till: eight euros are refused outright; four and three are allowed, and then nothing more."""
    card = shop.with_points(1, 450)
    for refused, euros in ((8, 4), (4, 3)):
        signed(shop, card)
        shop.till.redeem("one", refused)
        assert shop.code == "reward_beyond"
        shop.till.redeem("one", euros)
        assert shop.code == "manager_wanted"
        manager(shop)
        shop.till.enter()
        assert unsecured(shop.entries()[-1]) == 10 * euros
    signed(shop, card)
    shop.till.redeem("one", 1)
    assert shop.code == "reward_beyond"


def test_a_cashier_s_badge_and_a_wrong_pin_allow_nothing(shop: Shop) -> None:
    """Escape goes back to the ticket, with the same cashier and without the reward."""
    signed(shop, shop.with_points(1, 450))
    shop.till.redeem("one", 4)
    shop.scan("BDG-CAMILLE1")
    assert (shop.code, shop.view.stage) == ("signed_in", Stage.TICKET)
    shop.scan(OTHER_BADGE)
    shop.till.pin("0000")
    assert shop.code == "pin_wrong"
    shop.till.escape()
    assert (shop.view.stage, shop.view.status.cashier) == (Stage.TICKET, "Camille")
    shop.till.enter()
    assert unsecured(shop.entries()[-1]) == 0


def test_a_locked_till_is_opened_by_nobody_s_allowance(shop: Shop) -> None:
    """The till was locked while a reward waited for a manager: the badge then signs in, as ever."""
    signed(shop, shop.with_points(1, 450))
    shop.till.redeem("one", 4)
    shop.till.lock()
    manager(shop)
    assert shop.view.status.cashier == "Sofia"


def test_what_a_manager_allowed_is_for_this_card_only(shop: Shop) -> None:
    """Another card on the same ticket starts without it."""
    signed(shop, shop.with_points(1, 450))
    shop.till.redeem("one", 4)
    manager(shop)
    shop.scan(shop.with_points(2, 450))
    shop.till.enter()
    assert shop.till.state.basket is not None
    assert shop.till.state.basket.supervised is None
    assert steps(shop) == 0
