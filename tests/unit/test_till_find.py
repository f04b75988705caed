"""F2: a member by phone, e-mail or card; by name only where the shop turned that on."""

import msgspec
import pytest

from pos_app.screens.desk import Desk
from pos_app.screens.keys import press
from pos_app.till.parts import Options
from pos_app.till.view import Stage
from sync.entry import SupervisorBody, body_of
from tests.unit.till_kit import Shop, card_number


def find(shop: Shop, text: str) -> None:
    """F2, the text key by key, Enter."""
    desk = press(shop.till, Desk(), "f2", None)
    for char in text:
        desk = press(shop.till, desk, char, char)
    press(shop.till, desk, "enter", None)


def shown(shop: Shop) -> str:
    return shop.view.member.name if shop.view.member is not None else ""


@pytest.fixture
def named(shop: Shop) -> Shop:
    """A shop that lets its cashiers find members by name."""
    shop.options = msgspec.structs.replace(Options(language="en"), find_names=True)
    shop.restart()
    shop.sign_in()
    shop.member(1, name="Zoé Martin", birthday=(5, 17))
    shop.member(2, name="Léa Martinez", birthday=(12, 1))
    shop.member(3, name="Paul Petit")
    return shop


def test_by_phone_or_card(shop: Shop) -> None:
    """Either leads to the member's ticket; as typed, which proves little."""
    shop.member(1, name="Zoé", phone="+33612345678")
    find(shop, "06 12 34 56 78")
    assert (shown(shop), shop.view.stage) == ("Zoé", Stage.TICKET)
    shop.till.escape()
    find(shop, card_number(1))
    assert shown(shop) == "Zoé"
    assert shop.till.state.basket is not None
    assert shop.till.state.basket.who is not None
    assert shop.till.state.basket.who.evidence == "typed"


def test_nobody_leaves_the_page_open(shop: Shop) -> None:
    """An unknown number may be mistyped; Esc leaves."""
    find(shop, "0699999999")
    assert (shop.code, shop.view.stage) == ("contact_unknown", Stage.ERRAND)
    press(shop.till, Desk(), "escape", None)
    assert shop.view.stage is Stage.IDLE


def test_names_are_not_searched_unless_the_shop_wants_it(shop: Shop) -> None:
    """By default a name finds nobody, however right it is."""
    shop.member(1, name="Zoé Martin")
    find(shop, "Martin")
    assert (shop.code, shop.view.stage) == ("find_nobody", Stage.ERRAND)


def test_a_name_finds_without_accents_and_asks_where_several_have_it(named: Shop) -> None:
    """The birthday tells them apart; a digit takes one, one hit is taken at once."""
    find(named, "zoe mar")
    assert shown(named) == "Zoé Martin"
    named.till.escape()
    find(named, "MARTIN")
    page = named.view.errand
    assert page is not None
    assert [(one.digit, one.label, one.right) for one in page.choices] == [
        (1, "Zoé Martin", "17/05"),
        (2, "Léa Martinez", "01/12"),
    ]
    press(named.till, Desk(), "2", "2")
    assert shown(named) == "Léa Martinez"
    found = [(entry.member, body_of(entry)) for entry in named.entries() if entry.kind == "SUPERVISOR"]
    by = SupervisorBody("c1", "member_found", "name")  # the journal knows who looked for whom by name
    assert found == [(1, by), (2, by)]


@pytest.mark.parametrize("page", [True, False])
def test_numbers_cannot_be_tried_out(shop: Shop, page: bool) -> None:
    """After five that nobody has, also a right one has to wait a minute; a scan does not."""
    shop.go_offline()
    shop.member(1, name="Zoé", phone="+33612345678")
    for n in range(6):
        find(shop, f"069999990{n}") if page else shop.key_in(f"069999990{n}")
        shop.till.escape()
    find(shop, "0612345678") if page else shop.key_in("0612345678")
    assert (shop.code, shown(shop)) == ("too_many_guesses", "")
    shop.till.escape()
    shop.scan(card_number(1))
    assert shown(shop) == "Zoé"
    shop.till.escape()
    shop.clock.pass_ms(61_000)
    find(shop, "0612345678") if page else shop.key_in("0612345678")
    assert shown(shop) == "Zoé"


@pytest.mark.parametrize("page", ["card", "wrong_member"])
def test_no_page_is_a_way_round_it(shop: Shop, page: str) -> None:
    """Phone numbers cannot be tried out as those of lost cards or of the right member either."""
    shop.member(1, name="Zoé", phone="+33612345678")
    shop.sale(shop.member(2), "1200")
    for n in range(6):
        shop.till.errand(page)
        if page == "wrong_member":
            shop.till.choose_in_errand(1)
        shop.key_in(f"069999990{n}")
    shop.key_in("0612345678")
    assert shop.code == "too_many_guesses"
    assert shop.bodies("MOVE_TICKET") == []
