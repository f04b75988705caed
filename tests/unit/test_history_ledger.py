"""The database of a ledger as a history: the same tickets and returns give the same figures as the ledger's own."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pos_app.history.open import open_history
from pos_app.history.run import run_replay
from rules.programme.load import load_programme
from sync.entry import RefundLine
from tests.unit.ledger_kit import TIERED, Shop, line, promise, run


async def trade(shop: Shop) -> None:
    """Four visits of one member; a coffee with a bread comes back in part, the first sale whole.

    The till has handed all it promised to the ledger before goods come back.
    """
    till, member = await shop.till(), await shop.member()
    first = till.euros(member, 30)
    shop.clock.advance(days=1)
    lines = (line(1000), line(250, "coffee"))
    given = (
        promise("base", 12, till.today, allocation=(10, 2)),
        promise("coffee", 1, till.today, "stamp:coffee", allocation=(0, 1)),
    )
    mixed = till.sale(member, lines, given)
    sold = [(first.lots[0], 30), (mixed.lots[0], 12)]
    for _ in range(2):
        shop.clock.advance(days=1)
        sold.append((till.euros(member, 25).lots[0], 25))
    await till.push()
    for lot, quantity in sold:
        till.give_back(lot, ("points", lot, quantity))
    till.give_back(mixed.lots[1], ("stamp:coffee", mixed.lots[1], 1))
    await till.push()
    shop.clock.advance(days=1)
    till.refund(mixed, 250, RefundLine(1, 250, Decimal(1)))
    till.refund(first, 3000)
    await till.push()


@pytest.mark.engines("sqlite")
def test_a_ledger_replayed_gives_its_own_figures(tmp_path: Path) -> None:
    """Earned with what was topped up, clawed with what fell on other tickets, balances of points and stamps."""
    own: dict[str, Any] = {}

    async def scenario(shop: Shop) -> None:
        await trade(shop)
        held = await shop.balances()
        own.update(
            earned=held.earned, clawed=held.clawed, points=held.balance(), stamps=held.balance("stamp:coffee")
        )

    run(tmp_path, scenario, TIERED)
    reader = open_history(tmp_path / "ledger.db")
    said: list[str] = []
    done = run_replay(reader, [load_programme(TIERED)], lambda _number, why: said.append(why))
    [values] = done.rows()
    row = dict(zip(done.columns, values, strict=True))
    book = done.members["7"].book
    assert said == []
    assert (row["tickets"], row["visit_days"], done.refunds) == (4, 3, 2)
    assert row["earned"] == own["earned"]["points"]
    assert row["clawed"] == own["clawed"]["points"]
    assert row["balance"] - row["deficit"] == own["points"]
    assert book.total("stamp:coffee").available == own["stamps"] == 0


@pytest.mark.engines("sqlite")
def test_what_was_undone_is_no_history(tmp_path: Path) -> None:
    """A voided ticket is not read."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        till.euros(member, 20)
        till.void(till.euros(member, 30))
        await till.push()

    run(tmp_path, scenario)
    entries = list(open_history(tmp_path / "ledger.db").entries(lambda _number, _why: None))
    assert [record.lines[0].cents for _, record in entries] == [2000]
