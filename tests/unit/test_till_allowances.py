"""Caps and limits at a till: asked for at the scan, given as far as its share goes, and said in words."""

import datetime
from pathlib import Path

import pytest

from rules.ticket import Event
from sync.entry import EntryKind, EventBody, Slice, TicketBody
from sync.grants import HOLD, LEASE
from sync.shares import allowance_account
from sync.till import slices
from sync.wire import Grant, Want
from tests.unit.rule_texts import POINT_A_EURO, capped
from tests.unit.till_kit import HEAD, Shop, card_number

CAPPED = HEAD + (POINT_A_EURO + capped(2, 100)).encode()
CHECK_IN = b"""
[[rule]]
id = "checkin"
kind = "earn.event"
event = "checkin"
points = 20
"""
ACCOUNT, CAP, LIMIT = allowance_account(1), "cap:daily", "max:hello"


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A till with a member, and no share of what the programme allows them."""
    made = Shop(tmp_path, programme=CAPPED)
    made.with_points(1, 0)
    made.sign_in()
    return made


def lend(shop: Shop, units: int, gno: int, kind: str = LEASE, ticket: str = "", asset: str = CAP) -> None:
    """The ledger lends this till units of what the member is allowed."""
    piece = Slice(asset, f"c-{gno}", units, datetime.date(9999, 12, 31))
    grant = Grant(f"g-2-1-{gno}", kind, ACCOUNT, gno, (piece,), ticket, 0)
    shop.write(lambda conn: slices.receive(conn, (grant,)))


def given(shop: Shop) -> dict[str, int]:
    """What the last ticket promised, by rule."""
    body = shop.bodies(EntryKind.TICKET)[-1]
    assert isinstance(body, TicketBody)
    return {one.rule: one.quantity for one in body.promised}


def test_the_scan_asks_for_all_that_is_left(shop: Shop) -> None:
    """In a request of its own, less what is here; not while the line is down."""
    lend(shop, 30, 1)
    shop.scan(card_number(1))
    wants = [
        wants for _, member, wants in shop.ledger.holds if member == 1 and wants[0].asset in (CAP, LIMIT)
    ]
    assert wants == [(Want(CAP, 70), Want(LIMIT, 2))]
    shop.go_offline()
    shop.till.escape()
    shop.scan(card_number(1))
    assert len([one for one in shop.ledger.holds if one[2][0].asset == CAP]) == 1
    shop.close()


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        ("en", ("base: the rest will be added if it is due.", "hello: will be added if it is due.")),
        ("fr", ("base\u00a0: le reste sera ajouté si c'est dû.", "hello\u00a0: sera ajouté si c'est dû.")),
    ],
)
def test_what_no_share_covers_is_said_on_the_receipt(
    shop: Shop, language: str, texts: tuple[str, ...]
) -> None:
    """Twelve now, the rest and the visit with the settlement; the share is used up, and the journal says so."""
    lend(shop, 12, 1)
    shop.till.set_language(language)
    shop.go_offline()
    shop.sale(card_number(1), "3000")
    assert given(shop) == {"base": 12}
    body = shop.last_body()
    assert isinstance(body, TicketBody)
    assert [(one.lot, one.quantity) for one in body.shared] == [("c-1", 12)]
    done = shop.view.done
    assert done is not None
    assert set(texts) <= set(done.lines)
    shop.close()


def test_what_was_asked_for_goes_first_and_an_undo_puts_it_back(shop: Shop) -> None:
    """The lease stays for whoever comes when the line is down; the rest of the hold goes back with the ticket."""
    lend(shop, 50, 1)
    shop.scan(card_number(1))
    basket = shop.till.state.basket
    assert basket is not None
    lend(shop, 40, 2, HOLD, basket.ticket)
    lend(shop, 2, 3, HOLD, basket.ticket, LIMIT)
    shop.key_in("3000")
    assert given(shop) == {"base": 30, "hello": 5}
    assert shop.kinds()[-3:] == [EntryKind.TICKET, EntryKind.GRANT_RETURN, EntryKind.GRANT_RETURN]
    assert shop.held(ACCOUNT, CAP) == 50
    shop.till.undo()
    assert shop.held(ACCOUNT, CAP) == 50 + 30
    shop.till.tick()
    assert shop.held(ACCOUNT, CAP) == 50, "the hold of a ticket that never was goes back"
    shop.close()


def test_an_event_takes_of_the_share_as_a_ticket_does(shop: Shop) -> None:
    """Out of the hold of the begun ticket, written in the entry; without a share it gives nothing now."""
    shop.publish("programme", CAPPED.replace(b'["base"]', b'["checkin"]') + CHECK_IN)
    shop.go_offline()
    shop.scan(card_number(1))
    basket = shop.till.state.basket
    assert basket is not None
    lend(shop, 30, 1, HOLD, basket.ticket)
    for drawn in ([("c-1", 20)], [("c-1", 10)], []):
        shop.till.happened(Event("checkin", ref=str(drawn)))
        body = shop.bodies(EntryKind.EVENT)[-1]
        assert isinstance(body, EventBody)
        assert [(one.lot, one.quantity) for one in body.shared] == drawn
        assert sum(one.quantity for one in body.promised) == sum(units for _, units in drawn)
    shop.close()


@pytest.mark.parametrize(("online", "points"), [(True, {"base": 30}), (False, {})])
def test_a_card_that_nobody_knows(shop: Shop, online: bool, points: dict[str, int]) -> None:
    """With a line the ledger would know if another till had a share of it; without one nothing is promised."""
    if not online:
        shop.go_offline()
    shop.scan(card_number(9))
    shop.key_in("3000")
    assert given(shop) == points
    shop.close()
