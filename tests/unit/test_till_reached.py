"""What a balance pays for: told when the member arrives, promised after a sale only where it can be kept."""

import pytest

from tests.unit.till_kit import PROGRAMME, Shop

RULE = b"""
[[rule]]
id = "dear"
kind = "burn.money"
label = "10 EUR off"
points = 150
value = 10.00
"""

TIERS = b"""
[tiers]
measure = "spend"
window = "365d"
levels = [{ id = "base", from = 0.00 }, { id = "gold", from = 900.00 }]
"""


def ways(shop: Shop) -> list[str]:
    assert shop.view.member is not None
    return [way for way in shop.view.member.ways if isinstance(way, str)]


def promised(shop: Shop) -> str:
    """What is said after a sale of 10 to a member with 200 points."""
    shop.scan(shop.with_points(1, 200))
    shop.key_in("1000")
    assert shop.view.done is not None
    return shop.view.done.say


def test_on_arrival_the_reward_that_waits_is_told_until_it_is_offered(shop: Shop) -> None:
    """With nothing on the ticket yet it stands beside the balance, and is what to say; then it is offered."""
    shop.scan(shop.with_points(1, 120))
    (told,) = [text for text in ways(shop) if "5 EUR off" in text]
    assert told.startswith("5 EUR off: usable")
    assert shop.view.member is not None
    assert shop.view.member.say == told
    shop.till.typed("2000")
    assert [text for text in ways(shop) if "5 EUR off" in text] == []
    assert shop.view.ticket is not None
    assert shop.view.ticket.rewards[0].possible


def test_without_the_points_nothing_waits(shop: Shop) -> None:
    """99 points are on the way, no reward."""
    shop.scan(shop.with_points(1, 99))
    assert [text for text in ways(shop) if "usable" in text] == []


@pytest.mark.parametrize(
    "more",
    [
        RULE + b"when = \"member.tier == 'gold'\"\n" + TIERS,
        RULE + b"lines = \".category == 'coffee'\"\n",
        RULE + b'budget = { points = 1000, per = "month" }\n',
        b'[[rule]]\nid = "gifts"\nkind = "burn.gift"\nlabel = "Gift"\n'
        b'gifts = [{ id = "mug", points = 150, label = "A mug", value = 4.20, stock = "store" }]\n',
    ],
    ids=["condition", "lines", "budget", "stock"],
)
def test_what_an_empty_ticket_cannot_tell_of_is_not_told_on_arrival(shop: Shop, more: bytes) -> None:
    """The reward without any catch is told, not the dearer one with it."""
    shop.publish("programme", PROGRAMME + more)
    shop.scan(shop.with_points(1, 200))
    assert [text for text in ways(shop) if "usable" in text] == ["5 EUR off: usable from €5.00"]


def test_after_the_last_day_to_use_points_nothing_is_told(shop: Shop) -> None:
    """The old programme ends using points before it ends itself."""
    shop.publish("programme", PROGRAMME + b'[transition]\nto = "nouveau"\nlast_burn = 2026-11-01\n')
    shop.scan(shop.with_points(1, 200))
    assert [text for text in ways(shop) if "usable" in text] == []


@pytest.mark.parametrize(
    "never",
    [b"when = \"member.tier == 'gold'\"", b"valid = { from = 2030-01-01, to = 2030-02-01 }"],
    ids=["another tier's", "not yet valid"],
)
def test_a_reward_that_the_member_cannot_have_is_not_promised(shop: Shop, never: bytes) -> None:
    """The cheaper one that they can have is said instead."""
    shop.publish("programme", PROGRAMME + RULE + TIERS)
    assert promised(shop) == "10 EUR off can be used next time."
    shop.till.escape()
    shop.publish("programme", PROGRAMME + RULE + never + b"\n" + TIERS)
    assert promised(shop) == "5 EUR off can be used next time."
