"""`assidu programme publish`, `withdraw` and `published` on a ledger that rests: what changes, what is refused."""

import asyncio
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from pos_app.cli.main import main
from sync.ledger.open import open_ledger
from sync.wire import Held
from tests.unit.ledger_kit import PROGRAMME as FIRST
from tests.unit.ledger_kit import FakeClock, Shop
from tests.unit.rule_texts import LAUNCH

SECOND = FIRST.replace(b"version = 1", b"version = 2\nsupersedes = 1").replace(
    b"effective_from = 2025-01-01", b"effective_from = 2030-01-01"
)


class Owner:
    """Someone at the ledger's command line."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.database = folder, folder / "chain.db"
        asyncio.run(self._stores())

    async def _stores(self) -> None:
        ledger = await open_ledger(self.database)
        for store in ("halles", "gare"):
            await ledger.add_store(store, store.title(), "Europe/Paris")
        await ledger.close()

    def does(self, *command: str) -> Result:
        return CliRunner().invoke(main, [*command, "--db", str(self.database)])

    def publishes(self, data: bytes, *options: str, name: str = "p.toml") -> Result:
        path = self.folder / name
        path.write_bytes(data)
        return self.does("programme", "publish", str(path), "--lang", "en", *options)

    def sees(self) -> dict[str, Any]:
        """What `published --json` says."""
        found: dict[str, Any] = json.loads(self.does("programme", "published", "--json").stdout)
        return found

    def versions(self) -> list[tuple[int, str, str]]:
        """Version, first day and state of everything published."""
        return [(one["version"], one["effective_from"], one["state"]) for one in self.sees()["programmes"]]


@pytest.fixture
def owner(tmp_path: Path) -> Owner:
    return Owner(tmp_path)


def test_a_programme_is_published_once(owner: Owner) -> None:
    """The second run says that nothing changed, and nothing has."""
    first = owner.publishes(FIRST)
    assert first.exit_code == 0, first.stderr
    assert first.stdout == (
        "bakery version 1 is published as number 1000001, from 01/01/2025 on, for: all stores.\n"
    )
    again = owner.publishes(FIRST)
    assert again.exit_code == 0
    assert again.stdout.startswith("bakery version 1 is published already")
    assert owner.versions() == [(1, "2025-01-01", "in_force")]


def test_a_version_is_published_ahead_for_some_stores(owner: Owner) -> None:
    """It takes the days over from the one it supersedes; the same file with another day moves it."""
    owner.publishes(FIRST)
    done = owner.publishes(SECOND, "--from", "2030-06-01", "--stores", "gare, halles", "--json")
    assert done.exit_code == 0, done.stderr
    said = json.loads(done.stdout)
    assert (said["effective_from"], said["stores"], said["changed"]) == (
        "2030-06-01",
        ["gare", "halles"],
        True,
    )
    assert owner.publishes(SECOND, "--from", "2030-07-01").exit_code == 0
    states = [(1, "2025-01-01", "in_force"), (2, "2030-06-01", "withdrawn"), (2, "2030-07-01", "ahead")]
    assert owner.versions() == states


def test_every_fault_is_named_and_nothing_changes(owner: Owner) -> None:
    """Of the file alone, and of it beside what is published: store, day, number and days at once."""
    owner.publishes(FIRST)
    broken = FIRST.replace(b"earn.amount", b"earn.amout").replace(b"value = 5.00", b"value = -1")
    refused = owner.publishes(broken)
    assert refused.exit_code == 2
    assert refused.stderr.count("p.toml:") == 2
    assert refused.stderr.endswith("assidu: 2 error(s): correct them; what was published before goes on.\n")
    other = FIRST.replace(b"points = 1\n", b"points = 2\n")
    wrong = owner.publishes(other, "--stores", "nowhere,halles")
    assert wrong.exit_code == 2
    assert "there is no store nowhere" in wrong.stderr
    assert "version 1 was published with other rules: write version = 2 here" in wrong.stderr
    bare = SECOND.replace(b"supersedes = 1\n", b"")
    overlap = owner.publishes(bare)
    assert overlap.exit_code == 2
    assert "from 2030-01-01 to 2034-12-31 published bakery 1 is in force too" in overlap.stderr
    late = owner.publishes(SECOND, "--from", "2035-01-01")
    assert "--from 2035-01-01: it holds from 2030-01-01 to before 2035-01-01" in late.stderr
    hole = FIRST.replace(b"version = 1", b"version = 3").replace(b"2035-01-01", b"2037-01-01")
    hole = hole.replace(b"effective_from = 2025-01-01", b"effective_from = 2036-01-01")
    assert "neither published bakery 1 nor this file is in force" in owner.publishes(hole).stderr
    assert owner.does("programme", "publish", "p.toml", "--from", "soon").exit_code == 2
    assert owner.versions() == [(1, "2025-01-01", "in_force")]


def test_a_version_may_end_earlier_and_give_way(owner: Owner) -> None:
    """The same rules under the same number with another last day are the same version."""
    owner.publishes(FIRST)
    assert owner.publishes(FIRST.replace(b"2035-01-01", b"2030-01-01")).exit_code == 0
    done = owner.publishes(SECOND.replace(b"supersedes = 1\n", b""))
    assert done.exit_code == 0, done.stderr
    assert [row[2] for row in owner.versions()] == ["withdrawn", "in_force", "ahead"]


def test_a_version_is_withdrawn_as_long_as_one_is_left(owner: Owner) -> None:
    """Ahead or in force; the last one in force stays."""
    owner.publishes(FIRST)
    now = SECOND.replace(b"effective_from = 2030-01-01", b"effective_from = 2025-06-01")
    owner.publishes(now)
    assert [row[2] for row in owner.versions()] == ["former", "in_force"]
    done = owner.does("programme", "withdraw", "bakery", "2", "--lang", "en")
    assert done.stdout == "bakery version 2 is withdrawn as number 1000003.\n"
    assert [row[2] for row in owner.versions()] == ["in_force", "withdrawn"]
    again = owner.does("programme", "withdraw", "bakery", "2", "--lang", "en")
    assert again.stdout == "bakery version 2 was withdrawn before: nothing has changed.\n"
    for version, said in (("1", "Nothing would be in force"), ("9", "No such version was published")):
        refused = owner.does("programme", "withdraw", "bakery", version)
        assert refused.exit_code == 2
        assert refused.stderr.startswith(f"assidu: {said}")
    assert owner.publishes(now).exit_code == 0
    assert [row[2] for row in owner.versions()] == ["former", "in_force"]


def test_a_ledger_that_is_not_there_is_not_made(owner: Owner) -> None:
    """A wrong --db is told, by every command alike; no empty ledger takes what was meant for another."""
    nowhere = owner.folder / "other.db"
    for command in (
        ["programme", "published"],
        ["programme", "withdraw", "bakery", "1"],
        ["catalogue", "import", "x.csv"],
        ["staff", "list"],
        ["member", "import", "x.csv"],
        ["ledger", "pair", "--store", "halles"],
        ["ledger", "new-key", "--role", "rules"],
    ):
        done = CliRunner().invoke(main, [*command, "--db", str(nowhere)])
        assert (done.exit_code, f"there is no ledger at {nowhere}" in done.stderr) == (2, True), command
    assert not nowhere.exists()


@pytest.mark.parametrize(
    "command",
    [["ledger", "day", "--date"], ["report", "outage", "--since"], ["programme", "publish", "x", "--from"]],
)
def test_a_day_that_is_none_is_one_sentence(owner: Owner, command: list[str]) -> None:
    """The same one at every command that takes a day."""
    done = CliRunner().invoke(main, [*command, "2026-31-12", "--db", str(owner.database)])
    said = "assidu: 2026-31-12 is no day: write it like 2026-09-01.\n"
    assert (done.exit_code, done.stderr) == (2, said)


def test_which_till_runs_which(owner: Owner) -> None:
    """As each till said, judged by its store's day; one that never said anything is shown too."""
    owner.publishes(FIRST)
    owner.publishes(SECOND)

    async def tills() -> None:
        ledger = await open_ledger(owner.database, FakeClock())
        shop = Shop(ledger, FakeClock(), "")
        rows = await ledger.read(lambda work: work.tx.published())
        held = tuple(
            Held(row.name, row.sha256, date.fromisoformat(row.effective_from), row.number) for row in rows
        )
        one, two, _ = [await shop.till() for _ in range(3)]
        await one.push(held=held)
        await two.push(held=held[1:])
        await ledger.close()

    asyncio.run(tills())
    found = {one["till"]: one for one in owner.sees()["tills"]}
    assert [found[f"till {n}"]["runs"] for n in range(3)] == [["bakery", 1], None, None]
    assert found["till 0"]["ahead"] == [["bakery", 2, "2030-01-01"]]
    assert [found[f"till {n}"]["current"] for n in range(3)] == [True, False, False]
    text = owner.does("programme", "published", "--lang", "en").stdout
    assert "halles till 0" in text
    assert "bakery 2 (01/01/2030)" in text
    assert text.count("another version") == 2


BEYOND = (
    FIRST
    + LAUNCH.encode()
    + b"""overrun = 10

[[rule]]
id = "off"
kind = "burn.money"
points = 10
value = 0.50
budget = 500.00
overrun = 20.00
"""
)
TOLD = "{what}: up to {limit} a till beyond its share while it has no line."


def test_what_tills_may_give_beyond_is_shown_before_it_is_published(owner: Owner) -> None:
    """Tills times allowance, in the unit of the budget; nobody can be asked here, so --yes has to be said."""

    async def tills() -> None:
        ledger = await open_ledger(owner.database)
        shop = Shop(ledger, FakeClock(), "")
        for store in ("halles", "gare", "gare"):
            await shop.till(store)
        await ledger.close()

    asyncio.run(tills())
    points, money = TOLD.format(what="launch", limit="10"), TOLD.format(what="off", limit="€20.00")
    worst = [f"{points} Worst case: 3 tills x 10 = 30.", f"{money} Worst case: 3 tills x €20.00 = €60.00."]
    asked = owner.publishes(BEYOND)
    assert asked.exit_code != 0
    assert asked.stderr.splitlines()[:2] == worst
    assert "nothing was published: add --yes" in asked.stderr
    assert owner.versions() == []
    agreed = owner.publishes(BEYOND, "--yes")
    assert agreed.exit_code == 0, agreed.stderr
    assert agreed.stdout.splitlines()[1:] == worst
    assert owner.versions() == [(1, "2025-01-01", "in_force")]


def test_check_tells_what_a_till_may_give_beyond(owner: Owner) -> None:
    """Nobody knows yet how many tills there are."""
    path = owner.folder / "p.toml"
    path.write_bytes(BEYOND)
    told = CliRunner().invoke(main, ["programme", "check", str(path), "--lang", "en"])
    assert TOLD.format(what="launch", limit="10") in told.stdout.splitlines()
    assert TOLD.format(what="off", limit="€20.00") in told.stdout.splitlines()
