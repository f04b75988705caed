"""How the ledger's SQLite work reaches its thread: every operation is one call there, awaited here."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")
Rows = list[tuple[Any, ...]]


class Session:
    """One transaction on one connection, used from one dedicated thread."""

    def __init__(self, connection: Any, thread: ThreadPoolExecutor) -> None:
        self._connection = connection
        self._thread = thread

    async def _run(self, job: Callable[[Any], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, job, self._connection)

    async def _all(self, sql: str, values: Sequence[Any] = ()) -> Rows:
        return await self._run(lambda connection: connection.execute(sql, values).fetchall())

    async def _one(self, sql: str, values: Sequence[Any] = ()) -> tuple[Any, ...] | None:
        return await self._run(lambda connection: connection.execute(sql, values).fetchone())

    async def _do(self, sql: str, values: Sequence[Any] = ()) -> int:
        return await self._run(lambda connection: int(connection.execute(sql, values).rowcount))

    async def _many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        listed = list(rows)
        if listed:
            await self._run(lambda connection: connection.executemany(sql, listed))
