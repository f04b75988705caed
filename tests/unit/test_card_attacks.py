"""What somebody tries who has a printer: products as cards, guessed papers, endless digits; a found card's own code."""

import pytest

from pos_app.devices.grammar import Kind, read_code
from pos_app.screens.desk import Desk
from pos_app.screens.keys import press
from pos_app.till.card_jobs import block
from pos_app.till.view import Stage
from sync.card_code import CARD_KEYS
from sync.card_marks import BlockReason
from sync.till import members
from sync.tokens import card_token, voucher_code
from sync.wire import pack
from tests.unit.test_signed_cards import OURS, issued
from tests.unit.test_signed_cards import text as signed_card
from tests.unit.till_kit import BREAD, LOOKUP, Shop, card_number


def test_what_the_shop_sells_is_nobody_s_card(shop: Shop) -> None:
    """Not to be enrolled, nor the new card of a lost one; who has it all the same gets nothing of others' purchases."""
    shop.till.open_enrol()
    shop.scan(BREAD)
    assert (shop.code, shop.till.state.form.code) == ("enrol_product", "")  # type: ignore[union-attr]
    shop.till.escape()
    shop.member(1, phone="+33612345678")
    for key in ("f7", *"0612345678", "enter", "enter"):
        press(shop.till, Desk(), key, key if len(key) == 1 else None)
    shop.write(lambda conn: members.add_card(conn, shop.till.parts.identity, card_token(LOOKUP, BREAD), 1))
    shop.till.escape()
    shop.till.escape()
    shop.till.escape()
    shop.scan(BREAD)
    assert (shop.view.member, shop.view.ticket.total) == (None, 350)  # type: ignore[union-attr]


def test_a_blocked_signed_card_is_found_again_by_its_own_code(shop: Shop) -> None:
    """F7, the QR code, Enter: it is good again, and only that one."""
    shop.publish(CARD_KEYS, pack((OURS,)))
    shop.member(1)
    issued(shop, 1, 1)
    assert block(shop.till.parts, shop.till.state, 1, BlockReason.LOST) == ""
    shop.scan(signed_card())
    assert shop.code == "card_lost"
    press(shop.till, Desk(), "f7", None)
    shop.scan(signed_card())
    assert shop.view.stage is Stage.ERRAND
    press(shop.till, Desk(), "enter", None)
    assert shop.code == "lost_found"
    shop.scan(signed_card())
    assert shop.view.member is not None
    shop.till.escape()
    shop.scan(card_number(1))
    assert (shop.code, shop.view.member) == ("card_lost", None)


@pytest.mark.parametrize(
    "text",
    [
        "9" * 100_000,
        "4" * 181 + "\x00",
        "2943195855872\x1b[2J",
        "V-" + "A" * 100_000,
        voucher_code(bytes(32), "c-17"),
        "https://id.gs1.org/8018/" + "1" * 100_000,
        "\x1d8018" + "1" * 5_000,
    ],
)
def test_a_text_made_to_break_something_is_refused_and_leaves_nothing(shop: Shop, text: str) -> None:
    """Huge, with control characters, of another chain: no member, no reward, no entry, no fault."""
    shop.member(1)
    shop.scan(text)
    assert shop.view.notice is not None
    assert (shop.view.member, shop.kinds()) == (None, [])
    assert read_code(text, "]Q1", shop.till.parts.options.codes).kind in (Kind.BAD, Kind.VOUCHER)
