"""The balance where a grant brought units to the till of which the ledger's row about the member does not tell yet."""

from datetime import date

import msgspec
import pytest

from pos_app.till.record import unpack
from rules.account import POINTS, Account
from sync.entry import TicketBody
from sync.till import members
from sync.till.tickets import recent
from tests.unit.till_kit import COFFEE, Shop, lot

STAMPS, COFFEES = "stamp:coffee", "reward:coffee"


def sold(shop: Shop, card: str, grants: dict[str, tuple[str, int]], *, rule: str) -> dict[str, int]:
    """A sale of 20 EUR and a coffee with reward `rule`, paid from these lots; the balances at the next scan."""
    shop.scan(card)
    basket = shop.till.state.basket
    assert basket is not None
    for name, (asset, quantity) in grants.items():
        shop.grant(1, basket.ticket, asset, quantity, name)
    shop.go_offline()
    shop.scan(COFFEE)
    shop.till.typed("2000")
    shop.till.redeem(rule, 1)
    shop.till.enter()
    assert shop.till.state.done is not None
    assert isinstance(body := shop.bodies("TICKET")[-1], TicketBody)
    assert [one.rule for one in body.burns] == [rule]
    return shown(shop, card)


def shown(shop: Shop, card: str) -> dict[str, int]:
    """The balances that a scan of the card shows."""
    shop.scan(card)
    basket = shop.till.state.basket
    assert basket is not None
    assert basket.who is not None
    return dict(basket.who.account.balance)


@pytest.mark.parametrize("known", [96, 0])
def test_points_the_row_lacks_do_not_lower_what_it_tells(shop: Shop, known: int) -> None:
    """100 spent, of which the row has `known` at most: what is left is what was earned, never less."""
    card = shop.with_points(1, known)
    balance = sold(shop, card, {"c-1": (POINTS, known), "c-9": (POINTS, 100 - known)}, rule="five")
    earned = 16  # 21.60 less 5.00
    assert (balance[POINTS], shop.held(1)) == (earned, earned)


def test_points_that_a_visit_elsewhere_kept_alive_are_those_that_are_spent(shop: Shop) -> None:
    """By the row they lapsed yesterday; the ledger, which knows of the visit, has just lent them to this till."""
    lapsed = msgspec.structs.replace(lot(POINTS, "c-1", 100), last_day=date(2026, 11, 19))
    card = shop.member(1, balance={POINTS: 100}, holdings=(lapsed,))
    balance = sold(shop, card, {"c-1": (POINTS, 100)}, rule="five")
    assert (balance[POINTS], shop.held(1)) == (16, 16)


def test_points_of_a_thin_row_are_those_that_are_spent(shop: Shop) -> None:
    """A row that names no lots: 100 of its 120 points are spent, from whatever lot."""
    balance = sold(shop, shop.member(1, balance={POINTS: 120}), {"c-9": (POINTS, 100)}, rule="five")
    assert balance[POINTS] == 20 + 16


def test_a_coffee_the_row_lacks(shop: Shop) -> None:
    """The coffee that is taken came with a grant: the one the row has is still there."""
    card = shop.member(1, balance={COFFEES: 1}, holdings=(lot(COFFEES, "c-1", 1),))
    assert sold(shop, card, {"c-9": (COFFEES, 1)}, rule="coffee")[COFFEES] == 1


def test_stamps_the_row_lacks_fill_a_card(shop: Shop) -> None:
    """Nine stamps that came with a grant and one given here make a coffee, and leave the two that the row has."""
    card = shop.member(1, balance={STAMPS: 2}, holdings=(lot(STAMPS, "c-1", 2),))
    shop.scan(card)
    basket = shop.till.state.basket
    assert basket is not None
    shop.grant(1, basket.ticket, STAMPS, 9, "c-9")
    shop.scan(COFFEE)
    shop.till.enter()
    assert shown(shop, card) == {COFFEES: 1, POINTS: 1, STAMPS: 2}


def test_a_ticket_that_a_fresh_grant_came_to_counts_it(shop: Shop) -> None:
    """On the screen, in the list of rewards and on the receipt, while the row tells of none of it."""
    card = shop.with_points(1, 20)
    shop.scan(card)
    basket = shop.till.state.basket
    assert basket is not None
    shop.grant(1, basket.ticket, POINTS, 120, "c-9")
    shop.till.typed("2000")
    assert shop.view.member is not None
    assert shop.view.member.balance == 140
    assert shop.view.ticket is not None
    assert shop.view.ticket.rewards[0].after == "140 -> 40"
    shop.till.redeem("five", 1)
    shop.till.enter()
    assert unpack(recent(shop.store.reader(), 1)[0].result).balance == 40 + 15


def test_a_row_that_is_newer_than_the_grant_is_believed(shop: Shop) -> None:
    """Goods came back elsewhere whose points lie here: the row counts them out, and the till does not count them in."""
    card = shop.with_points(1, 120)
    shop.scan(card)
    basket = shop.till.state.basket
    assert basket is not None
    shop.grant(1, basket.ticket, POINTS, 120, "c-1")
    row = shop.row(1, Account(member=1, balance={POINTS: 20}, holdings=(lot(POINTS, "c-1", 20),)))
    newer = msgspec.structs.replace(row, pos=2)
    who = shop.till.parts.identity
    shop.write(lambda conn: members.store_rows(conn, who, [newer], 0))
    shop.till.escape()
    assert shown(shop, card)[POINTS] == 20
