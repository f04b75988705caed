"""Small jobs of the counter: a return without the receipt, and what gifts are left."""

import json

from pos_app.headless.console import Console
from pos_app.screens.desk import Desk
from pos_app.screens.keys import press
from pos_app.till.view import Stage
from sync.entry import RefundBody
from tests.unit.test_reward_back import GIFT
from tests.unit.till_kit import BREAD, COFFEE, DAY_MS, OTHER_BADGE, OTHER_PIN, PROGRAMME, Shop


def test_a_return_without_the_receipt_finds_the_sale_by_the_member(shop: Shop) -> None:
    """Card, menu, the purchase by its day: the return of that ticket is open, with its lines."""
    card = shop.member(1)
    for product in (COFFEE, BREAD):
        shop.clock.pass_ms(DAY_MS)
        shop.scan(card)
        shop.scan(product)
        shop.till.record()
    shop.scan(card)
    shop.till.errand("no_receipt")
    page = shop.view.errand
    assert page is not None
    assert [(one.label.split()[0], one.right) for one in page.choices] == [
        ("22/11/2026", "€3.50"),
        ("21/11/2026", "€1.60"),
    ]
    press(shop.till, Desk(), "2", "2")
    assert shop.view.stage is Stage.RETURN
    shop.till.return_confirm()
    (body,) = shop.bodies("REFUND")
    assert isinstance(body, RefundBody)
    assert body.cents == 160


def test_who_bought_nothing_here_is_sent_to_the_receipt(shop: Shop) -> None:
    """The till only knows its own sales, and says so."""
    shop.till.errand("no_receipt")
    assert shop.code == "event_nobody"
    shop.scan(shop.member(1))
    shop.till.errand("no_receipt")
    assert (shop.code, shop.view.stage) == ("no_purchase", Stage.TICKET)


def test_the_gifts_and_what_this_till_may_hand_out(shop: Shop) -> None:
    """A counted gift without a share is none left; one that nobody counts says so."""
    counted = GIFT.replace(b'label = { fr = "Tasse"', b'stock = "store", label = { fr = "Tasse"')
    plain = GIFT.replace(b'"shop"', b'"free"').replace(b"mug", b"pen").replace(b"Mug", b"Pen")
    shop.publish("programme", PROGRAMME + counted + plain)
    shop.till.errand("gifts")
    assert shop.view.errand is not None
    assert [(one.text, one.right) for one in shop.view.errand.lines[1:]] == [
        ("Pen  100 points", "not counted"),
        ("Mug  100 points", "0 left"),
    ]
    press(shop.till, Desk(), "enter", None)
    assert shop.view.stage is Stage.IDLE


def test_a_programme_without_gifts_opens_no_page(shop: Shop) -> None:
    """There is nothing to show."""
    shop.till.errand("gifts")
    assert (shop.code, shop.view.stage) == ("no_gifts", Stage.IDLE)


def test_no_page_throws_a_begun_form_away(shop: Shop) -> None:
    """F2 in the enrolment form says that it does nothing there; what was typed stays."""
    shop.till.open_enrol()
    shop.till.enrol_set("first_name", "Zoé")
    shop.till.errand("find")
    assert (shop.code, shop.view.stage) == ("not_here", Stage.ENROL)
    assert shop.view.enrol is not None
    assert shop.view.enrol.first_name == "Zoé"


def test_no_program_drives_a_page_that_a_person_answers_for(shop: Shop) -> None:
    """Erasure and points by hand are refused to programs, also while a manager is signed in at the till."""
    shop.scan(OTHER_BADGE)
    shop.till.pin(OTHER_PIN)
    shop.scan(shop.member(1))
    console = Console(shop.till)
    for name in ("personal", "adjust"):
        answer = json.loads(console.answer(json.dumps({"do": "errand", "name": name}).encode()))
        assert answer["code"] == "for_people"
        shop.till.errand(name)
        choice = json.loads(console.answer(b'{"do": "choose", "digit": 1}'))
        assert choice["code"] == "for_people"
        shop.till.escape()
