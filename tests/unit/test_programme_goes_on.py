"""A till that receives a programme it cannot read: the former one goes on counting, and the screen says so."""

import hashlib
from datetime import date

import pytest

from sync.entry import TicketBody
from tests.unit.till_kit import PROGRAMME, Shop

NEWER = PROGRAMME.replace(b"version = 1", b"version = 2").replace(b"earn.amount", b"earn.planets")
HOSTILE = {
    "a kind of a newer release": NEWER,
    "no TOML": b"\xff\x00" * 100,
    "larger than 1 MiB": NEWER + b"#" * (1 << 20),
    "nested without end": b"a = " + b"[" * 100_000,
    "a key without end": b"a" + b".a" * 100_000 + b" = 1",
}
SAID = "This till cannot read the new programme, the former one goes on: update this till."


def points_of_a_sale(shop: Shop, n: int) -> dict[str, int]:
    """What a member gets for 10.00, and under which programme, by its hash."""
    shop.sale(shop.member(n), "1000")
    body = shop.last_body()
    assert isinstance(body, TicketBody)
    given = {one.rule: one.quantity for one in body.promised}
    return {**given, body.programme: 0}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_the_former_programme_goes_on(shop: Shop, data: bytes) -> None:
    """Points are given under the former one's hash; the alert stands on every screen, also after a restart."""
    former = hashlib.sha256(PROGRAMME).hexdigest()
    shop.publish("programme", data)
    assert points_of_a_sale(shop, 1) == {"base": 10, former: 0}
    assert shop.view.alert == SAID
    shop.restart()
    assert shop.view.alert == SAID


def test_several_that_cannot_be_read(shop: Shop) -> None:
    """The last one that can be read goes on; one that can, published later, ends the alert."""
    for data in HOSTILE.values():
        shop.publish("programme", data)
    assert points_of_a_sale(shop, 1)["base"] == 10
    better = PROGRAMME.replace(b"points = 1\n", b"points = 2\n")
    shop.publish("programme", better)
    assert points_of_a_sale(shop, 2) == {"base": 20, hashlib.sha256(better).hexdigest(): 0}
    assert shop.view.alert == ""


def test_one_for_a_later_day_is_no_matter_of_today(shop: Shop) -> None:
    """Until its day comes nothing is said; the till may be updated before."""
    shop.publish("programme", NEWER, date(2034, 12, 31))
    assert shop.view.alert == ""
    assert points_of_a_sale(shop, 1)["base"] == 10


def test_nothing_else_was_ever_published(shop: Shop) -> None:
    """A till whose only programme cannot be read sells without points, and says why."""
    shop.write(lambda connection: connection.execute("DELETE FROM config_item WHERE what = 'programme'"))
    shop.publish("programme", NEWER)
    shop.sale(shop.member(1), "1000")
    assert shop.kinds() == ["TICKET"]
    assert shop.view.alert == SAID
