"""A clock in doubt: earning goes on, the journal notes it, the screen says it."""

import msgspec

from sync.entry import ClockBody
from sync.kept import CloseZBody
from sync.till import cursors
from sync.wire import Anchor
from tests.unit.till_kit import DAY_MS, Shop


def test_clock_that_steps_back(shop: Shop) -> None:
    """Behind the high-water mark the wall clock is not believed; the business date stays that of the mark."""
    card = shop.member(1)
    shop.sale(card, "1000")
    today = shop.view.today
    shop.clock.wall -= 10 * DAY_MS
    shop.till.tick()
    assert shop.code == "clock_doubt"
    assert shop.view.today == today
    assert not shop.view.status.clock_trusted
    shop.sale(card, "1000")
    assert shop.kinds() == ["TICKET", "CLOCK", "TICKET"]
    assert "clock_untrusted" in shop.entries()[-1].risk
    body = shop.bodies("CLOCK")[0]
    assert isinstance(body, ClockBody)
    assert not body.trusted


def test_clock_years_ahead(shop: Shop) -> None:
    """Years off is in doubt too, and does not move the mark."""
    shop.sale(shop.member(1), "1000")
    mark = cursors.high_mark(shop.store.reader())
    shop.clock.wall += 1500 * DAY_MS
    shop.sign_in()
    shop.key_in("1000")
    shop.till.enter()
    assert cursors.high_mark(shop.store.reader()) == mark


def test_clock_without_battery(shop: Shop) -> None:
    """1970 on a new till: sales are recorded all the same."""
    shop.clock.wall = 0
    shop.till.tick()
    shop.key_in("1000")
    shop.till.enter()
    assert shop.kinds() == ["CLOCK", "TICKET"]


def test_anchor_of_the_ledger_is_believed(shop: Shop) -> None:
    """Within one boot the ledger's time plus the monotonic clock counts, whatever the wall clock says."""
    good = shop.clock.wall

    def anchor(conn: object) -> None:
        state = cursors.sync_state(conn)  # type: ignore[arg-type]
        here = Anchor("a1", good, shop.clock.mono, shop.clock.name)
        cursors.save_sync_state(conn, msgspec.structs.replace(state, anchor=here))  # type: ignore[arg-type]

    today = shop.view.today
    shop.clock.wall += 3000 * DAY_MS
    shop.write(anchor)
    shop.till.tick()
    assert shop.view.status.clock_trusted
    assert shop.view.today == today
    shop.key_in("1000")
    shop.till.enter()
    assert shop.entries()[0].anchor == "a1"


def test_doubt_ends(shop: Shop) -> None:
    """When the clock is right again the journal says so as well."""
    shop.sale(shop.member(1), "1000")
    shop.clock.wall -= DAY_MS
    shop.till.tick()
    shop.clock.wall += DAY_MS
    shop.till.tick()
    assert [body.trusted for body in shop.bodies("CLOCK")] == [False, True]  # type: ignore[union-attr]


def test_a_day_with_something_left_to_send_is_closed_when_told_twice(shop: Shop) -> None:
    """The cashier hears how much and since when, and may close it all the same; a program closes it at once."""
    shop.sale(shop.member(1), "1000")
    shop.till.close_day(ask=True)
    assert shop.code == "day_unsent"
    assert shop.view.notice is not None
    assert "Not sent: tickets 1, other 0, since " in shop.view.notice.text
    assert shop.kinds() == ["TICKET"]
    shop.till.close_day(ask=True)
    assert (shop.code, shop.kinds()) == ("day_closed", ["TICKET", "CLOSE_Z"])
    shop.accept_all()
    shop.till.close_day(ask=True)
    assert shop.code == "day_closed"


def test_business_day_and_close(shop: Shop) -> None:
    """The Z counts the day's tickets that were not undone, and the tickets and undos that were not sent."""
    shop.sale(shop.member(1), "1000")
    shop.clock.wall -= DAY_MS
    shop.till.tick()
    shop.clock.wall += DAY_MS
    shop.till.tick()
    shop.key_in("500")
    shop.till.enter()
    shop.till.undo()
    shop.till.close_day()
    assert shop.code == "day_closed"
    body = shop.last_body()
    assert (body.tickets, body.member_tickets, body.cents, body.unsent) == (1, 1, 1000, 3)  # type: ignore[union-attr]
    shop.key_in("500")
    shop.till.close_day()
    assert shop.code == "finish_ticket"


def test_what_was_given_back_is_named_at_the_close(shop: Shop) -> None:
    """The drawer has less than what was sold: the cashier reads why."""
    shop.sale(shop.member(1), "1000")
    done = shop.view.done
    assert done is not None
    shop.till.open_return()
    shop.till.return_reference(done.reference)
    shop.till.return_confirm()
    shop.till.escape()
    shop.till.close_day()
    assert shop.code == "day_closed_returns"
    body = shop.last_body()
    assert isinstance(body, CloseZBody)
    assert (body.tickets, body.cents, body.returned) == (1, 1000, 1000)
