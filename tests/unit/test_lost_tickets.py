"""A till's disk is put back and tickets that were never sent are gone: nothing tells, and what that can cost."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.copies_kit import CARDS, Chain, chain

PRICE = 100  # of the reward, in points


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Chain]:
    with chain(tmp_path) as made:
        yield made


def test_what_only_paper_tells_costs_what_was_held_at_most(shop: Chain) -> None:
    """The reward of the lost ticket is given again, once and within the lease; its sale is typed in from the paper."""
    till = shop.till()
    till.sale(CARDS[0], 5)
    till.talk()
    shop.lease()
    held = till.holds()
    backup = shop.image(till)
    till.line.up = False
    paper = till.sale(CARDS[0], 9, reward=True)
    till.end()

    backup.begin()
    backup.line.up = False
    assert backup.holds() == held, "the points of the lost reward are back"
    assert backup.sale(CARDS[0], 9, reward=True) == paper, "another ticket under a number that was printed"
    backup.till.scan_text(CARDS[0], "test", guarded=False)
    backup.till.put_amount("900")
    worth = backup.till.state.worth
    assert worth is not None
    assert all(offer.beyond for offer in worth.offers), "there is no third time"
    backup.till.record()
    backup.line.up = True
    backup.talk()

    assert not backup.fenced(), "the protocol has nothing to notice"
    books = shop.books()
    assert (books.burned, books.deficit) == ({"points": PRICE}, {})
    assert held >= PRICE
    before = books.earned["points"]
    backup.sale(CARDS[0], 4)
    backup.talk()
    assert shop.books().earned["points"] >= before + 4
    assert shop.aside() == ()
