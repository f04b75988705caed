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
    "never",
    [b"when = \"member.tier == 'gold'\"", b"valid = { from = 2030-01-01, to = 2030-02-01 }"],
    ids=["another tier's", "not yet valid"],
)
def test_a_reward_that_the_member_cannot_have_is_not_promised(shop: Shop, never: bytes) -> None:
    """The cheaper one that they can have is said instead."""
    levels = b'levels = [{ id = "base", from = 0.00 }, { id = "gold", from = 900.00 }]\n'
    tiers = b'[tiers]\nmeasure = "spend"\nwindow = "365d"\n' + levels
    shop.publish("programme", PROGRAMME + RULE + tiers)
    assert promised(shop) == "10 EUR off can be used next time."
    shop.till.escape()
    shop.publish("programme", PROGRAMME + RULE + never + b"\n" + tiers)
    assert promised(shop) == "5 EUR off can be used next time."
