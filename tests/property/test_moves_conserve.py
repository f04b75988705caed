"""Leases wander between tills without a line, words of givers and receivers arrive in any order, some answers never:
nothing is doubled, and honest tills never leave a debt."""

import asyncio
import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sync.entry import Draw, EntryKind, GrantMoveBody, GrantReturnBody, Slice
from sync.granted import MOVED, Proof, moved_id
from sync.wire import Cursor, PullRequest
from tests.unit.ledger_kit import (
    FOREVER,
    Shop,
    TillSim,
    Written,
    burn,
    draw,
    line,
    looking,
    open_shop,
    promise,
)

MEMBER = 7
TILLS = 3
Key = tuple[str, str]  # grant and lot


class Side:
    """One honest till: what it may spend, and by what it can prove the grants that moved to it."""

    def __init__(self, till: TillSim) -> None:
        self.till = till
        self.held: Counter[Key] = Counter()
        self.proofs: dict[str, tuple[Proof, ...]] = {}
        self.shut: set[str] = set()  # grants that an undo touched, of which the ledger has not heard
        self.last: tuple[Written, list[Draw]] | None = None
        self.taken = 0  # of the ledger's stream
        self.gone: set[str] = set()  # moved grants that it said never came

    def receive(self) -> None:
        """Take what has come of the ledger's stream."""
        for grant in self.till.grants[self.taken :]:
            for piece in grant.slices:
                self.held[grant.id, piece.lot] += piece.quantity
        self.taken = len(self.till.grants)

    def lent(self, grant: str) -> bool:
        return grant.startswith((MOVED, "g-")) and grant not in self.shut


class World:
    """A store with three tills; `under_way` are moves whose answer has not come (yet), by receiver."""

    def __init__(self, shop: Shop, sides: list[Side]) -> None:
        self.shop, self.sides = shop, sides
        self.under_way: list[tuple[int, Key, int, tuple[Proof, ...]]] = []

    def sale(self, which: int, euros: int) -> None:
        """Earn, and spend up to a hundred of whatever lies here."""
        side = self.sides[which]
        draws, left = [], 100
        for (grant, lot), units in sorted(side.held.items()):
            part = min(left, units)
            if part:
                draws.append(draw(grant, lot, part))
                side.held[grant, lot] -= part
                left -= part
        paid = (burn(sum(one.quantity for one in draws), *draws, cents=100),) if draws else ()
        given_ = (promise("base", euros, side.till.today),)
        done = side.till.sale(MEMBER, (line(euros * 100),), given_, paid)
        side.held[done.lots[0], done.lots[0]] = euros
        side.last = done, draws

    def void(self, which: int) -> None:
        """Undo the last sale if nothing followed it."""
        side = self.sides[which]
        if side.last is not None:
            done, draws = side.last
            side.till.void(done)
            del side.held[done.lots[0], done.lots[0]]
            for one in draws:
                side.held[one.grant, one.lot] += one.quantity
                side.shut.add(one.grant)
            side.last = None

    def give(self, which: int, other: int, part: int) -> None:
        """Give a part of the first lease that may go to another till; the answer is under way."""
        giver, to = self.sides[which], self.sides[(which + other) % TILLS].till
        for (grant, lot), units in sorted(giver.held.items()):
            if units and giver.lent(grant) and len(giver.proofs.get(grant, ())) < 8:
                quantity = max(1, units * part // 4)
                name = moved_id(giver.till.head.dev, giver.till.head.inc, giver.till.head.seq + 1)
                slices = (Slice("points", lot, quantity, FOREVER),)
                body = GrantMoveBody(name, grant, to.paired.dev, to.paired.inc, slices)
                giver.till.write(EntryKind.GRANT_MOVE, body, member=MEMBER)
                giver.held[grant, lot] -= quantity
                giver.last = None
                data, _, signature = giver.till.written[-1]
                assert signature is not None
                proofs = (*giver.proofs.get(grant, ()), Proof(data, signature))
                self.under_way.append(((which + other) % TILLS, (name, lot), quantity, proofs))
                return

    def arrive(self, pick: int) -> None:
        """One of the answers comes."""
        if self.under_way:
            which, (name, lot), quantity, proofs = self.under_way.pop(pick % len(self.under_way))
            side = self.sides[which]
            if name in side.gone:
                return
            slices = (Slice("points", lot, quantity, FOREVER),)
            body = GrantMoveBody(name, "", side.till.paired.dev, side.till.paired.inc, slices, proofs)
            side.till.write(EntryKind.GRANT_MOVE, body, member=MEMBER)
            side.held[name, lot] += quantity
            side.proofs[name] = proofs
            side.last = None

    async def push(self, which: int, lost: int) -> None:
        """Send everything; the answer may be lost, and then all is sent again."""
        side = self.sides[which]
        if not lost:
            await side.till.send(side.till.request())
        answer = await side.till.push()
        assert [one.code for one in answer.dispositions if one.code] == []
        side.shut.clear()
        side.receive()

    async def pull(self, which: int) -> None:
        """Give leases and take them, and return what the ledger asks back, what never came too."""
        while await self.shop.ledger.review_leases(50):
            pass
        side = self.sides[which]
        cursor = Cursor(f"device:{side.till.paired.dev}", 1, 0)
        request = PullRequest((cursor,), 1 << 20, side.till.last_gno)
        answer = await self.shop.ledger.pull(side.till.device, request)
        side.till.take(answer.grants)
        side.receive()
        for name in answer.recalls:
            self._return(side, name)

    def _return(self, side: Side, name: str) -> None:
        mine = [(lot, units) for (grant, lot), units in sorted(side.held.items()) if grant == name and units]
        if not mine and (not name.startswith(MOVED) or name in side.gone or name in side.proofs):
            return
        slices = tuple(Slice("points", lot, units, FOREVER) for lot, units in mine)
        side.till.write(EntryKind.GRANT_RETURN, GrantReturnBody(name, slices, "recalled"), member=MEMBER)
        side.gone |= set() if mine else {name}
        for lot, _ in mine:
            side.held[name, lot] = 0
        side.last = None

    async def check(self) -> None:
        """The books are sound, no honest till left a debt, and tills and centre count the same in grants."""
        assert await self.shop.faults() == []
        books = await self.shop.balances(MEMBER)
        assert books.deficit == {}
        held = sum(sum(side.held.values()) for side in self.sides)
        on_the_way = sum(
            [units for which, (name, _), units, _ in self.under_way if name not in self.sides[which].gone]
        )
        for side in self.sides:
            till = side.till
            missed = looking(self.shop.ledger._storage).grants_after(
                till.paired.dev, till.paired.inc, till.last_gno
            )
            on_the_way += sum([piece.issued for _, slices in await missed for piece in slices])
        assert books.granted.get("points", 0) == held + on_the_way


steps = st.one_of(
    st.tuples(st.just("sale"), st.integers(0, 2), st.integers(1, 80)),
    st.tuples(st.just("void"), st.integers(0, 2)),
    st.tuples(st.just("give"), st.integers(0, 2), st.integers(1, 2), st.integers(1, 4)),
    st.tuples(st.just("give"), st.integers(0, 2), st.integers(1, 2), st.integers(1, 4)),
    st.tuples(st.just("arrive"), st.integers(0, 3)),
    st.tuples(st.just("arrive"), st.integers(0, 3)),
    st.tuples(st.just("push"), st.integers(0, 2), st.integers(0, 2)),
    st.tuples(st.just("pull"), st.integers(0, 2)),
)


async def live(folder: Path, story: list[tuple[object, ...]]) -> None:
    """Live through the story, then let every till say everything, in an order that the story draws."""
    async with open_shop(folder) as shop:
        world = World(shop, [Side(await shop.till("halles")) for _ in range(TILLS)])
        await shop.member(MEMBER, opening={"points": 400})
        world.sale(0, 20)
        await world.push(0, 1)
        for which in range(TILLS):
            await world.pull(which)
        for name, *arguments in story:
            shop.clock.advance(minutes=50)
            done = getattr(world, str(name))(*arguments)
            if done is not None:
                await done
        for which in sorted(range(TILLS), key=lambda n: hash((n, len(story)))):
            await world.push(which, 1)
        await world.check()
        for _ in range(3):  # what is asked back comes, also what never came
            for which in range(TILLS):
                await world.pull(which)
                await world.push(which, 1)
        await world.check()
        assert await shop.ledger.quarantine() == ()


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(steps, min_size=3, max_size=24))
def test_moves_neither_make_nor_lose_anything(story: list[tuple[object, ...]]) -> None:
    """Whatever wanders where, and whoever is heard first: the same units, each in one place."""
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(live(Path(folder), story))


def test_a_long_walk(tmp_path: Path) -> None:
    """A lease that goes round and comes back, with sales on the way, and the last one is heard first."""
    story: list[tuple[object, ...]] = []
    for n in range(6):
        story += [("give", n % 3, 1, 4), ("arrive", 0), ("sale", (n + 1) % 3, 5)]
    asyncio.run(live(tmp_path, story))
