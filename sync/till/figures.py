"""Asking the ledger for the figures of the store and a member's history, when its manager looks at them."""

import threading
from collections.abc import Callable

from sync.figures import FiguresRequest, Now, StoreFigures
from sync.history import HistoryAnswer, HistoryRequest
from sync.sqlite_driver import DatabaseError
from sync.till.context import Context
from sync.till.errors import StoreError
from sync.till.events import FiguresArrived
from sync.till.offline import Failure
from sync.till.told_figures import keep_figures
from sync.till.writer import Priority

IDLE_MS = 3_600_000


class Figures:
    """A question nobody waits for: what was told before stays without an answer. One thread steps, any may ask."""

    def __init__(self, context: Context, deliver: Callable[[FiguresArrived], None]) -> None:
        self._exchange = context.exchange
        self._writer = context.writer
        self._deliver = deliver
        self._lock = threading.Lock()
        self._asked: Now | None = None
        self._member = 0
        self._history: HistoryAnswer | None = None

    def request(self, now: Now) -> None:
        """Ask once, as of the store's `now`."""
        with self._lock:
            self._asked = now

    def request_history(self, member: int) -> None:
        """Ask once for the history of `member`."""
        with self._lock:
            self._member = member

    def history(self, member: int) -> HistoryAnswer | None:
        """The last one that was told, if it is of `member`."""
        told = self._history
        return told if told is not None and told.member == member else None

    def step(self, now_ms: int) -> int:
        """Ask if somebody wants to know; ms of the next step. Never raises."""
        with self._lock:
            asked, self._asked = self._asked, None
            member, self._member = self._member, 0
        if member:
            self._ask_history(member)
        if asked is not None:
            answer = self._exchange.ask("POST", "/figures", StoreFigures, FiguresRequest(asked))
            if not isinstance(answer, Failure):
                self._keep(answer)
        return now_ms + IDLE_MS

    def _ask_history(self, member: int) -> None:
        answer = self._exchange.ask("POST", "/member/history", HistoryAnswer, HistoryRequest(member))
        if not isinstance(answer, Failure):
            self._history = answer

    def _keep(self, answer: StoreFigures) -> None:
        try:
            self._writer.run(lambda connection: keep_figures(connection, answer), Priority.SYNC)
        except (StoreError, DatabaseError):
            return  # the till says itself that its disk is full
        self._deliver(FiguresArrived(answer))
