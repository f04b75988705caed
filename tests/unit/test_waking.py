"""Tills that wait for news are woken by commits that concern them, and by no others."""

import asyncio
from pathlib import Path

from sync.ledger.caller import DeviceId
from sync.ledger.live import Wakes
from sync.wire import Cursor
from tests.unit.ledger_kit import Shop, TillSim, run


async def _cursors(shop: Shop, till: TillSim) -> list[Cursor]:
    return [Cursor(bucket, 1, pos) for bucket, pos in (await shop.ledger.positions(till.device)).items()]


def test_a_commit_wakes_the_tills_of_its_store(tmp_path: Path) -> None:
    """A ticket of a member of one store: its other till hears of it, a till of another store does not even look."""

    async def scenario(shop: Shop) -> None:
        one, two, far = await shop.till(), await shop.till(), await shop.till("gare")
        member = await shop.member()
        looks: list[DeviceId] = []
        positions = shop.ledger.positions

        async def counted(device: DeviceId) -> dict[str, int]:
            looks.append(device)
            return await positions(device)

        cursors = {till: await _cursors(shop, till) for till in (two, far)}
        shop.ledger.positions = counted  # type: ignore[method-assign]
        waits = {
            till: asyncio.create_task(shop.ledger.wait_change(till.device, cursors[till], 60))
            for till in (two, far)
        }
        while len(looks) < 2:
            await asyncio.sleep(0)
        one.euros(member, 10)
        await one.push()
        moved = await waits[two]
        assert moved["store:halles"] > 0
        assert looks.count(two.device) == 2
        assert looks.count(far.device) == 1
        assert not waits[far].done()
        waits[far].cancel()

    run(tmp_path, scenario)


def test_what_moves_before_one_listens_is_not_missed(tmp_path: Path) -> None:
    """A commit between the look at the positions and the wait rings at once."""

    async def scenario(shop: Shop) -> None:
        one, two, member = await shop.till(), await shop.till(), await shop.member()
        cursors = await _cursors(shop, two)
        positions = shop.ledger.positions
        first = True

        async def moving(device: DeviceId) -> dict[str, int]:
            nonlocal first
            now = await positions(device)
            if first:
                first = False
                one.euros(member, 10)
                await one.push()
                while not shop.ledger._waiting._told.get("store:halles", 0) > now["store:halles"]:
                    await asyncio.sleep(0.001)  # PostgreSQL tells a moment later
            return now

        shop.ledger.positions = moving  # type: ignore[method-assign]
        async with asyncio.timeout(10):
            assert await shop.ledger.wait_change(two.device, cursors, 60)

    run(tmp_path, scenario)


def test_a_ledger_that_stops_ends_every_wait(tmp_path: Path) -> None:
    """Streams and polls come back at once, and later ones do not begin to wait."""

    async def scenario(shop: Shop) -> None:
        till = await shop.till()
        wakes = Wakes(shop.ledger)
        cursors = await _cursors(shop, till)
        poll = asyncio.create_task(wakes.poll(till.device, cursors, 25))
        stream = wakes.stream(till.device, cursors)
        await anext(stream)
        rest = asyncio.create_task(_all(stream))
        while len(wakes._waits) < 2:
            await asyncio.sleep(0)
        wakes.close()
        async with asyncio.timeout(5):
            assert await poll == ()
            await rest
            assert await wakes.poll(till.device, cursors, 25) == ()

    run(tmp_path, scenario)


async def _all(stream: object) -> list[bytes]:
    return [piece async for piece in stream]  # type: ignore[attr-defined]
