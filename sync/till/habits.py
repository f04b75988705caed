"""Asking the ledger for the last visits of the member who stands at the till."""

import threading
from collections.abc import Callable

from sync.habits import HabitsAnswer, HabitsRequest
from sync.till.context import Context
from sync.till.events import HabitsArrived
from sync.till.offline import Failure

IDLE_MS = 3_600_000
ANSWER_MS = 300


class Habits:
    """A question nobody waits for: without an answer the till shows what it knows itself. One thread steps."""

    def __init__(self, context: Context, deliver: Callable[[HabitsArrived], None]) -> None:
        self._exchange = context.exchange
        self._deliver = deliver
        self._lock = threading.Lock()
        self._asked: HabitsRequest | None = None

    def request(self, member: int, token: bytes) -> None:
        """Ask once; who was asked about before has left the till."""
        with self._lock:
            self._asked = HabitsRequest(member, token)

    def step(self, now_ms: int) -> int:
        """Ask if somebody stands there; monotonic ms of the next step. Never raises."""
        with self._lock:
            asked, self._asked = self._asked, None
        if asked is not None:
            answer = self._exchange.ask("POST", "/member/habits", HabitsAnswer, asked, ANSWER_MS)
            if not isinstance(answer, Failure):
                self._deliver(HabitsArrived(answer))
        return now_ms + IDLE_MS
