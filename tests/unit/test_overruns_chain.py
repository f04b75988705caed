"""An allowance beyond a budget whole: published, lent to real tills, given without a line, owed at the ledger."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from sync.shares import campaign_account
from tests.simulation.seeds import CAMPAIGN, PLAIN, PROGRAMME
from tests.unit.copies_kit import CARDS, MEMBER, Chain, Copied, chain

TEXT = (PROGRAMME + CAMPAIGN + PLAIN).replace("version = 1", "version = 2")
BUDGET, OVERRUN = 120, 10


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Chain]:
    """A chain with a campaign of 120 points, of which a till may give ten too many."""
    with chain(tmp_path) as made:
        text = TEXT.replace("budget = 120", f"budget = {BUDGET}\noverrun = {OVERRUN}")
        made.house.run(made.house.ledger.publish("programme", "simulated", text.encode(), date(2025, 1, 1)))
        yield made


def lend(shop: Chain) -> None:
    """What an hour brings."""
    shop.house.run(shop.house.ledger.fund_days())
    shop.house.review_leases()
    for till in shop.tills:
        till.talk()


def given(shop: Chain) -> int:
    """Points of the campaign that receipts promised, as the member has them."""
    lots = shop.house.read(lambda tx: tx.all_lots(MEMBER))
    return sum(lot.quantity for lot in lots if lot.rule == "launch")


def outage(tills: list[Copied]) -> None:
    """Nobody has a line; all sell as much as they can."""
    for till in tills:
        till.line.up = False
        till.client.wake_push()
        till.talk(1)
        assert not till.till.parts.online
    for till in tills:
        till.sale(CARDS[0], 90)
        till.sale(CARDS[0], 90)
    for till in tills:
        till.line.up = True
        till.talk()


def test_tills_cut_off_again_and_again_exceed_a_budget_once(shop: Chain) -> None:
    """Two tills, five outages: the whole budget and ten each, the last of which the campaign owes."""
    tills = [shop.till("halles"), shop.till("gare")]
    for turn in range(5):
        lend(shop)
        outage(tills)
        if turn == 0:
            assert given(shop) == BUDGET // 2 + 2 * OVERRUN
    assert given(shop) == BUDGET + 2 * OVERRUN
    books = shop.books(campaign_account("simulated"))
    assert books.deficit == {"budget:launch": 2 * OVERRUN}
    assert shop.books().honoured == {}
    assert shop.aside() == ()
