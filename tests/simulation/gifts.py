"""Gifts that a shop counts: how many came, how many went over the counter, what the ledger says is left."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import TYPE_CHECKING

from rules.kinds.burn_gift import stock_key
from sync.ledger.port import Transaction
from sync.ledger.stock import CountGift
from sync.shares import campaign_account
from tests.simulation.sold import Found, Sold

if TYPE_CHECKING:
    from tests.simulation.world import World

GIFT = "shop.mug"
FIRST = (1, 2, 4)
MORE = (1, 1, 3)


class Gifts:
    """The mugs of one shop, all of a chain's stores together."""

    def __init__(self, world: World, rng: random.Random) -> None:
        self._world, self._rng = world, rng
        self.delivered = 0
        self._say(rng.choice(FIRST))

    def deliver(self) -> None:
        """A parcel comes, and is added to what the ledger says is left."""
        house = self._world.house
        if self._world.office.recovery().on:
            return
        gifts = house.run(CountGift("halles").run(house.ledger)).gifts
        there = sum(one.free + one.at_tills for one in gifts if one.gift == GIFT)
        self._say(self._rng.choice(MORE), there)
        house.review_leases()

    async def check(self, tx: Transaction, tickets: Iterable[Sold], found: Found) -> None:
        """No more were handed out than there were, and what is left is what the ledger says."""
        world = self._world
        there_still = [one for one in tickets if not one.voided]
        out = sum(burn.steps for one in there_still for burn in one.body.burns if burn.rule == GIFT)
        exchanged = [draw for one in there_still if not one.body.lines for draw in one.body.shared]
        out += sum(draw.quantity for draw in exchanged if draw.asset == stock_key(GIFT))
        world.tally["gift exchanged"] += bool(exchanged)
        world.tally["gift handed out"] += out
        world.tally["gifts all gone"] += out == self.delivered
        at_risk = bool(world.lives.exposed or world.office.restores)
        found.must(at_risk or out <= self.delivered, f"{out} gifts were handed out of {self.delivered}")
        lots = [
            one for one in await tx.all_lots(campaign_account("simulated")) if one.asset == stock_key(GIFT)
        ]
        there = sum(one.available + one.granted for one in lots)
        found.must(
            at_risk or there == self.delivered - out,
            f"{self.delivered} gifts came and {out} went, and the ledger says that {there} are left",
        )

    def _say(self, more: int, there: int = 0) -> None:
        house = self._world.house
        self.delivered += more
        house.run(CountGift("halles", GIFT, there + more).run(house.ledger))
        self._world.tell(f"{more} gifts are delivered", "gifts delivered")
