"""A gift that one till of the chain handed out comes back at another one, over a real ledger."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from pos_app.screens.desk import Desk
from pos_app.screens.keys import press
from pos_app.till.view import Stage
from sync.ledger.stock import CountGift
from tests.simulation.seeds import PLAIN, PROGRAMME
from tests.unit.copies_kit import CARDS, Chain, Copied, chain

GIFT = """
[[rule]]
id = "shop"
kind = "burn.gift"
gifts = [{ id = "mug", points = 100, label = { fr = "Tasse", en = "Mug" } }]
"""


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Chain]:
    """Two tills of one store, the first of which has handed a mug for 100 of the member's 240 points."""
    with chain(tmp_path) as made:
        data = (PROGRAMME.replace("version = 1", "version = 2") + GIFT + PLAIN).encode()
        made.house.run(made.house.ledger.publish("programme", "simulated", data, date(2025, 1, 1)))
        first, _ = made.till(), made.till()
        first.till.scan_text(CARDS[0], "test", guarded=False)
        first.talk(2)
        first.till.put_amount("500")
        first.till.redeem("shop.mug", 1)
        first.till.record()
        first.sale(CARDS[1], 1)  # until its next entry a till may still undo what it sold
        for till in made.tills * 2:
            till.talk()
        yield made


def lend(shop: Chain) -> None:
    """What tills took is told, the next share is given and fetched."""
    for _ in range(2):
        for till in shop.tills:
            till.talk()
        shop.lease()


def owned(shop: Chain) -> int:
    """The member's points, those that a till holds with them."""
    books = shop.books()
    return books.available["points"] + books.granted.get("points", 0)


def page(till: Copied) -> list[str]:
    """Opens the page for the member; the gifts on it, once the ledger has answered."""
    till.till.escape()
    till.till.scan_text(CARDS[0], "test", guarded=False)
    till.till.errand("reward_back")
    assert till.till.state.stage is Stage.ERRAND, till.till.state.notice
    till.client.figures.step(0)
    errand = till.till.view().errand
    assert errand is not None
    return [one.label for one in errand.choices]


def test_it_comes_back_once_at_any_till(shop: Chain) -> None:
    """The other till asks the ledger, shows the mug, and the points are back for both; no till offers it again."""
    first, second = shop.tills
    assert owned(shop) == 240 + 5 - 100
    assert page(second) == ["Mug"]
    for key in "12":
        press(second.till, Desk(), key, key)
    assert second.till.state.notice is not None
    assert second.till.state.notice.code == "reward_restored"
    assert page(second) == [], "it is known here before the ledger is told"
    for till in shop.tills * 2:
        till.talk()
    assert owned(shop) == 240 + 5
    assert (page(first), page(second)) == ([], [])


def test_an_exchange_takes_one_from_the_counted_gifts(tmp_path: Path) -> None:
    """At a till with a share of them the piece is counted; at another one it is said that nobody counted it."""
    with chain(tmp_path) as made:
        counted = GIFT.replace('id = "mug"', 'id = "mug", stock = "store"')
        data = (PROGRAMME.replace("version = 1", "version = 2") + counted + PLAIN).encode()
        made.house.run(made.house.ledger.publish("programme", "simulated", data, date(2025, 1, 1)))
        first = made.till()
        made.house.run(CountGift("halles", "shop.mug", 2).run(made.house.ledger))
        made.lease()
        first.till.scan_text(CARDS[0], "test", guarded=False)
        first.talk(2)
        first.till.put_amount("500")
        first.till.redeem("shop.mug", 1)
        first.till.record()
        first.sale(CARDS[1], 1)
        lend(made)
        for told in ("reward_exchanged", "reward_exchanged_uncounted"):
            assert page(first) == ["Mug"]
            for key in "11":
                press(first.till, Desk(), key, key)
            assert first.till.state.notice is not None
            assert first.till.state.notice.code == told
            first.till.escape()
            lend(made)
        (left,) = made.house.run(CountGift("halles").run(made.house.ledger)).gifts
        assert (left.free, left.given) == (0, 2)
