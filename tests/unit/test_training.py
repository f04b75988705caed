"""Training: a till of its own on made-up members; the real one goes on behind it and hears nothing of it."""

import datetime
import threading

import pytest

from pos_app.devices.framing import Ended, Frame
from pos_app.screens.desk import Desk
from pos_app.screens.keys import press
from pos_app.screens.practice import Practice
from pos_app.till.training import begin, end
from pos_app.till.view import Stage
from tests.unit.till_kit import BREAD, PROGRAMME, Shop

COMING = PROGRAMME.replace(b"version = 1", b"version = 2").replace(b"points = 1\n", b"points = 3\n")


@pytest.fixture
def shop_ahead(shop: Shop) -> Shop:
    """A shop that has next month's programme already."""
    shop.publish("programme", COMING, datetime.date(2026, 12, 1))
    return shop


def keys(till: object, *names: str) -> None:
    desk = Desk()
    for name in names:
        desk = press(till, desk, name, name if len(name) == 1 else None)  # type: ignore[arg-type]


def test_a_sale_in_training_leaves_no_trace_at_work(shop_ahead: Shop) -> None:
    """Member 3 by one digit, a product from the scanner, a reward: all as in the shop; the journal does not grow."""
    shop = shop_ahead
    before = shop.kinds()
    apprentice = begin(shop.till, coming=False)
    assert apprentice is not None
    assert apprentice.view().status.training
    keys(apprentice, "3", "enter")
    view = apprentice.view()
    assert view.member is not None
    assert (view.member.name, view.member.usable) == ("Training 3", 240)
    shop.clock.pass_ms(4_000)
    shop.till.scanned("usb", Frame(BREAD.encode(), None, Ended.SUFFIX, None, 0))
    apprentice.pump()
    keys(apprentice, "1", "2", "0", "0", "enter")
    assert apprentice.view().stage is Stage.DONE
    folder = apprentice.parts.store.folder
    assert list(folder.glob("*.sqlite"))
    end(shop.till)
    assert (shop.kinds(), folder.exists(), shop.view.stage) == (before, False, Stage.IDLE)
    shop.scan(BREAD)
    assert shop.view.ticket is not None
    assert len(shop.view.ticket.lines) == 1


def test_a_scan_that_is_stored_while_training_ends_is_for_the_till_at_work(shop: Shop) -> None:
    """One waits to be acted on, one is being stored: neither is lost, and the end waits for the second."""
    apprentice = begin(shop.till, coming=False)
    assert apprentice is not None
    told, reached, go = [], threading.Event(), threading.Event()
    assert shop.till.scanned("usb", Frame(BREAD.encode(), None, Ended.SUFFIX, None, shop.clock.mono))

    def stored() -> None:
        reached.set()
        go.wait(5)

    apprentice.on_change = stored
    frame = Frame(BREAD.encode(), None, Ended.SUFFIX, None, shop.clock.mono + 4_000)
    scanner = threading.Thread(target=lambda: told.append(shop.till.scanned("usb", frame)))
    scanner.start()
    assert reached.wait(5)
    threading.Timer(0.05, go.set).start()
    end(shop.till)
    scanner.join(5)
    shop.till.pump()
    assert (told, shop.till.apprentice) == ([True], None)
    assert shop.view.ticket is not None
    assert len(shop.view.ticket.lines) == 2


@pytest.mark.parametrize(("coming", "points"), [(False, 10), (True, 30)])
def test_it_can_run_the_coming_programme(shop_ahead: Shop, coming: bool, points: int) -> None:
    """Ten euros are worth what today's rules say, or what those of next month will."""
    apprentice = begin(shop_ahead.till, coming=coming)
    assert apprentice is not None
    keys(apprentice, "1", "enter", "1", "0", "0", "0", "enter")
    done = apprentice.view().done
    assert done is not None
    assert f"+ {points} points" in done.lines[0]
    end(shop_ahead.till)


def test_the_five_show_one_thing_each(shop: Shop) -> None:
    """New, a card that lacks one stamp, a reward in reach, a lot of points, a blocked card."""
    apprentice = begin(shop.till, coming=False)
    assert apprentice is not None
    seen = []
    for digit in "12345":
        keys(apprentice, digit, "enter")
        view = apprentice.view()
        assert view.member is not None
        seen.append((view.member.balance, bool(view.alert)))
        keys(apprentice, "escape")
    assert seen == [(0, False), (60, False), (240, False), (1200, False), (500, True)]
    end(shop.till)


def test_enrolling_can_be_practised(shop: Shop) -> None:
    """F3 makes a sixth member, with a phone number that nobody keeps."""
    apprentice = begin(shop.till, coming=False)
    assert apprentice is not None
    apprentice.open_enrol()
    apprentice.enrol_set("contact", "0612345678")
    apprentice.enrol_confirm()
    assert apprentice.view().member is not None
    end(shop.till)


def test_only_who_is_signed_in_can_train(shop: Shop) -> None:
    """A locked till stays locked."""
    shop.till.lock()
    assert begin(shop.till, coming=False) is None


def test_where_there_is_no_room_to_practise_the_till_says_so(shop: Shop) -> None:
    """A full disk, or a file in the way, ends no till."""
    (shop.folder / "training").write_text("in the way", "utf-8")
    practice = Practice()
    assert practice.begin(shop.till, coming=False) is shop.till
    assert (shop.code, practice.work) == ("no_training", None)
