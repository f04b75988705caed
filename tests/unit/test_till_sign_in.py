"""Signing in: badge and PIN, limited tries, and a till that locks without losing a ticket."""

from pathlib import Path

from pos_app.till.sign_in import wait_after
from pos_app.till.view import Stage
from tests.unit.till_kit import BADGE, BREAD, OTHER_BADGE, OTHER_PIN, PIN, Shop


def test_badge_then_pin(tmp_path: Path) -> None:
    """Nothing works before; badge and PIN open the till."""
    shop = Shop(tmp_path / "till")
    shop.scan(BREAD)
    assert shop.code == "locked"
    shop.till.open_enrol()
    assert shop.code == "locked"
    shop.till.pin(PIN)
    assert shop.code == "badge_first"
    shop.scan("BDG-NOBODY99")
    assert shop.code == "badge_unknown"
    shop.scan(BADGE)
    assert shop.view.sign_in is not None
    assert shop.view.sign_in.name == "Camille"
    shop.till.pin(PIN)
    assert shop.view.stage is Stage.IDLE
    assert shop.view.status.cashier == "Camille"
    shop.close()


def test_three_tries_then_a_growing_wait(tmp_path: Path) -> None:
    """The third wrong PIN costs ten seconds, each further one twice as long; a restart forgets none of it."""
    shop = Shop(tmp_path / "till")
    shop.scan(BADGE)
    for left in (2, 1):
        shop.till.pin("0000")
        assert shop.view.sign_in is not None
        assert shop.view.sign_in.tries_left == left
    shop.till.pin("0000")
    assert shop.code == "pin_wait"
    shop.restart()
    shop.scan(BADGE)
    shop.till.pin(PIN)
    assert shop.code == "pin_wait"
    shop.clock.pass_ms(10_000)
    shop.till.pin("0000")
    shop.clock.pass_ms(10_500)
    shop.till.pin(PIN)
    assert shop.code == "pin_wait"
    shop.clock.pass_ms(10_500)
    shop.till.pin(PIN)
    assert shop.view.stage is Stage.IDLE
    shop.till.lock()
    shop.scan(BADGE)
    assert shop.view.sign_in is not None
    assert shop.view.sign_in.tries_left == 3
    shop.close()


def test_a_clock_that_was_set_back_keeps_nobody_out(tmp_path: Path) -> None:
    """A battery that is empty, and it is some other year: the wait is counted from there, no longer than it was."""
    shop = Shop(tmp_path / "till")
    shop.scan(BADGE)
    for _ in range(3):
        shop.till.pin("0000")
    shop.clock.wall -= 2 * 365 * 86_400_000
    shop.clock.pass_ms(6_000)
    shop.till.pin(PIN)
    assert shop.code == "pin_wait"
    shop.clock.pass_ms(9_000)
    shop.till.pin(PIN)
    assert shop.code == "pin_wait"
    shop.clock.pass_ms(1_000)
    shop.till.pin(PIN)
    assert shop.view.stage is Stage.IDLE
    shop.close()


def test_wait_grows_to_a_limit() -> None:
    """No wait before the third try, never more than ten minutes."""
    assert [wait_after(n) for n in (0, 2, 3, 4, 5, 50)] == [0, 0, 10_000, 20_000, 40_000, 600_000]


def test_rubbish_is_only_a_wrong_pin(tmp_path: Path) -> None:
    """Long, empty and binary PINs are wrong, nothing worse."""
    shop = Shop(tmp_path / "till")
    shop.scan(BADGE)
    shop.till.pin("")
    shop.till.pin("x" * 10_000)
    assert shop.view.stage is Stage.LOCKED
    shop.close()


def test_another_cashier_takes_the_ticket_over(shop: Shop) -> None:
    """A badge scan in the middle of a sale asks for the PIN and keeps the ticket."""
    shop.scan(shop.member(1))
    shop.scan(BREAD)
    shop.scan(OTHER_BADGE)
    assert shop.view.stage is Stage.LOCKED
    shop.till.pin(OTHER_PIN)
    assert shop.view.status.cashier == "Sofia"
    assert shop.view.ticket is not None
    assert shop.view.ticket.total == 350


def test_idle_till_locks_and_keeps_the_ticket(shop: Shop) -> None:
    """Five idle minutes lock it; the begun ticket is there again after the PIN."""
    shop.scan(BREAD)
    shop.clock.pass_ms(299_000)
    shop.till.tick()
    assert shop.view.stage is Stage.TICKET
    shop.clock.pass_ms(1_000)
    shop.till.tick()
    assert shop.view.stage is Stage.LOCKED
    assert shop.view.ticket is None
    shop.sign_in()
    assert shop.view.ticket is not None


def test_a_full_disk_keeps_nobody_out(tmp_path: Path) -> None:
    """The right PIN signs in; a wrong one, which cannot be counted, costs the badge."""
    shop = Shop(tmp_path / "till")
    shop.store.free_reserve()
    shop.store.take_reserve = lambda: False  # type: ignore[method-assign]
    shop.scan(BADGE)
    shop.till.pin("0000")
    assert (shop.code, shop.view.stage, shop.till.state.sign_in) == ("not_written", Stage.LOCKED, None)
    shop.scan(BADGE)
    shop.till.pin(PIN)
    assert shop.view.stage is Stage.IDLE
    shop.close()
