"""A cashier who is revoked while at work: what is begun is finished, nothing else is begun."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from pos_app.till.view import Stage
from sync.lists import StaffMember
from sync.till.events import Pulled
from sync.tokens import card_token
from tests.unit.till_kit import BADGE, BREAD, LOOKUP, OTHER_BADGE, OTHER_PIN, PIN, Shop


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    shop = Shop(tmp_path / "till")
    shop.scan(BADGE)
    shop.till.pin(PIN)
    yield shop
    shop.close()


def only(shop: Shop, *ids: str) -> None:
    """A staff list arrives that names these people alone."""
    known = {one.id: one for one in _people(shop)}
    shop.publish("staff", msgspec.msgpack.encode([known[one] for one in ids]))
    shop.till.heard(Pulled((), True, ()))
    shop.till.pump()


def _people(shop: Shop) -> list[StaffMember]:
    rows = shop.store.reader().execute("SELECT data FROM staff").fetchall()
    return [msgspec.msgpack.decode(row[0], type=StaffMember) for row in rows]


def test_idle_they_are_signed_out_at_once(shop: Shop) -> None:
    """The till is locked and says why; their badge is not known any more, another one is."""
    only(shop, "m1")
    assert (shop.view.stage, shop.code) == (Stage.LOCKED, "barred")
    assert shop.view.notice is not None
    assert shop.view.notice.text == "Camille may no longer sign in here: scan another badge."
    shop.scan(BADGE)
    assert shop.code == "badge_unknown"
    shop.scan(OTHER_BADGE)
    shop.till.pin(OTHER_PIN)
    assert shop.view.status.cashier == "Sofia"


def test_a_begun_ticket_is_recorded_first(shop: Shop) -> None:
    """It goes to its end and shows that it is recorded; the next thing they begin finds the till locked."""
    shop.scan(BREAD)
    only(shop, "m1")
    assert shop.view.stage is Stage.TICKET
    shop.till.record()
    assert (shop.view.stage, shop.view.status.cashier) == (Stage.DONE, "Camille")
    shop.scan(BREAD)
    assert (shop.view.stage, shop.code) == (Stage.LOCKED, "locked")
    assert shop.view.status.cashier == ""


@pytest.mark.parametrize("begin", ["typed", "lines", "escape"])
def test_no_further_ticket_is_begun(shop: Shop, begin: str) -> None:
    """Neither by typing an amount nor by a register; leaving the screen locks too."""
    shop.scan(BREAD)
    only(shop, "m1")
    shop.till.record()
    if begin == "typed":
        shop.till.typed("500")
        shop.till.enter()
    elif begin == "lines":
        shop.till.put_amount("500")
    else:
        shop.till.escape()
    assert shop.view.stage is Stage.LOCKED
    assert shop.till.state.basket is None


def test_a_return_is_finished(shop: Shop) -> None:
    """The form that is open stays; once it is left, the till is locked."""
    shop.till.open_return()
    only(shop, "m1")
    assert shop.view.stage is Stage.RETURN
    shop.till.escape()
    assert shop.view.stage is Stage.LOCKED


def test_between_badge_and_pin(shop: Shop) -> None:
    """Whose badge was scanned before the revocation came does not get in with the PIN."""
    shop.till.lock()
    shop.scan(BADGE)
    only(shop, "m1")
    shop.till.pin(PIN)
    assert (shop.view.stage, shop.code) == (Stage.LOCKED, "badge_unknown")


def test_a_changed_list_that_still_names_them_lets_them_work(shop: Shop) -> None:
    """What changed of them is taken over; back on the list, they are barred no more."""
    shop.scan(BREAD)
    only(shop, "m1")
    assert shop.till.state.barred
    back = StaffMember("c1", "Cam", "manager", card_token(LOOKUP, BADGE), "p")
    shop.publish("staff", msgspec.msgpack.encode([back]))
    shop.till.heard(Pulled((), True, ()))
    shop.till.pump()
    shop.till.record()
    assert (shop.till.state.barred, shop.view.status.cashier) == (False, "Cam")
