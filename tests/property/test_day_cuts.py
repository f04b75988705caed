"""However the days are cut, stopped, caught up and interrupted: every member lives through each of them once."""

import asyncio
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from sync.ledger.day import do_batch, try_batch
from tests.unit.day_kit import DAYS, books_of, bought, run_days
from tests.unit.ledger_kit import Shop, open_shop

MEMBERS = range(1, 6)
LENGTH = 46
Purchase = tuple[int, int, int, bool]  # day, member, euros, slow

purchases = st.lists(
    st.tuples(st.integers(0, LENGTH - 1), st.sampled_from(MEMBERS), st.integers(1, 60), st.booleans()),
    min_size=1,
    max_size=6,
)


async def _years(folder: Path, bought_on: list[Purchase], cuts: Any) -> list[tuple[Any, ...]]:
    """The books after LENGTH days; `cuts` says for each day how the job runs, None that it does not."""
    async with open_shop(folder, DAYS) as shop:
        till = await shop.till()
        for member in MEMBERS:
            await shop.member(member, birthday=(3, 1 + member), opening={"points": 30 * member})
        await run_days(shop)
        for on in range(LENGTH):
            shop.clock.advance(days=1)
            await _run(shop, cuts(on))
            for _, member, euros, slow in [each for each in bought_on if each[0] == on]:
                await _finish(shop)
                await bought(till, member, euros, "slow" if slow else "bread")
        await _finish(shop)
        return [await books_of(shop, member) for member in MEMBERS]


async def _run(shop: Shop, cut: tuple[int, int, bool] | None) -> None:
    """Some batches of some size, with a transaction that never was in between."""
    if cut is None:
        return
    size, most, crash = cut
    for _ in range(most):
        if crash:
            await try_batch(shop.ledger, None, "", 0)
        if await do_batch(shop.ledger, size=size) is None:
            return


async def _finish(shop: Shop) -> None:
    assert await do_batch(shop.ledger, date(2020, 1, 1)) is None  # a day long done changes nothing
    await run_days(shop)


@settings(max_examples=3, deadline=None)
@given(
    purchases,
    st.lists(
        st.none() | st.tuples(st.integers(1, 9), st.integers(1, 12), st.booleans()),
        min_size=LENGTH,
        max_size=LENGTH,
    ),
)
def test_any_cut_of_the_days_comes_to_the_same(bought_on: list[Purchase], cuts: list[Any]) -> None:
    """Day by day at once, or stopped for days and done in pieces: the same postings, effects and tiers."""
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        plain = asyncio.run(_years(Path(one), bought_on, lambda _on: (200, 99, False)))
        cut = asyncio.run(_years(Path(other), bought_on, cuts.__getitem__))
    assert plain == cut
