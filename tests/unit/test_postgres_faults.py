"""What PostgreSQL refuses or loses: transactions that block each other, a broken connection, no server at all."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from sync.ledger import service
from sync.ledger.leases import review
from sync.ledger.port import StorageFault, Transaction
from sync.ledger.postgres import PostgresStorage
from tests.engines import engines
from tests.unit.ledger_kit import Shop, looking
from tests.unit.test_ledger_shared import run

pytestmark = pytest.mark.engines("postgres")


def test_transactions_that_block_each_other_run_again() -> None:
    """Each holds what the other wants; both end, and nothing of the broken run stays."""

    async def scenario(here: Shop, there: Shop) -> None:
        members = [await here.member(number) for number in (1, 2)]
        both = asyncio.Barrier(2)
        runs: list[int] = []

        def job(order: list[int]) -> Callable[[Transaction], Awaitable[None]]:
            first = True

            async def lock(tx: Transaction) -> None:
                nonlocal first
                runs.append(order[0])
                await tx.member(order[0])
                await tx.log("config", f"{order}")
                if first:
                    first = False
                    await both.wait()
                async with tx.savepoint():
                    try:
                        await tx.member(order[1])
                    except Exception as error:
                        raise AssertionError("no fault of the entry") from error

            return lock

        before = await looking(here.ledger._storage).counter("pos")
        storages = (here.ledger._storage, there.ledger._storage)
        orders = (members, members[::-1])
        await asyncio.gather(*(one.write(job(order)) for one, order in zip(storages, orders, strict=True)))  # type: ignore[arg-type]
        assert len(runs) > 2
        assert await looking(here.ledger._storage).counter("pos") == before + 2

    run(scenario)


def test_a_review_of_leases_takes_the_till_before_the_member(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a push does: while one holds the till and comes to the member, a review waits and neither has to run again."""

    async def scenario(here: Shop, there: Shop) -> None:
        till, member = await here.till(), await here.member()
        till.give_back(till.euros(member, 300).lots[0], ("points", "1-1-1-0", 300))
        await till.push()
        runs: list[str] = []
        reviewing = asyncio.Event()

        async def counted(*values: Any) -> None:
            runs.append("review")
            reviewing.set()
            await review(*values)

        async def push(tx: Transaction) -> None:
            runs.append("push")
            await tx.incarnation(till.paired.dev, 1)
            if runs == ["push"]:
                task.append(asyncio.create_task(there.ledger.review_leases(9)))
                await reviewing.wait()
                async with asyncio.timeout(20):
                    while not await _waiting(here):
                        await asyncio.sleep(0.01)
            await tx.member(member)

        task: list[asyncio.Task[int]] = []
        monkeypatch.setattr(service, "review", counted)
        await here.ledger._storage.write(push)
        assert await task[0] == 1
        assert runs == ["push", "review"]
        assert (await here.balances(member)).granted == {"points": 100}

    run(scenario)


async def _waiting(shop: Shop) -> bool:
    """Whether a transaction of this database waits for another one."""
    sql = (
        "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) "
        "WHERE NOT granted AND datname = current_database()"
    )
    [(count,)] = await shop.ledger._storage.read(lambda tx: tx._all(sql))  # type: ignore[attr-defined]
    return bool(count)


def test_a_broken_connection_puts_no_entry_aside() -> None:
    """The server ends the session in the middle of a batch: the push fails whole and is sent again."""

    async def scenario(here: Shop, there: Shop) -> None:
        till, member = await here.till(), await here.member()
        till.euros(member, 10)
        storage = here.ledger._storage
        write = storage.write
        cut = False

        async def cutting(tx: Transaction) -> None:
            nonlocal cut
            settled_in_all = tx.settled_in_all  # the first that is asked while an entry is applied

            async def first_cut(*values: Any) -> Any:
                nonlocal cut
                if not cut:
                    cut = True
                    await tx._all("SELECT pg_terminate_backend(pg_backend_pid())")  # type: ignore[attr-defined]
                return await settled_in_all(*values)

            tx.settled_in_all = first_cut  # type: ignore[method-assign]

        async def broken(job: Callable[[Transaction], Awaitable[object]], last: bool) -> object:
            async def cut_job(tx: Transaction) -> object:
                await cutting(tx)
                return await job(tx)

            return await write(cut_job, last)  # type: ignore[arg-type]

        storage.write = broken  # type: ignore[method-assign, assignment]
        request = till.request()
        with pytest.raises(Exception, match=r"terminat|closed"):
            await till.send(request)
        storage.write = write  # type: ignore[method-assign]
        till.heard(await till.send(request))
        assert cut
        assert (await here.balances(member)).balance() == 10

    run(scenario)


def test_a_database_of_a_newer_release_is_refused() -> None:
    """An older release does not touch a schema it does not know."""

    async def main() -> None:
        async with engines.database() as dsn:
            storage = PostgresStorage(dsn)
            await storage.open()
            await storage.write(lambda tx: tx._do("INSERT INTO schema_version VALUES (999)"))  # type: ignore[attr-defined]
            with pytest.raises(StorageFault, match="newer release"):
                await PostgresStorage(dsn).open()
            await storage.write(lambda tx: tx._do("DELETE FROM schema_version WHERE version = 999"))  # type: ignore[attr-defined]
            await storage.close()

    asyncio.run(main())


@pytest.mark.parametrize("dsn", ["postgresql://nobody@127.0.0.1:1/none", "postgresql://host:port/x"])
def test_a_server_that_cannot_be_reached_is_one_sentence(dsn: str) -> None:
    """The operator is told what to check."""
    with pytest.raises(StorageFault, match=r"cannot be opened .*: check its address"):
        asyncio.run(PostgresStorage(dsn).open())
