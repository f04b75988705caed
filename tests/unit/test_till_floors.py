"""Beyond what a till holds: three limits, who gets nothing, a manager's badge, and what is said of it."""

import datetime
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from pos_app.till.floors import spendable
from pos_app.till.state import on_basket
from rules.account import POINTS
from sync.entry import Entry, Slice, TicketBody, body_of
from sync.floors import Floors
from sync.till import cursors, floors, slices
from sync.till.events import MoveArrived, OnlineChanged
from sync.till.network import Neighbour
from sync.wire import Want
from tests.unit.till_kit import DAY_MS, HEAD, START, Shop

REWARDS = (
    HEAD
    + b"""
[[rule]]
id = "base"
kind = "earn.amount"
points = 1
per = 500.00

[[rule]]
id = "one"
kind = "burn.money"
points = 10
value = 1.00
"""
)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """The shop of these tests."""
    yield from cut_off(tmp_path)


def cut_off(folder: Path) -> Iterator[Shop]:
    """A shop where ten points are one euro, whose till has heard from its ledger and lost its line."""
    made = Shop(folder, programme=REWARDS)
    made.sign_in()
    limit(made, Floors(30, 50, 70))
    hear(made)
    made.go_offline()
    yield made
    made.close()


def limit(shop: Shop, limits: Floors) -> None:
    shop.publish("floors", msgspec.msgpack.encode(limits))


def hear(shop: Shop) -> None:
    """The till has read all rules and revocations now."""

    def job(conn: cursors.Connection) -> None:
        state = cursors.sync_state(conn)
        fresh = msgspec.structs.replace(state, heard_ms=shop.clock.wall_ms())
        cursors.save_sync_state(conn, fresh)

    shop.write(job)


def signed(shop: Shop, card: str, evidence: str = "static") -> None:
    """The member's card is scanned, and cannot be forged."""
    shop.scan(card)
    state = shop.till.state
    assert state.basket is not None
    assert state.basket.who is not None
    who = msgspec.structs.replace(state.basket.who, evidence=evidence)
    shop.till.state = on_basket(state, who=who)
    shop.till.put_amount("5000")


def steps(shop: Shop) -> int:
    """How many euros may be taken off here and now."""
    assert shop.till.state.worth is not None
    return sum(offer.steps for offer in shop.till.state.worth.offers)


def take(shop: Shop, card: str, euros: int) -> Entry:
    """A sale with so many euros off; its entry."""
    signed(shop, card)
    shop.till.redeem("one", euros)
    shop.till.enter()
    return shop.entries()[-1]


def unsecured(entry: Entry) -> int:
    body = body_of(entry)
    assert isinstance(body, TicketBody)
    return sum(burn.unsecured for burn in body.burns)


def test_off_by_default(shop: Shop) -> None:
    """Zeros allow nothing, and nothing says so: the till behaves as ever."""
    limit(shop, Floors())
    signed(shop, shop.with_points(1, 450))
    assert steps(shop) == 0
    assert shop.view.member is not None
    assert "subject to" not in shop.view.member.freshness


def test_a_reward_beyond_what_is_held_is_given_and_told(shop: Shop) -> None:
    """30 of 450 points: shown, taken, journalled as unsecured with its bit, printed as to be confirmed."""
    signed(shop, shop.with_points(1, 450))
    assert shop.view.member is not None
    assert shop.view.member.freshness.endswith("+ up to 30 subject to confirmation")
    shop.till.redeem("one", 3)
    assert shop.code == "reward_floor"
    shop.till.enter()
    entry = shop.entries()[-1]
    assert (unsecured(entry), entry.risk) == (30, ("offline", "floor"))
    assert shop.view.done is not None
    assert (shop.view.done.reward, shop.view.done.paid) == (300, 4700)
    assert "30 points used, subject to confirmation." in shop.view.done.lines


def test_what_is_held_goes_first(shop: Shop) -> None:
    """20 held and 30 beyond: five euros; a sixth is refused."""
    card = shop.with_points(1, 450)
    signed(shop, card)
    assert shop.till.state.basket is not None
    shop.grant(1, shop.till.state.basket.ticket, POINTS, 20)
    assert steps(shop) == 5
    shop.till.redeem("one", 5)
    shop.till.enter()
    (body,) = shop.bodies("TICKET")
    assert isinstance(body, TicketBody)
    assert [(sum(d.quantity for d in burn.draws), burn.unsecured) for burn in body.burns] == [(20, 30)]
    assert shop.entries()[0].risk == ("offline", "grant", "floor")


def test_three_limits(shop: Shop) -> None:
    """30 a ticket, 50 a member, 70 the till: each of them stops it, and the last one says so."""
    first, second = shop.with_points(1, 450), shop.with_points(2, 450)
    assert unsecured(take(shop, first, 3)) == 30
    signed(shop, first)
    assert steps(shop) == 2
    shop.till.redeem("one", 2)
    shop.till.enter()
    signed(shop, second)
    assert steps(shop) == 2
    shop.till.redeem("one", 2)
    shop.till.enter()
    signed(shop, second)
    assert steps(shop) == 0
    assert shop.view.ticket is not None
    assert "has given all it may" in shop.view.ticket.rewards[0].reason


def test_never_more_than_the_member_is_known_to_own(shop: Shop) -> None:
    """12 points are one euro, whatever the limits allow; the next ticket knows that they are gone."""
    card = shop.with_points(1, 12)
    signed(shop, card)
    assert steps(shop) == 1
    shop.till.redeem("one", 1)
    shop.till.enter()
    signed(shop, card)
    assert shop.till.state.worth is not None
    assert shop.till.state.worth.floor.units == 2


def test_what_lapsed_since_the_ticket_was_begun_is_not_owned(shop: Shop) -> None:
    """A ticket that is open over midnight takes nothing beyond grants for points that lapsed meanwhile."""
    card = shop.with_points(1, 12)
    signed(shop, card)
    assert steps(shop) == 1
    account = shop.till.state.worth.account if shop.till.state.worth is not None else None
    assert account is not None
    [lot] = [one for one in account.holdings if one.asset == POINTS]
    assert spendable(account, POINTS, lot.last_day) == 12
    assert spendable(account, POINTS, lot.last_day + datetime.timedelta(days=1)) == 0


def test_counted_until_the_ledger_is_read_again(shop: Shop) -> None:
    """A restart forgets nothing; a pull that includes the entry does, a push alone does not."""
    card = shop.with_points(1, 450)
    entry = take(shop, card, 3)
    shop.accept_all()
    shop.restart()
    assert floors.taken(shop.store.reader(), 1) == floors.Taken(30, 30)
    shop.write(lambda conn: floors.forget(conn, entry.seq - 1))
    assert floors.taken(shop.store.reader(), 1).till == 30
    shop.write(lambda conn: floors.forget(conn, entry.seq))
    assert floors.taken(shop.store.reader(), 1).till == 0


def test_an_undo_gives_the_room_back(shop: Shop) -> None:
    """What was undone was not given."""
    take(shop, shop.with_points(1, 450), 3)
    shop.till.undo()
    assert floors.taken(shop.store.reader(), 1).till == 0


@pytest.mark.parametrize("evidence", ["typed", "number", "none"])
def test_a_card_that_can_be_copied_gets_nothing_by_itself(shop: Shop, evidence: str) -> None:
    """No limit holds for a typed or plain number; the reason says that a manager may allow it."""
    signed(shop, shop.with_points(1, 450), evidence)
    shop.till.put_amount("6000")
    assert steps(shop) == 0
    assert shop.view.ticket is not None
    offer = shop.view.ticket.rewards[0]
    assert "manager's badge" in offer.reason
    assert offer.asks
    assert shop.view.member is not None
    assert "subject to" not in shop.view.member.freshness


def test_a_new_member_gets_nothing_by_itself(shop: Shop) -> None:
    """A member for 29 days, where 30 are asked."""
    card = shop.with_points(1, 450)
    signed(shop, card)
    state = shop.till.state
    assert state.basket is not None
    assert state.basket.who is not None
    for days, expected in ((29, 0), (30, 3)):
        since = START.date() - datetime.timedelta(days=days)
        account = msgspec.structs.replace(state.basket.who.account, since=since)
        who = msgspec.structs.replace(state.basket.who, account=account)
        shop.till.state = on_basket(state, who=who)
        shop.till.put_amount("6000")
        assert steps(shop) == expected


def test_old_rules_and_revocations(shop: Shop) -> None:
    """After seven days without word: nothing beyond grants, said and flagged; earning goes on."""
    card = shop.with_points(1, 450)
    shop.clock.pass_ms(7 * DAY_MS - 60_000)
    signed(shop, card)
    assert steps(shop) == 3
    assert shop.view.alert == ""
    shop.till.escape()
    shop.till.escape()
    shop.clock.pass_ms(60_000)
    signed(shop, card)
    assert steps(shop) == 0
    assert "too old" in shop.view.ticket.rewards[0].reason  # type: ignore[union-attr]
    assert "7 days old" in shop.view.alert
    shop.till.put_amount("50000")
    shop.till.enter()
    entry = shop.entries()[-1]
    assert entry.risk == ("offline", "stale")
    body = body_of(entry)
    assert isinstance(body, TicketBody)
    assert [one.quantity for one in body.promised] == [1]


def test_no_word_ever_is_too_old(shop: Shop) -> None:
    """A till that never read everything gives nothing beyond its grants."""
    shop.write(lambda conn: cursors.save_sync_state(conn, cursors.SyncState()))
    signed(shop, shop.with_points(1, 450))
    assert steps(shop) == 0


def test_an_untrusted_clock(shop: Shop) -> None:
    """The clock fell years back: nothing beyond grants, the reason says so, a manager changes nothing."""
    card = shop.with_points(1, 450)
    shop.write(lambda conn: cursors.raise_mark(conn, shop.clock.wall_ms()))
    shop.clock.wall -= 700 * DAY_MS
    signed(shop, card)
    assert steps(shop) == 0
    assert "clock" in shop.view.ticket.rewards[0].reason  # type: ignore[union-attr]
    shop.till.redeem("one", 1)
    assert shop.code == "reward_beyond"


def test_a_fenced_till(shop: Shop) -> None:
    """It gives nothing, and says that it must be paired again."""
    shop.write(lambda conn: cursors.save_sync_state(conn, cursors.SyncState(fenced=True)))
    signed(shop, shop.with_points(1, 450))
    assert steps(shop) == 0
    assert "paired again" in shop.view.ticket.rewards[0].reason  # type: ignore[union-attr]


@pytest.mark.parametrize("fields", [{"blocked": True}, {"deficit": {POINTS: 1}}, {"known": "thin"}])
def test_nobody_in_debt_blocked_or_half_known(shop: Shop, fields: dict[str, object]) -> None:
    """Who owes, is blocked, or is known by a line of the index only gets nothing."""
    signed(shop, shop.with_points(1, 450, **fields))
    assert steps(shop) == 0
    assert shop.view.member is not None
    assert "subject to" not in shop.view.member.freshness


def test_only_points(shop: Shop) -> None:
    """A free item or stamps are never given beyond grants."""
    card = shop.member(1, balance={"reward:coffee": 1, POINTS: 5})
    signed(shop, card)
    assert all(offer.option.asset == POINTS for offer in shop.till.state.worth.offers)  # type: ignore[union-attr]
    assert steps(shop) == 0


def test_with_a_line_the_ledger_is_asked(shop: Shop) -> None:
    """On line there is no floor; what was shown while there was none stands when the line comes back."""
    card = shop.with_points(1, 450)
    signed(shop, card)
    shop.till.redeem("one", 3)
    shop.ledger.online = True
    shop.till.heard(OnlineChanged(True, None))
    shop.till.pump()
    shop.till.enter()
    assert unsecured(shop.entries()[-1]) == 30
    signed(shop, card)
    assert steps(shop) == 0


def test_the_transaction_counts_again(shop: Shop) -> None:
    """What another ticket took in the meantime is seen at Enter: the reward is refused, and nothing recorded."""
    signed(shop, shop.with_points(1, 450))
    shop.till.redeem("one", 3)
    shop.write(lambda conn: conn.execute("INSERT INTO unsecured VALUES ('other', 99, 2, 60)"))
    shop.till.enter()
    assert (shop.code, shop.kinds()) == ("reward_gone", [])
    state = shop.till.state
    assert state.worth is not None
    assert state.worth.beyond == 10


@pytest.mark.parametrize(("comes", "beyond"), [(30, 0), (10, 20), (0, 30)])
def test_the_store_s_other_tills_are_asked_first(shop: Shop, comes: int, beyond: int) -> None:
    """What a neighbour holds is moved here; only what nobody has is given beyond grants."""
    shop.ledger.neighbours = (Neighbour("1", shop.clock.wall_ms(), here=True),)
    signed(shop, shop.with_points(1, 450))
    shop.till.redeem("one", 3)
    assert shop.code == "reward_next_door"
    ticket, member, wants, _ = shop.ledger.moves[-1]
    assert wants == (Want(POINTS, 30),)
    if comes:
        piece = Slice(POINTS, "c-1", comes, datetime.date(2027, 12, 31))
        shop.write(lambda conn: slices.lend(conn, member, "m-1-1-1", (piece,)))
    shop.till.heard(MoveArrived(ticket, wants, granted=comes == 30, silent=False))
    shop.till.pump()
    shop.till.enter()
    body = body_of(shop.entries()[-1])
    assert isinstance(body, TicketBody)
    assert [(burn.quantity, burn.unsecured) for burn in body.burns] == [(30, beyond)]


def test_french(shop: Shop) -> None:
    """The words of the screen and of the receipt, in French."""
    shop.till.set_language("fr")
    signed(shop, shop.with_points(1, 450))
    assert shop.view.member is not None
    assert shop.view.member.freshness.endswith("+ jusqu'à 30 sous réserve de confirmation")
