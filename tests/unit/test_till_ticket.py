"""The begun ticket: amounts, products, what is shown before anything is final."""

from pathlib import Path

import msgspec
import pytest

from pos_app.screens.desk import Desk
from pos_app.screens.keys import press
from pos_app.till.view import Stage
from sync.entry import RefundBody, TicketBody
from tests.unit.till_kit import BREAD, COFFEE, PROGRAMME, Shop


def test_scan_amount_enter(shop: Shop) -> None:
    """Five keys: the amount is shown with its points while it is typed, Enter records it."""
    card = shop.member(1, name="Martin")
    shop.scan(card)
    for text in ("4", "45", "459", "4590"):
        shop.till.typed(text)
    view = shop.view
    assert view.stage is Stage.TICKET
    assert view.member is not None
    assert view.member.name == "Martin"
    assert view.ticket is not None
    assert view.ticket.total == 4590
    assert [one.amount for one in view.ticket.earn] == ["+ 45 points"]
    shop.till.enter()
    assert shop.view.stage is Stage.DONE
    assert shop.kinds() == ["TICKET"]
    done = shop.view.done
    assert done is not None
    assert done.paid == 4590


def test_amount_first_then_scan(shop: Shop) -> None:
    """An amount waits for its card; the card shows what it earns; Enter records."""
    card = shop.member(1)
    shop.key_in("4590")
    assert shop.code == "amount_waits"
    shop.scan(card)
    assert shop.view.ticket is not None
    assert shop.view.ticket.total == 4590
    assert shop.view.ticket.earn
    shop.till.enter()
    assert shop.view.stage is Stage.DONE


def test_amount_in_the_field_goes_with_the_scan(shop: Shop) -> None:
    """An amount typed but not entered is taken when the card is scanned: five keys in this order too."""
    card = shop.member(1)
    shop.till.typed("4590")
    shop.scan(card)
    assert shop.view.ticket is not None
    assert shop.view.ticket.total == 4590
    shop.till.enter()
    assert shop.view.stage is Stage.DONE


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("12345678", "contact_unknown"),
        ("45,9", "amount_decimals"),
        ("45.901", "amount_decimals"),
        ("0", "amount_zero"),
        ("4a", "amount_letters"),
        ("-5", "amount_letters"),
        ("٤٥", "amount_letters"),
    ],
)
def test_what_is_no_amount_is_refused(shop: Shop, text: str, code: str) -> None:
    """Every wrong amount has its own sentence, and nothing is begun."""
    shop.key_in(text)
    assert shop.code == code
    assert shop.view.stage is Stage.IDLE


@pytest.mark.parametrize("text", ["4590", "45,90", "45.90"])
def test_three_spellings_of_one_amount(shop: Shop, text: str) -> None:
    """Cents may be implied; comma and point are alike."""
    shop.key_in(text)
    assert shop.view.ticket is not None
    assert shop.view.ticket.total == 4590


def whole(shop: Shop) -> Shop:
    """The same shop, where amounts are typed whole."""
    shop.options = msgspec.structs.replace(shop.options, implied_cents=False)
    shop.restart()
    shop.sign_in()
    return shop


@pytest.mark.parametrize(("text", "cents"), [("45", 4500), ("45,90", 4590), ("45.90", 4590), ("400", 40_000)])
def test_a_shop_may_type_whole_amounts(shop: Shop, text: str, cents: int) -> None:
    """With `implied_cents = false` what has no mark is whole: in the preview, in the sale, in a return."""
    whole(shop).scan(shop.member(1))
    shop.till.typed(text)
    assert shop.view.ticket is not None
    assert [one.amount for one in shop.view.ticket.earn] == [f"+ {cents // 100} points"]
    shop.till.enter()
    [sold] = shop.bodies("TICKET")
    assert isinstance(sold, TicketBody)
    assert [line.cents for line in sold.lines] == [cents]
    shop.till.open_return()
    shop.till.return_reference("2-1-1")
    desk = Desk()
    for key in (*text, "enter"):
        desk = press(shop.till, desk, key, key if len(key) == 1 else None) or desk
    [back] = shop.bodies("REFUND")
    assert isinstance(back, RefundBody)
    assert back.cents == cents


def test_what_another_till_sold_is_returned_by_whole_amounts(shop: Shop) -> None:
    """Where only the amount is known, it is typed as in a sale."""
    whole(shop).till.open_return()
    shop.till.return_reference("9-1-1")
    shop.till.return_reference("45")
    assert shop.view.returning is not None
    assert shop.view.returning.cents == 4500


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("123456", "amount_too_long"),
        ("4a", "amount_whole_letters"),
        ("45,9", "amount_decimals"),
        ("0", "amount_zero"),
    ],
)
def test_what_is_no_whole_amount_is_refused(shop: Shop, text: str, code: str) -> None:
    """The sentence shows how amounts are typed here."""
    whole(shop).key_in(text)
    assert shop.code == code


@pytest.mark.parametrize(
    ("points", "prompt"),
    [
        (0, "Type the amount, or scan the products. Enter records."),
        (100, "Type the amount, or scan the products. Enter records, * picks a reward."),
    ],
)
def test_the_prompt_names_the_reward_key_where_a_reward_can_be_had(
    shop: Shop, points: int, prompt: str
) -> None:
    """Who has too few points for any reward is not told to pick one."""
    shop.scan(shop.with_points(1, points))
    shop.till.put_amount("2000")
    assert shop.view.prompt == prompt


def test_the_prompt_names_no_reward_that_only_the_ledger_could_confirm(shop: Shop) -> None:
    """Without a line the list says why it cannot be had: nobody is told to pick it."""
    shop.scan(shop.with_points(1, 100))
    shop.till.put_amount("2000")
    shop.go_offline()
    assert shop.view.ticket is not None
    assert [one.possible for one in shop.view.ticket.rewards] == [False]
    assert "*" not in shop.view.prompt


def test_items_or_amount_needs_a_ticket(shop: Shop) -> None:
    """F5 where none is begun says what it needs, and changes nothing about the next ticket."""
    shop.till.items()
    assert shop.code == "no_ticket"
    shop.scan(shop.member(1))
    assert shop.view.prompt.startswith("Type the amount")
    shop.till.items()
    assert shop.view.prompt.startswith("Scan the products")


def test_items_or_amount_is_no_key_of_a_page(shop: Shop) -> None:
    """On a page beside the ticket F5 says so, and the ticket behind it is as before."""
    shop.scan(shop.member(1))
    shop.till.errand("find")
    shop.till.items()
    assert shop.code == "not_here"
    shop.till.escape()
    assert shop.view.prompt.startswith("Type the amount")


def test_ceiling_asks_once(shop: Shop) -> None:
    """Above the shop's limit Enter is asked for once more, and the second one records."""
    shop.scan(shop.member(1))
    shop.key_in("9999999")
    assert shop.code == "amount_ceiling"
    assert shop.kinds() == []
    shop.till.enter()
    assert shop.view.stage is Stage.DONE
    assert shop.view.done is not None
    assert shop.view.done.paid == 9_999_999


def test_ticket_without_card(shop: Shop) -> None:
    """A sale without a member is recorded: it counts for the day, not for points."""
    shop.key_in("1200")
    shop.till.enter()
    entry = shop.entries()[0]
    assert entry.member is None
    assert shop.view.stage is Stage.DONE


def test_products(shop: Shop) -> None:
    """A product before a card begins the ticket; two equal coffees are two; a line comes off again."""
    shop.scan(COFFEE)
    shop.scan(COFFEE)
    shop.scan(BREAD)
    shop.scan(shop.member(1))
    view = shop.view
    assert view.ticket is not None
    assert [line.name for line in view.ticket.lines] == ["Espresso", "Espresso", "Bread"]
    assert [one.amount for one in view.ticket.earn] == ["+ 6 points", "+ 2 stamps"]
    shop.till.remove_line(2)
    assert shop.view.ticket is not None
    assert shop.view.ticket.total == 320


def test_unknown_product(shop: Shop) -> None:
    """A product that is not in the catalogue has one clear sentence."""
    shop.scan("4006381333931")
    assert shop.code == "product_unknown"


def test_escape_takes_the_card_off_then_leaves(shop: Shop) -> None:
    """Esc detaches until recorded."""
    shop.scan(shop.member(1))
    shop.scan(BREAD)
    shop.till.escape()
    assert shop.view.member is None
    assert shop.view.ticket is not None
    shop.till.escape()
    assert shop.view.stage is Stage.IDLE
    assert shop.kinds() == []


def test_another_card_asks_once(shop: Shop) -> None:
    """On an empty ticket the second card replaces the first; on a begun one Enter does."""
    first, second = shop.member(1, name="One"), shop.member(2, name="Two")
    shop.scan(first)
    shop.scan(second)
    assert shop.view.member is not None
    assert shop.view.member.name == "Two"
    shop.scan(BREAD)
    shop.scan(first)
    assert shop.code == "replace_member"
    assert shop.view.member is not None
    assert shop.view.member.name == "Two"
    shop.till.enter()
    assert shop.view.member is not None
    assert shop.view.member.name == "One"
    assert shop.kinds() == []


def test_an_amount_typed_behind_another_card_is_no_answer(shop: Shop) -> None:
    """Enter replaces the member, as the screen says, and the amount still stands in the field for the next Enter."""
    first, second = shop.member(1), shop.member(2)
    shop.scan(first)
    shop.till.put_amount("100")
    shop.scan(second)
    shop.key_in("500")
    assert (shop.kinds(), shop.view.field) == ([], "500")
    assert shop.till.state.basket is not None
    assert shop.till.state.basket.who is not None
    assert shop.till.state.basket.who.member == 2
    assert shop.till.state.basket.total == 500
    shop.till.enter()
    assert [entry.member for entry in shop.entries()] == [2]


def test_explain_names_every_rule(shop: Shop) -> None:
    """F1 says why these points and why not that reward."""
    shop.scan(shop.member(1))
    shop.till.typed("4590")
    why = shop.till.why()
    assert why is not None
    said = [one.text for one in why.lines]
    for name in ("1 point per euro", "bonus at visit 4", "Coffee card", "5 EUR off"):
        assert any(name in sentence for sentence in said), said


def test_language_switches_live(shop: Shop) -> None:
    """The same ticket reads French at once."""
    shop.scan(shop.member(1))
    shop.till.typed("4590")
    shop.till.set_language("fr")
    assert shop.view.ticket is not None
    assert shop.view.ticket.earn[0].label == "1 point par euro"


def test_the_number_shown_is_the_one_recorded(shop: Shop) -> None:
    """Also where points of the ticket before go back with this one, an entry before its own."""
    shop.sale(shop.member(1), "4590")
    shop.accept_all()
    shop.scan(shop.member(2))
    shop.till.typed("500")
    assert shop.view.ticket is not None
    shown = shop.view.ticket.number
    shop.till.enter()
    assert shop.kinds() == ["TICKET", "GRANT_RETURN", "TICKET"]
    assert shop.view.done is not None
    assert shop.view.done.number == shown


def test_the_points_of_several_rules_are_added_up(tmp_path: Path) -> None:
    """One rule says it itself; of two the sum is what the customer asks for. Stamps are not added to points."""
    bonus = b"""
[[rule]]
id = "bread"
kind = "earn.amount"
label = { fr = "Pain", en = "Bread" }
points = 2
per = 1.00
lines = ".category == 'bread'"
"""
    shop = Shop(tmp_path, programme=PROGRAMME + bonus)
    try:
        shop.sign_in()
        shop.scan(shop.member(1))
        shop.scan(COFFEE)
        assert shop.view.ticket is not None
        assert shop.view.ticket.earn_total == ""
        shop.scan(BREAD)
        assert shop.view.ticket.earn_total == "+ 12 points"
    finally:
        shop.close()
