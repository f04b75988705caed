"""Erasure at the till: a manager or the member's own card, asked twice, off line, and nothing here leads to them."""

import pytest

from pos_app.languages.words import Words
from pos_app.screens.desk import Desk
from pos_app.screens.keys import press
from pos_app.till.view import Stage
from rules.account import Account
from sync.entry import EraseBody, Evidence
from sync.thin import ThinCard, short
from sync.till import index, journal, members
from sync.tokens import card_token
from tests.unit.test_till_enrol import everything_in
from tests.unit.till_kit import LOOKUP, OTHER_BADGE, OTHER_PIN, Shop, card_number
from tests.unit.whole_screen import cut

CARD, PHONE = card_number(900), "+33612345678"
TOKEN = card_token(LOOKUP, CARD)


@pytest.fixture
def member(shop: Shop) -> Shop:
    """A shop without a line, with a member on the begun ticket who has just been enrolled here."""
    shop.go_offline()
    shop.till.open_enrol()
    for name, value in (("card", CARD), ("contact", PHONE), ("first_name", "Wilhelmine")):
        shop.till.enrol_set(name, value)
    shop.till.enrol_confirm()
    shop.write(lambda conn: index.store_cards(conn, [ThinCard(short(TOKEN), 5000)], 1))
    shop.key_in("4590")
    shop.scan(CARD)
    return shop


def type_in(shop: Shop, *names: str) -> None:
    desk = Desk("")
    for name in names:
        desk = press(shop.till, desk, name, name if len(name) == 1 else None)


@pytest.mark.parametrize(("language", "word"), [("en", "ERASE"), ("fr", "effacer")])
def test_a_manager_allows_it_and_it_is_asked_twice(member: Shop, language: str, word: str) -> None:
    """Badge, PIN, 2, Enter, the word, Enter; the journal says who it was, and the card is nobody's."""
    member.till.set_language(language)
    member.till.errand("personal")
    page = member.view.errand
    assert page is not None
    assert [one.digit for one in page.choices] == [3, 4]  # a cashier alone: consents and a note
    member.scan(OTHER_BADGE)
    member.till.pin(OTHER_PIN)
    lost = [cut(member.view, Desk(), Words(language), (80, 24))]
    for key in ("2", "enter"):
        type_in(member, key)
        lost.append(cut(member.view, Desk(), Words(language), (80, 24)))
    assert lost == [[], [], []]
    type_in(member, *"no", "enter")
    assert member.code == "erase_word"
    assert member.kinds()[-1] == "TICKET"
    type_in(member, *word, "enter")
    assert member.code == "member_erased"
    assert member.view.stage is Stage.IDLE
    entry = member.entries()[-1]
    assert (entry.kind, entry.member, entry.evidence) == ("ERASE", 5000, Evidence.NUMBER)
    assert member.last_body() == EraseBody(5000, "c1", "m1")
    assert journal.pending(member.store.reader()).blobs == ()
    reader = member.store.reader()
    assert (members.find(reader, TOKEN), members.load_contact(reader, TOKEN)) == (None, None)
    assert members.load(reader, member.till.parts.identity, 5000) is None
    assert b"Wilhelmine" not in everything_in(member.store)


def test_a_row_from_before_brings_nobody_back(member: Shop) -> None:
    """The ledger answers without knowing of it yet; once it does, its word counts."""
    member.till.errand("personal")
    member.scan(OTHER_BADGE)
    member.till.pin(OTHER_PIN)
    type_in(member, "2", "enter", *"erase", "enter")
    identity, last = member.till.parts.identity, journal.head(member.store.reader())[0]
    row = member.row(900, Account(member=5000))
    row = type(row)(5000, row.cards, (), row.display, row.account, {}, {}, 9)
    member.write(lambda conn: members.store_rows(conn, identity, [row], last - 1))
    assert members.find(member.store.reader(), TOKEN) is None
    member.write(lambda conn: members.store_rows(conn, identity, [row], last))
    assert members.find(member.store.reader(), TOKEN) == 5000


def test_esc_goes_back_and_nothing_is_written(member: Shop) -> None:
    """One level at a time, up to the ticket."""
    before = member.kinds()
    member.till.errand("personal")
    member.scan(OTHER_BADGE)
    member.till.pin(OTHER_PIN)
    type_in(member, "2", "enter", "escape", "escape")
    assert member.view.stage is Stage.TICKET
    assert member.kinds() == before
