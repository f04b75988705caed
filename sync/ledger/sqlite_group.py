"""Group commit on SQLite: the jobs that wait while one commit is being written go together into the next one.

A commit waits for the disk however little it holds. Each job of a group is undone alone when it raises, and none is
answered before the commit. Whoever waits at a counter waits for one group at most: nothing more is taken up into one
that has been worked on for a while, and the backlog of a till is taken up after all others.
"""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from time import monotonic
from typing import Any

from sync.crash import Crash

LONGEST_S = 0.02
"""A group that has been worked on for so long is committed; what waits is for the next one."""


class Asked:
    """`work` that waits for a transaction, and what becomes of it; `after` is called once it is committed."""

    def __init__(self, work: Callable[[], Any], after: Callable[[], None]) -> None:
        self.work = work
        self.after = after
        self.done: Future[Any] = Future()
        self.result: Any = None
        self.error: BaseException | None = None

    def answer(self) -> None:
        """The transaction is committed."""
        if self.error is not None:
            self.done.set_exception(self.error)
            return
        self.after()
        self.done.set_result(self.result)


class Queue:
    """Work for one database. Any thread may add to it, one thread writes."""

    def __init__(self, crash: Crash) -> None:
        self._crash = crash
        self._first: deque[Asked] = deque()
        self._last: deque[Asked] = deque()

    def add(self, asked: Asked, last: bool) -> None:
        """`last` is taken up after all that is not."""
        (self._last if last else self._first).append(asked)

    def write(self, connection: Any) -> None:
        """Do what waits in one transaction of `connection`; nothing when a group of before has taken it along."""
        group: list[Asked] = []
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
                asked.done.set_exception(error)
            return
        for asked in group:
            asked.answer()

    def _waiting(self) -> Iterator[Asked]:
        end = monotonic() + LONGEST_S
        while self._first or self._last:
            asked = (self._first or self._last).popleft()
            if asked.done.set_running_or_notify_cancel():
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
