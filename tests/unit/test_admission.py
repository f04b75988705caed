"""Who is served first when more tills come than the ledger can serve, and who is sent away until when."""

import asyncio
import contextlib
from pathlib import Path
from typing import Any

import pytest

from sync.ledger import admission
from sync.ledger.admission import (
    AWAY_S,
    LARGE_BYTES,
    LONGEST_WAIT_S,
    MORE,
    ROOM,
    Admission,
    Full,
    Rank,
    rank_of_push,
)
from sync.ledger.app import make_app
from sync.ledger.live import Wakes
from sync.till.exchange import DEADLINE_MS
from tests.unit.ledger_kit import Shop, run

BACKLOGS = 2


def test_the_counter_comes_first_and_backlogs_last() -> None:
    """Of those who wait, whatever the order in which they came."""
    served: list[tuple[Rank, int]] = []

    async def main() -> None:
        house, gate = Admission(BACKLOGS), asyncio.Event()

        async def busy() -> None:
            async with house.turn(Rank.COUNTER):
                await gate.wait()

        async def waits(rank: Rank, n: int) -> None:
            async with house.turn(rank):
                served.append((rank, n))

        first = [asyncio.create_task(busy()) for _ in range(BACKLOGS + MORE[Rank.COUNTER])]
        await asyncio.sleep(0)
        ranks = (Rank.LARGE, Rank.SMALL, Rank.COUNTER)
        tasks = [asyncio.create_task(waits(rank, n)) for n in range(3) for rank in ranks]
        await asyncio.sleep(0)
        tasks[2].cancel()  # a till that hung up
        gate.set()
        await asyncio.gather(*first, *tasks, return_exceptions=True)
        async with asyncio.timeout(5), house.turn(Rank.LARGE):
            served.append((Rank.LARGE, 9))

    asyncio.run(main())
    counter = [(Rank.COUNTER, 1), (Rank.COUNTER, 2)]
    small, large = [(Rank.SMALL, n) for n in range(3)], [(Rank.LARGE, n) for n in range(3)]
    assert served == [*counter, *small, *large, (Rank.LARGE, 9)]


def test_a_turn_that_is_given_up_goes_on_to_the_next() -> None:
    """A till that hangs up in the very moment in which it is served keeps nobody waiting."""

    async def main() -> None:
        house = Admission(BACKLOGS)
        turns = [house.turn(Rank.SMALL) for _ in range(BACKLOGS + MORE[Rank.SMALL])]
        for turn in turns:
            await turn.__aenter__()

        async def wait() -> None:
            async with house.turn(Rank.SMALL):
                pass

        gone, other = asyncio.create_task(wait()), asyncio.create_task(wait())
        await asyncio.sleep(0)
        await turns[0].__aexit__(None, None, None)
        gone.cancel()
        async with asyncio.timeout(5):
            await other

    asyncio.run(main())


@pytest.mark.engines("sqlite")
def test_backlogs_leave_a_turn_to_others() -> None:
    """While as many backlogs are worked on as may be, whoever waits at a counter is served at once."""

    async def main() -> None:
        house = Admission(BACKLOGS)
        async with contextlib.AsyncExitStack() as busy:
            for _ in range(BACKLOGS):
                await busy.enter_async_context(house.turn(Rank.LARGE))
            third = asyncio.ensure_future(house.turn(Rank.LARGE).__aenter__())
            await asyncio.sleep(0)
            for rank in (Rank.SMALL, Rank.COUNTER):
                async with asyncio.timeout(5), house.turn(rank):
                    pass
                await asyncio.sleep(0)
                assert not third.done()
        await third

    asyncio.run(main())


@pytest.mark.engines("sqlite")
def test_who_cannot_be_served_in_time_is_told_before_it_hangs_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is worked on for a till that has given up by then; and its turn goes to nobody."""
    monkeypatch.setattr(admission, "LONGEST_WAIT_S", 0.01)

    async def main() -> None:
        house = Admission(BACKLOGS)
        async with contextlib.AsyncExitStack() as busy:
            for _ in range(BACKLOGS):
                await busy.enter_async_context(house.turn(Rank.LARGE))
            with pytest.raises(Full) as full:
                await house.turn(Rank.LARGE).__aenter__()
        assert AWAY_S[Rank.LARGE] <= full.value.seconds <= 2 * AWAY_S[Rank.LARGE]
        async with asyncio.timeout(5), contextlib.AsyncExitStack() as again:
            for _ in range(BACKLOGS):
                await again.enter_async_context(house.turn(Rank.LARGE))

    asyncio.run(main())
    assert DEADLINE_MS > 2000 * LONGEST_WAIT_S


def test_a_class_without_room_is_sent_away_for_a_while() -> None:
    """Backlogs first, the counter last; not all of them for the same time, and never before their class's time."""
    house = Admission(BACKLOGS)
    inside = [house.inside(Rank.COUNTER) for _ in range(ROOM[Rank.COUNTER])]
    for n, one in enumerate(inside):
        for rank in (Rank.SMALL, Rank.LARGE):
            with contextlib.nullcontext() if n < ROOM[rank] else pytest.raises(Full), house.inside(rank):
                pass
        one.__enter__()
    away: dict[Rank, set[int]] = {rank: set() for rank in Rank}
    for rank in Rank:
        for _ in range(80):
            with pytest.raises(Full) as full, house.inside(rank):
                pass
            away[rank].add(full.value.seconds)
        assert (min(away[rank]), max(away[rank])) == (AWAY_S[rank], 2 * AWAY_S[rank])
    for one in inside:
        one.__exit__(None, None, None)
    with house.inside(Rank.LARGE):
        pass


def test_a_push_is_large_by_its_body() -> None:
    """What has no length, or none that can be read, is not let in before others."""
    small, large = str(LARGE_BYTES), str(LARGE_BYTES + 1)
    assert [rank_of_push(text) for text in (small, large, "", "²")] == [Rank.SMALL, *[Rank.LARGE] * 3]


@pytest.mark.parametrize(
    ("path", "length", "status", "seconds"),
    [("/push", 200_000, 429, 30), ("/push", 900, 503, 5), ("/grants", 300, 503, 1)],
)
@pytest.mark.engines("sqlite")
def test_a_full_ledger_says_when_to_come_again(
    tmp_path: Path, path: str, length: int, status: int, seconds: int
) -> None:
    """By class, and without having read what was sent."""

    async def scenario(shop: Shop) -> None:
        app: Any = make_app(shop.ledger, b"s" * 32, Wakes(shop.ledger))
        house: Admission = app._app.state.admission
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            raise AssertionError("the body is not read")

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "POST",
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": [(b"content-length", str(length).encode())],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 2),
        }
        others = contextlib.ExitStack()
        for _ in range(ROOM[Rank.COUNTER]):
            others.enter_context(house.inside(Rank.COUNTER))
        await app(scope, receive, send)
        headers = dict(sent[0]["headers"])
        assert sent[0]["status"] == status
        assert seconds <= int(headers[b"retry-after"]) <= 2 * seconds

    run(tmp_path, scenario)
