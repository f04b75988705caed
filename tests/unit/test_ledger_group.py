"""Group commit: what waits while something is written shares a commit, and nobody notices but by the time it takes."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from sync.crash import Crash
from sync.ledger import sqlite_group
from sync.ledger.port import Transaction
from sync.ledger.sqlite import SqliteStorage

pytestmark = pytest.mark.engines("sqlite")


class Held:
    """A storage whose writer is busy with a first job until `go`, while others are asked for."""

    def __init__(self, storage: SqliteStorage) -> None:
        self._storage = storage
        self._begun, self._go = threading.Event(), threading.Event()
        self.order: list[str] = []
        self.asked: list[asyncio.Task[str]] = []

    async def first(self) -> None:
        """The writer is busy from now on."""
        self.ask("first", self._busy)
        await asyncio.to_thread(self._begun.wait, 10)

    def _busy(self) -> None:
        self._begun.set()
        assert self._go.wait(10)

    def ask(self, name: str, meanwhile: Callable[[], None] = lambda: None, last: bool = False) -> None:
        """A job that writes a value called `name`; `meanwhile` may raise."""

        async def job(tx: Transaction) -> str:
            self.order.append(name)
            await tx.save_value(name, b"1")
            meanwhile()
            return name

        self.asked.append(asyncio.ensure_future(self._storage.write(job, last)))

    async def go(self) -> list[Any]:
        """What each was answered, in the order in which they asked."""
        await asyncio.sleep(0)  # all have asked
        self._go.set()
        return await asyncio.gather(*self.asked, return_exceptions=True)

    async def kept(self) -> list[str]:
        """The names of which the value is in the database."""

        async def look(tx: Transaction) -> list[str]:
            return [name for name in self.order if await tx.value(name)]

        return await self._storage.read(look)


def _with(folder: Path, crash: Crash, scenario: Callable[[Held], Coroutine[Any, Any, None]]) -> None:
    async def main() -> None:
        storage = SqliteStorage(folder / "ledger.db", crash)
        await storage.open()
        try:
            held = Held(storage)
            await held.first()
            await scenario(held)
        finally:
            await storage.close()

    asyncio.run(main())


def _refuse() -> None:
    raise ValueError("refused")


def test_what_waits_shares_a_commit_and_is_answered_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that fails is undone alone and hears why; nobody has an answer before the commit."""
    monkeypatch.setattr(sqlite_group, "LONGEST_S", 60.0)
    points: list[str] = []
    answered: list[bool] = []
    held: Held

    def crash(point: str) -> None:
        points.append(point)
        answered.extend(one.done() for one in held.asked)

    async def scenario(here: Held) -> None:
        nonlocal held
        held = here
        held.ask("a")
        held.ask("bad", _refuse)
        held.ask("c")
        first, a, bad, c = await held.go()
        assert (first, a, c) == ("first", "a", "c")
        assert str(bad) == "refused"
        assert await held.kept() == ["first", "a", "c"]

    _with(tmp_path, crash, scenario)
    assert points == ["commit", "committed"]
    assert not any(answered)


def test_a_first_one_that_fails_takes_nobody_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is nothing before it to keep; what waits is written all the same."""
    monkeypatch.setattr(sqlite_group, "LONGEST_S", 0.0)

    async def scenario(held: Held) -> None:
        held.ask("bad", _refuse)
        held.ask("b")
        first, bad, b = await held.go()
        assert (first, str(bad), b) == ("first", "refused", "b")
        assert await held.kept() == ["first", "b"]

    _with(tmp_path, lambda _point: None, scenario)


def test_a_commit_that_fails_fails_all_who_share_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of them is kept, and all hear of it; the next one finds the writer as it was."""
    monkeypatch.setattr(sqlite_group, "LONGEST_S", 60.0)
    faults = [OSError("the disk is full")]

    def crash(point: str) -> None:
        if point == "commit" and faults:
            raise faults.pop()

    async def scenario(held: Held) -> None:
        held.ask("a")
        held.ask("bad", _refuse)
        assert [str(one) for one in await held.go()] == ["the disk is full"] * 3
        assert await held.kept() == []
        held.ask("later")
        assert (await held.go())[-1] == "later"
        assert await held.kept() == ["later"]

    _with(tmp_path, crash, scenario)


def test_a_group_ends_and_backlogs_come_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever waits at a counter waits for one group, whatever backlogs have come before."""
    monkeypatch.setattr(sqlite_group, "LONGEST_S", 0.0)
    points: list[str] = []

    async def scenario(held: Held) -> None:
        held.ask("backlog", last=True)
        held.ask("another", last=True)
        held.ask("counter")
        await held.go()
        assert held.order == ["first", "counter", "backlog", "another"]

    _with(tmp_path, points.append, scenario)
    assert points == ["commit", "committed"] * 4


def test_who_waits_no_longer_is_not_written(tmp_path: Path) -> None:
    """A till that hung up before its turn leaves nothing behind, and those after it are answered."""

    async def scenario(held: Held) -> None:
        held.ask("gone")
        held.ask("stays")
        await asyncio.sleep(0)
        held.asked[1].cancel()
        first, gone, stays = await held.go()
        assert (first, stays) == ("first", "stays")
        assert isinstance(gone, asyncio.CancelledError)
        assert await held.kept() == ["first", "stays"]
        held.ask("later")
        assert (await held.go())[-1] == "later"

    _with(tmp_path, lambda _point: None, scenario)
