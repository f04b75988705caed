"""F7, a lost card: the new one is good and the old one blocked at once, off line too; points stay with the member."""

import msgspec
import pytest

from pos_app.screens.desk import Desk
from pos_app.screens.keys import press
from pos_app.till.view import Stage
from rules.account import POINTS
from sync.card_marks import blocked_mark
from sync.person import waiting_number
from sync.thin import ThinCard, short
from sync.till import index, members
from sync.tokens import card_token
from tests.unit.till_kit import LOOKUP, OTHER_BADGE, OTHER_PIN, Shop, card_number

PHONE = "+33612345678"
NEW = card_number(77)


def keys(shop: Shop, *pressed: str) -> int:
    """Press keys as a cashier does; how many."""
    desk = Desk()
    for key in pressed:
        desk = press(shop.till, desk, key, key if len(key) == 1 else None)
    return len(pressed)


def lose(shop: Shop) -> tuple[str, int]:
    """The whole job; the old card, and how many keys it took."""
    old = shop.member(1, name="Zoé M.", phone=PHONE, balance={POINTS: 450}, birthday=(4, 23))
    count = keys(shop, "f7", *"0612345678", "enter")
    assert any("23/04" in line.text for line in shop.view.errand.lines)  # type: ignore[union-attr]
    count += keys(shop, "enter")
    shop.scan(NEW)
    return old, count + keys(shop, "enter")


def test_a_lost_card_is_replaced_in_fourteen_keys_off_line(shop: Shop) -> None:
    """The old one is refused in words with the day, the new one has all points, after a restart too."""
    shop.go_offline()
    old, count = lose(shop)
    assert (shop.code, count) == ("lost_replaced", 14)
    assert shop.kinds() == ["LINK", "CARD_BLOCK"]
    shop.restart()
    shop.sign_in()
    shop.ledger.online = False
    shop.scan(old)
    assert (shop.code, shop.view.member) == ("card_replaced", None)
    assert "20/11" in shop.view.notice.text  # type: ignore[union-attr]
    shop.scan(NEW)
    assert shop.till.state.basket is not None
    who = shop.till.state.basket.who
    assert who is not None
    assert (who.member, who.account.balance) == (1, {POINTS: 450})


def test_rows_that_do_not_know_of_it_yet_change_nothing(shop: Shop) -> None:
    """What the ledger sent before it heard of the new card does not make the old one good."""
    old, _ = lose(shop)
    identity = shop.till.parts.identity
    account = members.load(shop.store.reader(), identity, 1).account  # type: ignore[union-attr]
    row = msgspec.structs.replace(shop.row(1, account, name="Zoé M.", phone=PHONE), pos=9)
    shop.write(lambda conn: members.store_rows(conn, identity, [row], 0))
    shop.scan(old)
    assert shop.code == "card_replaced"
    shop.scan(NEW)
    assert shop.view.member is not None


def test_a_card_of_somebody_else_is_no_new_card(shop: Shop) -> None:
    """Nothing is written, and the page waits for another."""
    shop.member(1, phone=PHONE)
    taken = shop.member(2)
    keys(shop, "f7", *"0612345678", "enter", "enter")
    shop.scan(taken)
    assert (shop.code, shop.view.stage, shop.kinds()) == ("lost_taken", Stage.ERRAND, [])


def test_a_card_found_again_is_taken_again(shop: Shop) -> None:
    """Scanned at F7, Enter; a stolen one only by a manager's badge."""
    old = shop.member(1, phone=PHONE)
    for digit, told in (("2", "card_lost"), ("3", "card_stolen")):
        keys(shop, "f7", *"0612345678", "enter", digit)
        shop.scan(old)
        assert shop.code == told
        keys(shop, "f7")
        shop.scan(old)
        if digit == "3":
            keys(shop, "enter")
            assert shop.code == "not_here"
            shop.till.scan_text(OTHER_BADGE, "test")
            shop.till.pin(OTHER_PIN)
        keys(shop, "enter")
        assert shop.code == "lost_found"
        shop.scan(old)
        assert shop.view.member is not None
        shop.till.escape()


def test_a_till_that_knows_only_the_list_of_members_refuses_it_too(shop: Shop) -> None:
    """The mark of a blocked card comes as a card does; on the begun ticket the card goes and the sale stays."""
    card = shop.member(1)
    shop.scan(card)
    shop.till.put_amount("1000")
    mark = ThinCard(short(blocked_mark(LOOKUP, card_token(LOOKUP, card))), 1)
    shop.write(lambda conn: index.store_cards(conn, [mark], 1))
    shop.answer_account(1, members.load(shop.store.reader(), shop.till.parts.identity, 1).account)  # type: ignore[union-attr]
    assert (shop.code, shop.view.member) == ("card_not_taken", None)
    assert shop.view.ticket is not None
    assert shop.view.ticket.total == 1000


def several(shop: Shop) -> tuple[str, str]:
    """A member with two cards, of which the first was shown here; both numbers."""
    first, second = shop.member(1, name="Zoé M.", phone=PHONE, balance={POINTS: 450}), card_number(76)
    shop.write(lambda conn: members.add_card(conn, shop.till.parts.identity, card_token(LOOKUP, second), 1))
    shop.scan(first)
    shop.till.escape()
    return first, second


def taken(shop: Shop, *cards: str) -> list[bool]:
    """Which of the cards put their member on the ticket."""
    found = []
    for card in cards:
        shop.scan(card)
        found.append(shop.view.member is not None)
        shop.till.escape()
    return found


@pytest.mark.parametrize(
    ("pressed", "left"),
    [(("1",), [False, True]), (("2",), [True, False]), (("enter",), [False, False])],
)
def test_one_of_several_cards_is_lost(shop: Shop, pressed: tuple[str, ...], left: list[bool]) -> None:
    """They stand there by their last digits, as far as they were shown here; the chosen one is blocked, or all are."""
    cards = several(shop)
    keys(shop, "f7", *"0612345678", "enter")
    page = shop.view.errand
    assert page is not None
    named = sorted((choice.label, choice.right) for choice in page.choices)
    assert named == [
        ("Card that was not shown at this till yet", ""),
        (f"Card ···· {cards[0][-4:]}", "here since 20/11/2026"),
    ]
    first_is = next(n for n, choice in enumerate(page.choices, 1) if choice.right)
    digit = {"1": str(first_is), "2": str(3 - first_is), "enter": "enter"}[pressed[0]]
    keys(shop, digit, "2")
    assert shop.code == "lost_blocked"
    assert taken(shop, *cards) == left


def test_the_card_that_is_still_there_is_scanned(shop: Shop) -> None:
    """The other one is the lost one, and the new card takes its place; somebody else's card says nothing."""
    first, second = several(shop)
    other = shop.member(2)
    keys(shop, "f7", *"0612345678", "enter")
    shop.scan(other)
    assert shop.code == "lost_not_theirs"
    shop.scan(second)
    keys(shop, "enter")
    shop.scan(NEW)
    keys(shop, "enter")
    assert shop.code == "lost_replaced"
    assert taken(shop, first, second, NEW) == [False, True, True]


def test_a_card_that_earned_before_anybody_had_it_is_a_new_card(shop: Shop) -> None:
    """What it earned comes along, as when somebody is enrolled with it."""
    shop.member(1, name="Zoé M.", phone=PHONE)
    token = card_token(LOOKUP, NEW)
    shop.write(lambda conn: index.store_cards(conn, [ThinCard(short(token), waiting_number(token))], 1))
    keys(shop, "f7", *"0612345678", "enter", "enter")
    shop.scan(NEW)
    keys(shop, "enter")
    assert shop.code == "lost_replaced"
