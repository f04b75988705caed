"""At the till: points from a receipt later, and a sale that went to the wrong member."""

import datetime

import msgspec
import pytest

from pos_app.screens.desk import Desk
from pos_app.screens.keys import press
from pos_app.till.card_jobs import block
from pos_app.till.member import known
from pos_app.till.state import Who
from pos_app.till.view import Stage
from rules.account import POINTS, Account
from sync.card_code import CARD_KEYS
from sync.card_marks import BlockReason
from sync.entry import MoveTicketBody, TicketBody
from sync.till import members, tickets
from sync.till.births import births_left
from sync.wire import pack
from tests.unit.test_signed_cards import OURS, issued
from tests.unit.test_signed_cards import text as signed_card
from tests.unit.test_till_refund import last_lot, told_by_the_ledger
from tests.unit.till_kit import COFFEE, DAY_MS, PROGRAMME, Shop, card_number, lot


def receipt(shop: Shop) -> str:
    """The number of the last ticket with its six characters, as printed."""
    done = shop.view.done
    assert done is not None
    return done.reference


def typed(shop: Shop, text: str) -> None:
    desk = Desk()
    for char in text:
        desk = press(shop.till, desk, char, char)
    press(shop.till, desk, "enter", None)


def moves(shop: Shop) -> list[tuple[object, str, str, object]]:
    found = []
    for entry, body in zip(
        [one for one in shop.entries() if one.kind == "MOVE_TICKET"], shop.bodies("MOVE_TICKET"), strict=True
    ):
        assert isinstance(body, MoveTicketBody)
        found.append((entry.member, body.reference, body.tail, body.to))
    return found


def without_card(shop: Shop) -> str:
    shop.key_in("1200")
    press(shop.till, Desk(), "enter", None)
    printed = receipt(shop)
    press(shop.till, Desk(), "enter", None)
    return printed


@pytest.mark.parametrize("how", ["typed", "scanned"])
def test_points_from_a_receipt_of_this_till(shop: Shop, how: str) -> None:
    """Card, menu, receipt: one entry for the ledger; the same paper a second time is refused."""
    printed = without_card(shop)
    shop.scan(shop.member(1, name="Martin"))
    shop.till.errand("claim")
    typed(shop, printed) if how == "typed" else shop.scan(f"T{printed}")
    number, tail = printed.split()
    assert moves(shop) == [(None, number, tail, 1)]
    assert (shop.code, shop.view.stage) == ("claim_noted", Stage.TICKET)
    shop.till.errand("claim")
    typed(shop, printed)
    assert (shop.code, len(moves(shop))) == ("claim_taken", 1)


def test_a_receipt_of_another_till_is_for_the_ledger_to_judge(shop: Shop) -> None:
    """Without its characters, or as anything else, it is refused at once."""
    shop.scan(shop.member(1))
    for text in ("7-1-12", "hello there", ""):
        shop.till.errand("claim")
        typed(shop, text)
        assert moves(shop) == []
        shop.till.escape() if shop.view.stage is Stage.ERRAND else None
    shop.till.errand("claim")
    typed(shop, "7-1-12 abc123")
    assert moves(shop) == [(None, "7-1-12", "abc123", 1)]


def test_a_wrong_tail_of_an_own_receipt_is_refused(shop: Shop) -> None:
    """Numbers can be guessed, the characters cannot."""
    number = without_card(shop).split()[0]
    shop.scan(shop.member(1))
    shop.till.errand("claim")
    typed(shop, f"{number} 000000")
    assert (shop.code, moves(shop)) == ("claim_number", [])


def test_a_sale_of_the_wrong_member_leaves_no_points_there(shop: Shop) -> None:
    """Its points go from the one at once, also those that could be spent here; the other's come from the ledger."""
    shop.member(2, name="Petit")
    shop.sale(shop.member(1, name="Martin"), "1200")
    assert shop.held(1) == 12
    shop.till.errand("wrong_member")
    page = shop.view.errand
    assert page is not None
    assert [(one.digit, "Martin" in one.label) for one in page.choices] == [(1, True)]
    press(shop.till, Desk(), "1", "1")
    shop.scan(card_number(2))
    assert shop.code == "moved_ticket"
    assert [(was, to) for was, _, _, to in moves(shop)] == [(1, 2)]
    assert shop.held(1) == 0
    assert (
        births_left(shop.entries()) == ()
    )  # what is saved from this disk, were it damaged, has them no more
    shop.scan(card_number(1))
    assert shop.view.member is not None
    assert shop.view.member.balance == 0
    assert tickets.recent(shop.store.reader(), 1)[0].member == 2


def test_points_that_lapsed_before_the_move_lower_no_balance(shop: Shop) -> None:
    """They are in no balance any more: of 30 and 61 that have lapsed there is left 30 where the 61 go."""
    shop.member(2)
    card = shop.with_points(1, 30)
    shop.sale(card, "6100")
    told_by_the_ledger(shop, last_lot(shop, 61, days=-1), lot(POINTS, "c-1", 30))
    shop.till.errand("wrong_member")
    press(shop.till, Desk(), "1", "1")
    typed(shop, card_number(2))
    assert shop.code == "moved_ticket"
    shop.scan(card)
    assert shop.view.member is not None
    assert shop.view.member.balance == 30


def test_points_that_lapsed_after_the_move_lower_no_balance_either(shop: Shop) -> None:
    """The ledger's row is of a day when they had lapsed, and does not hold the move yet."""
    shop.publish("programme", PROGRAMME + b'\n[expiry]\nlot_life = "12d"\n')
    shop.member(2)
    card = shop.with_points(1, 30)
    shop.sale(card, "6100")
    ticket = shop.entries()[-1]
    body = shop.last_body()
    assert isinstance(body, TicketBody)
    shop.till.errand("wrong_member")
    press(shop.till, Desk(), "1", "1")
    typed(shop, card_number(2))
    assert shop.code == "moved_ticket"
    shop.clock.pass_ms(((body.promised[0].last_day - ticket.bdate).days + 1) * DAY_MS)
    held = msgspec.structs.replace(lot(POINTS, "c-1", 30), last_day=datetime.date(2035, 1, 1))
    account = Account(member=1, since=ticket.bdate, balance={POINTS: 30}, holdings=(held,))
    row = msgspec.structs.replace(shop.row(1, account), pos=2)
    shop.write(lambda conn: members.store_rows(conn, shop.till.parts.identity, [row], ticket.seq))
    who = known(shop.till.parts, Who(b"", "", "number", 1, Account(member=1)), 1)
    assert who.account.balance[POINTS] == 30


def test_the_goods_come_back_after_the_move_as_well(shop: Shop) -> None:
    """The return takes nothing back of the former member; what the new one got, the ledger takes."""
    shop.member(2)
    shop.sale(shop.member(1), "1200")
    printed = receipt(shop)
    shop.till.errand("wrong_member")
    press(shop.till, Desk(), "1", "1")
    typed(shop, card_number(2))
    shop.till.open_return()
    shop.till.return_reference(printed)
    shop.till.return_confirm()
    (refund,) = shop.bodies("REFUND")
    assert getattr(refund, "claws", None) == ()


def test_who_had_the_ticket_for_a_while_owes_nothing_here(shop: Shop) -> None:
    """From one to the other and on to a third: this till gave the second one nothing, and takes nothing off."""
    shop.member(2)
    shop.member(3)
    shop.sale(shop.member(1), "1200")
    for to in (2, 3):
        shop.till.errand("wrong_member")
        press(shop.till, Desk(), "1", "1")
        typed(shop, card_number(to))
    shop.scan(card_number(2))
    assert shop.view.member is not None
    assert shop.view.member.balance == 0


@pytest.mark.parametrize(
    ("case", "code"), [("reward", "move_reward"), ("same", "move_same"), ("none", "move_none")]
)
def test_what_cannot_move_says_what_to_do(shop: Shop, case: str, code: str) -> None:
    """A ticket with a reward is returned instead; one's own ticket is no mistake."""
    card = shop.with_points(1, 200)
    shop.member(2)
    if case != "none":
        shop.scan(card)
        if case == "reward":
            assert shop.till.state.basket is not None
            shop.till.put_amount("2000")
            shop.grant(1, shop.till.state.basket.ticket, "points", 100)
            shop.till.redeem("five", 1)
            shop.till.record()
        else:
            shop.key_in("1200")
    shop.till.errand("wrong_member")
    if case != "none":
        press(shop.till, Desk(), "1", "1")
        typed(shop, card_number(1 if case == "same" else 2))
    assert (shop.code, moves(shop)) == (code, [])


def test_a_card_that_is_not_taken_gets_no_ticket(shop: Shop) -> None:
    """Blocked or replaced it is nobody's: not as the right member of a sale, and not for points from a receipt."""
    shop.publish(CARD_KEYS, pack((OURS,)))
    blocked = shop.member(1)
    issued(shop, 1, 2)
    assert block(shop.till.parts, shop.till.state, 1, BlockReason.LOST) == ""
    shop.sale(shop.member(2), "4590")
    for code, told in ((blocked, "card_lost"), (signed_card(issue=1), "signed_replaced")):
        shop.till.errand("wrong_member")
        press(shop.till, Desk(), "1", "1")
        shop.scan(code)
        assert (shop.code, shop.view.stage) == (told, Stage.ERRAND)
        shop.till.escape()
        shop.till.escape()
    printed = without_card(shop)
    other = shop.member(3)
    shop.scan(other)
    shop.till.errand("claim")
    assert block(shop.till.parts, shop.till.state, 3, BlockReason.STOLEN) == ""
    typed(shop, printed)
    assert (shop.code, moves(shop)) == ("card_stolen", [])


@pytest.mark.parametrize("told", [False, True])
def test_a_card_that_was_used_is_no_stamps_again(shop: Shop, told: bool) -> None:
    """Its ticket goes to another member: the ten that it gave are lacking in the card then, and no free coffee is."""
    shop.member(2, name="Petit")
    card = shop.member(1, name="Martin")
    shop.scan(card)
    for _ in range(10):
        shop.scan(COFFEE)
    shop.till.enter()
    shop.scan(card)
    shop.scan(COFFEE)
    shop.till.choose(1)
    shop.till.enter()
    assert shop.held(1, "reward:coffee") == 0
    if told:
        told_by_the_ledger(shop)
    shop.till.errand("wrong_member")
    page = shop.view.errand
    assert page is not None
    press(shop.till, Desk(), str(page.choices[-1].digit), str(page.choices[-1].digit))
    shop.scan(card_number(2))
    assert shop.code == "moved_ticket"
    shop.scan(card)
    basket = shop.till.state.basket
    assert basket is not None
    assert basket.who is not None
    assert basket.who.account is not None
    balance = basket.who.account.balance
    assert (balance["stamp:coffee"], balance["reward:coffee"]) == (-10, 0)


@pytest.mark.parametrize("how", ["scanned", "typed"])
def test_the_right_member_may_have_a_foreign_card_with_a_product_s_number(shop: Shop, how: str) -> None:
    """An EAN-13 that is no product of the shop is a card that was enrolled: the sale moves to its member."""
    foreign = "4006381333931"
    shop.till.open_enrol()
    shop.scan(foreign)
    shop.till.enrol_confirm()
    assert shop.code == "enrolled"
    shop.till.escape()
    shop.sale(shop.member(1), "1000")
    shop.till.errand("wrong_member")
    press(shop.till, Desk(), "1", "1")
    shop.scan(COFFEE)
    assert (shop.code, shop.view.stage) == ("contact_unknown", Stage.ERRAND), (
        "a product by mistake: still asked"
    )
    shop.scan(foreign) if how == "scanned" else typed(shop, foreign)
    [(member, _, _, to)] = moves(shop)
    assert (member, to != 1) == (1, True)
