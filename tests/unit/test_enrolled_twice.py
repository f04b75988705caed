"""Two people enrolled under one number, by a till and a copy of its disk: each has an account of their own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pos_app.till.errands.same_person import SamePersonPage
from pos_app.till.state import Who
from sync.entry import EntryKind
from sync.till import members
from sync.tokens import card_token
from tests.simulation.world import own_card
from tests.unit.copies_kit import CARDS, Chain, Copied, chain, points

ADA, BEA = own_card(801), own_card(802)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Chain]:
    with chain(tmp_path) as made:
        yield made


def enrol(till: Copied, name: str, card: str = "") -> Who:
    """Enrol somebody at a till, with a card or with a number of the till's own."""
    till.till.open_enrol()
    if card:
        till.till.enrol_set("card", card)
    till.till.enrol_set("first_name", name)
    till.till.enrol_confirm()
    basket = till.till.state.basket
    assert basket is not None, till.till.state.notice
    assert basket.who is not None
    till.till.escape()
    return basket.who


def token(till: Copied, card: str) -> bytes:
    return card_token(till.who.lookup_key, card)


def known(till: Copied, card: str) -> int | None:
    """Whose card this is at a till."""
    return members.find(till.store.reader(), token(till, card))


def member_of(shop: Chain, till: Copied, card: str) -> int:
    """Whose card this is at the ledger."""
    found = shop.house.read(lambda tx: tx.member_of_card(token(till, card)))
    assert found is not None
    return found


def buyer(till: Copied) -> str:
    """Who is on the ticket."""
    basket = till.till.state.basket
    assert basket is not None
    assert basket.who is not None
    return basket.who.name


def split(shop: Chain) -> tuple[Copied, Copied]:
    """A till that has talked to the ledger, and a copy of its disk; both without a line, each has a new member."""
    till = shop.till()
    till.sale(CARDS[0], 1)
    till.talk()
    copy = shop.twin(till)
    numbers = []
    for one, name, card in ((till, "Ada", ADA), (copy, "Bea", BEA)):
        one.line.up = False
        numbers.append(enrol(one, name, card).member)
        one.sale(card, len(name) if one is till else 50)
    assert numbers[0] == numbers[1]
    return till, copy


def comes_back(shop: Chain, till: Copied) -> None:
    """The line is there again; a till that is taken for a copy is paired again."""
    till.line.up = True
    till.talk(1)
    if till.fenced():
        till.pair_again(shop.code())
        till.talk()


@pytest.mark.parametrize("first", [0, 1], ids=["the till calls first", "the copy calls first"])
def test_each_has_an_account_whoever_calls_first(shop: Chain, first: int) -> None:
    """Points from before and after go to whose card was scanned, at either till, before it has pulled anything too."""
    tills = split(shop)
    comes_back(shop, tills[first])
    later = tills[1 - first]
    later.line.up = True
    later.talk(1)
    assert later.fenced()
    later.pair_again(shop.code())
    later.line.up = False
    own = BEA if first == 0 else ADA
    before = known(later, own)
    later.sale(own, 4)
    later.line.up = True
    comes_back(shop, later)
    comes_back(shop, tills[first])  # whose life ended when its copy was paired again
    later.talk()
    ada, bea = member_of(shop, later, ADA), member_of(shop, later, BEA)
    assert ada != bea
    assert before == (bea if first == 0 else ada)
    for one in tills:
        one.sale(ADA, 7)
        one.sale(BEA, 9)
        one.talk()
    assert points(shop, ada)[0] == 3 + (4 if own == ADA else 0) + 7 + 7
    assert points(shop, bea)[0] == 50 + (4 if own == BEA else 0) + 9 + 9
    for one in tills:
        rows = [members.load(one.store.reader(), one.who, member) for member in (ada, bea)]
        assert [row.display for row in rows if row is not None] == ["Ada", "Bea"]


def test_a_card_that_the_ledger_gives_the_number_to_is_booked_by_itself(shop: Chain) -> None:
    """The copy hears of Ada before it hears that it is a copy: what she buys there is not Bea's."""
    till, copy = split(shop)
    comes_back(shop, till)
    copy.line.up = True
    copy.client.request_account(token(copy, ADA))
    for _ in range(2):
        copy.client.holds.step(copy.clock.mono_ms())
        copy.client.pull.step(copy.clock.mono_ms())
        copy.till.pump()
    copy.line.up = False
    copy.sale(ADA, 6)
    copy.sale(BEA, 8)
    comes_back(shop, copy)
    copy.talk()
    assert points(shop, member_of(shop, till, ADA))[0] == 3 + 6
    assert points(shop, member_of(shop, till, BEA))[0] == 50 + 8


def test_what_was_given_can_be_spent_under_the_new_number(shop: Chain) -> None:
    """Points that the copy gave its new member are there after it is paired again, and a return finds them."""
    till, copy = split(shop)
    reference = copy.sale(BEA, 300)
    comes_back(shop, till)
    copy.line.up = True
    copy.talk(1)
    copy.pair_again(shop.code())
    bea = known(copy, BEA)
    assert bea is not None
    assert copy.holds(bea) == 350
    copy.line.up = False
    copy.till.return_reference(reference)
    copy.till.return_amount(10000)
    copy.till.return_confirm()
    copy.sale(BEA, 10, reward=True)
    copy.line.up = True
    copy.talk(8)
    earned, burned, owed = points(shop, bea)
    assert (earned, burned, owed) == (50 + 300 + 5, 100, 0)
    assert shop.books(bea).clawed["points"] == 100


def test_a_begun_ticket_goes_on_under_the_new_number(shop: Chain) -> None:
    """The power goes while a ticket of the new member is rung up, and the till is paired again: it is still theirs."""
    till, copy = split(shop)
    comes_back(shop, till)
    copy.till.scan_text(BEA, "test", guarded=False)
    copy.till.put_amount("2000")
    copy.line.up = True
    copy.talk(1)
    copy.pair_again(shop.code())
    copy.till.record()
    copy.talk()
    assert points(shop, member_of(shop, till, BEA))[0] == 50 + 20


def test_two_copies_that_bring_one_member_bring_one_account(shop: Chain) -> None:
    """Both ask what the ledger has before either sends: the second number is another name of the first."""
    till, copy = split(shop)
    comes_back(shop, till)
    other = shop.twin(copy)
    third = shop.image(copy)
    for one in (copy, other):
        one.line.up = True
        one.talk(1)
        assert one.fenced()
        one.pair_again(shop.code())
    for one in (copy, other):
        one.line.up = False
        one.sale(BEA, 10)
    numbers = [known(one, BEA) for one in (copy, other)]
    assert numbers[0] != numbers[1]
    third.begin()
    for one in (copy, other, third):
        comes_back(shop, one)
        one.sale(BEA, 1)
        one.talk(8)
    assert points(shop, member_of(shop, till, BEA))[0] == 50 + 20 + 3
    assert points(shop, member_of(shop, till, ADA))[0] == 3
    enrolments = [entry for entry in third.sent_again() if entry.kind == EntryKind.ENROL]
    assert enrolments == []


def test_one_number_told_to_two_people_is_asked_about(shop: Chain) -> None:
    """Neither had a card, and both were told one number: the till asks, and a second scan is the other one."""
    till = shop.till()
    till.sale(CARDS[0], 1)
    till.talk()
    copy = shop.twin(till)
    numbers = set()
    for one, name in ((till, "Ada"), (copy, "Bea")):
        one.line.up = False
        numbers.add(enrol(one, name).card)
    for one in (till, copy):
        comes_back(shop, one)
    till.pair_again(shop.code())  # its life ended when its copy was paired again
    for one in (till, copy):
        one.talk()
    (number,) = numbers
    till.till.scan_text(number, "test", guarded=False)
    assert till.till.state.notice is not None
    assert till.till.state.notice.code == "card_shared"
    till.till.put_amount("500")
    assert buyer(till) == "Ada"
    till.till.record()
    for one in (till, copy):
        one.till.scan_text(number, "test", guarded=False)
        one.till.scan_text(number, "test", guarded=False)
        assert buyer(one) == "Bea"
        one.till.put_amount("700")
        one.end()
        one.begin()
        assert buyer(one) == "Bea"
        one.till.record()
    for one in (till, copy):
        one.talk()
    ada = member_of(shop, till, number)
    bea = members.load_contact(till.store.reader(), token(till, number))
    assert bea is not None
    assert points(shop, ada)[0] == 5
    assert points(shop, bea)[0] == 14


def test_whom_two_copies_enrolled_under_two_numbers_is_one(shop: Chain) -> None:
    """Both ask before either sends: the later one forgets its number, and with it a card that is somebody else's."""
    till = shop.till()
    till.sale(CARDS[0], 1)
    till.talk()
    till.line.up = False
    enrol(till, "Ada", ADA)
    copy, other = shop.twin(till), shop.twin(till)
    elsewhere = shop.till("gare")
    enrol(elsewhere, "Bea", ADA)
    elsewhere.talk()
    bea = member_of(shop, elsewhere, ADA)
    shop.fence(till)
    tills = (till, copy, other)
    for one in tills:
        one.line.up = True
        one.talk(1)
        one.pair_again(shop.code())
    for one in tills:
        one.talk(8)
        assert known(one, ADA) in (None, bea)
    sold = points(shop, bea)[0]
    till.sale(ADA, 7)
    till.talk()
    assert points(shop, bea)[0] == sold + 7


def test_the_second_account_of_a_person_is_meant_under_its_new_number(shop: Chain) -> None:
    """The copy makes its own new member one with a regular; the other person of that number keeps an account."""
    till, copy = split(shop)
    copy.till.scan_text(CARDS[0], "test", guarded=False)
    regular = _who(copy)
    copy.till.escape()
    copy.till.scan_text(BEA, "test", guarded=False)
    bea = _who(copy)
    copy.till.escape()
    copy.till.state = SamePersonPage(regular, "m1", bea).enter(copy.till.parts, copy.till.state, "")
    for one in (till, copy):
        comes_back(shop, one)
    assert member_of(shop, till, BEA) == member_of(shop, till, CARDS[0]) == regular.member
    assert member_of(shop, till, ADA) != regular.member
    assert regular.member is not None
    assert points(shop, regular.member) == (51, 0, 0)
    assert points(shop, member_of(shop, till, ADA)) == (3, 0, 0)


def _who(till: Copied) -> Who:
    assert till.till.state.basket is not None
    assert till.till.state.basket.who is not None
    return till.till.state.basket.who
