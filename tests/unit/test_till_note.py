"""A note on a member at the counter: on the screen in both sizes, sealed in the journal, taken away again."""

import msgspec
import pytest

from pos_app.languages.words import Words
from pos_app.screens.desk import Desk
from pos_app.screens.keys import press
from pos_app.screens.render import screen
from pos_app.till.view import Stage
from rules.account import POINTS, Account
from sync.entry import NoteBody
from sync.field import encrypt_note
from sync.person import LONGEST_NOTE
from sync.till import members
from sync.till.database import FILE_NAME as FILE
from sync.tokens import card_token
from tests.unit.till_kit import LOOKUP, Shop, card_number

NOTE = "Oat milk, two sugars; the cup in the left hand, please"
SCOPE = bytes([3] * 32)


def write_note(shop: Shop, text: str) -> None:
    """F9, 1, Personal data, 4: the text, Enter."""
    shop.till.errand("personal")
    keys(shop, "4", *text, "enter")


def keys(shop: Shop, *pressed: str) -> None:
    desk = Desk()
    for key in pressed:
        desk = press(shop.till, desk, key, key if len(key) == 1 else None)


def shown(shop: Shop) -> str:
    assert shop.view.member is not None
    return shop.view.member.note


def begin(shop: Shop, **fields: object) -> str:
    card = shop.member(1, name="Zoé M.", **fields)
    shop.scan(card)
    return card


@pytest.mark.parametrize("size", [(80, 24), (120, 36)], ids=["80x24", "120x36"])
@pytest.mark.parametrize("language", ["en", "fr"])
def test_it_stands_on_the_members_screen_whole(shop: Shop, size: tuple[int, int], language: str) -> None:
    """Off line, as long as it may be, at both sizes; the next customer's ticket has none."""
    shop.go_offline()
    shop.till.set_language(language)
    begin(shop)
    long = (NOTE + " and a spoon of wood, as always")[:LONGEST_NOTE].strip()
    write_note(shop, long)
    assert (shop.code, shop.view.stage) == ("note_written", Stage.TICKET)
    rows = ["".join(part for part, _ in line) for line in screen(shop.view, Desk(), Words(language), *size)]
    column = " ".join(line.split("│")[1] for line in rows if line.count("│") > 1)
    assert long in " ".join(column.split())
    keys(shop, "escape")
    shop.scan(shop.member(2))
    assert shown(shop) == ""


def test_the_journal_has_it_sealed_and_no_file_in_clear(shop: Shop) -> None:
    """The entry refers to a sealed blob; a restart shows the note again."""
    card = begin(shop)
    write_note(shop, NOTE)
    (body,) = shop.bodies("NOTE")
    assert isinstance(body, NoteBody)
    assert [one.what for one in body.sealed] == ["note"]
    assert body.cashier == "c1"
    for path in (shop.folder / FILE, shop.folder / (FILE + "-wal")):
        assert not path.exists() or NOTE.encode() not in path.read_bytes()
    shop.restart()
    shop.sign_in()
    shop.scan(card)
    assert shown(shop) == NOTE


def test_a_row_that_does_not_include_it_leaves_it_and_the_next_one_counts(shop: Shop) -> None:
    """What the ledger sent before it heard of the note changes nothing; then its word is the last."""
    card = begin(shop)
    identity, theirs = shop.till.parts.identity, "Their note"
    write_note(shop, NOTE)
    keys(shop, "escape")
    account = members.load(shop.till.parts.reader, identity, 1)
    assert account is not None
    row = msgspec.structs.replace(shop.row(1, account.account, name="Zoé M."), pos=5)
    row = msgspec.structs.replace(row, note=encrypt_note(SCOPE, 1, theirs))
    for own_seq, expected in ((0, NOTE), (1, theirs)):
        shop.write(lambda conn, upto=own_seq: members.store_rows(conn, identity, [row], upto))
        shop.scan(card)
        assert shown(shop) == expected
        keys(shop, "escape")


def test_it_is_replaced_and_taken_away(shop: Shop) -> None:
    """The page shows the note that there is; - alone takes it away; Enter on nothing changes nothing."""
    begin(shop)
    write_note(shop, "First")
    write_note(shop, NOTE)
    assert shown(shop) == NOTE
    write_note(shop, "")
    assert (shown(shop), len(shop.bodies("NOTE"))) == (NOTE, 2)
    write_note(shop, "-")
    assert (shop.code, shown(shop)) == ("note_gone", "")
    assert len(shop.bodies("NOTE")) == 3


def test_what_is_no_note_is_refused_and_stays_in_the_field(shop: Shop) -> None:
    """Too long, a control character; a card scanned meanwhile takes nothing away."""
    begin(shop)
    shop.till.errand("personal")
    keys(shop, "4")
    for text in ("x" * (LONGEST_NOTE + 1), "a\x1bb", "a\u202eb"):
        shop.till.typed(text)
        shop.till.enter()
        assert (shop.code, shop.view.stage) == ("note_long", Stage.ERRAND)
    shop.scan(card_number(2))
    assert (shop.code, shop.view.stage) == ("note_first", Stage.ERRAND)
    assert shop.bodies("NOTE") == []


def test_a_card_nobody_enrolled_has_no_note(shop: Shop) -> None:
    """There is nobody whose note it would be."""
    shop.scan(card_number(9))
    shop.till.errand("personal")
    assert shop.code == "personal_nobody"


def test_of_a_member_known_by_the_list_alone_it_is_there_at_the_next_scan(shop: Shop) -> None:
    """The ledger has not been asked: the note stays beside the points of the list, also once that has newer ones."""
    shop.go_offline()
    token = card_token(LOOKUP, card_number(4))
    for balance in (120, 90):
        row = members.ThinRow(token, 4, balance)
        shop.write(lambda conn, row=row: members.bulk_load(conn, [row]))
        shop.scan(card_number(4))
        if balance == 120:
            write_note(shop, NOTE)
        keys(shop, "escape")
        shop.restart()
        shop.sign_in()
        shop.go_offline()
        shop.scan(card_number(4))
        assert shop.view.member is not None
        assert (shop.view.member.note, shop.view.member.balance) == (NOTE, balance)
        assert shop.view.member.known == "thin"
        keys(shop, "escape")
    full = shop.row(4, Account(member=4, balance={POINTS: 70}), name="Zoé M.")
    for own_seq, expected in ((0, NOTE), (1, "")):
        shop.write(
            lambda conn, upto=own_seq: members.store_rows(conn, shop.till.parts.identity, [full], upto)
        )
        shop.scan(card_number(4))
        assert shop.view.member is not None
        assert (shop.view.member.note, shop.view.member.balance) == (expected, 70)
        keys(shop, "escape")
