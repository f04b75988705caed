"""What the ledger has of budgets and stocks against what tickets took of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from sync.ledger.books import BURNED
from sync.ledger.records import Lot, MemberData
from sync.shares import campaign_account, overdrawn
from tests.simulation.sold import Found, Sold

if TYPE_CHECKING:
    from tests.simulation.world import World


def check_counters(
    world: World, data: MemberData, lots: Iterable[Lot], tickets: Iterable[Sold], found: Found
) -> None:
    """Of a budget or a stock no more was given than there was, and every unit that a ticket took is booked."""
    owed = [debt for debt in data.owed if debt.quantity]
    found.must(not owed or bool(world.lives.exposed), f"more was given than there was: {owed}")
    if data.record.member != campaign_account("simulated"):
        return
    booked: Counter[str] = Counter()
    for lot in lots:
        booked[lot.asset] += lot.burned
    for debt in owed:
        booked[debt.asset] += debt.quantity if debt.bucket == BURNED else 0
    taken: Counter[str] = Counter()
    for one in tickets:
        for draw in () if one.voided else one.body.shared:
            taken[overdrawn(draw.asset)] += draw.quantity
    gap = {asset: (booked[asset], taken[asset]) for asset in booked if booked[asset] != taken[asset]}
    world.tally["counters compared"] += any(booked.values())
    found.must(not gap, f"(booked, taken) of shared counters: {gap}")
