"""The one writer of a till's store: a queue of jobs by priority, each in a transaction of its own (storage.md A5).

Tickets go before scans, scans before what the network brought. The same queue carries the checkpoints, and one lock
is held around everything, so nothing else ever writes. A thread drives the queue in the shop, a simulator step by
step, a test inline. A ticket that finds nobody writing is done on its own thread: handing it over and waiting for it
would cost more than the rest of its work (docs/benchmark.md).
"""

import enum
import itertools
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from sync.crash import Crash, no_crash
from sync.sqlite_driver import Connection, DatabaseError
from sync.till.database import WAL_LIMIT, Store
from sync.till.errors import StoreDamaged, StoreFull, translate

T = TypeVar("T")
IDLE_S = 1.0


class Priority(enum.IntEnum):
    """Who goes first."""

    TICKET = 0
    SCAN = 1
    SYNC = 2
    CHECKPOINT = 3


class _Stop(Exception):
    """Ends the thread."""


class Writer:
    """Runs jobs on the store's writing connection, one after the other.

    `crash` is called before and after each commit, and by whoever writes to the store in another way.
    """

    def __init__(self, store: Store, crash: Crash = no_crash) -> None:
        self.crash = crash
        self._store = store
        self._queue: queue.PriorityQueue[tuple[int, int, Callable[[], None]]] = queue.PriorityQueue()
        self._numbers = itertools.count()
        self._thread: threading.Thread | None = None
        self._written = False
        self._busy = threading.RLock()

    def run(self, job: Callable[[Connection], T], priority: Priority = Priority.TICKET) -> T:
        """The result of `job`, run inside BEGIN IMMEDIATE and COMMIT; an exception rolls back and comes out here.

        Returns after the commit is on the disk. Raises StoreError for the store's own faults. Not to be called
        from within a job.
        """
        if threading.current_thread() is self._thread:
            raise RuntimeError("a job must not wait for another job: do both in one")
        if priority is Priority.TICKET and self._busy.acquire(blocking=False):
            try:
                return self._commit(job, priority)
            finally:
                self._busy.release()
        future = self.post(job, priority)
        if self._thread is None:
            while not future.done():
                self.step(0)
        return future.result()

    def post(self, job: Callable[[Connection], T], priority: Priority) -> "Future[T]":
        """Queue `job`; the future has its result once it is committed."""
        future: Future[T] = Future()

        def work() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                result = self._commit(job, priority)
            except BaseException as error:  # noqa: BLE001 - whoever waits for the job gets it
                future.set_exception(error)
            else:
                future.set_result(result)

        self._put(priority, work)
        return future

    def step(self, timeout: float) -> bool:
        """Do one job, waiting up to `timeout` seconds for it; with none, checkpoint. False when there was no job."""
        try:
            _, _, work = self._queue.get(block=timeout > 0, timeout=timeout or None)
        except queue.Empty:
            self._checkpoint("PASSIVE")
            return False
        work()
        if self._store.wal_bytes() > WAL_LIMIT:
            self._checkpoint("PASSIVE")
        return True

    def start(self) -> None:
        """Drive the queue from a thread of its own."""
        self._thread = threading.Thread(target=self._loop, name="store-writer", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Do what is queued, empty the write-ahead log, end the thread."""
        if self._thread is not None:
            self._put(len(Priority), _raise_stop)
            self._thread.join()
            self._thread = None
        while self.step(0):
            pass
        self._written = True
        self._checkpoint("TRUNCATE")

    def _put(self, priority: int, work: Callable[[], None]) -> None:
        self._queue.put((priority, next(self._numbers), work))

    def _loop(self) -> None:
        while True:
            try:
                self.step(IDLE_S)
            except _Stop:
                return

    def _commit(self, job: Callable[[Connection], T], priority: Priority) -> T:
        if self._store.damaged:
            raise StoreDamaged
        if priority <= Priority.SCAN and self._store.full and not self._store.take_reserve():
            raise StoreFull
        self._written = True
        try:
            with self._busy:
                return _transaction(self._store.writer, job, self.crash)
        except DatabaseError as error:
            fault = translate(error)
            self._store.noticed(fault)
            if isinstance(fault, StoreFull):
                self._store.free_reserve()
            raise fault from error

    def _checkpoint(self, how: str) -> None:
        if not self._written:
            return
        self._written = False
        self.crash("checkpoint")
        try:
            with self._busy:
                self._store.writer.execute(f"PRAGMA wal_checkpoint({how})").fetchone()
        except DatabaseError:
            self._written = True  # nothing is lost: the log keeps it, and the next idle moment tries again


class InlineWriter(Writer):
    """A writer without queue or thread: `run` and `post` do the job at once, for tests and one-shot commands."""

    def run(self, job: Callable[[Connection], T], priority: Priority = Priority.TICKET) -> T:
        """The result of `job`, committed."""
        return self._commit(job, priority)

    def post(self, job: Callable[[Connection], T], priority: Priority) -> "Future[T]":
        """A future that is already done."""
        future: Future[T] = Future()
        try:
            future.set_result(self._commit(job, priority))
        except Exception as error:  # noqa: BLE001 - whoever looks at the future gets it
            future.set_exception(error)
        return future


def _transaction(connection: Connection, job: Callable[[Connection], T], crash: Crash) -> T:
    if connection.in_transaction:
        raise RuntimeError("a job must not wait for another job: do both in one")
    connection.execute("BEGIN IMMEDIATE")
    try:
        result = job(connection)
        crash("commit")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    crash("committed")
    return result


def _raise_stop() -> Any:
    raise _Stop
