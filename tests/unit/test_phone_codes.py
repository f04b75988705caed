"""Codes that a phone draws anew each time: introduced once, good for a minute, once a till (failure table, row 25)."""

from pathlib import Path

import msgspec
import pytest
import zxingcpp
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from PIL import Image

from pos_app.cards.symbols import qr
from pos_app.cli.main import main
from pos_app.till.view import Stage
from rules.account import POINTS
from sync.card_code import CARD_KEYS, CardCode, PhoneCode, introduced, written
from sync.entry import Evidence
from sync.floors import FLOORS, Floors
from sync.shown import ShownAnswer
from sync.till import cursors
from sync.till.events import CodeArrived
from sync.wire import pack
from tests.unit.test_signed_cards import OURS, issued
from tests.unit.test_signed_cards import text as card_text
from tests.unit.till_kit import BREAD, OTHER_BADGE, OTHER_PIN, Shop, card_number

PHONE = Ed25519PrivateKey.from_private_bytes(bytes(range(40, 72)))
STRANGE = Ed25519PrivateKey.from_private_bytes(bytes(range(41, 73)))


def now_s(shop: Shop) -> int:
    return shop.clock.wall // 1000 + 3  # what the clock says when `scan` has waited


def code(shop: Shop, *, late: int = 0, key: Ed25519PrivateKey = PHONE, member: int = 1, kid: int = 1) -> str:
    """What the phone shows now, or showed `late` seconds ago."""
    return written(CardCode(member, kid, at_s=now_s(shop) - late), key.sign)


def introduction(shop: Shop, *, key: Ed25519PrivateKey = PHONE, member: int = 1, late: int = 0) -> str:
    """What the phone shows once."""
    public = PHONE.public_key().public_bytes_raw()
    return introduced(PhoneCode(member, 1, now_s(shop) - late, public), key.sign)


@pytest.fixture
def known(shop: Shop) -> Shop:
    """A shop in which the phone of member 1 was introduced beside the signed card."""
    shop.publish(CARD_KEYS, pack((OURS,)))
    shop.with_points(
        1,
        450,
    )
    issued(shop, 1, 1)
    shop.scan(card_text())
    shop.scan(introduction(shop))
    shop.till.enter()
    assert shop.code == "phone_known"
    shop.till.escape()
    return shop


def test_a_phone_shows_its_member_and_the_ticket_says_so(known: Shop) -> None:
    """A fresh code is level 2, and its short hash stands in the entry."""
    known.scan(code(known))
    assert known.view.stage is Stage.TICKET
    known.key_in("1000")
    entry = known.entries()[-1]
    assert (entry.kind, entry.member, entry.evidence) == ("TICKET", 1, Evidence.DYNAMIC.value)
    assert len(known.last_body().code) == 8  # type: ignore[union-attr]


def test_a_code_is_good_once_also_after_a_restart(known: Shop) -> None:
    """The screenshot of a code that was shown is refused within its minute, whatever happened to the till."""
    shown = code(known)
    known.scan(shown)
    known.key_in("1000")
    known.scan(shown)
    assert (known.code, known.view.member) == ("signed_shown", None)
    known.restart()
    known.sign_in()
    known.scan(shown)
    assert known.code == "signed_shown"


@pytest.mark.parametrize(
    ("late", "told"), [(300, "signed_stale"), (-300, "signed_stale"), (100, ""), (-100, "")]
)
def test_only_what_is_drawn_now_is_believed(known: Shop, late: int, told: str) -> None:
    """An old code and one for the future are refused; a minute either way, and what the till doubts, is not."""
    known.scan(code(known, late=late))
    assert known.code == told


def test_what_is_changed_made_up_or_huge_is_refused(known: Shop) -> None:
    """Another key, another number, a changed digit, a member without a phone, the name of a card, and far too long."""
    good = code(known)
    changed = good[:-1] + str((int(good[-1]) + 1) % 10)
    known.ledger.online = False
    tried = {
        code(known, key=STRANGE): "signed_forged",
        changed: "signed_forged",
        code(known, kid=2): "signed_unknown_phone",
        code(known, member=2): "signed_unknown_phone",
        "9" * 184: "code_malformed_signed",
        "9" * 4000: "code_too_long",
        "LQ1-1-1": "code_no_use",
    }
    for text, told in tried.items():
        known.scan(text)
        assert (known.code, known.view.member) == (told, None), text[:20]


def test_with_a_clock_in_doubt_it_proves_no_more_than_a_card(known: Shop) -> None:
    """Level 1, since nobody knows whether it is fresh; still only once."""
    known.sale(card_text(), "1000")  # what was sold is the latest time that the till is sure of
    known.clock.wall -= 30 * 86_400_000
    shown = code(known)
    known.scan(shown)
    who = known.till.state.basket.who  # type: ignore[union-attr]
    assert who is not None
    assert who.evidence == Evidence.STATIC.value
    known.till.escape()
    known.scan(shown)
    assert known.code == "signed_shown"


def test_off_line_a_phone_lifts_the_limits_of_ticket_and_member(known: Shop) -> None:
    """A signed card may take what a ticket may, the phone all that the till may give."""
    known.publish(FLOORS, pack(Floors(100, 100, 400)))

    def job(conn: cursors.Connection) -> None:
        fresh = msgspec.structs.replace(cursors.sync_state(conn), heard_ms=known.clock.wall_ms())
        cursors.save_sync_state(conn, fresh)

    known.write(job)
    known.go_offline()
    taken = []
    for text in (card_text(), code(known)):
        known.scan(text if text == card_text() else code(known))
        known.till.put_amount("5000")
        assert known.till.state.worth is not None
        taken.append(known.till.state.worth.floor.units)
        known.till.escape()
    assert taken == [100, 400]
    assert known.held(1, POINTS) == 0


def test_a_phone_is_introduced_by_its_own_key_beside_its_member(shop: Shop) -> None:
    """No card on the ticket, another member's, a key that it has not, an old picture: nothing is written."""
    shop.publish(CARD_KEYS, pack((OURS,)))
    shop.member(1)
    issued(shop, 1, 1)
    shop.scan(introduction(shop))
    assert shop.code == "phone_scan_card"
    shop.scan(card_text())
    for bad in (
        introduction(shop, member=2),
        introduction(shop, key=STRANGE),
        introduction(shop, late=3600),
    ):
        shop.scan(bad)
        assert (shop.code, shop.view.stage) == ("phone_not_own", Stage.TICKET)
    assert "PHONE_KEY" not in shop.kinds()


def test_a_number_that_anybody_can_copy_introduces_no_phone_without_a_manager(shop: Shop) -> None:
    """The photograph of a number card must not become a phone: the badge is asked for, and stands in the entry."""
    card = shop.member(1)
    shop.scan(card)
    shop.scan(introduction(shop, member=0))
    shop.till.enter()
    assert shop.kinds() == []
    shop.till.scan_text(OTHER_BADGE, "test")
    shop.till.pin(OTHER_PIN)
    shop.till.enter()
    assert shop.code == "phone_known"
    assert shop.last_body().supervisor == "m1"  # type: ignore[union-attr]


def test_what_the_page_says_is_what_the_command_prints(tmp_path: Path) -> None:
    """The vectors of docs/cards.md; as QR codes both texts are read back as they are."""
    page = (Path(__file__).parents[2] / "docs/cards.md").read_text("utf-8")
    key = tmp_path / "phone.key"
    key.write_text(bytes(range(32)).hex())
    for words in (["--introduce"], []):
        told = drawn(key, "--member", "123456789012", "--kid", "2", "--at", "1795000000", *words)
        assert told in page
        rows = qr(told)
        picture = Image.new("L", (4 * (len(rows) + 8),) * 2, 255)
        for y, row in enumerate(rows):
            for x, dark in enumerate(row):
                if dark:
                    picture.paste(0, (4 * (x + 4), 4 * (y + 4), 4 * (x + 5), 4 * (y + 5)))
        assert [one.text for one in zxingcpp.read_barcodes(picture)] == [told]


def test_a_new_key_is_for_its_owner_only(tmp_path: Path) -> None:
    """It is made once, and no other user of the machine may read it."""
    key = tmp_path / "phone.key"
    first = drawn(key, "--member", "1", "--at", "1795000000")
    assert drawn(key, "--member", "1", "--at", "1795000000") == first
    assert key.stat().st_mode & 0o077 == 0


def drawn(key: Path, *words: str) -> str:
    done = CliRunner().invoke(main, ["card", "phone", "--key", str(key), "--lang", "en", *words])
    assert done.exit_code == 0, done.output
    return done.output.strip()


def test_a_ticket_taken_up_after_a_power_cut_says_which_code_was_shown(known: Shop) -> None:
    """Else nobody would be told that another till took the same one."""
    known.scan(code(known))
    known.till.put_amount("1000")
    known.restart()
    known.sign_in()
    known.till.enter()
    assert (known.kinds()[-1], len(known.last_body().code)) == ("TICKET", 8)  # type: ignore[union-attr]


def test_what_is_no_sale_says_which_code_was_shown(known: Shop) -> None:
    """A check-in on the code of a phone is compared between tills like a ticket."""
    known.scan(code(known))
    known.scan("P-garden")
    assert (known.kinds()[-1], len(known.last_body().code)) == ("EVENT", 8)  # type: ignore[union-attr]


def test_a_photograph_of_the_card_takes_no_phones_place(known: Shop) -> None:
    """The member has a phone: another one stands for them by the former one, or by a manager's word."""
    other = Ed25519PrivateKey.from_private_bytes(bytes(range(50, 82)))
    theirs = introduced(PhoneCode(0, 1, now_s(known), other.public_key().public_bytes_raw()), other.sign)
    known.scan(card_text())
    known.scan(theirs)
    known.till.enter()
    assert (known.code, known.kinds().count("PHONE_KEY")) == ("not_here", 1)
    known.till.escape()
    known.scan(code(known))
    assert (known.code, evidence_of(known)) == ("member_shown", Evidence.DYNAMIC.value)
    fresh = introduced(PhoneCode(0, 1, now_s(known), other.public_key().public_bytes_raw()), other.sign)
    known.scan(fresh)
    known.till.enter()
    assert known.code == "phone_known"


def evidence_of(shop: Shop) -> str:
    """How the ticket's member was recognised."""
    assert shop.till.state.basket is not None
    assert shop.till.state.basket.who is not None
    return shop.till.state.basket.who.evidence


def test_the_cashier_asks_who_it_is_before_a_card_gets_a_phone(shop: Shop) -> None:
    """A signed card may be a photograph: the page says what to ask."""
    shop.publish(CARD_KEYS, pack((OURS,)))
    shop.member(1, birthday=(4, 23))
    issued(shop, 1, 1)
    shop.scan(card_text())
    shop.scan(introduction(shop))
    page = shop.view.errand
    assert page is not None
    assert any("23/04" in line.text for line in page.lines)


def test_a_phone_that_is_gone_is_given_up(known: Shop) -> None:
    """F7, 4: its code is refused from then on, here at once and off line too; cards stay good."""
    known.go_offline()
    known.scan(card_text())
    known.till.errand("card")
    page = known.view.errand
    assert page is not None
    assert 4 in [choice.digit for choice in page.choices]
    known.till.choose_in_errand(4)
    assert (known.code, known.kinds()[-1]) == ("phone_blocked", "PHONE_KEY")
    known.till.escape()
    known.scan(code(known))
    assert (known.code, known.view.member) == ("signed_unknown_phone", None)
    known.scan(card_text())
    assert known.view.member is not None
    known.till.errand("card")
    page = known.view.errand
    assert page is not None
    assert 4 not in [choice.digit for choice in page.choices]


def test_the_code_of_a_newer_phone_is_asked_about(known: Shop) -> None:
    """It was introduced at another store: the ledger is asked, on line, and not for a code of nobody's making."""
    asked = len(known.ledger.accounts)
    known.scan(code(known, kid=2))
    assert (known.code, len(known.ledger.accounts)) == ("phone_asked", asked + 1)


def answered(shop: Shop, code: bytes, *, elsewhere: bool) -> None:
    """The ledger says whether another till was shown the code."""
    shop.till.heard(CodeArrived(ShownAnswer(code, elsewhere)))
    shop.till.pump()


def test_on_line_a_code_that_another_till_took_leaves_the_ticket(known: Shop) -> None:
    """The ledger is told of every code; its answer takes the member off, what was scanned stays and Enter sells it."""
    known.scan(code(known))
    known.scan(BREAD)
    [shown] = known.ledger.codes
    answered(known, shown, elsewhere=True)
    assert known.code == "signed_elsewhere"
    assert known.view.member is None
    assert known.view.ticket is not None
    assert known.view.ticket.total == 350
    known.till.record()
    assert known.entries()[-1].member is None


def test_a_code_shown_here_first_stays_and_an_answer_for_another_changes_nothing(known: Shop) -> None:
    """Only the code of this very ticket counts."""
    known.scan(code(known))
    answered(known, known.ledger.codes[0], elsewhere=False)
    answered(known, b"another!", elsewhere=True)
    assert known.view.member is not None


def test_beside_a_card_a_picture_of_the_phone_lifts_no_limit(known: Shop) -> None:
    """The code that was to prove more than the number is told to the ledger, too."""
    known.scan(card_number(1))
    known.scan(code(known))
    assert evidence_of(known) == Evidence.DYNAMIC
    answered(known, known.ledger.codes[0], elsewhere=True)
    assert known.view.member is None


def test_off_line_no_ledger_is_asked(known: Shop) -> None:
    """The limits of a till that is alone stand; two that took one code are told afterwards."""
    known.ledger.online = False
    known.scan(code(known))
    assert known.ledger.codes == []
    assert known.view.member is not None
