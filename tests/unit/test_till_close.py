"""Closing a ticket: one transaction, rewards out of what is held, conserved whatever happens."""

import datetime
from pathlib import Path

import pytest

from pos_app.till.view import Stage
from rules.account import POINTS
from sync.entry import GrantReturnBody, TicketBody
from sync.till import journal_check, spool, tickets
from tests.unit.till_kit import COFFEE, PROGRAMME, Shop, fill_the_disk, lot


def test_births_are_held_here(shop: Shop) -> None:
    """What was just earned can be spent at this till at once, with or without the ledger."""
    card = shop.member(1)
    shop.sale(card, "12000")
    assert shop.held(1) == 120
    shop.go_offline()
    shop.scan(card)
    shop.till.typed("2000")
    assert shop.view.ticket is not None
    assert [(one.rule, one.possible) for one in shop.view.ticket.rewards] == [("five", True)]
    shop.till.choose(1)
    shop.till.enter()
    body = shop.last_body()
    assert isinstance(body, TicketBody)
    assert sum(draw.quantity for draw in body.burns[0].draws) == 100
    assert body.burns[0].draws[0].lot == "2-1-1-0"
    assert shop.held(1) == 20 + 15


def test_hold_is_asked_at_the_scan_and_its_rest_goes_back(shop: Shop) -> None:
    """The ledger is asked for half of the points at once; what was not used goes back with the ticket itself."""
    card = shop.with_points(1, 450)
    shop.scan(card)
    (ticket, member, wants) = shop.ledger.holds[0]
    assert member == 1
    assert [(want.asset, want.quantity) for want in wants] == [(POINTS, 200)]
    shop.grant(1, ticket, POINTS, 200)
    shop.till.typed("2000")
    shop.till.rewards()
    shop.till.choose(1)
    assert shop.view.ticket is not None
    assert shop.view.ticket.due == 1500
    shop.till.enter()
    assert shop.view.stage is Stage.TICKET
    shop.till.enter()
    assert shop.kinds() == ["TICKET", "GRANT_RETURN"]
    back = shop.last_body()
    assert isinstance(back, GrantReturnBody)
    assert sum(piece.quantity for piece in back.slices) == 100
    assert back.why == "closed"
    assert ticket in shop.ledger.released
    done = shop.view.done
    assert done is not None
    assert done.reward == 500
    assert done.paid == 1500


def test_more_than_half_is_asked_when_chosen(shop: Shop) -> None:
    """A reward beyond the first hold is asked for when the member chooses it, and chosen when the answer comes."""
    card = shop.with_points(1, 150)
    shop.scan(card)
    assert shop.ledger.holds == []
    shop.till.typed("2000")
    shop.till.choose(1)
    assert shop.code == "reward_asked"
    ticket, _, wants = shop.ledger.holds[0]
    assert wants[0].quantity == 100
    shop.grant(1, ticket, POINTS, 100)
    assert shop.view.ticket is not None
    assert shop.view.ticket.rewards[0].chosen


def test_steps_then_none(shop: Shop) -> None:
    """Pressing the digit again takes one step more, and after the last step none."""
    card = shop.with_points(1, 500)
    shop.scan(card)
    shop.grant(1, shop.ledger.holds[0][0], POINTS, 200)
    shop.go_offline()
    shop.till.typed("2000")
    seen = []
    for _ in range(3):
        shop.till.choose(1)
        assert shop.view.ticket is not None
        seen.append(shop.view.ticket.reward)
    assert seen == [500, 1000, 0]


def test_card_is_filled_from_own_stamps_only(shop: Shop) -> None:
    """Ten stamps held here become a free coffee in the ticket's own entry, usable on the next ticket."""
    card = shop.member(1)
    for _ in range(5):
        shop.scan(card)
        shop.scan(COFFEE)
        shop.scan(COFFEE)
        shop.till.enter()
    body = shop.last_body()
    assert isinstance(body, TicketBody)
    assert body.converted[0].quantity == 1
    assert sum(draw.quantity for draw in body.converted[0].draws) == 10
    assert shop.held(1, "stamp:coffee") == 0
    assert shop.held(1, "reward:coffee") == 1
    shop.go_offline()
    shop.scan(card)
    shop.scan(COFFEE)
    shop.till.choose(1)
    shop.till.enter()
    assert shop.held(1, "reward:coffee") == 0
    assert shop.view.done is not None
    assert shop.view.done.paid == 0


def test_stamps_of_others_only_promise(shop: Shop) -> None:
    """Nine stamps the ledger knows and one given here: the card is full, and the free item is promised later."""
    stamps = {"stamp:coffee": 9}
    card = shop.member(1, balance=stamps, holdings=(lot("stamp:coffee", "c-9", 9),))
    shop.go_offline()
    shop.scan(card)
    shop.scan(COFFEE)
    shop.till.enter()
    body = shop.last_body()
    assert isinstance(body, TicketBody)
    assert body.converted == ()
    assert shop.view.done is not None
    assert any("card full" in line for line in shop.view.done.lines)


def test_same_ticket_is_recorded_once(shop: Shop) -> None:
    """A register that repeats its ticket or its receipt number gets the first record."""
    shop.till.name_ticket("r-1", "halles/2/2026-11-20/17")
    shop.till.put_amount("1000")
    shop.till.enter()
    first = shop.view.done
    for name, ref in (("r-1", None), ("r-2", "halles/2/2026-11-20/17")):
        shop.till.name_ticket(name, ref)
        shop.till.put_amount("9900")
        shop.till.enter()
        assert shop.code == "already_recorded"
        assert shop.view.done is not None
        assert first is not None
        assert shop.view.done.reference == first.reference
    assert shop.kinds() == ["TICKET"]


class Cut(Exception):
    """The power went."""


@pytest.mark.parametrize("point", ["before_commit", "after_commit", "before_print"])
def test_power_cut_at_every_point(shop: Shop, point: str) -> None:
    """Before the commit nothing happened and the basket is back; after it the ticket is recorded, not printed."""
    card = shop.member(1)
    shop.scan(card)
    shop.till.put_amount("4590")

    def cut(name: str) -> None:
        if name == point:
            raise Cut

    shop.crash = cut
    with pytest.raises(Cut):
        shop.till.enter()
    shop.crash = lambda _point: None
    shop.restart()
    shop.sign_in()
    if point == "before_commit":
        assert shop.kinds() == []
        assert shop.held(1) == 0
        assert shop.view.ticket is not None
        assert shop.view.ticket.total == 4590
        shop.till.enter()
    assert shop.kinds() == ["TICKET"]
    assert shop.held(1) == 45
    assert shop.view.recent[0].cents == 4590


@pytest.mark.parametrize("point", ["after_commit", "before_print"])
def test_a_register_that_asks_again_after_a_power_cut(shop: Shop, point: str) -> None:
    """It had no answer: the receipt's number leads to the ticket that was recorded, and nothing is earned twice."""
    receipt = "halles/2/2026-11-20/17"
    shop.till.name_ticket("r-1", receipt)
    shop.scan(shop.member(1))
    shop.till.put_amount("4590")

    def cut(name: str) -> None:
        if name == point:
            raise Cut

    shop.crash = cut
    with pytest.raises(Cut):
        shop.till.enter()
    shop.crash = lambda _point: None
    shop.restart()
    shop.sign_in()
    shop.till.name_ticket("r-2", receipt)
    shop.till.put_amount("4590")
    shop.till.enter()
    assert shop.code == "already_recorded"
    assert shop.view.done is not None
    assert shop.view.done.reference.startswith("2-1-1 ")
    assert shop.kinds() == ["TICKET"]
    assert shop.held(1) == 45


def test_everything_is_in_one_commit(shop: Shop) -> None:
    """Result, print job and cleared draft stand with the entry; the chain and its signature verify."""
    shop.sale(shop.member(1), "4590")
    conn = shop.store.reader()
    ticket = shop.entries()[0].ticket
    assert ticket is not None
    assert tickets.load_draft(conn) is None
    assert tickets.result(conn, ticket) is not None
    assert len(spool.pending_jobs(conn)) == 1
    assert journal_check.verify(conn).ok


def test_no_room_refuses_the_ticket_whole(shop: Shop) -> None:
    """A full disk says so before the goods go; the basket stays, and the next Enter records it."""
    shop.scan(shop.member(1))
    fill_the_disk(shop)
    assert shop.view.stage is Stage.TICKET
    before = len(shop.kinds())
    shop.store.writer.execute("PRAGMA max_page_count = 1073741823")
    shop.till.enter()
    assert shop.view.stage is Stage.DONE
    assert len(shop.kinds()) == before + 1


def test_births_go_back_once_the_ledger_has_them(shop: Shop) -> None:
    """After the undo time and acceptance the till gives back what it held; nothing while a ticket can be undone."""
    shop.sale(shop.member(1), "4590")
    shop.accept_all()
    shop.till.tick()
    assert shop.kinds() == ["TICKET"]
    shop.clock.pass_ms(61_000)
    shop.till.tick()
    shop.till.escape()
    shop.till.tick()
    assert shop.kinds() == ["TICKET", "GRANT_RETURN"]
    assert shop.held(1) == 0


def test_births_go_back_with_the_next_ticket(shop: Shop) -> None:
    """In a busy hour births of other members ride along before the next ticket's entry."""
    shop.sale(shop.member(1), "4590")
    shop.accept_all()
    shop.sale(shop.member(2), "1000")
    assert shop.kinds() == ["TICKET", "GRANT_RETURN", "TICKET"]
    assert shop.held(1) == 0
    assert shop.held(2) == 10
    assert shop.view.recent[0].number == "2-1-3"
    assert shop.view.recent[0].undo_s > 0


def test_fourth_visit_bonus(shop: Shop) -> None:
    """The local delta counts visits that the ledger has not heard of."""
    card = shop.member(1)
    for day in range(4):
        shop.sale(card, "1000")
        shop.clock.pass_ms(86_400_000)
        shop.sign_in()
        del day
    body = shop.last_body()
    assert isinstance(body, TicketBody)
    assert [(one.rule, one.quantity) for one in body.promised] == [("base", 10), ("regular", 30)]


def test_expired_points_are_not_offered(shop: Shop) -> None:
    """Slices past their last day stay where they are and pay nothing."""
    card = shop.member(1)
    shop.sale(card, "12000")
    shop.go_offline()
    shop.clock.pass_ms(300 * 86_400_000)
    shop.sign_in()
    shop.scan(card)
    shop.till.typed("2000")
    assert shop.view.ticket is not None
    assert shop.view.ticket.rewards[0].possible
    assert datetime.date(2027, 9, 16) == shop.view.today


def test_points_of_a_long_absence_are_neither_shown_nor_promised(tmp_path: Path) -> None:
    """Screen, reward and receipt agree on points that lapsed because the member did not come."""
    shop = Shop(tmp_path / "till", programme=PROGRAMME + b'[expiry]\ninactivity = "30d"\n')
    shop.sign_in()
    shop.scan(shop.with_points(1, 240))
    assert shop.view.member is not None
    assert shop.view.member.balance == 0
    shop.till.typed("1200")
    shop.till.enter()
    assert shop.view.done is not None
    assert "Balance 12 points" in shop.view.done.lines
    assert "can be used next time" not in shop.view.done.say
    shop.close()


def test_points_that_are_usable_later_promise_nothing_for_next_time(shop: Shop) -> None:
    """200 points of a purchase that may still be brought back: the receipt does not offer the reward they will pay."""
    shop.publish("programme", PROGRAMME.replace(b"per = 1.00", b'per = 1.00\nvesting = "14d"'))
    shop.sale(shop.member(1), "20000")
    assert shop.view.done is not None
    assert "Balance 200 points" in shop.view.done.lines
    assert "can be used next time" not in shop.view.done.say
    shop.till.escape()
    shop.sale(shop.with_points(2, 96), "2000")
    assert shop.view.done is not None
    assert "can be used next time" not in shop.view.done.say


def test_a_reward_that_is_reached_is_said(shop: Shop) -> None:
    """Once the balance pays for a reward, the cashier has something better to say than a distance."""
    shop.scan(shop.with_points(1, 96))
    shop.till.typed("1200")
    shop.till.enter()
    assert shop.view.done is not None
    assert shop.view.done.say == "5 EUR off can be used next time."
