"""The engine that tests of the ledger run on, one after the other: SQLite, PostgreSQL."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from sync.ledger.port import Storage
from sync.ledger.postgres import PostgresStorage
from sync.ledger.sqlite import SqliteStorage
from tests.postgres_server import NoPostgres, Server, running

ENGINES = ("sqlite", "postgres")


class Engines:
    """The engine in use, and the PostgreSQL server of this process once somebody has asked for it.

    A benchmark makes it `durable`: a commit is on the disk.
    """

    def __init__(self) -> None:
        self.name = "sqlite"
        self.durable = False
        self._stack = contextlib.ExitStack()
        self._server: Server | None = None
        self._free: list[str] = []

    @property
    def server(self) -> Server:
        """PostgreSQL, started at the first use."""
        if self._server is None:
            try:
                self._server = self._stack.enter_context(running(self.durable))
            except NoPostgres as missing:
                pytest.exit(str(missing), 2)
        return self._server

    def start(self, name: str) -> None:
        """Use engine `name` from now on."""
        self.name = name
        if name == "postgres":
            assert self.server

    @asynccontextmanager
    async def storage(self, folder: Path) -> AsyncIterator[Storage]:
        """The ledger's database of `folder` on the engine in use; on PostgreSQL it is gone afterwards."""
        if self.name == "sqlite":
            yield SqliteStorage(folder / "ledger.db")
            return
        async with self.database() as dsn:
            yield PostgresStorage(dsn)

    @asynccontextmanager
    async def database(self) -> AsyncIterator[str]:
        """An empty PostgreSQL database with the schema; its address."""
        dsn = self._free.pop() if self._free else await self.server.make()
        try:
            yield dsn
        finally:
            await self.server.empty(dsn)
            self._free.append(dsn)

    @contextmanager
    def lent(self) -> Iterator[str]:
        """As `database`, for tests without an event loop: one that ends would end `database` with it."""
        dsn = self._free.pop() if self._free else asyncio.run(self.server.make())
        try:
            yield dsn
        finally:
            asyncio.run(self.server.empty(dsn))
            self._free.append(dsn)

    def stop(self) -> None:
        """Stop what was started."""
        self._stack.close()


engines = Engines()


def using(name: str) -> Iterator[str]:
    """The engine `name` for as long as a fixture lives."""
    before = engines.name
    engines.start(name)
    yield name
    engines.name = before
