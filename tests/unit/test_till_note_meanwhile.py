"""What the till hears while a note is being written holds."""

from datetime import date

import msgspec

from pos_app.till.view import Stage
from rules.account import POINTS, Account
from sync.card_marks import Blocked, BlockReason, blocked_mark
from sync.field import encrypt_note
from sync.till import members
from sync.till.events import Pulled
from sync.tokens import card_token
from tests.unit.till_kit import LOOKUP, Shop, card_number


def writing(shop: Shop, text: str) -> None:
    """F9, 1, Personal data, 4 and the text, without Enter."""
    shop.till.errand("personal")
    shop.till.choose_in_errand(4)
    shop.till.typed(text)


def test_what_the_ledger_said_meanwhile_stays(shop: Shop) -> None:
    """Points and another till's note come while the cashier types: Enter takes back neither points nor page."""
    shop.scan(shop.member(1, name="Zoé M."))
    writing(shop, "Oat milk")
    identity = shop.till.parts.identity
    row = shop.row(1, Account(member=1, balance={POINTS: 700}), name="Zoé M.")
    row = msgspec.structs.replace(row, pos=5, note=encrypt_note(identity.scope_key, 1, "Theirs"))
    shop.write(lambda conn: members.store_rows(conn, identity, [row], 0))
    shop.till.heard(Pulled((1,), False, ()))
    shop.till.pump()
    assert shop.view.stage is Stage.ERRAND
    shop.till.enter()
    assert shop.view.member is not None
    assert (shop.view.member.note, shop.view.member.balance) == ("Oat milk", 700)


def test_a_card_that_left_the_ticket_does_not_come_back(shop: Shop) -> None:
    """Another till says meanwhile that the card was lost: the note is written, the ticket stays without the card."""
    shop.scan(shop.member(1, name="Zoé M."))
    writing(shop, "Oat milk")
    identity, token = shop.till.parts.identity, card_token(LOOKUP, card_number(1))
    gone = Blocked(token, BlockReason.LOST.value, date(2026, 3, 2))
    row = msgspec.structs.replace(shop.row(1, Account(member=1)), pos=5, blocked=(gone,))
    row = msgspec.structs.replace(row, cards=(token, blocked_mark(LOOKUP, token)))
    shop.write(lambda conn: members.store_rows(conn, identity, [row], 0))
    shop.till.heard(Pulled((1,), False, ()))
    shop.till.pump()
    shop.till.enter()
    assert (shop.code, shop.view.member, shop.kinds()) == ("note_written", None, ["NOTE"])
