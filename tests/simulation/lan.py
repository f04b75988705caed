"""The network inside each store of a simulation: tills ask each other's doors in this process, over a line of its own.

Like the line to the ledger it loses requests and answers, and a store may be cut apart while the ledger is there, or
the other way round.
"""

import random
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import TypeVar

import httpx

from sync.sqlite_driver import Connection
from sync.till.door import Door
from sync.till.writer import Priority, Writer
from tests.simulation.counter import Counter, PowerCut

T = TypeVar("T")
LOST = 0.04


class _Driven(Writer):
    """A till's writer that does a job when the till next door brings it: nobody else drives the queue meanwhile."""

    def __init__(self, real: Writer) -> None:
        self._real = real

    def post(self, job: Callable[[Connection], T], priority: Priority) -> "Future[T]":
        future = self._real.post(job, priority)
        while not future.done():
            self._real.step(0)
        return future


class Lan(httpx.BaseTransport):
    """All stores' networks. Tills are found as `http://NAME`; `up` says for each whether it is plugged in."""

    def __init__(self, rng: random.Random, count: Callable[[str], None]) -> None:
        self._rng, self._count = rng, count
        self._counters: dict[str, Counter] = {}
        self.up: dict[str, bool] = {}
        self.healed = False

    def seed(self, number: int) -> None:
        """Draw from here on what this number says."""
        self._rng.seed(number)

    def heal(self) -> None:
        """No more faults."""
        self.healed, self.up = True, dict.fromkeys(self.up, True)

    def plug_in(self, counters: Sequence[Counter]) -> None:
        """The tills of the shop see each other from now on."""
        for counter in counters:
            self._counters[counter.name] = counter
            self.up[counter.name] = True
        for counter in counters:
            counter.plug_in(self._doors(counter), self)

    def _doors(self, counter: Counter) -> tuple[str, ...]:
        others = [
            one
            for one in self._counters.values()
            if one is not counter and one.who.store == counter.who.store
        ]
        return tuple(f"http://{one.name}" for one in others)

    def cut(self, rate: float) -> str | None:
        """Now and then plug a till out, or in again; its name."""
        if self._rng.random() >= rate:
            return None
        name = self._rng.choice(sorted(self.up))
        self.up[name] = not self.up[name]
        return name

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Carry one question of one till to another, or fail as networks do."""
        body = request.read()
        asked = self._counters[request.url.host]
        asking = self._asking(request)
        if asked.dark or not (self.up[asked.name] and self.up[asking]):
            raise httpx.ConnectError("nobody there")
        if self._happens("question next door lost"):
            raise httpx.ReadError("lost")
        twice = self._happens("question next door twice")
        answer = None
        for _ in range(2 if twice else 1):
            answer = self._carry(asked, request, body)
        assert answer is not None
        if self._happens("answer from next door lost"):
            raise httpx.ReadError("lost")
        return answer

    def _asking(self, request: httpx.Request) -> str:
        key = request.headers["signature-input"].partition('keyid="d')[2].partition("-")[0]
        return next(name for name, one in self._counters.items() if str(one.who.dev) == key)

    def _carry(self, asked: Counter, request: httpx.Request, body: bytes) -> httpx.Response:
        door = Door(asked.store, _Driven(asked.writer), asked.who, asked.clock, asked.till.wait_ms)
        try:
            answer = door.answer(request.method, request.url.path, dict(request.headers), body)
        except PowerCut:
            raise httpx.ReadError("it went dark") from None
        asked.note()
        return httpx.Response(
            answer.status, headers=dict(answer.headers), stream=httpx.ByteStream(answer.body)
        )

    def _happens(self, what: str) -> bool:
        if self.healed or self._rng.random() >= LOST:
            return False
        self._count(what)
        return True
