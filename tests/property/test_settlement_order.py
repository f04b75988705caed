"""Settled figures do not depend on the order in which journals arrive (ledger-and-sync.md 2.4)."""

import asyncio
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sync.entry import RefundLine
from tests.unit.ledger_kit import TIERED, Shop, TillSim, Written, line, open_shop, promise

MEMBER = 7


class Sale(NamedTuple):
    """What happens at a till: hours since the one before, euros, coffees, and what follows."""

    till: int
    hours: int
    euros: int
    coffees: int
    fate: str  # kept, voided, refunded, half


sales = st.builds(
    Sale,
    st.integers(0, 1),
    st.integers(1, 60),
    st.integers(1, 40),
    st.integers(0, 4),
    st.sampled_from(["kept", "kept", "kept", "voided", "refunded", "half"]),
)
arrivals = st.lists(st.tuples(st.integers(0, 1), st.integers(1, 4)), max_size=14)


def write(till: TillSim, other: TillSim, sale: Sale) -> None:
    """The till writes the sale as a blind till would promise it; refunds are made at the other till."""
    given = [promise("base", sale.euros, till.today, allocation=(sale.euros, 0))]
    if sale.coffees:
        stamps = promise("coffee", sale.coffees, till.today, "stamp:coffee", allocation=(0, sale.coffees))
        given.append(stamps)
    coffee = line(0, "coffee", qty=sale.coffees)
    done = till.sale(MEMBER, (line(sale.euros * 100), coffee), tuple(given))
    if sale.fate == "voided":
        till.void(done)
    elif sale.fate != "kept":
        _refund(other, done, sale)


def _refund(till: TillSim, done: Written, sale: Sale) -> None:
    cents = sale.euros * 100 if sale.fate == "refunded" else sale.euros * 50
    qty = Decimal(1) if sale.fate == "refunded" else Decimal(0)
    lines = [RefundLine(0, cents, qty)]
    if sale.fate == "refunded":
        lines.append(RefundLine(1, 0, Decimal(sale.coffees)))
    till.refund(done, cents, *lines)


class Figures(NamedTuple):
    """What must not depend on the order of arrival."""

    settled: dict[tuple[str, str, str], int]
    history: bytes
    owned: int


async def play(folder: Path, story: list[Sale], order: list[tuple[int, int]]) -> Figures:
    """Write the story at two tills, let their journals arrive in `order`, then all the rest."""
    async with open_shop(folder, TIERED) as shop:
        tills = [await shop.till("halles"), await shop.till("gare")]
        await shop.member(MEMBER)
        for sale in story:
            shop.clock.advance(hours=sale.hours)
            write(tills[sale.till], tills[1 - sale.till], sale)
        for which, count in order:
            await arrive(tills[which], count)
        for till in tills:
            await till.push()
        assert await shop.faults() == []
        return await figures(shop)


async def arrive(till: TillSim, count: int) -> None:
    """Some entries of a till arrive."""
    if till.accepted < len(till.written):
        till.heard(await till.send(till.request(limit=count)))


async def figures(shop: Shop) -> Figures:
    """The settled figures, and what the member has or owes, honoured points apart."""
    held = await shop.balances(MEMBER)
    return Figures(await shop.settled(MEMBER), await shop.history(MEMBER), sum(held.converted.values()))


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(sales, min_size=1, max_size=7), arrivals, arrivals)
def test_settled_figures_do_not_depend_on_arrival(
    story: list[Sale], one: list[tuple[int, int]], two: list[tuple[int, int]]
) -> None:
    """Two arrivals of the same two journals give the same settled figures, history and tier."""
    found = []
    for order in (one, two):
        with tempfile.TemporaryDirectory() as folder:
            found.append(asyncio.run(play(Path(folder), story, order)))
    assert found[0] == found[1]
