"""`assidu ledger verify`: faults that it must find, each named."""

import asyncio
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from pos_app.cli.main import main
from sync.ledger import verify
from sync.ledger.verify import CheckBooks, CheckJournal, JournalList
from tests.unit.ledger_kit import Shop, open_shop, run


async def faults(shop: Shop) -> list[str]:
    """Everything that the pages of a whole check find."""
    found: list[str] = []
    first: list[Any] = [CheckBooks()]
    first += [CheckJournal(one.dev, one.inc) for one in (await JournalList().run(shop.ledger)).journals]
    for one in first:
        done = await one.run(shop.ledger)
        found += done.faults
        while done.next is not None:
            done = await type(one)(*_place(one), done.next).run(shop.ledger)
            found += done.faults
    return found


def _place(page: Any) -> tuple[int, ...]:
    return (page.dev, page.inc) if isinstance(page, CheckJournal) else ()


def test_a_sound_ledger_is_sound_on_every_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two tills, several commits, pages of two: nothing found, and every page is visited."""
    monkeypatch.setattr(verify, "ENTRIES_AT_ONCE", 2)
    monkeypatch.setattr(verify, "ACCOUNTS_AT_ONCE", 1)

    async def scenario(shop: Shop) -> None:
        tills = [await shop.till(), await shop.till()]
        members = [await shop.member(7), await shop.member(8)]
        for n in range(5):
            tills[n % 2].euros(members[n % 2], 10)
        for till in tills:
            await till.push()
        assert [one.entries for one in (await JournalList().run(shop.ledger)).journals] == [3, 2]
        assert await faults(shop) == []

    run(tmp_path, scenario)


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize(
    ("harm", "named"),
    [
        ("UPDATE inbox SET data = CAST(replace(data, 'camille', 'chloe') AS BLOB) WHERE seq = 2", "entry 2"),
        ("UPDATE inbox SET sig = zeroblob(64) WHERE seq = 3", "entry 3"),
        ("DELETE FROM inbox WHERE seq = 4", "entry 4"),
        ("UPDATE incarnation SET public_key = zeroblob(32)", "entry 1"),
        ("UPDATE lot SET available = available + 1, quantity = quantity + 1", "member 7: lot"),
        ("UPDATE grant_slice SET rem = rem + 1", "member 7: lot"),
        ("DELETE FROM posting WHERE n = 1", "member 7: lot"),
    ],
)
def test_every_harm_is_named(tmp_path: Path, harm: str, named: str) -> None:
    """A changed, missing or unsigned entry, another key, books that no posting explains; exit status 1."""

    async def prepare() -> None:
        async with open_shop(tmp_path) as shop:
            till, member = await shop.till(), await shop.member()
            for _ in range(4):
                till.euros(member, 10)
            await till.push()

    asyncio.run(prepare())
    assert checked(tmp_path).exit_code == 0
    with sqlite3.connect(tmp_path / "ledger.db") as connection:
        assert connection.execute(harm).rowcount
    connection.close()
    done = checked(tmp_path, "--json")
    assert done.exit_code == 1
    assert any(named in fault for fault in json.loads(done.stdout)["faults"]), done.stdout


def checked(folder: Path, *options: str) -> Result:
    """The command on a resting ledger."""
    args = ["ledger", "verify", "--db", str(folder / "ledger.db"), *options]
    return CliRunner().invoke(main, args, catch_exceptions=False)
