"""`assidu ledger verify`: faults that it must find, each named."""

import asyncio
import json
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pos_app.cli.main import main
from sync.ledger import verify
from sync.ledger.verify import CheckBooks, CheckJournals
from tests.unit.ledger_kit import Shop, open_shop, run


async def whole(shop: Shop) -> tuple[list[str], int, int]:
    """What all pages of a check find, and how many tills and entries they say they have seen."""
    page = await CheckJournals().run(shop.ledger)
    found, tills, entries = list(page.faults), page.tills, page.entries
    while page.next is not None:
        page = await CheckJournals(page.next).run(shop.ledger)
        found, tills, entries = [*found, *page.faults], tills + page.tills, entries + page.entries
    books = await CheckBooks().run(shop.ledger)
    found += books.faults
    while books.next is not None:
        books = await CheckBooks(books.next).run(shop.ledger)
        found += books.faults
    return found, tills, entries


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_a_sound_ledger_is_sound_on_every_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    """Two tills, several commits, pages of any size: nothing found, every till and entry is counted once."""
    monkeypatch.setattr(verify, "ENTRIES_AT_ONCE", size)
    monkeypatch.setattr(verify, "ACCOUNTS_AT_ONCE", 1)

    async def scenario(shop: Shop) -> None:
        tills = [await shop.till(), await shop.till()]
        members = [await shop.member(7), await shop.member(8)]
        for n in range(5):
            tills[n % 2].euros(members[n % 2], 10)
        for till in tills:
            await till.push()
        assert await whole(shop) == ([], 2, 5)

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
