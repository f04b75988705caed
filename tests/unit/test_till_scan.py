"""Scans: durable first, one meaning each, whatever has the focus."""

import pytest

from pos_app.devices.framing import Ended, Fault, Frame
from pos_app.screens.desk import Desk, follow
from pos_app.screens.keys import press
from pos_app.till.view import Stage
from rules.account import Account
from sync.sqlite_driver import Connection
from sync.till import scans
from tests.unit.till_kit import BREAD, COFFEE, Shop, card_number


def frame(text: str, at_ms: int, fault: Fault | None = None) -> Frame:
    return Frame(text.encode(), "]E0", Ended.SUFFIX, fault, at_ms)


def test_scan_is_durable_before_the_answer(shop: Shop) -> None:
    """The scanner hears yes only when keyed hash and kind are on the disk; the raw text goes once decided."""
    assert shop.till.scanned("port-1", frame(BREAD, 10))
    left = scans.undecided(shop.store.reader(), shop.till.parts.identity.scope_key)
    assert [(one.kind, one.raw) for one in left] == [("product", BREAD)]
    woken = []
    shop.till.on_change = lambda: woken.append(1)
    assert shop.till.scanned("port-1", frame(COFFEE, 2_000))
    assert woken
    assert shop.till.pump()
    assert not shop.till.pump()
    assert scans.undecided(shop.store.reader(), shop.till.parts.identity.scope_key) == ()
    assert shop.view.ticket is not None
    assert len(shop.view.ticket.lines) == 2


def test_scan_that_cannot_be_stored_is_not_acknowledged(shop: Shop) -> None:
    """When the disk takes no scan the scanner hears nothing good; the till goes on."""
    shop.write(
        lambda conn: conn.execute(
            "CREATE TEMP TRIGGER t BEFORE INSERT ON scan BEGIN SELECT raise(ABORT, 'full'); END"
        )
    )
    assert not shop.till.scanned("port-1", frame(BREAD, 10))
    shop.till.pump()
    assert shop.view.ticket is not None


def test_card_twice_within_three_seconds_is_one(shop: Shop) -> None:
    """The same card counts once for three seconds, two equal products are two after 0.3 s."""
    card = shop.member(1)
    shop.till.scanned("a", frame(card, 10_000))
    shop.till.scanned("b", frame(card, 12_000))
    shop.till.pump()
    assert shop.code == "same_scan"
    shop.till.scanned("a", frame(COFFEE, 20_000))
    shop.till.scanned("a", frame(COFFEE, 20_100))
    shop.till.scanned("a", frame(COFFEE, 20_900))
    shop.till.pump()
    assert shop.view.ticket is not None
    assert len(shop.view.ticket.lines) == 2


@pytest.mark.parametrize("fault", list(Fault))
def test_faulty_frames_have_a_sentence(shop: Shop, fault: Fault) -> None:
    """Noise, glued and endless frames each say what to do, and are no scan."""
    assert not shop.till.scanned("a", frame("x", 10, fault))
    shop.till.pump()
    assert shop.view.notice is not None
    assert shop.view.notice.text
    assert shop.view.notice.code == f"scan_{fault.value}"


def test_wrong_check_digit(shop: Shop) -> None:
    """A card read wrongly is refused in one sentence."""
    card = card_number(1)
    shop.scan(card[:-1] + str((int(card[-1]) + 1) % 10))
    assert shop.code == "code_bad_check_digit"


def test_own_card_unknown_here_asks_the_ledger(shop: Shop) -> None:
    """Online the ledger is asked and the sale goes on; its answer puts the member on the screen."""
    shop.scan(card_number(7))
    assert shop.code == "card_asked"
    assert len(shop.ledger.accounts) == 1
    shop.till.typed("1000")
    shop.answer_account(7, Account(member=7, balance={"points": 300}))
    assert shop.view.member is not None
    assert shop.view.member.balance == 300
    assert shop.code == ""


def test_what_the_ledger_said_of_a_guest_counts_for_one_ticket(shop: Shop) -> None:
    """Nobody tells this store of later changes: at the next scan the account is thin, and asked for again."""
    shop.scan(card_number(7))
    shop.answer_account(7, Account(member=7, balance={"points": 300}))
    basket = shop.till.state.basket
    assert basket is not None
    assert basket.who is not None
    assert basket.who.account.known == "full"
    shop.till.escape()
    shop.scan(card_number(7))
    basket = shop.till.state.basket
    assert basket is not None
    assert basket.who is not None
    assert basket.who.account.known == "thin"
    assert len(shop.ledger.accounts) == 2


def test_card_the_ledger_does_not_know_either(shop: Shop) -> None:
    """The card leaves the ticket and F3 enrols it without a second scan."""
    shop.scan(card_number(7))
    shop.answer_account(7, None)
    assert shop.code == "card_unknown"
    assert shop.view.member is None
    shop.till.open_enrol()
    assert shop.view.enrol is not None
    assert shop.view.enrol.card == card_number(7)


def test_foreign_card_offline_is_offered_for_enrolment(shop: Shop) -> None:
    """A card of nobody, without a line: enrol it or leave it."""
    shop.go_offline()
    shop.scan("LIBRARY-4711")
    assert shop.code == "card_unknown"
    shop.till.escape()
    assert shop.view.stage is Stage.IDLE
    assert shop.code == ""


def test_thin_member_is_asked_for(shop: Shop) -> None:
    """A member known only by an index row shows at once, and the ledger is asked for the rest."""
    from sync.till import members
    from sync.tokens import card_token
    from tests.unit.till_kit import LOOKUP

    row = members.ThinRow(card_token(LOOKUP, card_number(8)), 8, 250)

    def load(conn: Connection) -> None:
        members.bulk_load(conn, [row])

    shop.write(load)
    shop.scan(card_number(8))
    assert shop.view.member is not None
    assert shop.view.member.balance == 250
    assert shop.view.member.known == "thin"
    assert len(shop.ledger.accounts) == 1
    assert shop.view.member.freshness == "250 points · not confirmed yet"
    shop.go_offline()
    assert shop.view.member.freshness == "OFFLINE · 0 points usable now · the balance may be old"


def test_typed_card_and_phone(shop: Shop) -> None:
    """Eight digits and more are a card or a phone number."""
    shop.member(1, name="Martin", phone="+33612345678")
    shop.key_in("0612345678")
    assert shop.view.member is not None
    assert shop.view.member.name == "Martin"
    shop.till.escape()
    shop.key_in(card_number(1))
    assert shop.view.member is not None
    shop.till.put_amount("1000")
    shop.till.enter()
    assert shop.entries()[0].evidence == "typed"


def test_ticket_scan_opens_the_return(shop: Shop) -> None:
    """The receipt's own code means a return at any time."""
    shop.sale(shop.member(1), "4590")
    shop.scan("T2-1-1")
    assert shop.view.stage is Stage.RETURN
    assert shop.view.returning is not None
    assert shop.view.returning.found


@pytest.mark.parametrize("text", ["V-ABCD1234", "\x1b[31mred", "x" * 10_000, "", "12"])
def test_what_has_no_use_has_a_sentence(shop: Shop, text: str) -> None:
    """Vouchers, escape sequences, endless lines: refused, and no control character reaches the view."""
    shop.scan(text)
    notice = shop.view.notice
    assert notice is not None
    assert notice.text.isprintable()
    assert shop.view.stage is Stage.IDLE


def test_a_card_of_names_and_addresses_is_in_no_file(shop: Shop) -> None:
    """Somebody holds a visiting card before the scanner: nothing of it is on the disk, now or later."""
    told = "MECARD:N:Zenobie Planted;TEL:+33671234589;EMAIL:z.planted@courriel.example;;"
    words = (b"Zenobie", b"671234589", b"courriel")

    def found() -> list[str]:
        files = [path for path in shop.folder.iterdir() if path.is_file()]
        return [path.name for path in files if any(word in path.read_bytes() for word in words)]

    assert shop.till.scanned("a", Frame(told.encode(), "]Q1", Ended.SUFFIX, None, 10))
    assert found() == []
    shop.till.pump()
    shop.scan(BREAD)
    assert found() == []


def test_scans_left_by_a_power_cut_are_taken_up(shop: Shop) -> None:
    """A scan that was acknowledged and not acted on comes back after the restart."""
    shop.till.scanned("a", frame(BREAD, 10))
    shop.restart().pump()
    shop.sign_in()
    assert scans.undecided(shop.store.reader(), shop.till.parts.identity.scope_key) == ()
    assert shop.view.ticket is not None
    assert shop.view.ticket.total == 350


def test_an_amount_in_the_field_is_never_counted_unseen_nor_lost(shop: Shop) -> None:
    """What is scanned after it begins the ticket with it, asks before it gives it to another, and keeps it else."""
    desk = press(shop.till, press(shop.till, Desk(), "3", "3"), "0", "0")
    before = shop.view
    shop.scan(BREAD)
    assert shop.view.ticket is not None
    assert [line.cents for line in shop.view.ticket.lines] == [350, 30]
    assert follow(desk, before, shop.view) == Desk()
    shop.till.escape()

    first, second = shop.member(1, name="Ada"), shop.member(2, name="Bea")
    shop.scan(first)
    desk = press(shop.till, follow(Desk(), before, shop.view), "7", "7")
    before = shop.view
    shop.scan(second)
    assert shop.code == "replace_member"
    assert follow(desk, before, shop.view) == Desk()
    assert shop.view.ticket.total == 7
    assert shop.view.member is not None
    assert shop.view.member.name == "Ada"
    shop.till.enter()
    assert shop.view.member is not None
    assert (shop.view.member.name, shop.view.ticket and shop.view.ticket.total) == ("Bea", 7)

    desk = press(shop.till, Desk(), "9", "9")
    before = shop.view
    shop.scan(BREAD)
    assert follow(desk, before, shop.view) == desk
    shop.till.lock()
    shop.sign_in()
    assert follow(Desk(), None, shop.view) == Desk("9")
    assert shop.view.ticket is not None
    assert shop.view.ticket.total == 359
