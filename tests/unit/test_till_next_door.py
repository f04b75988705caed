"""A reward that lies at another till of the store while the ledger cannot be asked, as the cashier sees it."""

import datetime
from collections.abc import Iterator
from pathlib import Path

import pytest

from pos_app.screens.help import help_lines
from pos_app.till.parts import words_of
from rules.account import POINTS
from sync.entry import Slice, TicketBody
from sync.till import slices
from sync.till.events import MoveArrived
from sync.till.network import Neighbour
from sync.wire import Want
from tests.unit.till_kit import START, Shop, card_number

LATER = datetime.date(2027, 12, 31)
TODAY = START.date()
SEEN_MS = int(START.timestamp() * 1000)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """A till without a line whose neighbour answers."""
    found = Shop(tmp_path / "till")
    found.sign_in()
    found.ledger.neighbours = (Neighbour("1", SEEN_MS, here=True), Neighbour())
    yield found
    found.close()


def begun(shop: Shop, points: int = 120) -> None:
    """A ticket of a member whose points lie elsewhere."""
    card = shop.with_points(1, points)
    shop.go_offline()
    shop.scan(card)
    shop.till.typed("2000")


def came(shop: Shop, quantity: int, *, granted: bool, silent: bool = False) -> None:
    """The neighbours' word, with what they gave."""
    ticket, member, wants, _ = shop.ledger.moves[-1]
    if quantity:
        piece = Slice(POINTS, "c-1", quantity, LATER)
        shop.write(lambda conn: slices.lend(conn, member, f"m-1-1-{len(shop.ledger.moves)}", (piece,)))
    shop.till.heard(MoveArrived(ticket, wants, granted=granted, silent=silent))
    shop.till.pump()


def test_the_neighbours_are_asked_and_the_reward_is_taken(shop: Shop) -> None:
    """The reward can be chosen, the till says who is asked, and when it has come it pays the ticket."""
    begun(shop)
    assert shop.view.ticket is not None
    assert shop.view.ticket.rewards[0].possible
    shop.till.choose(1)
    assert shop.code == "reward_next_door"
    assert shop.ledger.moves == [(shop.ledger.moves[0][0], 1, (Want(POINTS, 100),), TODAY)]
    came(shop, 100, granted=True)
    assert shop.view.notice is None
    assert shop.view.ticket.rewards[0].chosen
    shop.till.enter()
    body = shop.last_body()
    assert isinstance(body, TicketBody)
    assert [(one.quantity, one.unsecured, one.draws[0].grant) for one in body.burns] == [(100, 0, "m-1-1-1")]
    assert shop.ledger.released == [shop.ledger.moves[0][0]]


def test_only_what_is_missing_is_asked_for(shop: Shop) -> None:
    """What lies here already is not asked for."""
    card = shop.with_points(1, 120)
    piece = Slice(POINTS, "c-1", 30, LATER)
    shop.write(lambda conn: slices.lend(conn, 1, "g-2-1-9", (piece,)))
    shop.go_offline()
    shop.scan(card)
    shop.till.typed("2000")
    shop.till.choose(1)
    assert shop.ledger.moves[-1][2] == (Want(POINTS, 70),)


@pytest.mark.parametrize(
    ("silent", "text"), [(False, "No other till of this store holds it."), (True, "does not answer")]
)
def test_nobody_has_it(silent: bool, text: str, shop: Shop) -> None:
    """The cashier hears why there is no reward, and the sale goes on."""
    begun(shop)
    shop.till.choose(1)
    came(shop, 40, granted=False, silent=silent)
    notice = shop.view.notice
    assert notice is not None
    assert (notice.code, text in notice.text) == ("reward_beyond", True)
    shop.till.enter()
    body = shop.last_body()
    assert isinstance(body, TicketBody)
    assert body.burns == ()


def test_more_steps_than_lie_here(shop: Shop) -> None:
    """A second step of a reward is asked for like the first."""
    begun(shop, 250)
    shop.till.choose(1)
    came(shop, 100, granted=True)
    shop.till.choose(1)
    assert shop.ledger.moves[-1][2] == (Want(POINTS, 100),)
    came(shop, 100, granted=True)
    assert shop.view.ticket is not None
    assert shop.view.ticket.rewards[0].label.startswith("2 x")


@pytest.mark.parametrize("neighbours", [(), (Neighbour("1", SEEN_MS, here=False),), (Neighbour(),)])
def test_nobody_is_there_to_be_asked(neighbours: tuple[Neighbour, ...], shop: Shop) -> None:
    """Where no other till answers the reward waits for the ledger, as ever."""
    shop.ledger.neighbours = neighbours
    begun(shop)
    assert shop.view.ticket is not None
    assert not shop.view.ticket.rewards[0].possible
    shop.till.choose(1)
    assert (shop.code, shop.ledger.moves) == ("reward_beyond", [])


def test_with_a_line_the_ledger_is_asked(shop: Shop) -> None:
    """The neighbours are for when there is no line."""
    shop.scan(shop.with_points(1, 120))
    shop.till.typed("2000")
    shop.till.choose(1)
    assert (shop.code, shop.ledger.moves) == ("reward_asked", [])


def test_an_answer_for_another_ticket(shop: Shop) -> None:
    """What comes when its ticket is closed stays here and changes nothing that is shown."""
    begun(shop)
    shop.till.choose(1)
    shop.till.enter()
    before = shop.till.state
    came(shop, 100, granted=True)
    assert shop.till.state is before
    assert shop.held(1) == 120, "100 that came, 20 that the sale gave"


def test_when_a_neighbour_has_to_wait(shop: Shop) -> None:
    """Not while a ticket can be undone, nor while the member stands here; an entry would end the undo."""
    assert shop.till.wait_ms(1) == 0
    shop.go_offline()
    card = shop.with_points(1, 120)
    shop.sale(card, "2000")
    assert 0 < shop.till.wait_ms(1) <= 60_000
    assert 0 < shop.till.wait_ms(2) <= 60_000
    shop.scan(shop.with_points(2, 50))
    assert (shop.till.wait_ms(1), shop.till.wait_ms(2) > 0) == (0, True)
    shop.till.escape()
    shop.clock.pass_ms(61_000)
    assert shop.till.wait_ms(1) == 0


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        ("en", ("Other tills", "Till 1 answers", "not answered yet")),
        ("fr", ("Autres caisses", "Caisse 1 répond")),
    ],
)
def test_who_is_there_is_shown(language: str, texts: tuple[str, ...], shop: Shop) -> None:
    """The help page says which tills of the store answer, and since when one does not."""
    shop.till.set_language(language)
    text = shown(shop, language)
    assert all(one in text for one in texts)
    shop.ledger.neighbours = (Neighbour("1", SEEN_MS, here=False),)
    assert "10:00" in shown(shop, language)
    shop.ledger.neighbours = ()
    assert texts[0] not in shown(shop, language)


def shown(shop: Shop, language: str) -> str:
    """The help page as text."""
    lines, _ = help_lines(shop.view, (), words_of(language), 100)
    return "\n".join("".join(text for text, _ in line) for line in lines)


def test_nobody_is_asked_for_a_member_enrolled_here(shop: Shop) -> None:
    """Where this disk is a copy, the number may be somebody else's next door, whose points are not this member's."""
    shop.go_offline()
    shop.till.open_enrol()
    shop.till.enrol_set("card", card_number(900))
    shop.till.enrol_confirm()
    shop.till.put_amount("30000")
    shop.till.enter()
    shop.write(lambda conn: conn.execute("DELETE FROM slice"))  # given back when the day was closed
    shop.clock.pass_ms(5_000)
    shop.scan(card_number(900))
    shop.till.typed("2000")
    shop.till.choose(1)
    assert shop.code != "reward_next_door"
    assert shop.ledger.moves == []
