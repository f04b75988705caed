"""The last of a counted gift, and of a budget, lies at a till that does not need it: who needs it gets it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from sync.ledger.stock import CountGift
from sync.shares import campaign_account, store_account
from tests.simulation.seeds import PLAIN, PROGRAMME
from tests.unit.copies_kit import CARDS, Chain, Copied, chain

GIFT = """
[[rule]]
id = "shop"
kind = "burn.gift"
gifts = [{ id = "mug", points = 100, stock = "store", label = { fr = "Tasse", en = "Mug" } }]
"""
LAUNCH = """
[[rule]]
id = "launch"
kind = "earn.amount"
points = 1
per = 1.00
budget = 40
"""


@contextmanager
def shop(folder: Path, rule: str) -> Iterator[Chain]:
    """A chain of one store whose programme has `rule`."""
    with chain(folder) as made:
        data = (PROGRAMME.replace("version = 1", "version = 2") + rule + PLAIN).encode()
        made.house.run(made.house.ledger.publish("programme", "simulated", data, date(2025, 1, 1)))
        yield made


def share(till: Copied, account: int) -> int:
    """Units of a shared account that a till holds."""
    row = till.store.reader().execute(
        "SELECT coalesce(sum(quantity), 0) FROM slice WHERE member = ?", (account,)
    )
    return int(row.fetchone()[0])


def turns(made: Chain, seconds: int) -> None:
    """The tills of the chain serve, and speak with the ledger, for so many seconds."""
    for _ in range(seconds):
        for till in made.tills:
            till.sync(everything=True)
            till.till.pump()
            till.settle_writer()
        made.time.pass_ms(1_000)
        for till in made.tills:
            till.till.tick()


def test_the_last_gift_goes_to_the_till_where_somebody_wants_it(tmp_path: Path) -> None:
    """It lies at the other till; while the member stands here it is called back, offered and handed out."""
    with shop(tmp_path, GIFT) as made:
        first, second = made.till(), made.till()
        made.house.run(CountGift("halles", "shop.mug", 1).run(made.house.ledger))
        for _ in range(3):
            made.lease()
        own = store_account("halles")
        idle, wanting = (first, second) if share(first, own) else (second, first)
        assert (share(idle, own), share(wanting, own)) == (1, 0)
        wanting.till.scan_text(CARDS[0], "test", guarded=False)
        wanting.till.put_amount("500")
        turns(made, 12)
        assert (share(idle, own), share(wanting, own)) == (0, 1)
        assert wanting.till.state.worth is not None
        assert "shop.mug" in [one.option.rule for one in wanting.till.state.worth.offers]
        wanting.till.redeem("shop.mug", 1)
        wanting.till.record()
        turns(made, 3)
        (mug,) = made.house.run(CountGift("halles").run(made.house.ledger)).gifts
        assert (mug.free, mug.at_tills, mug.given) == (0, 0, 1)


def test_what_was_asked_for_and_not_taken_goes_back(tmp_path: Path) -> None:
    """The member leaves without the gift: it is free for the next one who wants it."""
    with shop(tmp_path, GIFT) as made:
        first, second = made.till(), made.till()
        made.house.run(CountGift("halles", "shop.mug", 1).run(made.house.ledger))
        for _ in range(3):
            made.lease()
        own = store_account("halles")
        wanting = second if share(first, own) else first
        wanting.till.scan_text(CARDS[0], "test", guarded=False)
        wanting.till.put_amount("500")
        turns(made, 12)
        assert share(wanting, own) == 1
        wanting.till.escape()
        wanting.till.escape()
        assert wanting.till.state.basket is None
        turns(made, 70)
        (mug,) = made.house.run(CountGift("halles").run(made.house.ledger)).gifts
        assert (mug.free + mug.at_tills, mug.given) == (1, 0)


def test_a_budget_is_not_stuck_at_idle_tills(tmp_path: Path) -> None:
    """One busy till of three gives all of it."""
    with shop(tmp_path, LAUNCH) as made:
        busy, *_ = [made.till() for _ in range(3)]
        for _ in range(3):
            made.lease()
        account = campaign_account("simulated")
        assert sum(share(till, account) for till in made.tills) > share(busy, account)
        for _ in range(8):
            busy.till.scan_text(CARDS[0], "test", guarded=False)
            busy.till.put_amount("1000")
            turns(made, 8)
            busy.till.record()
            busy.till.escape()
            turns(made, 3)
            made.lease()
        lots = made.house.read(lambda tx: tx.all_lots(account))
        assert sum(lot.burned for lot in lots) == 40


def test_nobody_asks_for_what_nobody_has(tmp_path: Path) -> None:
    """Of a budget that is spent a ticket asks once, however long it stays open."""
    with shop(tmp_path, LAUNCH.replace("budget = 40", "budget = 1")) as made:
        till = made.till()
        for _ in range(2):
            made.lease()
            till.sale(CARDS[0], 10)
            till.talk()
        asked: list[int] = []
        real = till.client.request_hold
        till.client.request_hold = lambda ticket, member, wants: (  # type: ignore[method-assign]
            asked.append(member),
            real(ticket, member, wants),
        )[1]
        till.till.scan_text(CARDS[0], "test", guarded=False)
        till.till.put_amount("1000")
        turns(made, 10)
        assert asked.count(campaign_account("simulated")) == 1
