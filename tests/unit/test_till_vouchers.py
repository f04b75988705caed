"""Vouchers, gifts and donations at the till: offered, chosen, printed, undone."""

import datetime

import pytest

from pos_app.languages.words import Words
from pos_app.printing.receipt import layout
from pos_app.printing.rows import as_text
from pos_app.till.record import receipt_of, unpack
from pos_app.till.view import Bar, Stage, TicketView
from rules.account import POINTS, Holding
from sync.entry import TicketBody
from tests.unit.rule_texts import POINT_A_EURO
from tests.unit.till_kit import BREAD, COFFEE, HEAD, Shop, lot

GROCER = (
    HEAD
    + POINT_A_EURO.encode()
    + b"""
[[rule]]
id = "turn"
kind = "convert"
label = { fr = "50 points, un bon", en = "50 points, a voucher" }
points = 50
voucher = "cheque"

[[rule]]
id = "cheque"
kind = "voucher"
label = { fr = "Bon 5 EUR", en = "5 EUR voucher" }
value = 5.00
life = "30d"

[[rule]]
id = "daily"
kind = "earn.streak"
label = { fr = "Deux jours de suite", en = "Two days in a row" }
period = "day"
length = 2
voucher = "bread"

[[rule]]
id = "bread"
kind = "voucher"
label = { fr = "Bon pain", en = "Bread voucher" }
percent = "50%"
lines = ".category == 'bread'"
starts = "1d"
life = "10d"
min_basket = 3.00
combinable = false

[[rule]]
id = "gifts"
kind = "burn.gift"
gifts = [
  { id = "mug", points = 30, label = { fr = "Une tasse", en = "A mug" } },
  { id = "bag", points = 20, label = { fr = "Un sac", en = "A bag" }, stock = "store" },
]

[[rule]]
id = "give"
kind = "burn.donation"
label = { fr = "1 EUR donne", en = "1 EUR given" }
points = 10
value = 1.00
to = "food-bank"
"""
)
CHEQUE = "voucher:cheque"


@pytest.fixture(autouse=True)
def grocer(shop: Shop) -> None:
    """The till runs the programme above."""
    shop.publish("programme", GROCER)


def ticket(shop: Shop) -> TicketView:
    """The begun ticket as shown."""
    assert shop.view.ticket is not None
    return shop.view.ticket


def digit(shop: Shop, rule: str) -> int:
    """The number of a reward on the screen."""
    return next(one.digit for one in ticket(shop).rewards if one.rule == rule)


def paper(shop: Shop, language: str = "en") -> str:
    """The receipt of the ticket that was just recorded."""
    assert shop.till.state.done is not None
    what = unpack(shop.till.state.done.result)
    programme, words = shop.till.parts.programme_of(what.programme), Words(language)
    return as_text(layout(receipt_of(what, "Halles", "Till 2", programme, words), words))


def owner(shop: Shop, **assets: int) -> str:
    """A member with holdings that this till holds for the ticket once the card is scanned."""
    names = {name.replace("_", ":"): number for name, number in assets.items()}
    holdings = tuple(lot(asset, f"c-{asset}", number) for asset, number in names.items())
    card = shop.member(1, balance=names, holdings=holdings)
    shop.scan(card)
    for asset, number in names.items():
        shop.grant(1, shop.till.state.basket.ticket, asset, number, f"c-{asset}")  # type: ignore[union-attr]
    return card


def test_enough_points_become_a_voucher_that_pays_the_next_ticket(shop: Shop) -> None:
    """60 points on a ticket: 50 of them are a voucher on its receipt; the next ticket is 5.00 less."""
    card = shop.member(1)
    shop.sale(card, "6000")
    body = shop.last_body()
    assert isinstance(body, TicketBody)
    assert [(one.rule, one.asset, one.quantity) for one in body.converted] == [("turn", CHEQUE, 1)]
    assert (shop.held(1), shop.held(1, CHEQUE)) == (10, 1)
    text = paper(shop)
    assert "50 points, a voucher           + 1 voucher" in text
    assert "50 points, a voucher           - 50 points" in text
    assert "5 EUR voucher: €5.00, until 20/12/2026" in text
    assert "Balance 10 points" in text
    shop.scan(card)
    shop.till.typed("2000")
    assert [(one.label, one.price, one.after) for one in ticket(shop).rewards if one.rule == "cheque"] == [
        ("5 EUR voucher", "1 voucher", "1 -> 0")
    ]
    shop.till.choose(digit(shop, "cheque"))
    assert ticket(shop).due == 1500
    shop.till.enter()
    assert shop.held(1, CHEQUE) == 0
    assert "5 EUR voucher" in paper(shop)
    assert "- 1 voucher" in paper(shop)


def test_undo_takes_the_voucher_and_gives_the_points_back(shop: Shop) -> None:
    """The ticket before held 45 points; the one that filled the voucher is undone: 45 points, no voucher."""
    card = shop.member(1)
    shop.sale(card, "4500")
    shop.sale(card, "1000")
    assert (shop.held(1), shop.held(1, CHEQUE)) == (5, 1)
    shop.till.undo()
    assert (shop.held(1), shop.held(1, CHEQUE)) == (45, 0)
    shop.scan(card)
    assert shop.view.member is not None
    assert (shop.view.member.balance, shop.view.member.vouchers) == (45, ())


def test_the_way_to_the_voucher_and_what_is_owned_are_on_the_screen(shop: Shop) -> None:
    """Two vouchers and 30 points: both are told beside the ticket."""
    owner(shop, voucher_cheque=2, points=30)
    member = shop.view.member
    assert member is not None
    assert member.vouchers == ("2 x 5 EUR voucher until 31/12/2027",)
    way = next(one for one in member.ways if isinstance(one, Bar) and one.title.startswith("Next voucher"))
    assert (way.title, way.have, way.need) == ("Next voucher: 5 EUR voucher", 30, 50)
    shop.till.typed("1000")
    assert ticket(shop).next_gap == "5 EUR voucher: 10 points left"


def test_the_receipt_tells_the_way_to_the_voucher(shop: Shop) -> None:
    """Where points buy nothing else, the voucher is the next reward."""
    shop.publish("programme", GROCER.split(b'[[rule]]\nid = "gifts"')[0])
    shop.sale(shop.member(1), "1000")
    assert "40 points more: 5 EUR voucher." in paper(shop)


def test_points_held_elsewhere_are_converted_by_the_ledger(shop: Shop) -> None:
    """45 points at the ledger and 10 of this ticket: nothing is converted here, and the receipt says what comes."""
    card = shop.with_points(1, 45)
    shop.scan(card)
    assert all(
        want.asset != POINTS or want.quantity < 45 for _, _, wants in shop.ledger.holds for want in wants
    )
    shop.key_in("1000")
    body = shop.last_body()
    assert isinstance(body, TicketBody)
    assert body.converted == ()
    assert "the voucher comes once it is confirmed" in " ".join(paper(shop).split())


def test_vouchers_are_asked_for_at_the_scan(shop: Shop) -> None:
    """Like free items: so that they can be used at once and also when the line fails."""
    card = shop.member(1, balance={CHEQUE: 2}, holdings=(lot(CHEQUE, "c-1", 2),))
    shop.scan(card)
    wanted = {want.asset: want.quantity for _, _, wants in shop.ledger.holds for want in wants}
    assert wanted == {CHEQUE: 2}


def test_a_voucher_larger_than_the_ticket_says_what_lapses(shop: Shop) -> None:
    """3.20 to pay with 5.00: nothing to pay, and 1.80 are gone."""
    owner(shop, voucher_cheque=1)
    shop.till.typed("320")
    shop.till.choose(digit(shop, "cheque"))
    assert (ticket(shop).due, any("the rest lapses" in why for why in ticket(shop).why)) == (0, True)
    shop.till.enter()
    assert shop.view.stage is Stage.DONE
    assert "5 EUR voucher: the rest of €1.80 lapses." in paper(shop)
    assert "Bon 5 EUR : le reste de 1,80 € est perdu." in paper(shop, "fr").replace("\xa0", " ").replace(
        "\u202f", " "
    )


def test_a_voucher_that_stands_alone_is_refused_beside_another(shop: Shop) -> None:
    """Chosen second, in either order: it is not marked, the reason is said, the first choice stays."""
    owner(shop, voucher_cheque=1, voucher_bread=1)
    for _ in range(2):
        shop.scan(BREAD)
    for first, second in (("cheque", "bread"), ("bread", "cheque")):
        shop.till.choose(digit(shop, first))
        due = ticket(shop).due
        shop.till.choose(digit(shop, second))
        assert shop.code == "reward_beyond"
        assert "cannot be combined" in shop.view.notice.text  # type: ignore[union-attr]
        assert {one.rule for one in ticket(shop).rewards if one.chosen} == {first}
        assert ticket(shop).due == due
        shop.till.choose(digit(shop, first))
        assert ticket(shop).reward == 0


def test_a_bounce_back_says_when_it_can_be_used(shop: Shop) -> None:
    """The second day in a row gives a voucher for the next visit: from tomorrow, on 3.00 or more, alone."""
    card = shop.member(1)
    shop.sale(card, "1000")
    shop.clock.pass_ms(86_400_000)
    shop.sign_in()
    shop.sale(card, "1000")
    text = " ".join(paper(shop).split())
    assert "Two days in a row + 1 voucher" in text
    assert (
        "Bread voucher: 50% off, from 22/11/2026, until 01/12/2026, on a purchase of €3.00 or more, "
        "not with another reward" in text
    )
    assert shop.held(1, "voucher:bread") == 0, "it is not usable yet: no grant to this till"
    shop.scan(card)
    shop.till.typed("2000")
    assert "bread" not in {one.rule for one in ticket(shop).rewards}
    assert any("cannot be used yet (days still to go: 1)" in why for why in ticket(shop).why)
    assert shop.view.member is not None
    assert shop.view.member.vouchers == ("1 x Bread voucher from 22/11/2026",)


def test_a_gift_is_handed_over_and_takes_nothing_off(shop: Shop) -> None:
    """30 points for a mug: the ticket is paid in full, the cashier is told to hand it over."""
    owner(shop, points=40)
    shop.till.typed("1000")
    shop.till.choose(digit(shop, "gifts.mug"))
    assert (ticket(shop).due, ticket(shop).reward) == (1000, 0)
    shop.till.enter()
    done = shop.view.done
    assert done is not None
    assert "Hand over: A mug" in done.lines
    assert done.tell_till == ""
    assert "A mug                          - 30 points" in paper(shop)
    body = shop.last_body() if shop.kinds()[-1] == "TICKET" else shop.bodies("TICKET")[-1]
    assert isinstance(body, TicketBody)
    assert [(one.cents, one.allocation) for one in body.burns] == [(0, ())]


def test_a_donation_is_a_choice_like_others(shop: Shop) -> None:
    """Two steps: 20 points for the food bank, on the receipt under its name."""
    owner(shop, points=40)
    shop.till.typed("1000")
    for _ in range(2):
        shop.till.choose(digit(shop, "give"))
    assert next(one.label for one in ticket(shop).rewards if one.rule == "give") == "2 x 1 EUR given"
    shop.till.enter()
    assert "1 EUR given                    - 20 points" in paper(shop)


def test_a_counted_gift_is_refused_with_the_reason(shop: Shop) -> None:
    """This till holds no share of the stock: the bag is not offered, and the explanation says why."""
    owner(shop, points=40)
    shop.till.typed("1000")
    assert "gifts.bag" not in {one.rule for one in ticket(shop).rewards}
    assert "A bag: none is left that could be given here now" in ticket(shop).why


def test_a_return_gives_the_voucher_back_with_the_last_line(shop: Shop) -> None:
    """The coffee first: its share of the voucher is not handed out; with the bread the voucher itself comes back."""
    owner(shop, voucher_cheque=1)
    shop.scan(COFFEE)
    shop.scan(BREAD)
    shop.till.choose(digit(shop, "cheque"))
    shop.till.enter()
    assert shop.view.done is not None
    number = shop.view.done.number
    shop.till.escape()
    restored = []
    for index in (0, 1):
        shop.till.open_return()
        shop.till.return_reference(number)
        shop.till.return_line(index)
        shop.till.return_confirm()
        assert shop.view.done is not None
        assert not any("+ 0 " in line for line in (*shop.view.done.lines, paper(shop))), "nothing is no line"
        (body,) = shop.bodies("REFUND")[-1:]
        restored.append([(one.asset, one.quantity) for one in body.restored])  # type: ignore[union-attr]
    assert [sum(quantity for _, quantity in one) for one in restored] == [0, 1]
    assert shop.held(1, CHEQUE) == 0, "never usable here before the ledger has accepted the return"


def test_a_voucher_of_the_past_is_gone(shop: Shop) -> None:
    """What has lapsed is neither shown nor offered."""
    day = datetime.date(2026, 1, 1)
    old = Holding(CHEQUE, "c-1", 1, day, day, datetime.date(2026, 11, 19))
    shop.scan(shop.member(1, balance={CHEQUE: 1}, holdings=(old,)))
    shop.till.typed("2000")
    assert shop.view.member is not None
    assert (shop.view.member.vouchers, ticket(shop).rewards) == ((), ())
