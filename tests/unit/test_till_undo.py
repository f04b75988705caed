"""Undo: the last ticket, for 60 seconds, while nothing was written after it."""

import pytest

from pos_app.screens.desk import Desk
from pos_app.screens.keys import press
from pos_app.till.view import Stage
from rules.account import POINTS
from sync.entry import VoidBody
from sync.till import slices
from tests.unit.till_kit import COFFEE, Shop, lot


def test_undo_puts_everything_back(shop: Shop) -> None:
    """Draws are in the same slices again, births are gone, and the ticket shows as undone."""
    card = shop.member(1)
    shop.sale(card, "12000")
    shop.scan(card)
    shop.till.typed("2000")
    shop.till.choose(1)
    before = set(slices.slices_of(shop.store.reader(), 1))
    shop.till.enter()
    assert shop.view.done is not None
    assert shop.view.done.undo_s == 60
    shop.till.backspace_on_empty()
    assert (shop.code, shop.kinds()[-1]) == ("undo_asked", "TICKET")
    shop.till.enter()
    assert shop.code == "undone"
    assert set(slices.slices_of(shop.store.reader(), 1)) == before
    body = shop.last_body()
    assert isinstance(body, VoidBody)
    assert body.seq == 2
    assert shop.view.recent[0].earned == "undone"
    shop.scan(card)
    assert shop.view.member is not None
    assert shop.view.member.balance == 120


@pytest.mark.parametrize("then", ["typed", "escape", "scan"])
def test_a_backspace_too_many_undoes_nothing(shop: Shop, then: str) -> None:
    """A typo is cleared with a key that is held down; whatever comes next, the sale before it stands."""
    card = shop.member(1)
    shop.sale(card, "12000")
    desk = Desk()
    for key in ("1", "2", *["backspace"] * 9):
        desk = press(shop.till, desk, key, key if len(key) == 1 else None)
    assert desk.text == ""
    if then == "typed":
        shop.till.typed("1000")
        assert shop.code == ""
        shop.till.enter()
        shop.scan(card)
    elif then == "scan":
        shop.scan(card)
        shop.till.typed("1000")
    else:
        shop.till.escape()
        shop.scan(card)
        shop.till.typed("1000")
    shop.till.enter()
    assert shop.kinds() == ["TICKET", "TICKET"]


def test_an_undone_receipt_can_be_rung_up_again(shop: Shop) -> None:
    """The register sends the same receipt after an undo: it is a new ticket, not the undone one once more."""
    card = shop.member(1)
    for ticket in ("a" * 32, "b" * 32):
        shop.scan(card)
        shop.till.name_ticket(ticket, "register 1, receipt 17")
        shop.till.put_amount("2000")
        shop.till.record()
        assert shop.code == "recorded"
        if ticket.startswith("a"):
            shop.till.undo()
    assert shop.kinds() == ["TICKET", "VOID", "TICKET"]


def test_undo_refills_a_hold_whose_rest_went_back(shop: Shop) -> None:
    """The hold's rest went back with the ticket; what the ticket drew is in its slice again, then goes back too."""
    card = shop.with_points(1, 450)
    shop.scan(card)
    shop.grant(1, shop.ledger.holds[0][0], POINTS, 200)
    shop.till.typed("2000")
    shop.till.choose(1)
    shop.till.enter()
    assert shop.held(1) == 15
    shop.till.undo()
    assert shop.held(1) == 100
    shop.till.escape()
    shop.till.tick()
    assert shop.kinds() == ["TICKET", "GRANT_RETURN", "VOID", "GRANT_RETURN"]
    assert shop.held(1) == 0


def test_undo_of_a_filled_card(shop: Shop) -> None:
    """The stamps that made the card are stamps again; the free coffee is gone."""
    card = shop.member(1)
    for _ in range(5):
        shop.scan(card)
        shop.scan(COFFEE)
        shop.scan(COFFEE)
        shop.till.enter()
    shop.till.undo()
    assert shop.held(1, "stamp:coffee") == 8
    assert shop.held(1, "reward:coffee") == 0


def test_no_undo_after_sixty_seconds(shop: Shop) -> None:
    """The wall clock does not matter; the monotonic one does."""
    shop.sale(shop.member(1), "1000")
    shop.clock.wall += 10_000_000
    assert shop.view.recent[0].undo_s == 60
    shop.clock.mono += 60_000
    shop.till.backspace_on_empty()
    assert shop.code == "nothing_to_undo"
    assert shop.kinds() == ["TICKET"]


def test_no_undo_once_something_was_written(shop: Shop) -> None:
    """Any later entry ends it: then only a return helps."""
    shop.sale(shop.member(1), "1000")
    shop.till.close_day()
    shop.till.undo()
    assert shop.code == "nothing_to_undo"


def test_no_undo_in_another_boot(shop: Shop) -> None:
    """A monotonic clock that starts anew proves nothing."""
    shop.sale(shop.member(1), "1000")
    shop.restart()
    shop.sign_in()
    shop.till.undo()
    assert shop.code == "nothing_to_undo"


def test_undo_twice_undoes_once(shop: Shop) -> None:
    """The ticket before the undone one is not next in line."""
    shop.sale(shop.member(1), "1000")
    shop.sale(shop.member(1), "2000")
    shop.till.undo()
    shop.till.undo()
    assert shop.kinds() == ["TICKET", "TICKET", "VOID"]
    assert shop.view.stage is Stage.IDLE


def test_undone_ticket_of_the_ledgers_row(shop: Shop) -> None:
    """A ticket that the ledger's row holds already is taken off the balance that shows."""
    from rules.account import Account
    from sync.till import members

    card = shop.member(1)
    shop.sale(card, "1000")
    row = shop.row(1, Account(member=1, balance={POINTS: 10}, holdings=(lot(POINTS, "2-1-1-0", 10),)))
    identity = shop.till.parts.identity
    shop.write(lambda conn: members.store_rows(conn, identity, [row], 1))
    shop.till.undo()
    shop.scan(card)
    assert shop.view.member is not None
    assert shop.view.member.balance == 0
