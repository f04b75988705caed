"""A ledger restored from any older copy comes to the books it had, in whatever order its tills come back (row 27)."""

import asyncio
import hashlib
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sync.ledger import backup
from sync.ledger.recovery_state import RecoveryState
from sync.ledger.sqlite import SqliteStorage
from tests.unit.ledger_kit import Shop, TillSim, burn, draw, line, open_shop, promise

TILLS = 2
MEMBERS = (7,)
OPENING = 60  # so little that tills want what others have just returned
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["hold", "hold", "spend", "return", "return", "sell", "hand back"]),
        st.integers(0, TILLS - 1),
        st.integers(0, len(MEMBERS) - 1),
        st.sampled_from([OPENING, OPENING // 2]),
        st.sampled_from([True, True, True, False]),
    ),
    min_size=6,
    max_size=24,
)


class Counter:
    """A till that knows what it holds: by grant and lot, the units it has not spent."""

    def __init__(self, till: TillSim) -> None:
        self.till = till
        self.held: dict[tuple[str, str, int], int] = {}
        self.born: list[tuple[str, int, int]] = []

    async def hold(self, member: int, units: int) -> None:
        """Ask for a hold; its grant is here, whether all of it or a part."""
        known = self.till.last_gno
        await self.till.hold(member, units, ticket=f"t{self.till.head.seq}-{known}-{units}")
        for grant in self.till.grants[known:]:
            for piece in grant.slices:
                self.held[grant.id, piece.lot, grant.member] = piece.quantity

    def spend(self, member: int, units: int) -> None:
        """Burn some of what is held of a member."""
        found = [key for key, left in self.held.items() if left and key[2] == member]
        if found:
            part = min(units, self.held[found[0]])
            self.held[found[0]] -= part
            paid = burn(part, draw(found[0][0], found[0][1], part))
            today = self.till.today
            self.till.sale(member, (line(600),), (promise("base", 1, today),), (paid,))

    def give_back(self, member: int) -> None:
        """Return what is left of every grant of a member."""
        for key, left in list(self.held.items()):
            if left and key[2] == member:
                self.held[key] = 0
                self.till.give_back(key[0], ("points", key[1], left))

    def sell(self, member: int, euros: int) -> None:
        """A sale whose points this till holds."""
        sold = self.till.euros(member, euros)
        self.born.append((sold.lots[0], member, euros))

    def hand_back(self) -> None:
        """Return the oldest points that were born here."""
        if self.born:
            lot, _, euros = self.born.pop(0)
            self.till.give_back(lot, ("points", lot, euros))


async def act(counters: list[Counter], step: tuple[str, int, int, int, bool]) -> None:
    """One step of a day; most are sent at once."""
    what, n, m, units, sent = step
    counter, member = counters[n], MEMBERS[m]
    if what == "hold":
        await counter.hold(member, units)
    elif what == "spend":
        counter.spend(member, units)
    elif what == "return":
        counter.give_back(member)
    elif what == "sell":
        counter.sell(member, units)
    else:
        counter.hand_back()
    if sent:
        await counter.till.push()


async def turn(till: TillSim, known: int, limit: int) -> int:
    """One push of a till that comes back, of at most `limit` entries; the last grant the ledger knows."""
    presented = None
    if 0 <= known < till.last_gno:
        presented = tuple(grant for grant in till.grants if grant.gno > known)
    backlog = till.head.seq - till.accepted
    answer = await till.push(presented=presented, backlog=backlog, limit=limit)
    if answer.expected_seq:
        till.accepted = answer.expected_seq - 1
    return answer.known_gno


async def books(shop: Shop) -> list[Any]:
    """What members have earned, spent, hold and owe."""
    return [await shop.balances(member) for member in MEMBERS]


async def story(folder: Path, steps: Any, copy_at: int, order: list[int], limit: int) -> None:
    """The day, the loss, the return; then the books are those of the ledger that was lost."""
    async with open_shop(folder) as shop:
        (folder / "ledger.db.key").write_bytes(hashlib.sha256(b"ledger").digest())
        counters = [Counter(await shop.till()) for _ in range(TILLS)]
        for member in MEMBERS:
            await shop.member(member, opening={"points": OPENING})
        for n, step in enumerate(steps):
            if n == min(copy_at, len(steps) - 1):
                backup.back_up(folder / "ledger.db", folder / "copy.db")
            await act(counters, step)
        for counter in counters:
            await counter.till.push()
        before = await books(shop)
        await shop.ledger.close()
        await backup.restore(folder / "copy.db", folder / "ledger.db", shop.clock.ms, replace=True)
        shop.ledger._storage = SqliteStorage(folder / "ledger.db")
        await shop.ledger.open()
        known = [-1] * TILLS
        for n in [*order, *[n for _ in range(60) for n in range(TILLS)]]:
            known[n] = await turn(counters[n].till, known[n], limit)
            state = await RecoveryState().run(shop.ledger)
            if not state.on:
                break
        assert (state.on, state.missing, state.waiting, state.presented) == (False, 0, 0, 0)
        assert await books(shop) == before


def given_on(*steps: tuple[str, int]) -> Any:
    """Steps with everything there is, all sent at once."""
    return [(what, n, 0, OPENING, True) for what, n in steps]


ON_LOAN = given_on(("hold", 0), ("return", 0), ("hold", 1), ("spend", 1), ("sell", 0))


@pytest.mark.engines("sqlite")
@settings(max_examples=12, deadline=None)
@example(ON_LOAN, 0, [1, 1, 1], 5)
@example(ON_LOAN, 1, [1, 1, 1], 5)
@example(ON_LOAN, 1, [0, 1, 1], 1)
@given(
    STEPS,
    st.integers(0, 6),
    st.lists(st.integers(0, TILLS - 1), max_size=8),
    st.integers(1, 5),
)
def test_the_books_come_back(steps: Any, copy_at: int, order: list[int], limit: int) -> None:
    """Holds, rewards, sales and returns before and after the copy; tills come back in pieces, in any order."""
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(story(Path(folder), steps, copy_at, order, limit))
