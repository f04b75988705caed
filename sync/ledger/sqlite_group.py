"""Group commit on SQLite: the jobs that wait while one commit is being written go together into the next one.

A commit waits for the disk however little it holds. Each job of a group is undone alone when it raises, and none is
answered before the commit. Whoever waits at a counter waits for one group at most: nothing more is taken up into one
that has been worked on for a while, and the backlog of a till is taken up after all others.
"""

from asyncio import Future
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from threading import Lock
from time import monotonic
from typing import Any

from sync.crash import Crash

LONGEST_S = 0.02
"""A group that has been worked on for so long is committed; what waits is for the next one."""


class Asked:
    """`work` that waits for a transaction, and what becomes of it; `after` is called once it is committed.

    `heard` belongs to whoever waits for it on the event loop, and `over` says that there is nothing to wait for.
    """

    def __init__(self, work: Callable[[], Any], after: Callable[[], None], heard: Future[None]) -> None:
        self.work = work
        self.after = after
        self.heard = heard
        self.over = False
        self.result: Any = None
        self.error: BaseException | None = None

    def outcome(self) -> Any:
        """What the work returned or raised."""
        if self.error is not None:
            raise self.error
        return self.result


def tell(group: Sequence[Asked]) -> None:
    """On the event loop: the work of `group` is over, and all of it is told at once."""
    for asked in group:
        if asked.error is None:
            asked.after()
    for asked in group:
        if not asked.heard.done():
            asked.heard.set_result(None)


class Queue:
    """Work for one database. The event loop adds to it, one thread writes."""

    def __init__(self, crash: Crash) -> None:
        self._crash = crash
        self._first: deque[Asked] = deque()
        self._last: deque[Asked] = deque()
        self._lock = Lock()
        self._writing = False

    def add(self, asked: Asked, last: bool) -> bool:
        """`last` is taken up after all that is not. True when nobody writes: `write` is to be called."""
        with self._lock:
            (self._last if last else self._first).append(asked)
            idle, self._writing = not self._writing, True
        return idle

    def write(self, connection: Any, tell_all: Callable[[Sequence[Asked]], object]) -> None:
        """Do what waits, a transaction of `connection` for each group, until nothing does; `tell_all` hears of each."""
        while self._is_left():
            group: list[Asked] = []
            self._commit(connection, group)
            for asked in group:
                asked.over = True
            tell_all(group)

    def _is_left(self) -> bool:
        with self._lock:
            self._writing = bool(self._first or self._last)
        return self._writing

    def _commit(self, connection: Any, group: list[Asked]) -> None:
        """Do what waits in one transaction; `group` is what was taken up."""
        try:
            for asked in self._waiting():
                group.append(asked)
                _do(connection, asked)
            if connection.in_transaction:
                self._crash("commit")
                connection.execute("COMMIT")
                self._crash("committed")
        except BaseException as error:  # noqa: BLE001 - those who asked get it
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            for asked in group:
                asked.error = error

    def _waiting(self) -> Iterator[Asked]:
        end = monotonic() + LONGEST_S
        while self._first or self._last:
            asked = (self._first or self._last).popleft()
            if not asked.heard.cancelled():
                yield asked
            if monotonic() >= end:
                return


def _do(connection: Any, asked: Asked) -> None:
    """Do it, undone alone if it fails. Raises what has ended the transaction as a whole."""
    begun = connection.in_transaction
    connection.execute("SAVEPOINT job" if begun else "BEGIN IMMEDIATE")
    try:
        asked.result = asked.work()
    except BaseException as error:
        if begun and not connection.in_transaction:
            raise
        asked.error = error
        if begun:
            connection.execute("ROLLBACK TO job")
        elif connection.in_transaction:
            connection.execute("ROLLBACK")
    if begun:
        connection.execute("RELEASE job")
