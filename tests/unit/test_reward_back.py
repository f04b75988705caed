"""A reward brought back without the purchase: at the till, and in the ledger's books on both engines."""

from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from pos_app.screens.desk import Desk
from pos_app.screens.keys import press
from sync.entry import EventBody, RefundBody, RefundLine
from tests.unit import till_kit
from tests.unit.ledger_kit import HEAD, Shop, burn, draw, line, run

GIFT = b"""
[[rule]]
id = "shop"
kind = "burn.gift"
label = { fr = "Cadeaux", en = "Gifts" }
gifts = [{ id = "mug", points = 100, label = { fr = "Tasse", en = "Mug" } }]
"""
INCIDENTS = b"""
[incidents]
kinds = { reward_back = 2 }
window = "180d"
red_alert = 5
"""


@pytest.fixture
def handed(shop: till_kit.Shop) -> till_kit.Shop:
    """A shop that has just handed a mug for 100 of the member's 250 points, with the card scanned again."""
    shop.publish("programme", till_kit.PROGRAMME + GIFT + INCIDENTS)
    card = shop.with_points(1, 250)
    shop.scan(card)
    shop.till.put_amount("500")
    assert shop.till.state.basket is not None
    shop.grant(1, shop.till.state.basket.ticket, "points", 100)
    shop.till.redeem("shop.mug", 1)
    shop.till.record()
    shop.scan(card)
    shop.till.errand("reward_back")
    return shop


def keys(shop: till_kit.Shop, *names: str) -> None:
    for name in names:
        press(shop.till, Desk(), name, name)


def incidents(shop: till_kit.Shop) -> list[object]:
    return [body.event.fields["kind"] for body in shop.bodies("EVENT") if isinstance(body, EventBody)]


def test_its_points_return_and_the_purchase_stays(handed: till_kit.Shop) -> None:
    """One return of the reward alone; the balance on the screen has the points again, and an incident is noted."""
    page = handed.view.errand
    assert page is not None
    assert [one.label for one in page.choices] == ["Mug"]
    keys(handed, "1", "2")
    (body,) = handed.bodies("REFUND")
    assert isinstance(body, RefundBody)
    assert (body.rewards, body.cents, body.lines) == (("shop.mug",), 0, ())
    assert handed.view.member is not None
    assert handed.view.member.balance == 255
    assert incidents(handed) == ["reward_back"]
    handed.till.errand("reward_back")
    assert handed.view.errand is not None
    assert handed.view.errand.choices == (), "only the ledger may know of more"
    handed.till.escape()
    handed.go_offline()
    handed.till.errand("reward_back")
    assert handed.code == "reward_none"


def test_an_exchange_moves_no_points(handed: till_kit.Shop) -> None:
    """Another mug for the broken one: only the incident stands in the journal."""
    keys(handed, "1", "1")
    assert (handed.bodies("REFUND"), incidents(handed)) == ([], ["reward_back"])
    assert handed.code == "reward_exchanged"


def test_the_ledger_gives_them_back_to_their_lot_once(tmp_path: Path) -> None:
    """A mug brought back, and later the goods: the points of the mug return once, those of the goods are taken."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        first = till.euros(member, 200)
        mug = burn(100, draw(first.lots[0], first.lots[0], 100), cents=0, rule="shop.mug")
        sold = till.sale(member, (line(1000),), burns=(msgspec.structs.replace(mug, allocation=()),))
        await till.push()
        for _ in range(2):
            till.refund(sold, 0, rewards=("shop.mug",))
            till.give_back("nothing")
            await till.push()
        held = await shop.balances()
        assert (held.balance(), held.burned.get("points", 0)) == (210, 0)
        till.refund(sold, 1000, RefundLine(0, 1000, Decimal(1)))
        await till.push()
        assert (await shop.balances()).balance() == 200
        assert await shop.faults() == []

    run(tmp_path, scenario, HEAD + GIFT)


def test_what_took_money_off_a_line_does_not_come_back_alone(tmp_path: Path) -> None:
    """A discount that somebody calls a reward brought back stays used."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        first = till.euros(member, 200)
        paid = burn(100, draw(first.lots[0], first.lots[0], 100), cents=500)
        sold = till.sale(member, (line(1000),), burns=(msgspec.structs.replace(paid, allocation=(500,)),))
        till.refund(sold, 0, rewards=(paid.rule,))
        till.give_back("nothing")
        await till.push()
        assert (await shop.balances()).burned.get("points", 0) == 100

    run(tmp_path, scenario)
