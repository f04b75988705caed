"""Two accounts of one person are made one at the till: by a manager alone, and every till finds one account then."""

from pathlib import Path

import pytest

from pos_app.languages.words import Words
from pos_app.screens.desk import Desk
from pos_app.screens.keys import press
from pos_app.till.errands.same_person import SamePersonPage
from pos_app.till.state import Who
from pos_app.till.view import Stage
from sync.entry import MergeBody
from sync.till import members
from tests.unit.copies_kit import CARDS, Copied, chain, points
from tests.unit.till_kit import OTHER_BADGE, OTHER_PIN, Shop, card_number
from tests.unit.whole_screen import cut

PHONE = "+33612345678"


@pytest.fixture
def allowed(shop: Shop) -> Shop:
    """A shop without a line: the member with card 1 on a begun ticket, their data open by a manager's badge."""
    shop.go_offline()
    shop.with_points(1, 120, name="Adele B.")
    shop.with_points(2, 30, name="Adele", phone=PHONE)
    shop.scan(card_number(1))
    shop.till.errand("personal")
    shop.scan(OTHER_BADGE)
    shop.till.pin(OTHER_PIN)
    return shop


def keys(shop: Shop, *names: str) -> None:
    desk = Desk("")
    for name in names:
        desk = press(shop.till, desk, name, name if len(name) == 1 else None)


def said(shop: Shop) -> str:
    """The open page."""
    page = shop.view.errand
    assert page is not None
    return " / ".join(f"{line.text} {line.right}".strip() for line in page.lines)


@pytest.mark.parametrize("other", [card_number(2), PHONE])
@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_manager_makes_them_one(allowed: Shop, language: str, other: str) -> None:
    """5, the other card or phone, Enter: both are shown with their points before it is written down, off line."""
    allowed.till.set_language(language)
    keys(allowed, "5")
    if other == PHONE:
        allowed.key_in(PHONE)
    else:
        allowed.scan(other)
    stays, goes, *_ = said(allowed).split(" / ")
    assert (stays.startswith("Adele B. · "), stays.endswith(" 120 points")) == (True, True)
    assert (goes.startswith("Adele · "), goes.endswith(" 30 points")) == (True, True)
    assert cut(allowed.view, Desk(), Words(language), (80, 24)) == []
    keys(allowed, "enter")
    assert (allowed.code, allowed.view.stage) == ("same_written", Stage.TICKET)
    assert allowed.entries()[-1].member == 1
    assert allowed.last_body() == MergeBody(1, 2, "c1", "m1")


def test_a_cashier_alone_is_not_offered_it(shop: Shop) -> None:
    """Neither by the key nor in sight."""
    shop.member(1)
    shop.scan(card_number(1))
    shop.till.errand("personal")
    page = shop.view.errand
    assert page is not None
    assert 5 not in [one.digit for one in page.choices]
    keys(shop, "5")
    assert (shop.view.errand, shop.kinds()) == (page, [])


def test_the_same_account_and_nobody_are_refused(allowed: Shop) -> None:
    """The page stays and asks again; Esc goes one step back, and nothing is written."""
    keys(allowed, "5")
    allowed.scan(card_number(1))
    assert allowed.code == "same_already"
    allowed.scan(card_number(7))
    assert allowed.code == "same_unknown"
    allowed.key_in("0699999999")
    assert allowed.code == "same_unknown"
    allowed.scan(card_number(2))
    keys(allowed, "escape")
    assert allowed.view.stage is Stage.ERRAND
    assert allowed.view.errand is not None
    assert allowed.view.errand.ask
    keys(allowed, "enter")
    assert (allowed.view.stage, allowed.kinds()) == (Stage.TICKET, [])


def who(till: Copied, card: str) -> Who:
    """Who has the card, as this till knows; the ticket is left."""
    till.till.scan_text(card, "test", guarded=False)
    assert till.till.state.basket is not None
    found = till.till.state.basket.who
    assert found is not None
    till.till.escape()
    return found


def test_every_till_finds_one_account(tmp_path: Path) -> None:
    """One till had no line and sold under the other number; what it had borrowed for that one comes back."""
    with chain(tmp_path) as shop:
        one, two = shop.till(), shop.till()
        for card in CARDS[:2]:
            one.sale(card, 200)
        one.talk()
        shop.lease()
        first, second = (who(one, card) for card in CARDS[:2])
        assert first.member is not None
        assert second.member is not None
        two.line.up = False
        two.sale(CARDS[1], 7)
        till = one.till
        till.state = SamePersonPage(first, "m1", second).enter(till.parts, till.state, "")
        one.talk()
        two.line.up = True
        for _ in range(3):
            two.talk()
            one.talk()
        assert points(shop, first.member) == (407, 0, 0)
        both = sum(one.account.balance["points"] for one in (first, second)) + 7
        assert shop.books(first.member).balance("points") == both
        for counter in (one, two):
            assert [who(counter, card).member for card in CARDS[:2]] == [first.member] * 2
            assert who(counter, CARDS[1]).account.balance["points"] == both
            assert members.load(counter.store.reader(), counter.who, second.member) is None
            assert counter.holds(second.member) == 0
        assert shop.aside() == ()


def test_a_phone_of_two_accounts_finds_both(shop: Shop) -> None:
    """Typed once the one, typed again the other, and the till says that there are two."""
    shop.member(1, name="Adele", phone=PHONE)
    shop.member(2, name="Adele B.", phone=PHONE)
    shop.key_in(PHONE)
    assert shop.code == "contact_shared"
    assert shop.view.member is not None
    assert shop.view.member.name == "Adele"
    shop.key_in(PHONE)
    assert shop.view.member is not None
    assert shop.view.member.name == "Adele B."
