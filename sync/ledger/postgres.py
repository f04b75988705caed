"""The ledger's database on PostgreSQL, which several ledger processes may share.

Decisions are made on rows that are locked: a transaction that reads a member or a till in order to change it holds
that row until it ends, and runs again from the start when PostgreSQL had to choose between two of them.
"""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import asyncpg
import msgspec

from rules.sentences import said
from sync.crash import Crash, no_crash
from sync.ledger.port import Job, StorageFault, Tell
from sync.ledger.postgres_locks import lock, lock_names
from sync.ledger.postgres_schema import columns_of, migrate
from sync.ledger.postgres_sql import Batch, Columns, anchors_named, batch_of, numbered, taking
from sync.ledger.publisher import CHANNEL, Publisher, moved
from sync.ledger.records import AnchorRow, InboxRow, Incarnation
from sync.ledger.rows import columns, to_row, to_rows, to_structs
from sync.ledger.session import Rows
from sync.ledger.sql_accounts import SqlAccounts
from sync.ledger.sql_batch import SqlBatch
from sync.ledger.sql_devices import SqlDevices
from sync.ledger.sql_lives import SqlLives
from sync.ledger.sql_outside import SqlOutside
from sync.ledger.sql_sales import SqlGrants, SqlSales
from sync.ledger.touched import Touched

T = TypeVar("T")
CONNECTIONS = 8
STATEMENTS = 1024  # prepared statements a connection keeps; there are a few hundred
LOOK_EVERY_S = 1.0
# Every statement finds its rows by key: its plan is the same for all values, and need not be made again for each.
SETTINGS = {
    "application_name": "assidu ledger",
    "default_transaction_isolation": "read committed",
    "plan_cache_mode": "force_generic_plan",
}
MOST_RUNS = 30
LONGEST_PAUSE_MS = 500
AGAIN = ("40001", "40P01")  # serialization_failure, deadlock_detected (PostgreSQL manual, appendix A)
UNUSABLE = (
    "08",
    "53",
    "55",
    "57",
    "58",
    "XX",
)  # classes of errors that lie with the server, not with a value
# From so many rows on COPY takes less of both processors than an INSERT of arrays, of which the driver asks each value
# what it is; it costs two messages more.
COPIED_FROM = 50
BATCHES: dict[str, Batch | None] = {}
TAKE, ANCHORS = taking(), anchors_named()


class Undone(BaseException):
    """The transaction cannot go on, whatever its job thinks of it.

    Not an Exception, since the job puts an entry aside on any Exception, and this is none of the entry's doing.
    """

    def __init__(self, error: asyncpg.PostgresError) -> None:
        super().__init__(str(error))
        self.error = error

    @property
    def again(self) -> bool:
        """Whether another run may succeed."""
        return self.error.sqlstate in AGAIN


class PostgresTransaction(SqlDevices, SqlLives, SqlAccounts, SqlSales, SqlGrants, SqlOutside, SqlBatch):
    """One transaction: `port.Transaction` on PostgreSQL."""

    def __init__(self, connection: Any, columns: Columns, numbers: Any = None) -> None:
        self._connection = connection
        self._columns = columns
        self._numbers = numbers
        self._lock = " FOR UPDATE" if numbers is not None else ""
        self.logged = False

    _any = "= ANY(?)"

    def _set(self, those: Sequence[int] | Sequence[str]) -> Sequence[int] | Sequence[str]:
        return those

    async def _all(self, sql: str, values: Sequence[Any] = ()) -> Rows:
        try:
            return [tuple(row) for row in await self._connection.fetch(numbered(sql), *values)]
        except asyncpg.PostgresError as error:
            raise _known(error) from error

    async def _do(self, sql: str, values: Sequence[Any] = ()) -> int:
        try:
            status: str = await self._connection.execute(numbered(sql), *values)
        except asyncpg.PostgresError as error:
            raise _known(error) from error
        return int(status.rpartition(" ")[2])

    async def _many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        held = list(rows)
        if not held:
            return
        if sql not in BATCHES:
            BATCHES[sql] = batch_of(sql, self._columns)
        batch = BATCHES[sql]
        try:
            if batch is None:
                await self._connection.executemany(numbered(sql), held)
            else:
                await self._connection.execute(batch.sql, *batch.values(held))
        except asyncpg.PostgresError as error:
            raise _known(error) from error

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """A part that is undone alone when it raises."""
        async with self._connection.transaction():
            yield

    async def alone(self, what: str) -> None:
        """Until this transaction ends no other one gets past the same call: for lists of the whole chain."""
        await lock_names(self._all, [what])

    async def lock(self, touched: Touched) -> None:
        """Hold everything a batch of entries touches, in ascending order of members."""
        await lock(self._all, touched)

    async def advance(self, name: str, step: int) -> int:
        """Take `step` numbers from a counter; the last of them.

        The number is taken for good, even if the transaction is undone: a counter's row would make all of them wait
        for one another.
        """
        sql = (
            "INSERT INTO counter VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET "
            "value = counter.value + excluded.value RETURNING value"
        )
        return int(await self._numbers.fetchval(sql, name, step))

    async def anchors(self, dev: int, ids: Sequence[str], boots: Sequence[str]) -> tuple[AnchorRow, ...]:
        """The anchors named and the first one of each boot, in whatever life of the till."""
        return to_structs(AnchorRow, await self._all(ANCHORS, (dev, ids, boots, dev)))

    async def take(self, rows: Sequence[InboxRow], till: Incarnation) -> None:
        """Accept entries and write the till as they leave it: one message to the server, or two more for many."""
        if not rows or len(rows) >= COPIED_FROM:
            await self.save_incarnation(till)
            await self._copy("inbox", rows)
            return
        own = [(one.seq, one.hash, one.data, one.sig, one.sold_ms, one.commit_end) for one in rows]
        shared = till.dev, till.inc, rows[0].recv_ms
        await self._do(TAKE, (*to_row(till), *shared, *zip(*own, strict=True)))

    async def _copy(self, table: str, rows: Sequence[msgspec.Struct]) -> None:
        """Insert `rows`, which are of one kind."""
        if not rows:
            return
        names = columns(type(rows[0])).split(", ")
        try:
            await self._connection.copy_records_to_table(table, records=to_rows(rows), columns=names)
        except asyncpg.PostgresError as error:
            raise _known(error) from error

    async def log(self, bucket: str, key: str) -> None:
        """Something changed; it gets its position after the commit."""
        await self.log_many(bucket, (key,))

    async def log_many(self, bucket: str, keys: Sequence[str]) -> None:
        """Many things changed, in this order."""
        self.logged = self.logged or bool(keys)
        await self._many("INSERT INTO outbox (bucket, key) VALUES (?, ?)", [(bucket, key) for key in keys])


def _known(error: asyncpg.PostgresError) -> BaseException:
    state = error.sqlstate or ""
    return Undone(error) if state in AGAIN or state.startswith(UNUSABLE) else error


class PostgresStorage:
    """`port.Storage` in the database that `dsn` names; `crash` is called with the name of each point of no return."""

    backlogs = 2  # more would wait inside the server, where nobody goes first, and all at a counter for them

    def __init__(self, dsn: str, crash: Crash = no_crash) -> None:
        self._dsn = dsn
        self._crash = crash
        self._pools: list[Any] = []
        self._columns: Columns = {}
        self._publisher: Publisher | None = None
        self._listening: asyncio.Task[None] | None = None
        self._tell: Tell = lambda _moved: None

    def on_change(self, tell: Tell) -> None:
        """From now on `tell` is called when this process or another one has moved something."""
        self._tell = tell

    async def open(self) -> None:
        """Connect, and bring the schema up to date. Raises StorageFault."""
        try:
            connection = await asyncpg.connect(self._dsn)
            try:
                await migrate(connection)
                self._columns = await columns_of(connection)
            finally:
                await connection.close()
            # Numbers need not be durable before what they are used in, and that is written behind them in one log.
            self._pools = [
                await self._pool(CONNECTIONS),
                await self._pool(1, synchronous_commit="off"),
                await self._pool(1),
            ]
        except (OSError, ValueError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            await self.close()
            raise _fault(error) from error
        self._publisher = Publisher(self._pools[2])
        self._listening = asyncio.create_task(self._listen())

    async def _pool(self, size: int, **settings: str) -> Any:
        return await asyncpg.create_pool(
            self._dsn,
            min_size=0,
            max_size=size,
            statement_cache_size=STATEMENTS,
            max_cached_statement_lifetime=0,
            server_settings={**SETTINGS, **settings},
            reset=_leave,
        )

    async def close(self) -> None:
        """Give all connections back."""
        if self._listening is not None:
            self._listening.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._listening
            self._listening = None
        for pool in self._pools:
            await pool.close()
        self._pools = []

    async def write(self, job: Job[T], last: bool = False) -> T:  # noqa: ARG002 - nothing waits on this side
        """Run `job` in a transaction, again from the start if it ran into another; then publish what it logged."""
        for run in range(1, MOST_RUNS + 1):
            try:
                tx, done = await self._attempt(job)
            except Undone as undone:
                if not undone.again or run == MOST_RUNS:
                    raise undone.error from None
                await asyncio.sleep(secrets.randbelow(min(LONGEST_PAUSE_MS, 2**run)) / 1000)
                continue
            self._crash("committed")
            if tx.logged:
                await self._publish()
            return done
        raise AssertionError("the last run returns or raises")

    async def _attempt(self, job: Job[T]) -> tuple[PostgresTransaction, T]:
        pool, numbers, _ = self._pools
        async with pool.acquire() as connection:
            tx = PostgresTransaction(connection, self._columns, numbers)
            try:
                async with connection.transaction(isolation="read_committed"):
                    done = await job(tx)
                    self._crash("commit")
            except asyncpg.PostgresError as error:
                raise _known(error) from error
        return tx, done

    async def read(self, job: Job[T]) -> T:
        """Run `job` on one consistent state of the database; it waits for no writer."""
        try:
            async with (
                self._pools[0].acquire() as connection,
                connection.transaction(isolation="repeatable_read", readonly=True),
            ):
                return await job(PostgresTransaction(connection, self._columns))
        except Undone as undone:
            raise undone.error from None

    async def _publish(self) -> None:
        """Give positions now; if that fails they are given later, by whoever publishes next."""
        assert self._publisher is not None
        with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            await self._publisher.publish()

    async def _listen(self) -> None:
        """Hear of changes by other processes, and publish what a process left behind; over again if the line breaks."""
        while True:
            with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await self._hear()
            await asyncio.sleep(LOOK_EVERY_S)

    async def _hear(self) -> None:
        assert self._publisher is not None
        connection = await asyncpg.connect(self._dsn, server_settings=SETTINGS)
        try:
            await connection.add_listener(CHANNEL, lambda *told: self._tell(moved(told[-1])))
            self._tell(None)  # something may have changed while nobody listened
            while not connection.is_closed():
                await self._publisher.publish_left()
                await asyncio.sleep(LOOK_EVERY_S)
        finally:
            await connection.close(timeout=1)


async def _leave(_connection: Any) -> None:
    """A connection goes back as it is: nothing here leaves anything behind on one."""


def _fault(error: Exception) -> StorageFault:
    if isinstance(error, StorageFault):
        return error
    return StorageFault(
        said(
            "The ledger's database cannot be opened ({error}): check its address, the user's rights and the server.",
            error=error,
        )
    )
