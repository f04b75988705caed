"""Enrolment: numbers from the till's own blocks, keyed hashes in the journal, personal data sealed beside it."""

import msgspec
import pytest

from pos_app.till.view import Stage
from rules.account import Account
from sync.entry import EnrolBody, LinkBody
from sync.numbers import is_member_number
from sync.person import PROVISIONAL_FROM
from sync.seal import unseal
from sync.till import journal, members
from sync.till.database import Store
from sync.tokens import card_token
from tests.unit.till_kit import LOOKUP, Shop, card_number


def test_enrol_with_phone_in_the_middle_of_a_sale(shop: Shop) -> None:
    """The new member is the ticket's; the entry holds no personal data, the blobs beside it open for the ledger."""
    shop.key_in("4590")
    shop.till.open_enrol()
    shop.till.enrol_set("card", card_number(900))
    shop.till.enrol_set("contact", "06 12 34 56 78")
    shop.till.enrol_set("consent", "2")
    shop.till.enrol_set("first_name", "Zoé")
    shop.till.enrol_set("birthday", "29/02")
    shop.till.enrol_confirm()
    view = shop.view
    assert view.stage is Stage.TICKET
    assert view.member is not None
    assert view.member.name == "Zoé"
    assert view.ticket is not None
    assert view.ticket.earn[0].amount == "+ 45 points"
    assert shop.kinds() == ["ENROL", "CONSENT", "CONSENT"]
    entry = shop.entries()[0]
    assert entry.member == 5000
    body = shop.bodies("ENROL")[0]
    assert isinstance(body, EnrolBody)
    batch = journal.pending(shop.store.reader())
    secret = shop.sealing.private_bytes_raw()
    told = {blob.what: unseal(secret, blob).decode() for blob in batch.blobs}
    assert told == {"first_name": "Zoé", "contact": "+33612345678", "birthday": "02-29"}
    assert {ref.sha256 for ref in body.sealed} == {blob.sha256 for blob in batch.blobs}
    shop.till.enter()
    assert shop.entries()[-1].member == 5000
    shop.clock.pass_ms(5_000)
    shop.scan(card_number(900))
    assert shop.view.member is not None
    assert shop.view.member.balance == 45


def test_nothing_personal_in_the_file(shop: Shop) -> None:
    """The store's file holds no phone, e-mail, name or card number in clear."""
    shop.till.open_enrol()
    shop.till.enrol_set("contact", "someone@example.org")
    shop.till.enrol_set("first_name", "Wilhelmine")
    shop.till.enrol_confirm()
    shop.till.put_amount("1000")
    shop.till.enter()
    data = everything_in(shop.store)
    for secret in (
        b"someone@",
        b"example.org",
        b"Wilhelmine",
        shop.till.parts.identity.card_prefix.encode() + b"0000",
    ):
        assert secret not in data


def everything_in(store: Store) -> bytes:
    return b"".join(
        path.read_bytes() for path in store.folder.iterdir() if path.name.startswith("till.sqlite")
    )


def test_new_number_from_the_block(shop: Shop) -> None:
    """Without a card the till gives a number of its own block, scattered by the keyed permutation."""
    shop.till.open_enrol()
    shop.till.enrol_confirm()
    assert shop.view.member is not None
    number = shop.view.member.card
    assert is_member_number(number)
    assert shop.numbers_left("card") == 9
    shop.till.escape()
    shop.scan(number)
    assert shop.view.member is not None
    assert shop.view.member.known == "full"


def test_blocks_run_out(shop: Shop) -> None:
    """The last number is given, then the till says to connect; sales go on."""
    for _ in range(5):
        shop.till.open_enrol()
        shop.till.enrol_confirm()
        shop.till.escape()
    shop.till.open_enrol()
    shop.till.enrol_confirm()
    assert shop.code == "no_numbers"
    shop.till.escape()
    shop.key_in("1000")
    shop.till.enter()
    assert shop.view.stage is Stage.DONE


def test_known_phone_shows_the_member(shop: Shop) -> None:
    """A duplicate found here is shown; Enter attaches it and links the new card."""
    shop.member(1, name="Martin", phone="+33612345678")
    shop.till.open_enrol()
    shop.till.enrol_set("card", card_number(901))
    shop.till.enrol_set("contact", "+33 6 12 34 56 78")
    assert shop.code == "enrol_known"
    assert shop.view.enrol is not None
    assert shop.view.enrol.duplicate == "Martin"
    shop.till.enrol_confirm()
    assert shop.kinds() == ["LINK"]
    assert isinstance(shop.last_body(), LinkBody)
    assert shop.view.member is not None
    assert shop.view.member.name == "Martin"
    shop.till.escape()
    shop.scan(card_number(901))
    assert shop.view.member is not None
    assert shop.view.member.name == "Martin"


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("card", "29", "enrol_card"),
        ("contact", "06 12", "enrol_contact"),
        ("contact", "not an address", "enrol_contact"),
        ("contact", "a@b", "enrol_contact"),
        ("consent", "4", "enrol_consent"),
        ("birthday", "31/02", "enrol_birthday"),
        ("birthday", "x", "enrol_birthday"),
        ("first_name", "\x1b[2J", "enrol_name"),
        ("first_name", "x" * 41, "enrol_name"),
        ("shoe_size", "42", "enrol_field"),
    ],
)
def test_what_a_field_refuses(shop: Shop, field: str, value: str, code: str) -> None:
    """Each wrong value has its sentence, and the field stays as it was."""
    shop.till.open_enrol()
    before = shop.view.enrol
    shop.till.enrol_set(field, value)
    assert shop.code == code
    assert shop.view.enrol == before


def test_card_of_another_member(shop: Shop) -> None:
    """A card that belongs to somebody is not given away, when its number is typed."""
    card = shop.member(1)
    shop.till.open_enrol()
    shop.till.enrol_set("card", card)
    assert shop.code == "enrol_card_taken"


def test_the_card_of_a_member_is_the_sponsor_s(shop: Shop) -> None:
    """Scanned into the form it says who brings the new one in; the next new card is the new member's."""
    sponsor = shop.member(1, name="Martin")
    shop.till.open_enrol()
    shop.scan(sponsor)
    assert shop.code == "enrol_sponsor_noted"
    assert shop.view.enrol is not None
    assert (shop.view.enrol.sponsor, shop.view.enrol.card) == ("Martin", "")
    shop.scan(card_number(77))
    shop.till.enrol_confirm()
    (body,) = shop.bodies("ENROL")
    assert isinstance(body, EnrolBody)
    assert body.sponsor == 1
    assert body.cards == (card_token(LOOKUP, card_number(77)),)


def test_a_blocked_card_brings_nobody(shop: Shop) -> None:
    """It is no sponsor's, and the form stays as it is."""
    card = shop.member(3, blocked=True)
    shop.till.open_enrol()
    shop.till.enrol_set("first_name", "Zoé")
    shop.scan(card)
    assert shop.code == "enrol_sponsor_blocked"
    shop.till.enrol_confirm()
    (body,) = shop.bodies("ENROL")
    assert isinstance(body, EnrolBody)
    assert body.sponsor is None


def test_offers_need_a_contact(shop: Shop) -> None:
    """Consent to offers without phone or e-mail is refused."""
    shop.till.open_enrol()
    shop.till.enrol_set("consent", "3")
    shop.till.enrol_confirm()
    assert shop.code == "enrol_needs_contact"
    assert shop.kinds() == []


@pytest.mark.parametrize(
    ("contact", "consent", "code"),
    [
        ("x@y.example", "2", "enrol_needs_phone"),
        ("0612345678", "3", "enrol_needs_email"),
        ("0612345678", "2", "enrolled"),
        ("x@y.example", "3", "enrolled"),
    ],
)
def test_offers_need_the_contact_that_they_come_by(shop: Shop, contact: str, consent: str, code: str) -> None:
    """Nobody consents to what cannot reach them."""
    shop.till.open_enrol()
    shop.till.enrol_set("contact", contact)
    shop.till.enrol_set("consent", consent)
    shop.till.enrol_confirm()
    assert shop.code == code
    assert ("ENROL" in shop.kinds()) == (code == "enrolled")


def test_foreign_card_is_enrolled_by_a_scan(shop: Shop) -> None:
    """Any card of another issuer can stand for a member."""
    shop.till.open_enrol()
    shop.scan("LIBRARY-4711")
    shop.till.enrol_confirm()
    shop.till.escape()
    shop.scan("LIBRARY-4711")
    assert shop.view.member is not None
    assert shop.view.member.known == "full"


def test_f3_before_the_ledger_has_answered_takes_the_card_along(shop: Shop) -> None:
    """The blank card just scanned stands in the form; that nobody has it is no news any more."""
    shop.scan(card_number(77))
    assert shop.code == "card_asked"
    shop.till.open_enrol()
    assert shop.view.enrol is not None
    assert shop.view.enrol.card == card_number(77)
    shop.answer_account(77, None)
    assert (shop.code, shop.view.stage) == ("", Stage.ENROL)
    shop.till.enrol_confirm()
    (body,) = shop.bodies("ENROL")
    assert isinstance(body, EnrolBody)
    assert body.cards == (card_token(LOOKUP, card_number(77)),)
    assert shop.view.member is not None


def test_a_card_that_earned_before_anybody_enrolled_it_can_be_enrolled(shop: Shop) -> None:
    """The ledger counts for the card under a number of its own; the form takes it, and it is the new member's."""
    waiting = PROVISIONAL_FROM + 5
    row = shop.row(77, Account(member=waiting, balance={"points": 12}))
    row = msgspec.structs.replace(row, member=waiting)
    shop.write(lambda conn: members.store_rows(conn, shop.till.parts.identity, [row], 0))
    shop.till.open_enrol()
    shop.scan(card_number(77))
    assert shop.view.enrol is not None
    assert (shop.view.enrol.card, shop.view.enrol.sponsor) == (card_number(77), "")
    shop.till.enrol_confirm()
    (body,) = shop.bodies("ENROL")
    assert isinstance(body, EnrolBody)
    assert body.member < PROVISIONAL_FROM
    shop.till.escape()
    shop.scan(card_number(77))
    assert shop.till.state.basket is not None
    assert shop.till.state.basket.who is not None
    assert shop.till.state.basket.who.member == body.member


def test_unknown_card_says_f3_and_not_enter(shop: Shop) -> None:
    """Enter beside "Enrol it?" records without the card, and the key line says that and no "Yes"."""
    shop.go_offline()
    shop.key_in("450")
    shop.scan("LIBRARY-4711")
    assert shop.code == "card_unknown"
    keys = shop.view.keys
    assert (keys["Enter"], keys["F3"], keys["Esc"]) == ("Record", "Enrol", "No")
    shop.till.enter()
    assert shop.entries()[-1].member is None
