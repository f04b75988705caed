"""A phone that two members have: no look-up picks one in silence, and the one that is meant can be reached."""

import msgspec
import pytest

from pos_app.screens.desk import Desk
from pos_app.screens.keys import press
from pos_app.till.known_member import find
from pos_app.till.view import Stage
from rules.account import Account
from sync.entry import CardBlockBody, MergeBody
from sync.till import members
from sync.tokens import card_token, contact_key
from tests.unit.till_kit import LOOKUP, OTHER_BADGE, OTHER_PIN, Shop, card_number

PHONE = "+33612345678"
KEY = contact_key(LOOKUP, PHONE)


@pytest.fixture
def shared(shop: Shop) -> Shop:
    """Members 1 and 2 enrolled with one phone, at two stores; the line is down."""
    shop.go_offline()
    shop.with_points(1, 120, name="Adele", phone=PHONE)
    shop.with_points(2, 30, name="Bruno", phone=PHONE)
    return shop


def keys(shop: Shop, *names: str) -> None:
    desk = Desk("")
    for name in names:
        desk = press(shop.till, desk, name, name if len(name) == 1 else None)


def shown(shop: Shop) -> str:
    return shop.view.member.name if shop.view.member is not None else ""


def holders(shop: Shop) -> tuple[int, ...]:
    return members.load_contacts(shop.till.parts.reader, KEY)


def test_the_sale_says_so_and_the_same_phone_again_is_the_other(shared: Shop) -> None:
    """Typed once it is the one, once more the other, and so on; with an amount on the ticket it asks first."""
    seen = []
    for _ in range(3):
        shared.till.contact(PHONE)
        assert shared.code == "contact_shared"
        seen.append(shown(shared))
    assert seen == ["Adele", "Bruno", "Adele"]
    shared.till.put_amount("500")
    shared.till.contact(PHONE)
    assert (shared.code, shown(shared)) == ("replace_member", "Adele")
    shared.till.enter()
    assert shown(shared) == "Bruno"


def test_all_of_three_are_reached(shared: Shop) -> None:
    """A family with one phone: each in turn."""
    shared.member(3, name="Chloe", phone=PHONE)
    seen = []
    for _ in range(4):
        shared.till.contact(PHONE)
        seen.append(shown(shared))
    assert seen == ["Adele", "Bruno", "Chloe", "Adele"]


def test_the_owner_of_a_lost_card_is_chosen(shared: Shop) -> None:
    """F7 blocks nobody's card by chance: both are named, and a digit says who it is."""
    keys(shared, "f7", *"0612345678", "enter")
    page = shared.view.errand
    assert page is not None
    assert [one.label for one in page.choices] == ["Adele", "Bruno"]
    assert shared.code == "contact_choose"
    keys(shared, "2", "enter")
    shared.scan(card_number(77))
    keys(shared, "enter")
    assert shared.code == "lost_replaced"
    body = shared.last_body()
    assert isinstance(body, CardBlockBody)
    assert (body.member, body.cards) == (2, (card_token(LOOKUP, card_number(2)),))


def test_the_other_account_of_one_person_is_found_by_their_phone(shared: Shop) -> None:
    """What the manager is told to do works by the phone alone: it leads to the account that is not the first."""
    shared.scan(card_number(1))
    shared.till.errand("personal")
    shared.scan(OTHER_BADGE)
    shared.till.pin(OTHER_PIN)
    keys(shared, "5")
    shared.key_in(PHONE)
    keys(shared, "enter")
    assert shared.last_body() == MergeBody(1, 2, "c1", "m1")


def test_no_ticket_is_moved_to_one_of_them(shared: Shop) -> None:
    """A sale for the wrong member is not moved by a phone that two have: the card is asked for."""
    shared.member(3, name="Chloe")
    shared.sale(card_number(3), "500")
    written = shared.kinds()
    shared.till.errand("wrong_member")
    keys(shared, "1", *"0612345678", "enter")
    assert (shared.code, shared.kinds()) == ("contact_several", written)
    assert shared.view.stage is Stage.ERRAND


def test_no_card_is_linked_to_one_of_them(shared: Shop) -> None:
    """The form of an enrolment leads to no member by a phone that two have."""
    shared.till.open_enrol()
    shared.till.enrol_set("contact", PHONE)
    assert shared.code == "enrol_contact_several"
    assert shared.till.state.form is not None
    assert (shared.till.state.form.duplicate, shared.till.state.form.contact) == (None, "")


def test_the_command_names_nobody(shared: Shop) -> None:
    """`assidu member PHONE`, and a copy of what is kept, are of nobody; by the card they are of its member."""
    assert find(shared.till.parts, PHONE) is None
    who = find(shared.till.parts, card_number(2))
    assert who is not None
    assert who.member == 2


def test_who_loses_the_phone_leaves_it_to_the_other(shared: Shop) -> None:
    """A newer row without it, and a member who is gone: the look-up is the other's alone, without a notice."""
    assert holders(shared) == (1, 2)
    identity = shared.till.parts.identity
    shared.write(lambda conn: members.forget(conn, identity, [1]))
    assert holders(shared) == (2,)
    shared.till.contact(PHONE)
    assert (shown(shared), shared.code) == ("Bruno", "")


def test_hearsay_gives_way(shop: Shop) -> None:
    """Who was told of once, when asked, may be one with the other since: the feed's word about a phone holds alone."""
    identity = shop.till.parts.identity
    row = shop.row(1, Account(member=1), name="Adele", phone=PHONE)
    shop.write(lambda conn: members.store_rows(conn, identity, [row], 0, asked=True))
    assert holders(shop) == (1,)
    newer = msgspec.structs.replace(row, member=2, cards=(card_token(LOOKUP, card_number(2)),))
    shop.write(lambda conn: members.store_rows(conn, identity, [newer], 0))
    assert holders(shop) == (2,)
