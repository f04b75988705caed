"""Whatever tills do, in whatever order it arrives: nothing is lost, doubled or spent beyond what is there."""

import asyncio
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sync.entry import Draw, RefundLine
from tests.unit.ledger_kit import TIERED, Shop, TillSim, Written, burn, draw, line, open_shop, promise

MEMBER = 7


class World:
    """Two honest tills with what they really hold, against which the books are judged."""

    def __init__(self, shop: Shop, tills: list[TillSim]) -> None:
        self.shop, self.tills = shop, tills
        self.held: list[dict[tuple[str, str], int]] = [{}, {}]  # (grant, lot) to points, by till
        self.sold: list[Written] = []
        self.last: list[tuple[Written, list[Draw]] | None] = [None, None]

    def sale(self, which: int, euros: int) -> None:
        """Earn, and spend whatever this till holds up to a hundred."""
        till, held = self.tills[which], self.held[which]
        draws: list[Draw] = []
        left = min(100, sum(held.values()))
        for (grant, lot), quantity in sorted(held.items()):
            part = min(left, quantity)
            if part:
                draws.append(draw(grant, lot, part))
                held[grant, lot] -= part
                left -= part
        paid = (burn(sum(d.quantity for d in draws), *draws, cents=100),) if draws else ()
        done = till.sale(MEMBER, (line(euros * 100),), (promise("base", euros, till.today),), paid)
        held[done.lots[0], done.lots[0]] = euros
        self.sold.append(done)
        self.last[which] = (done, draws)

    def void(self, which: int) -> None:
        """Undo the last sale if nothing followed it."""
        last = self.last[which]
        if last is None:
            return
        done, draws = last
        self.tills[which].void(done)
        held = self.held[which]
        del held[done.lots[0], done.lots[0]]
        for one in draws:
            held[one.grant, one.lot] += one.quantity
        self.sold.remove(done)
        self.last[which] = None

    def give_back(self, which: int) -> None:
        """Return everything this till holds."""
        for (grant, lot), quantity in sorted(self.held[which].items()):
            if quantity:
                self.tills[which].give_back(grant, ("points", lot, quantity))
        self.held[which] = {}
        self.last[which] = None

    def refund(self, which: int, pick: int, cents: int) -> None:
        """Return some money of any ticket at any till."""
        if self.sold:
            self.tills[which].refund(
                self.sold[pick % len(self.sold)],
                cents,
                RefundLine(0, cents, qty=0),  # type: ignore[arg-type]
            )
            self.last[which] = None

    async def hold(self, which: int, quantity: int) -> None:
        """Ask for points."""
        till = self.tills[which]
        known = till.last_gno
        await till.hold(MEMBER, quantity, ticket=f"h{self.shop.clock.ms}")
        self._receive(which, known)

    async def push(self, which: int, limit: int) -> None:
        """Send a part of the journal; the answer is sometimes lost and the push sent again."""
        till = self.tills[which]
        known = till.last_gno
        if limit % 3 == 0:
            await till.send(till.request(limit=limit))
        till.heard(await till.send(till.request(limit=limit)))
        self._receive(which, known)

    def _receive(self, which: int, known: int) -> None:
        for grant in self.tills[which].grants:
            if grant.gno > known:
                for piece in grant.slices:
                    key = grant.id, piece.lot
                    self.held[which][key] = self.held[which].get(key, 0) + piece.quantity

    async def check(self) -> None:
        """At quiescence the books are sound, and what the centre counts in grants is what the tills hold."""
        assert await self.shop.faults() == []
        held = await self.shop.balances(MEMBER)
        assert held.granted.get("points", 0) == sum(sum(one.values()) for one in self.held)
        assert all(value > 0 for value in held.deficit.values())


steps = st.one_of(
    st.tuples(st.just("sale"), st.integers(0, 1), st.integers(1, 80)),
    st.tuples(st.just("void"), st.integers(0, 1)),
    st.tuples(st.just("give_back"), st.integers(0, 1)),
    st.tuples(st.just("refund"), st.integers(0, 1), st.integers(0, 9), st.integers(1, 5000)),
    st.tuples(st.just("hold"), st.integers(0, 1), st.integers(1, 150)),
    st.tuples(st.just("push"), st.integers(0, 1), st.integers(1, 6)),
)


async def live(folder: Path, story: list[tuple[object, ...]]) -> None:
    """Live through the story, then let everything arrive."""
    async with open_shop(folder, TIERED) as shop:
        world = World(shop, [await shop.till("halles"), await shop.till("gare")])
        await shop.member(MEMBER, opening={"points": 60})
        for name, *arguments in story:
            shop.clock.advance(hours=5)
            done = getattr(world, str(name))(*arguments)
            if done is not None:
                await done
            assert await shop.faults() == []
        for which in (0, 1):
            world.give_back(which)
            known = world.tills[which].last_gno
            await world.tills[which].push()
            world._receive(which, known)
        for which in (0, 1):
            world.give_back(which)
            await world.tills[which].push()
        await world.check()
        assert {one.code for one in await shop.ledger.quarantine()} <= set()


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(steps, min_size=1, max_size=14))
def test_books_balance_whatever_happens(story: list[tuple[object, ...]]) -> None:
    """Conservation per lot and member after every step, and honest tills are never put aside."""
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(live(Path(folder), story))
