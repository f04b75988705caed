"""Budgets and counted gifts at a till: given as far as its share goes, with nobody's leave, and never further."""

import datetime
from pathlib import Path

import msgspec
import pytest

from sync.entry import EntryKind, Slice, TicketBody
from sync.grants import LEASE
from sync.shares import campaign_account, overrun_asset
from sync.till import slices
from sync.till.cursors import save_sync_state, sync_state
from sync.wire import Grant
from tests.unit.till_kit import HEAD, Shop

CAMPAIGN = (
    HEAD
    + b"""
[[rule]]
id = "launch"
kind = "earn.amount"
points = 1
per = 1.00
budget = 100
"""
)
ACCOUNT, COUNTER = campaign_account("fidele"), "budget:launch"


@pytest.fixture
def shop(tmp_path: Path) -> "Shop":
    """A till whose programme has a budget of which it holds nothing yet."""
    return Shop(tmp_path, programme=CAMPAIGN)


def share(shop: Shop, units: int, gno: int = 1) -> None:
    """The ledger leases units of the budget to this till."""
    piece = Slice(COUNTER, f"c-{gno}", units, datetime.date(9999, 12, 31))
    grant = Grant(f"g-1-1-{gno}", LEASE, ACCOUNT, gno, (piece,), "", 0)
    shop.write(lambda conn: slices.receive(conn, (grant,)))


def given(shop: Shop) -> int:
    """Points that the last ticket promised."""
    body = shop.last_body()
    assert isinstance(body, TicketBody)
    return sum(one.quantity for one in body.promised)


def test_without_a_share_nothing_is_given(shop: Shop) -> None:
    """A till that was given nothing of a budget gives nothing of it, and the ticket is recorded all the same."""
    card = shop.with_points(1, 0)
    shop.sign_in()
    shop.sale(card, "3000")
    assert given(shop) == 0
    shop.close()


def test_a_share_is_spent_and_journalled_with_its_draws(shop: Shop) -> None:
    """What a ticket takes leaves the share in its own transaction, and the journal says out of which lot."""
    share(shop, 40)
    card = shop.with_points(1, 0)
    shop.sign_in()
    shop.go_offline()
    shop.sale(card, "3000")
    body = shop.last_body()
    assert isinstance(body, TicketBody)
    assert [(one.lot, one.quantity) for one in body.shared] == [("c-1", 30)]
    assert (given(shop), shop.held(ACCOUNT, COUNTER)) == (30, 10)
    shop.till.enter()
    shop.sale(card, "3000")
    assert (given(shop), shop.held(ACCOUNT, COUNTER)) == (10, 0)
    shop.close()


def test_a_fenced_till_gives_nothing_of_its_share(shop: Shop) -> None:
    """Another life of it may have used the share up: until it is paired again it gives nothing of a budget."""
    share(shop, 40)
    card = shop.with_points(1, 0)
    shop.sign_in()
    shop.go_offline()
    shop.write(lambda conn: save_sync_state(conn, msgspec.structs.replace(sync_state(conn), fenced=True)))
    shop.sale(card, "3000")
    assert (given(shop), shop.held(ACCOUNT, COUNTER)) == (0, 40)
    shop.close()


def test_an_undo_puts_the_share_back(shop: Shop) -> None:
    """The share is whole again when the ticket never was."""
    share(shop, 40)
    card = shop.with_points(1, 0)
    shop.sign_in()
    shop.sale(card, "3000")
    shop.till.undo()
    assert shop.kinds()[-1] == EntryKind.VOID
    assert shop.held(ACCOUNT, COUNTER) == 40
    shop.close()


def test_a_recalled_share_goes_back(shop: Shop) -> None:
    """What the ledger asks back of a share is returned between two tickets, in the till's own word."""
    share(shop, 40)
    shop.write(lambda conn: slices.recall(conn, ["g-1-1-1"]))
    shop.till.tick()
    assert shop.kinds()[-1] == EntryKind.GRANT_RETURN
    assert shop.held(ACCOUNT, COUNTER) == 0
    shop.close()


def lend(shop: Shop, units: int, gno: int) -> None:
    """The ledger lends this till what it may give beyond its share."""
    piece = Slice(overrun_asset(COUNTER), f"o-{gno}", units, datetime.date(9999, 12, 31))
    grant = Grant(f"g-1-1-{gno}", LEASE, ACCOUNT, gno, (piece,), "", 0)
    shop.write(lambda conn: slices.receive(conn, (grant,)))


def test_without_a_line_a_till_goes_beyond_its_share_as_far_as_it_may(tmp_path: Path) -> None:
    """First its share, then what the programme lets it give beyond it; the entry says which was which; then nothing."""
    shop = Shop(tmp_path, programme=CAMPAIGN + b"overrun = 15\n")
    share(shop, 40, 1)
    lend(shop, 15, 2)
    card = shop.with_points(1, 0)
    shop.sign_in()
    shop.go_offline()
    for units, drawn in ((30, [("c-1", 30)]), (20, [("c-1", 10), ("o-2", 10)]), (5, [("o-2", 5)]), (0, [])):
        shop.sale(card, "3000" if units in (30, 0) else f"{units}00")
        body = shop.last_body()
        assert isinstance(body, TicketBody)
        assert [(one.lot, one.quantity) for one in body.shared] == drawn
        assert given(shop) == units
        shop.till.enter()
    shop.close()


def test_with_a_line_no_till_goes_beyond_its_share(tmp_path: Path) -> None:
    """The ledger can be asked for more then."""
    shop = Shop(tmp_path, programme=CAMPAIGN + b"overrun = 15\n")
    lend(shop, 15, 1)
    card = shop.with_points(1, 0)
    shop.sign_in()
    shop.sale(card, "3000")
    assert (given(shop), shop.held(ACCOUNT, overrun_asset(COUNTER))) == (0, 15)
    shop.close()


@pytest.mark.parametrize(("text", "most"), [(b"", 0), (b"overrun = 4\n", 4)])
def test_what_a_later_version_allows_no_more_is_not_given(tmp_path: Path, text: bytes, most: int) -> None:
    """What was lent under the former version stays at the till unused."""
    shop = Shop(tmp_path, programme=CAMPAIGN + text)
    lend(shop, 15, 1)
    card = shop.with_points(1, 0)
    shop.sign_in()
    shop.go_offline()
    shop.sale(card, "3000")
    assert given(shop) == most
    shop.close()


def test_an_undo_leaves_what_was_beyond_the_share_to_the_ledger(tmp_path: Path) -> None:
    """It lends it anew once it knows of the undo; the share itself is whole again at once."""
    shop = Shop(tmp_path, programme=CAMPAIGN + b"overrun = 15\n")
    share(shop, 10, 1)
    lend(shop, 15, 2)
    card = shop.with_points(1, 0)
    shop.sign_in()
    shop.go_offline()
    shop.sale(card, "2000")
    shop.till.undo()
    assert shop.kinds()[-1] == EntryKind.VOID
    assert (shop.held(ACCOUNT, COUNTER), shop.held(ACCOUNT, overrun_asset(COUNTER))) == (10, 5)
    shop.close()
