"""The till with the writer's own thread, as in the shop: the screen never waits for a scan to reach the disk."""

import threading
from pathlib import Path

import pytest

from pos_app.devices.framing import Ended, Frame
from pos_app.till.till import Till
from pos_app.till.view import Stage
from sync.till import scans
from sync.till.database import Connection
from sync.till.writer import Priority, Writer
from tests.unit.till_kit import BADGE, BREAD, PIN, Shop


@pytest.fixture
def threaded(tmp_path: Path) -> "tuple[Shop, Writer]":
    """A prepared shop whose till writes through a thread."""
    shop = Shop(tmp_path / "till")
    writer = Writer(shop.store)
    writer.start()
    shop.till = Till(shop.store, writer, shop.clock, shop.random, shop.ledger, options=shop.options)
    # What the start has queued comes first: `shop` itself writes beside this writer, on the same connection.
    writer.run(lambda _: None, Priority.CHECKPOINT)
    return shop, writer


def test_scan_reaches_the_screen_before_the_disk(threaded: "tuple[Shop, Writer]") -> None:
    """While the writer is busy the member is on the screen; the scanner hears yes only after the commit."""
    shop, writer = threaded
    shop.member(1, name="Martin")
    shop.till.scan_text(BADGE, "test")
    shop.till.pin(PIN)
    free, busy = threading.Event(), threading.Event()

    def slow(_conn: Connection) -> None:
        busy.set()
        free.wait(20)

    writer.post(slow, Priority.TICKET)
    assert busy.wait(20)
    woken, heard = threading.Event(), []
    shop.till.on_change = woken.set
    frame = Frame(BREAD.encode(), "]E0", Ended.SUFFIX, None, 10)
    port = threading.Thread(target=lambda: heard.append(shop.till.scanned("port", frame)))
    port.start()
    assert woken.wait(20)
    shop.till.pump()
    assert shop.view.ticket is not None
    assert shop.view.ticket.total == 350
    assert heard == []
    free.set()
    port.join(20)
    assert heard == [True]
    writer.stop()
    assert scans.undecided(shop.store.reader(), shop.till.parts.identity.scope_key) == ()
    shop.close()


def test_whole_sale_with_a_thread(threaded: "tuple[Shop, Writer]") -> None:
    """Sale, undo, return and the end of the day go through the queue."""
    shop, writer = threaded
    shop.till.scan_text(BADGE, "test")
    shop.till.pin(PIN)
    for _ in range(3):
        shop.scan(BREAD)
        shop.till.enter()
        assert shop.view.stage is Stage.DONE
    shop.till.undo()
    shop.scan("T2-1-1")
    shop.till.return_confirm()
    shop.till.close_day()
    writer.stop()
    assert shop.kinds() == ["TICKET", "TICKET", "TICKET", "VOID", "REFUND", "CLOSE_Z"]
    shop.close()
