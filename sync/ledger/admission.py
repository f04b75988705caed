"""Who is let in and served first when tills ask for more than the ledger can do at once (ledger-and-sync.md 5.2).

Whoever waits at a counter comes first, then tills that have little to send, then what an outage left behind. The
house has room for so many; a class that has no room is told when to come back before its body is read, so that
memory does not grow with the number of tills that come.
"""

import asyncio
import heapq
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from enum import IntEnum

LARGE_BYTES = 64 * 1024
"""A till in ordinary work sends a few kilobytes at once; a push of more is a backlog."""
AT_ONCE = 3
"""Enough to keep one processor and the database busy; more would wait inside the database, where nobody goes first."""


class Rank(IntEnum):
    """Classes of requests, the first one served first."""

    COUNTER = 0
    SMALL = 1
    LARGE = 2


ROOM = {Rank.COUNTER: 512, Rank.SMALL: 384, Rank.LARGE: 128}
"""A class is let in while fewer are in the house than this, whoever they are."""
AWAY_S = {Rank.COUNTER: 1, Rank.SMALL: 5, Rank.LARGE: 30}
"""The shortest time after which a class may come again; the longest is twice that."""


class Full(Exception):
    """There is no room for this class now: come again in `seconds`."""

    def __init__(self, rank: Rank, seconds: int) -> None:
        super().__init__(rank.name)
        self.rank = rank
        self.seconds = seconds


def rank_of_push(content_length: str) -> Rank:
    """The class of a push by the length of its body, which is known before it is read."""
    known = content_length.isascii() and content_length.isdigit()
    return Rank.SMALL if known and int(content_length) <= LARGE_BYTES else Rank.LARGE


class Admission:
    """The house of one process."""

    def __init__(self) -> None:
        self._inside = 0
        self._turned_away = 0
        self._working = 0
        self._queue: list[tuple[Rank, int, asyncio.Future[None]]] = []
        self._arrivals = 0

    @contextmanager
    def inside(self, rank: Rank) -> Iterator[None]:
        """Be in the house, also while the body is read. Raises Full."""
        if self._inside >= ROOM[rank]:
            self._turned_away += 1
            base = AWAY_S[rank]
            raise Full(rank, base + self._turned_away % (base + 1))  # not all of them at the same time
        self._inside += 1
        try:
            yield
        finally:
            self._inside -= 1

    @asynccontextmanager
    async def turn(self, rank: Rank) -> AsyncIterator[None]:
        """Be worked on: at once while few are, else after all of better classes and of those who came before."""
        if self._working >= AT_ONCE:
            await self._wait(rank)
        else:
            self._working += 1
        try:
            yield
        finally:
            self._next()

    async def _wait(self, rank: Rank) -> None:
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._arrivals += 1
        heapq.heappush(self._queue, (rank, self._arrivals, mine))
        try:
            await mine
        except asyncio.CancelledError:
            if mine.done() and not mine.cancelled():
                self._next()  # the turn had just been given
            raise

    def _next(self) -> None:
        """Hand the turn on to whoever waits first and still does."""
        while self._queue:
            waits = heapq.heappop(self._queue)[2]
            if not waits.done():
                waits.set_result(None)
                return
        self._working -= 1
