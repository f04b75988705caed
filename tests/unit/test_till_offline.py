"""Without a line: what this till holds is usable, the rest is said in words."""

import datetime
from zoneinfo import ZoneInfo

import msgspec

from pos_app.till.view import Stage
from rules.account import POINTS, Account
from sync.entry import TicketBody
from sync.till import members
from sync.till.events import AccountArrived, HoldArrived, Pulled
from sync.tokens import card_token
from sync.wire import HeldAt, HoldAnswer, MemberRow, Want
from tests.unit.till_kit import COFFEE, LOOKUP, Shop, card_number, lot


def test_beyond_what_is_held_says_why(shop: Shop) -> None:
    """Points the till does not hold are shown and refused, with the reason for the customer's ears."""
    card = shop.with_points(1, 450)
    shop.go_offline()
    shop.scan(card)
    assert shop.ledger.holds == []
    shop.till.typed("2000")
    assert shop.view.ticket is not None
    offer = shop.view.ticket.rewards[0]
    assert (offer.possible, offer.asks) == (False, False)
    assert "only online" in offer.reason
    shop.till.choose(1)
    assert shop.code == "reward_beyond"
    shop.till.enter()
    assert shop.view.done is not None
    assert shop.view.done.paid == 2000


def test_what_the_ledger_can_confirm_is_offered_before_it_is_held(shop: Shop) -> None:
    """120 points, of which a scan asks for no half: the reward stands under AVAILABLE, and choosing it asks."""
    shop.scan(shop.with_points(1, 120))
    shop.till.typed("2000")
    assert shop.view.ticket is not None
    offer = shop.view.ticket.rewards[0]
    assert (offer.possible, offer.reason) == (True, "")
    shop.till.choose(1)
    assert shop.view.ticket is not None
    assert "is being asked" in shop.view.ticket.rewards[0].reason
    shop.grant(1, shop.ledger.holds[-1][0], POINTS, 100)
    assert shop.view.ticket is not None
    assert (shop.view.ticket.rewards[0].chosen, shop.view.ticket.due) == (True, 1500)


def test_a_choice_waits_for_its_own_answer(shop: Shop) -> None:
    """The scan asks for 200 of 450, three steps for 300 more: the scan's late answer decides nothing."""
    shop.scan(shop.with_points(1, 450))
    shop.till.typed("2000")
    shop.till.redeem("five", 3)
    ticket, (first, second) = shop.ledger.holds[0][0], [wants for _, _, wants in shop.ledger.holds]
    assert (first, second) == ((Want(POINTS, 200),), (Want(POINTS, 300, 200),))
    shop.till.heard(HoldArrived(HoldAnswer("refused", (), {}), ticket, first))
    shop.till.pump()
    assert shop.code == "reward_asked"
    shop.till.heard(HoldArrived(HoldAnswer("refused", (), {}), ticket, second))
    shop.till.pump()
    assert shop.code == "reward_beyond"
    assert shop.view.notice is not None
    assert "does not confirm" in shop.view.notice.text, (
        "the till is online: it does not say that the line is down"
    )


def test_points_to_come_are_not_offered(shop: Shop) -> None:
    """120 points of which 50 can be used from tomorrow: nothing to confirm, and the reward is not offered."""
    soon = msgspec.structs.replace(lot(POINTS, "c-2", 50), available_on=datetime.date(2026, 11, 21))
    shop.scan(shop.member(1, balance={POINTS: 120}, holdings=(lot(POINTS, "c-1", 70), soon)))
    shop.till.typed("2000")
    assert shop.view.ticket is not None
    assert not any(one.possible for one in shop.view.ticket.rewards)


def test_held_at_another_till(shop: Shop) -> None:
    """The reason tells apart what another till holds from what nobody could confirm."""
    card = shop.with_points(1, 120)
    identity = shop.till.parts.identity
    row = shop.row(1, members.load(shop.store.reader(), identity, 1).account)  # type: ignore[union-attr]
    moved = MemberRow(row.member, row.cards, row.contacts, row.display, row.account, {}, {POINTS: 120}, 2)
    shop.write(lambda conn: members.store_rows(conn, identity, [moved], 0))
    shop.scan(card)
    assert shop.view.member is not None
    assert "held at another till" in shop.view.member.freshness
    shop.till.typed("2000")
    assert shop.view.ticket is not None
    offer = shop.view.ticket.rewards[0]
    assert (offer.reason, offer.asks) == ("Held at another till: the number asks for it.", True)
    shop.till.choose(1)
    assert (shop.code, shop.view.ticket.rewards[0].asks) == ("reward_asked", False), "it is asked for already"


def test_what_another_till_returns_is_taken(shop: Shop) -> None:
    """A reward that lies at another till waits, is asked for again when it is free, and pays the ticket."""
    card = shop.with_points(1, 120)
    identity = shop.till.parts.identity
    row = shop.row(1, members.load(shop.store.reader(), identity, 1).account)  # type: ignore[union-attr]

    def known(free: dict[str, int], elsewhere: dict[str, int], pos: int) -> None:
        there = msgspec.structs.replace(row, available=free, elsewhere=elsewhere, pos=pos)
        shop.write(lambda conn: members.store_rows(conn, identity, [there], 0))

    known({}, {POINTS: 120}, 2)
    shop.scan(card)
    shop.till.typed("2000")
    shop.till.choose(1)
    ticket = shop.ledger.holds[-1][0]
    shop.till.heard(HoldArrived(HoldAnswer("held_elsewhere", (), {POINTS: 120}), ticket))
    shop.till.pump()
    assert shop.code == "reward_called_back"
    asked = len(shop.ledger.holds)
    shop.till.heard(Pulled((1,), False, (), ()))
    shop.till.pump()
    assert len(shop.ledger.holds) == asked, "nothing has come back yet"
    known({POINTS: 120}, {}, 3)
    shop.till.heard(Pulled((1,), False, (), ()))
    shop.till.pump()
    assert shop.code == "reward_asked"
    assert len(shop.ledger.holds) == asked + 1
    shop.grant(1, ticket, POINTS, 100)
    shop.till.enter()
    body = shop.last_body()
    assert isinstance(body, TicketBody)
    assert [burn.quantity for burn in body.burns] == [100]


def test_the_store_that_holds_it_is_named(shop: Shop) -> None:
    """And since when it has no line, if it has none: then nobody waits for it at the counter."""
    card = shop.with_points(1, 120)
    identity = shop.till.parts.identity
    row = shop.row(1, members.load(shop.store.reader(), identity, 1).account)  # type: ignore[union-attr]
    there = msgspec.structs.replace(row, available={}, elsewhere={POINTS: 120}, pos=2)
    shop.write(lambda conn: members.store_rows(conn, identity, [there], 0))
    shop.scan(card)
    shop.till.typed("2000")
    shop.till.choose(1)
    ticket, today = shop.ledger.holds[-1][0], shop.clock.wall_ms() - 3_600_000
    for silent_ms, said in (
        (0, "Held at Gare, which is asked to return it… Enter records the sale without it."),
        (
            today,
            f"Held at Gare, silent since {local(shop, today):%H:%M}: it comes once that till has a line again.",
        ),
        (today - 5 * 86_400_000, f"silent since {local(shop, today - 5 * 86_400_000):%d/%m/%Y %H:%M}: "),
    ):
        places = (HeldAt("reward:coffee", "Lille"), HeldAt(POINTS, "Gare", silent_ms))
        shop.till.heard(HoldArrived(HoldAnswer("held_elsewhere", (), {POINTS: 120}, places), ticket))
        shop.till.pump()
        assert shop.view.notice is not None
        assert said in shop.view.notice.text


def local(shop: Shop, wall_ms: int) -> datetime.datetime:
    """A moment on the shop's clock."""
    return datetime.datetime.fromtimestamp(wall_ms / 1000, ZoneInfo(shop.till.parts.identity.timezone))


def test_what_comes_back_is_seen_where_the_member_is_a_stranger(shop: Shop) -> None:
    """Of a member of another store nothing is pulled: the till asks until another till's points are free."""
    account = Account(member=1, balance={POINTS: 120}, holdings=(lot(POINTS, "c-1", 120),))
    identity = shop.till.parts.identity

    def answer(free: dict[str, int], elsewhere: dict[str, int], pos: int) -> None:
        there = msgspec.structs.replace(shop.row(1, account), available=free, elsewhere=elsewhere, pos=pos)
        shop.write(lambda conn: members.store_rows(conn, identity, [there], 0, asked=True))
        shop.till.heard(AccountArrived(card_token(LOOKUP, card_number(1)), there, 0))
        shop.till.pump()

    shop.scan(card_number(1))
    answer({}, {POINTS: 120}, 2)
    shop.till.typed("2000")
    shop.till.tick()
    assert len(shop.ledger.accounts) == 1, "nothing is waited for yet"
    shop.till.choose(1)
    ticket = shop.ledger.holds[-1][0]
    shop.till.heard(HoldArrived(HoldAnswer("held_elsewhere", (), {POINTS: 120}), ticket))
    shop.till.pump()
    assert shop.code == "reward_called_back"
    shop.till.tick()
    assert len(shop.ledger.accounts) == 2
    answer({}, {POINTS: 120}, 3)
    assert shop.code == "reward_called_back"
    asked = len(shop.ledger.holds)
    shop.till.tick()
    answer({POINTS: 120}, {}, 4)
    assert shop.code == "reward_asked"
    assert len(shop.ledger.holds) == asked + 1
    shop.till.tick()
    assert len(shop.ledger.accounts) == 3, "it is free: there is nothing to look for"
    shop.grant(1, ticket, POINTS, 100)
    shop.till.enter()
    assert shop.view.done is not None
    assert shop.view.done.reward == 500


def test_hold_in_hand_survives_the_line(shop: Shop) -> None:
    """A hold that arrived before the line dropped still pays."""
    card = shop.with_points(1, 450)
    shop.scan(card)
    shop.grant(1, shop.ledger.holds[0][0], POINTS, 200)
    shop.go_offline()
    shop.till.typed("2000")
    shop.till.choose(1)
    shop.till.enter()
    assert shop.view.done is not None
    assert shop.view.done.reward == 500


def test_hold_of_another_ticket_does_not_pay(shop: Shop) -> None:
    """A hold is for its own ticket; left behind it goes back by itself."""
    card = shop.with_points(1, 450)
    shop.scan(card)
    shop.grant(1, shop.ledger.holds[0][0], POINTS, 200)
    shop.till.escape()
    shop.go_offline()
    shop.scan(card)
    shop.till.typed("2000")
    assert shop.view.ticket is not None
    assert not shop.view.ticket.rewards[0].possible
    shop.till.typed("")
    shop.till.escape()
    shop.till.tick()
    assert shop.kinds() == ["GRANT_RETURN"]
    assert shop.held(1) == 0


def test_own_card_unknown_here_earns_for_itself(shop: Shop) -> None:
    """Offline a card of the chain that is not in the cache earns by its keyed hash; history is settled later."""
    shop.go_offline()
    shop.scan(card_number(77))
    assert shop.code == "card_later"
    shop.key_in("4590")
    entry = shop.entries()[0]
    assert isinstance(entry.member, str)
    assert entry.risk == ("offline", "unknown_card")
    assert shop.view.done is not None
    assert "4th visit of the month: will be added if it is due." in shop.view.done.lines
    assert any("+ 45 points" in line for line in shop.view.done.lines)
    shop.accept_all()
    shop.clock.pass_ms(61_000)
    shop.till.escape()
    shop.till.tick()
    assert shop.kinds() == ["TICKET", "GRANT_RETURN"]
    assert shop.entries()[1].member == entry.member


def test_line_drops_while_the_ledger_is_asked(shop: Shop) -> None:
    """The question is given up, the ticket goes on for the card itself."""
    shop.scan(card_number(77))
    assert shop.code == "card_asked"
    shop.go_offline()
    assert shop.code == "card_later"
    shop.key_in("4590")
    assert shop.view.stage is Stage.DONE


def test_status_tells_age_and_count(shop: Shop) -> None:
    """The status line knows since when, and how old the knowledge is."""
    shop.go_offline()
    status = shop.view.status
    assert not status.online
    assert status.paired
    assert status.known == "10:00"
    assert shop.with_points(1, 50)
    shop.scan(card_number(1))
    assert shop.view.member is not None
    assert shop.view.member.freshness.startswith("OFFLINE · 0 points usable now")


def test_two_tills_cannot_both_fill_the_card(shop: Shop) -> None:
    """Nine stamps known, one given here: without the line no free coffee, now or on the next ticket."""
    card = shop.member(1, balance={"stamp:coffee": 9}, holdings=(lot("stamp:coffee", "c-9", 9),))
    shop.go_offline()
    for _ in range(2):
        shop.scan(card)
        shop.scan(COFFEE)
        assert shop.view.ticket is not None
        assert all(not one.possible for one in shop.view.ticket.rewards)
        shop.till.enter()
    assert shop.held(1, "reward:coffee") == 0


def test_stamps_are_asked_for_when_they_complete_a_card(shop: Shop) -> None:
    """Online the nine stamps are held, and the card is filled at once."""
    card = shop.member(1, balance={"stamp:coffee": 9}, holdings=(lot("stamp:coffee", "c-9", 9),))
    shop.scan(card)
    shop.scan(COFFEE)
    ticket, _, wants = shop.ledger.holds[-1]
    assert [(want.asset, want.quantity) for want in wants] == [("stamp:coffee", 9)]
    shop.grant(1, ticket, "stamp:coffee", 9, "c-9")
    shop.till.enter()
    assert shop.held(1, "reward:coffee") == 1
