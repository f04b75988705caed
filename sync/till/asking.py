"""Questions about who stands at the till, which the ledger answers at once or not at all."""

import threading
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from sync.till.context import Context
from sync.till.events import Event
from sync.till.offline import Failure

IDLE_MS = 3_600_000
ANSWER_MS = 300
A = TypeVar("A")


class _Question(msgspec.Struct, frozen=True):
    message: msgspec.Struct
    kind: type[Any]
    event: Callable[[Any], Event]


class Asking:
    """Nobody waits: without an answer the till goes on with what it knows itself. One thread steps, any may ask."""

    def __init__(self, context: Context, deliver: Callable[[Event], None]) -> None:
        self._exchange = context.exchange
        self._deliver = deliver
        self._lock = threading.Lock()
        self._asked: dict[str, _Question] = {}

    def ask(self, path: str, message: msgspec.Struct, kind: type[A], event: Callable[[A], Event]) -> None:
        """Ask once; `event` of the answer, which is of `kind`, is delivered. What `path` had to be asked is dropped."""
        with self._lock:
            self._asked[path] = _Question(message, kind, event)

    def step(self, now_ms: int) -> int:
        """Ask all that is wanted; monotonic ms of the next step. Never raises."""
        with self._lock:
            asked, self._asked = self._asked, {}
        for path, question in asked.items():
            answer = self._exchange.ask("POST", path, question.kind, question.message, ANSWER_MS)
            if not isinstance(answer, Failure):
                self._deliver(question.event(answer))
        return now_ms + IDLE_MS
