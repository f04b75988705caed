"""The ledger's database on SQLite: one writer thread, one reader thread, a lock file against a second process."""

import asyncio
import fcntl
import os
import re
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

from sync.ledger.port import Transaction
from sync.ledger.sqlite_accounts import SqliteAccounts
from sync.ledger.sqlite_devices import SqliteDevices
from sync.ledger.sqlite_feed import SqliteFeed
from sync.ledger.sqlite_sales import SqliteGrants, SqliteSales
from sync.sqlite_driver import DatabaseError, driver

MIGRATION = re.compile(r"(\d{3})_\w+\.sql")
PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA trusted_schema=OFF",
    "PRAGMA cache_size=-32768",
    "PRAGMA busy_timeout=5000",
)


class StorageFault(Exception):
    """The database cannot be used; the text is one sentence that says what to do next."""


class SqliteTransaction(SqliteDevices, SqliteAccounts, SqliteSales, SqliteGrants, SqliteFeed):
    """One transaction: `port.Transaction` on SQLite."""

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """A part that is undone alone when it raises."""
        await self._do("SAVEPOINT part")
        try:
            yield
        except BaseException:
            await self._run(lambda c: (c.execute("ROLLBACK TO part"), c.execute("RELEASE part")))
            raise
        await self._do("RELEASE part")


class SqliteStorage:
    """`port.Storage` in one file. Use from one event loop."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._write_lock = asyncio.Lock()
        self._read_lock = asyncio.Lock()
        self._writing = ThreadPoolExecutor(1, "ledger-writer")
        self._reading = ThreadPoolExecutor(1, "ledger-reader")
        self._writer: Any = None
        self._reader: Any = None
        self._lease: int | None = None

    async def open(self) -> None:
        """Take the file for this process and bring its schema up to date. Raises StorageFault."""
        self._lease = _take_lease(self._path)
        loop = asyncio.get_running_loop()
        try:
            self._writer = await loop.run_in_executor(self._writing, _connect, self._path)
            await loop.run_in_executor(self._writing, migrate, self._writer)
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

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """The one write transaction: committed at the end, undone when the block raises."""
        async with self._write_lock:
            session = SqliteTransaction(self._writer, self._writing)
            await session._do("BEGIN IMMEDIATE")
            try:
                yield session
                await session._do("COMMIT")
            except BaseException:
                await asyncio.shield(session._run(_roll_back))
                raise

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Transaction]:
        """One consistent read that never waits for the writer."""
        async with self._read_lock:
            session = SqliteTransaction(self._reader, self._reading)
            await session._do("BEGIN")
            try:
                yield session
            finally:
                await asyncio.shield(session._run(_roll_back))


def migrate(connection: Any) -> int:
    """Run the numbered migrations that the file lacks; the schema version. Raises StorageFault for a newer one."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    steps = _migrations()
    newest = max(steps)
    if version > newest:
        raise StorageFault(
            "The ledger's database was written by a newer release: update this software before you start it."
        )
    for number in range(version + 1, newest + 1):
        connection.executescript(
            f"BEGIN IMMEDIATE;\n{steps[number]}\nPRAGMA user_version = {number};\nCOMMIT;"
        )
    return newest


def _migrations() -> dict[int, str]:
    folder = files("sync.ledger.migrations")
    found = {item.name: item for item in folder.iterdir() if MIGRATION.fullmatch(item.name)}
    return {int(name[:3]): item.read_text("utf-8") for name, item in sorted(found.items())}


def _connect(path: Path) -> Any:
    connection = driver.connect(str(path), isolation_level=None, check_same_thread=False)
    for pragma in PRAGMAS:
        connection.execute(pragma)
    return connection


def _roll_back(connection: Any) -> None:
    if connection.in_transaction:
        connection.execute("ROLLBACK")


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
            f"Another ledger already works on {path.name}: stop it first, or give this one its own database."
        ) from error
    return lease


def _fault(error: Exception, path: Path) -> StorageFault:
    if isinstance(error, StorageFault):
        return error
    reason = str(error)
    return StorageFault(
        f"The ledger's database {path.name} cannot be opened ({reason}): check the file, its folder and their rights."
    )
