"""Several ledger processes on one PostgreSQL: what one decides, the others know."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import date

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sync.ledger.caller import LedgerRefusal
from sync.ledger.port import Transaction
from sync.ledger.postgres import PostgresStorage
from sync.ledger.service import Ledger
from sync.wire import Cursor, PairRequest
from tests.engines import engines
from tests.unit.ledger_kit import PROGRAMME, FakeClock, Randomness, Shop, TillSim, line, looking, promise

pytestmark = pytest.mark.engines("postgres")

KEY = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"ledger").digest())


class Power(Exception):
    """A process dies."""


def ledger_on(
    dsn: str, clock: FakeClock, seed: bytes, crash: Callable[[str], None] = lambda _: None
) -> Ledger:
    """One process' ledger."""
    return Ledger(PostgresStorage(dsn, crash), clock, Randomness(seed), KEY)


@asynccontextmanager
async def two_ledgers() -> AsyncIterator[tuple[Shop, Shop]]:
    """The same shop as two processes see it."""
    async with engines.database() as dsn:
        clock = FakeClock()
        ledgers = [ledger_on(dsn, clock, seed) for seed in (b"one", b"two")]
        await asyncio.gather(*(ledger.open() for ledger in ledgers))
        try:
            await ledgers[0].add_store("halles", "Halles", "Europe/Paris")
            digest = await ledgers[0].publish("programme", "bakery", PROGRAMME, date(2025, 1, 1))
            here, there = (Shop(ledger, clock, digest.hex()) for ledger in ledgers)
            there.tills = here.tills  # so that every till has a key of its own
            yield here, there
            assert await here.faults() == []
            assert await here.ledger.quarantine() == ()
        finally:
            await asyncio.gather(*(ledger.close() for ledger in ledgers))


def run(scenario: Callable[[Shop, Shop], Awaitable[None]]) -> None:
    """Run `scenario` with two ledgers on one database; afterwards the books must be sound."""

    async def main() -> None:
        async with two_ledgers() as (here, there):
            await scenario(here, there)

    asyncio.run(main())


def elsewhere(till: TillSim, shop: Shop) -> TillSim:
    """The same till, speaking to another process from now on."""
    till.shop = shop
    return till


def test_a_batch_sent_to_both_at_once_counts_once() -> None:
    """Failure 7: one commits, the other sees the same hashes."""

    async def scenario(here: Shop, there: Shop) -> None:
        till, member = await here.till(), await here.member()
        for _ in range(5):
            till.euros(member, 10)
        request = till.request()
        await asyncio.gather(*(shop.ledger.push(till.device, request) for shop in (here, there) * 3))
        assert (await here.balances(member)).balance() == 50

    run(scenario)


def test_two_tills_serve_one_member_through_two_processes() -> None:
    """No ticket is lost or settled on books that another process was changing."""

    async def scenario(here: Shop, there: Shop) -> None:
        one, two = await here.till(), elsewhere(await here.till(), there)
        member = await here.member()

        async def sell(till: TillSim) -> None:
            for _ in range(8):
                till.sale(member, (line(1000),), (promise("base", 10, till.today),))
                await till.push()

        await asyncio.gather(sell(one), sell(two))
        assert (await here.balances(member)).earned["points"] == 160

    run(scenario)


def test_batches_of_the_same_members_in_any_order_end() -> None:
    """Members are locked in ascending order, whatever the order of the entries."""

    async def scenario(here: Shop, there: Shop) -> None:
        tills = [await here.till(), elsewhere(await here.till(), there)]
        members = [await here.member(number) for number in range(1, 9)]
        for till, order in zip(tills, (members, members[::-1]), strict=True):
            for member in order:
                till.euros(member, 3)
        await asyncio.gather(*(till.push() for till in tills))
        assert [(await here.balances(member)).balance() for member in members] == [6] * 8

    run(scenario)


def test_a_card_that_nobody_knows_becomes_one_account() -> None:
    """Both tills scan it for the first time at the same moment."""

    async def scenario(here: Shop, there: Shop) -> None:
        tills = [await here.till(), elsewhere(await here.till(), there)]
        card = hashlib.sha256(b"new card").digest()
        for till in tills:
            till.euros(card.hex(), 7)
        await asyncio.gather(*(till.push() for till in tills))
        member = await looking(here.ledger._storage).member_of_card(card)
        assert member is not None
        assert (await here.balances(member)).balance() == 14

    run(scenario)


def test_a_member_enrolled_at_two_places_at_once_keeps_everything() -> None:
    """One till enrols, another already sells to the number."""

    async def scenario(here: Shop, there: Shop) -> None:
        one, two = await here.till(), elsewhere(await here.till(), there)
        card = hashlib.sha256(b"card of 40").digest()
        one.enrol(40, card)
        two.euros(40, 9)
        two.euros(card.hex(), 5)
        await asyncio.gather(one.push(), two.push())
        record = await looking(here.ledger._storage).member(40)
        assert record is not None
        assert record.state == "active"
        assert (await here.balances(40)).balance() == 14

    run(scenario)


def test_a_return_and_its_ticket_meet() -> None:
    """They arrive at the same moment at two processes; neither is left waiting for the other."""

    async def scenario(here: Shop, there: Shop) -> None:
        seller, taker = await here.till(), elsewhere(await here.till(), there)
        member = await here.member()
        for n in range(6):
            sold = seller.euros(member, 10, sign=True)
            taker.refund(sold, 1000)
            await asyncio.gather(*(till.push() for till in ((seller, taker), (taker, seller))[n % 2]))
        assert await looking(here.ledger._storage).refunds_waiting("", "") == ()
        rows = [
            row
            for sale in await looking(here.ledger._storage).sales_from(member, "")
            for row in await looking(here.ledger._storage).refunds_of(sale.ticket)
        ]
        assert [row.resolved for row in rows] == [1] * 6

    run(scenario)


def test_a_pairing_code_makes_one_till() -> None:
    """Two tills type the same code at the same moment."""

    async def scenario(here: Shop, there: Shop) -> None:
        code = await here.ledger.make_pairing_code("halles", "one")
        asked = [PairRequest(code[16:], bytes([n]) * 32, "hw", "name") for n in (1, 2)]
        answers = await asyncio.gather(
            *(shop.ledger.pair(one) for shop, one in zip((here, there), asked, strict=True)),
            return_exceptions=True,
        )
        assert sorted(type(answer).__name__ for answer in answers) == [LedgerRefusal.__name__, "PairAnswer"]

    run(scenario)


def test_both_have_the_keys_of_the_first_start() -> None:
    """They start together on an empty database."""

    async def scenario(here: Shop, there: Shop) -> None:
        assert here.ledger.keys == there.ledger.keys

    run(scenario)


def test_a_waiting_till_hears_of_what_another_process_did() -> None:
    """LISTEN: the wait ends long before its time."""

    async def scenario(here: Shop, there: Shop) -> None:
        one, two = await here.till(), await there.till()
        member = await here.member()
        now = await there.ledger.positions(two.device)
        cursors = [Cursor(bucket, 1, pos) for bucket, pos in now.items()]
        waiting = asyncio.create_task(there.ledger.wait_change(two.device, cursors, 60))
        one.euros(member, 3)
        await one.push()
        news = await asyncio.wait_for(waiting, 20)
        assert news["store:halles"] > now["store:halles"]

    run(scenario)


def test_what_a_dead_process_left_gets_its_positions() -> None:
    """Failure 41: it dies after the commit; the next publisher goes on without a gap or a repetition."""

    async def main() -> None:
        async with engines.database() as dsn:
            broken = False

            def die(point: str) -> None:
                if broken and point == "committed":
                    raise Power

            dying, heir = PostgresStorage(dsn, die), PostgresStorage(dsn)
            await dying.open()
            dying._listening.cancel()  # type: ignore[union-attr]
            await dying.write(lambda tx: tx.log("config", "a"))
            broken = True
            for keys in (["b", "c"], ["d", "b"]):
                with pytest.raises(Power):
                    await dying.write(lambda tx, keys=keys: tx.log_many("config", keys))  # type: ignore[misc]
            assert await looking(dying).changes("config", 0, 9) == (("a", 1),)
            await heir.open()
            await heir.write(lambda tx: tx.log("config", "e"))
            assert await looking(heir).changes("config", 0, 9) == (
                ("a", 1),
                ("c", 3),
                ("d", 4),
                ("b", 5),
                ("e", 6),
            )
            assert await looking(heir).counter("pos") == 6
            await heir.close()
            await dying.close()

    asyncio.run(main())


def test_a_process_that_only_starts_publishes_what_was_left() -> None:
    """Nobody has to write anything: opening is enough."""

    async def main() -> None:
        async with engines.database() as dsn:
            storage = PostgresStorage(dsn)
            await storage.open()
            storage._listening.cancel()  # type: ignore[union-attr]

            async def leave(tx: Transaction) -> None:
                await tx.log_many("config", ["x", "y"])
                tx.logged = False  # type: ignore[attr-defined]

            await storage.write(leave)
            heir = PostgresStorage(dsn)
            told = asyncio.Event()
            heir.on_change(lambda _moved: told.set())
            await heir.open()
            while True:
                told.clear()
                if await looking(heir).changes("config", 0, 9) == (("x", 1), ("y", 2)):
                    break
                await asyncio.wait_for(told.wait(), 20)
            await heir.close()
            await storage.close()

    asyncio.run(main())
