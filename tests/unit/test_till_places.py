"""Codes of places at the counter, and stations where members scan by themselves."""

import msgspec
import pytest

from pos_app.devices.framing import Ended, Frame
from pos_app.till.card_jobs import block
from pos_app.till.parts import Options
from sync.card_code import CARD_KEYS
from sync.card_marks import BlockReason
from sync.entry import EventBody, TicketBody
from sync.wire import pack
from tests.unit.test_signed_cards import OURS, issued
from tests.unit.test_signed_cards import text as signed_card
from tests.unit.till_kit import BREAD, DAY_MS, PROGRAMME, Shop

PLACES = (
    PROGRAMME
    + b"""
[[rule]]
id = "wine"
kind = "earn.event"
label = { fr = "Passage au vin", en = "Been to the wine" }
event = "check_in"
match = { place = ["wine"] }
points = 7

[[rule]]
id = "taste"
kind = "earn.event"
label = { fr = "Gout", en = "Tasting" }
event = "product_scan"
match = { sku = ["F002"] }
points = 3

[[rule]]
id = "tour"
kind = "earn.visit"
label = { fr = "Tour", en = "Tour" }
when = "'garden' in visit.zones"
points = 11
"""
)
STATION = "/dev/station"


@pytest.fixture
def shop_with_station(shop: Shop) -> Shop:
    """A shop whose second scanner stands in the garden."""
    shop.publish("programme", PLACES)
    shop.options = msgspec.structs.replace(Options(language="en"), stations={STATION: "garden"})
    shop.restart()
    shop.sign_in()
    return shop


def at_station(shop: Shop, code: str) -> None:
    shop.clock.pass_ms(3_500)
    shop.till.scanned(STATION, Frame(code.encode(), None, Ended.SUFFIX, None, shop.clock.mono_ms()))
    shop.till.pump()


def events(shop: Shop) -> list[EventBody]:
    return [body for body in shop.bodies("EVENT") if isinstance(body, EventBody)]


def test_a_place_is_checked_in_once_a_day(shop: Shop) -> None:
    """The code after the card gives what the rule says; again only on the next day."""
    shop.publish("programme", PLACES)
    shop.scan(shop.member(1))
    shop.scan("P-Wine")
    assert (shop.code, [body.event.fields for body in events(shop)]) == (
        "checked_in_points",
        [{"place": "wine"}],
    )
    shop.scan("P-WINE")
    assert (shop.code, len(events(shop))) == ("checked_in_already", 1)
    shop.clock.pass_ms(DAY_MS)
    shop.scan("P-Wine")
    assert [body.promised[0].quantity for body in events(shop)] == [7, 7]


def test_a_place_without_a_card_asks_for_the_card(shop: Shop) -> None:
    """Nobody was there as long as no card is scanned."""
    shop.scan("P-wine")
    assert (shop.code, events(shop)) == ("event_nobody", [])


def test_the_station_notes_card_and_products_and_leaves_the_till_alone(shop_with_station: Shop) -> None:
    """Card, then products: each once a day for that member, while the cashier serves somebody else."""
    shop = shop_with_station
    shop.scan(shop.member(2, name="Petit"))
    before = shop.view
    card = shop.member(1, name="Martin")
    for code in (card, BREAD, BREAD, card):
        at_station(shop, code)
    assert [(body.event.name, body.event.sku, body.event.fields["place"]) for body in events(shop)] == [
        ("check_in", "", "garden"),
        ("product_scan", "F002", "garden"),
    ]
    assert [entry.member for entry in shop.entries() if entry.kind == "EVENT"] == [1, 1]
    assert (shop.view.stage, shop.view.member, shop.view.notice, shop.view.scans) == (
        before.stage,
        before.member,
        before.notice,
        before.scans,
    )


def test_a_product_without_a_card_or_long_after_it_is_nobodys(shop_with_station: Shop) -> None:
    """The next customer's products are not the last one's."""
    shop = shop_with_station
    at_station(shop, BREAD)
    at_station(shop, shop.member(1))
    shop.clock.pass_ms(61_000)
    at_station(shop, BREAD)
    at_station(shop, "BDG-CAMILLE1")
    assert [body.event.sku for body in events(shop)] == [""]


def test_the_zone_counts_on_the_ticket_of_the_day(shop_with_station: Shop) -> None:
    """Who was in the garden earns for it at the till, also after a restart; not on another day."""
    shop = shop_with_station
    card = shop.member(1)
    shop.till.lock()
    at_station(shop, card)
    shop.restart()
    shop.sign_in()
    shop.sale(card, "1000")
    shop.clock.pass_ms(DAY_MS)
    shop.sale(card, "1000")
    bodies = [body for body in shop.bodies("TICKET") if isinstance(body, TicketBody)]
    assert [body.zones for body in bodies] == [("garden",), ()]
    assert ["tour" in {one.rule for one in body.promised} for body in bodies] == [True, False]


def test_a_lost_card_counts_at_no_station(shop_with_station: Shop) -> None:
    """Whoever found it gains nothing for its member by it, and nothing is told of the member."""
    shop = shop_with_station
    card = shop.member(1)
    block(shop.till.parts, shop.till.state, 1, BlockReason.LOST)
    at_station(shop, card)
    assert events(shop) == []


def test_a_card_that_is_not_taken_is_nobodys_at_a_station(shop_with_station: Shop) -> None:
    """Blocked, or a signed card whose next issue is known: no check-in, and no product after it."""
    shop = shop_with_station
    shop.publish(CARD_KEYS, pack((OURS,)))
    card = shop.member(1)
    issued(shop, 1, 2)
    for code in (signed_card(issue=1), BREAD):
        at_station(shop, code)
    assert block(shop.till.parts, shop.till.state, 1, BlockReason.LOST) == ""
    for code in (card, signed_card(issue=2), BREAD):
        at_station(shop, code)
    assert events(shop) == []
