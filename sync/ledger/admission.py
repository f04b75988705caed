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
LONGEST_WAIT_S = 6.0
"""A till gives up after 15 s (sync/till/exchange.py) and sends the same again: who cannot be served in time is told."""


class Rank(IntEnum):
    """Classes of requests, the first one served first."""

    COUNTER = 0
    SMALL = 1
    LARGE = 2


MORE = {Rank.COUNTER: 2, Rank.SMALL: 1, Rank.LARGE: 0}
"""A class is worked on while fewer are than backlogs may be at once, and by this many more, whoever they are."""
ROOM = {Rank.COUNTER: 512, Rank.SMALL: 384, Rank.LARGE: 32}
"""A class is let in while fewer are in the house than this, whoever they are. A backlog is half a megabyte, twice."""
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
    """The house of one process. `backlogs` are as many as should be worked on at once, which the database knows."""

    def __init__(self, backlogs: int) -> None:
        self._at_once = {rank: backlogs + more for rank, more in MORE.items()}
        self._inside = 0
        self._turned_away = 0
        self._working = 0
        self._queue: list[tuple[Rank, int, asyncio.Future[None]]] = []
        self._arrivals = 0

    @contextmanager
    def inside(self, rank: Rank) -> Iterator[None]:
        """Be in the house, also while the body is read. Raises Full."""
        if self._inside >= ROOM[rank]:
            raise self._full(rank)
        self._inside += 1
        try:
            yield
        finally:
            self._inside -= 1

    @asynccontextmanager
    async def turn(self, rank: Rank) -> AsyncIterator[None]:
        """Be worked on: at once while few are, else after all of better classes and of those who came before.

        Raises Full when that takes too long.
        """
        if self._working >= self._at_once[rank]:
            await self._wait(rank)
        else:
            self._working += 1
        try:
            yield
        finally:
            self._done()

    async def _wait(self, rank: Rank) -> None:
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._arrivals += 1
        heapq.heappush(self._queue, (rank, self._arrivals, mine))
        try:
            async with asyncio.timeout(LONGEST_WAIT_S):
                await mine
        except BaseException as error:
            if mine.done() and not mine.cancelled():
                self._done()  # the turn had just been given
            if isinstance(error, TimeoutError):
                raise self._full(rank) from None
            raise

    def _done(self) -> None:
        """Hand the turn on to whoever waits first and still does."""
        self._working -= 1
        while self._queue and (self._queue[0][2].done() or self._working < self._at_once[self._queue[0][0]]):
            waits = heapq.heappop(self._queue)[2]
            if not waits.done():
                self._working += 1
                waits.set_result(None)

    def _full(self, rank: Rank) -> Full:
        self._turned_away += 1
        base = AWAY_S[rank]
        return Full(rank, base + self._turned_away % (base + 1))  # not all of them at the same time
