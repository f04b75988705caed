"""The ledger's database on SQLite: one writer thread, one reader thread, a lock file against a second process."""

import asyncio
import fcntl
import json
import os
import re
from collections.abc import AsyncIterator, Coroutine, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar

from rules.sentences import mark, said
from sync.crash import Crash, no_crash
from sync.ledger.port import Job, StorageFault, Tell
from sync.ledger.schema import migrations
from sync.ledger.session import Rows
from sync.ledger.sql_accounts import SqlAccounts
from sync.ledger.sql_batch import SqlBatch
from sync.ledger.sql_devices import SqlDevices
from sync.ledger.sql_lives import SqlLives
from sync.ledger.sql_outside import SqlOutside
from sync.ledger.sql_sales import SqlGrants, SqlSales
from sync.ledger.sqlite_group import Asked, Queue, tell
from sync.ledger.sqlite_plans import tell_sizes
from sync.ledger.touched import Touched
from sync.sqlite_driver import STATEMENTS, DatabaseError, driver

T = TypeVar("T")
# Pages of a new database: an entry has 1 KB and a sale more, and what is longer than a quarter of a page gets pages of
# its own in a table that is kept by its key. With pages of 4 KB a ledger is twice as large and writes half as quickly.
PRAGMAS = (
    "PRAGMA page_size=8192",
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA trusted_schema=OFF",
    "PRAGMA secure_delete=FAST",  # what is erased goes out of its page, too
    "PRAGMA cache_size=-32768",
    "PRAGMA busy_timeout=5000",
)
# A statement gives Python's lock away and asks for it back: once for many rows, not for each, while others want it.
AT_ONCE = 50
_VALUES = re.compile(r" VALUES (\((?:\?, )*\?\))")


class SqliteTransaction(SqlDevices, SqlLives, SqlAccounts, SqlSales, SqlGrants, SqlOutside, SqlBatch):
    """One transaction: `port.Transaction` on SQLite, whose one writer is the lock on every member.

    SQLite answers at once: nothing here ever waits, so that a transaction runs from end to end on its thread.
    """

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self.moved: dict[str, int] = {}

    _any = "IN (SELECT value FROM json_each(?))"

    def _set(self, those: Sequence[int] | Sequence[str]) -> str:
        return json.dumps(list(those))

    async def _all(self, sql: str, values: Sequence[Any] = ()) -> Rows:
        found: Rows = self._connection.execute(sql, values).fetchall()
        return found

    async def _do(self, sql: str, values: Sequence[Any] = ()) -> int:
        return int(self._connection.execute(sql, values).rowcount)

    async def _many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        left = list(rows)
        several = _several(sql) if len(left) >= AT_ONCE else None
        while several and len(left) >= AT_ONCE:
            self._connection.execute(several, list(chain.from_iterable(left[:AT_ONCE])))
            del left[:AT_ONCE]
        if left:
            self._connection.executemany(sql, left)

    async def log_many(self, bucket: str, keys: Sequence[str]) -> None:
        """Many things changed, in this order."""
        last = await self._place(bucket, keys)
        if last:
            self.moved[bucket] = last

    async def alone(self, what: str) -> None:
        """Nothing: the one writer is always alone."""

    async def lock(self, touched: Touched) -> None:
        """Nothing: the one writer holds everything."""

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """A part that is undone alone when it raises."""
        await self._do("SAVEPOINT part")
        try:
            yield
        except BaseException:
            await self._do("ROLLBACK TO part")
            await self._do("RELEASE part")
            raise
        await self._do("RELEASE part")


@cache
def _several(sql: str) -> str | None:
    """The statement that inserts AT_ONCE rows where `sql` inserts one; None for any other statement."""
    found = _VALUES.search(sql)
    if found is None:
        return None
    return f"{sql[: found.start()]} VALUES {', '.join([found[1]] * AT_ONCE)}{sql[found.end() :]}"


class SqliteStorage:
    """`port.Storage` in one file: transactions run on a thread for writing and one for reading.

    `crash` is called before and after each commit.
    """

    backlogs = 8  # they share commits, and whoever is at a counter goes before those that wait

    def __init__(self, path: Path, crash: Crash = no_crash) -> None:
        self._path = path
        self._queue = Queue(crash)
        self._writing = ThreadPoolExecutor(1, "ledger-writer")
        self._reading = ThreadPoolExecutor(1, "ledger-reader")
        self._writer: Any = None
        self._reader: Any = None
        self._lease: int | None = None
        self._tell: Tell = lambda _moved: None

    def on_change(self, tell: Tell) -> None:
        """From now on `tell` is called after each commit that moved something."""
        self._tell = tell

    async def open(self) -> None:
        """Take the file for this process and bring its schema up to date. Raises StorageFault."""
        self._lease = _take_lease(self._path)
        loop = asyncio.get_running_loop()
        try:
            self._writer = await loop.run_in_executor(self._writing, _connect, self._path)
            await loop.run_in_executor(self._writing, migrate, self._writer)
            await loop.run_in_executor(self._writing, tell_sizes, self._writer)
            self._reader = await loop.run_in_executor(self._reading, _connect, self._path)
        except (DatabaseError, StorageFault) as error:
            await self.close()
            raise _fault(error, self._path) from error

    async def close(self) -> None:
        """Give the file back; afterwards another process may take it."""
        loop = asyncio.get_running_loop()
        for connection, thread in ((self._reader, self._reading), (self._writer, self._writing)):
            if connection is not None:
                await loop.run_in_executor(thread, connection.close)
            thread.shutdown()
        self._reader = self._writer = None
        if self._lease is not None:
            os.close(self._lease)
            self._lease = None

    async def write(self, job: Job[T], last: bool = False) -> T:
        """Run `job` in a write transaction: committed when this returns, undone when it raises.

        What is written meanwhile may be committed with it; `last` is written after all that waits and is not.
        """
        loop = asyncio.get_running_loop()
        tx = SqliteTransaction(self._writer)

        def moved() -> None:
            if tx.moved:
                self._tell(tx.moved)

        asked = Asked(lambda: _finished(job(tx)), moved, loop.create_future())
        if self._queue.add(asked, last):

            def tell_all(group: Sequence[Asked]) -> None:
                loop.call_soon_threadsafe(tell, group)

            loop.run_in_executor(self._writing, self._queue.write, self._writer, tell_all)
        if not asked.over:
            await asked.heard
        result: T = asked.outcome()
        return result

    async def read(self, job: Job[T]) -> T:
        """Run `job` on one consistent state of the database; it never waits for a writer."""
        return await asyncio.get_running_loop().run_in_executor(self._reading, _look, self._reader, job)


def _look(connection: Any, job: Job[T]) -> T:
    connection.execute("BEGIN")
    try:
        return _finished(job(SqliteTransaction(connection)))
    finally:
        connection.execute("ROLLBACK")


def _finished(work: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that has nothing to wait for."""
    try:
        work.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    work.close()
    raise RuntimeError("a transaction waits for something else than its database")


def migrate(connection: Any) -> int:
    """Run the numbered migrations that the file lacks; the schema version. Raises StorageFault for a newer one."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    steps = migrations("sqlite")
    newest = max(steps)
    if version > newest:
        raise StorageFault(
            mark(
                "The ledger's database was written by a newer release: update this software before you start it."
            )
        )
    for number, script in steps.items():
        if number > version:
            connection.executescript(f"BEGIN IMMEDIATE;\n{script}\nPRAGMA user_version = {number};\nCOMMIT;")
    return newest


def _connect(path: Path) -> Any:
    connection = driver.connect(
        str(path), isolation_level=None, check_same_thread=False, cached_statements=STATEMENTS
    )
    for pragma in PRAGMAS:
        connection.execute(pragma)
    return connection


@contextmanager
def leased(path: Path) -> Iterator[None]:
    """No ledger works on the file while inside. Raises StorageFault while one does."""
    lease = _take_lease(path)
    try:
        yield
    finally:
        os.close(lease)


def _take_lease(path: Path) -> int:
    lock = path.with_name(path.name + ".lock")
    try:
        lease = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise _fault(error, path) from error
    try:
        fcntl.flock(lease, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(lease)
        raise StorageFault(
            said(
                "Another ledger already works on {path}: stop it first, or give this one its own database.",
                path=path.name,
            )
        ) from error
    return lease


def _fault(error: Exception, path: Path) -> StorageFault:
    if isinstance(error, StorageFault):
        return error
    reason = str(error)
    return StorageFault(
        said(
            "The ledger's database {path} cannot be opened ({reason}): check the file, its folder and their rights.",
            path=path.name,
            reason=reason,
        )
    )
