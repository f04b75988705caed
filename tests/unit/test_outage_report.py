"""`assidu report outage`: two tills cut off for three days, and what the manager is told afterwards."""

import asyncio
import csv
import io
import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner

from pos_app.cli.main import main
from sync.entry import RefundLine, Risk
from sync.ledger.devices import WriteOffDevice
from sync.ledger.outage import Conflict, ReadConflicts, ReadOffline, Since, merged
from tests.unit.ledger_kit import START, Shop, burn, draw, line, open_shop, promise, run

OFFLINE = {"risk": (Risk.OFFLINE,)}


async def outage(shop: Shop) -> int:
    """A till keeps a promise that is too high, another one is written off and had spent its points; one entry waits."""
    kept, lost = await shop.till("halles"), await shop.till("gare")
    first, second = await shop.member(7), await shop.member(8)
    sold = lost.euros(second, 100)
    await lost.push()
    kept.euros(first, 1)
    await kept.push()
    shop.clock.advance(days=1)
    since = shop.clock.ms
    shop.clock.advance(hours=1)
    kept.sale(first, (line(500),), (promise("base", 10, kept.today),), **OFFLINE)
    shop.clock.advance(hours=10)
    kept.sale(None, (line(250),), **OFFLINE)
    kept.write("TELEPORT", msgspec.Raw(b"{}"), member=9)
    paid = burn(100, draw(sold.lots[0], sold.lots[0], 100))
    lost.sale(second, (line(600),), (promise("base", 1, lost.today),), (paid,), **OFFLINE)
    shop.clock.advance(hours=61)
    await kept.push()
    await WriteOffDevice(lost.paired.dev, go=True).run(shop.ledger)
    held = (await kept.hold(second, 100)).grants[-1]
    paid = burn(100, draw(held.id, sold.lots[0], 100))
    kept.sale(second, (line(600),), (promise("base", 1, kept.today),), (paid,))
    await kept.push()
    await lost.push()
    return since


def told(since: int, folder: Path, *options: str) -> str:
    """What the command prints on the resting ledger."""
    args = ["report", "outage", "--since", "2026-03-03", "--db", str(folder / "ledger.db"), *options]
    done = CliRunner().invoke(main, args, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_what_was_accepted_and_what_conflicted(tmp_path: Path) -> None:
    """On both engines: tickets, cents and hours by till; honoured, overrun, waiting and freed with their worth."""

    async def scenario(shop: Shop) -> None:
        since = await outage(shop)
        tills = (await ReadOffline(since).run(shop.ledger)).tills
        assert [(one.store, one.tickets, one.cents, one.first) for one in tills] == [
            ("halles", 2, 750, 2),
            ("gare", 1, 600, 2),
        ]
        assert [end - start for start, end in tills[0].spans] == [71 * 3_600_000]
        entries = tuple(Since(one.dev, one.inc, one.first) for one in tills)
        found = (await ReadConflicts(since, START.date(), entries).run(shop.ledger)).conflicts
        assert [(one.what, one.member, one.asset, one.quantity, one.cents) for one in found] == [
            ("honoured", 7, "points", 5, 25),
            ("overrun", 8, "points", 100, 500),
            ("waits", 9, "", 0, None),
            ("freed", 8, "points", 100, 500),
        ]
        before = (await ReadConflicts(since, START.date(), ()).run(shop.ledger)).conflicts
        assert {one.what for one in before} == {"waits", "freed"}

    run(tmp_path, scenario)


@pytest.fixture
def ledger(tmp_path: Path) -> int:
    """A resting ledger after the outage; when it began."""

    async def prepare() -> int:
        async with open_shop(tmp_path) as shop:
            return await outage(shop)

    return asyncio.run(prepare())


@pytest.mark.engines("sqlite")
def test_the_page_the_csv_and_the_json_tell_the_same(tmp_path: Path, ledger: int) -> None:
    """Stores, costs and members to call; never a name, in either language."""
    page = told(ledger, tmp_path, "--lang", "en")
    assert "halles        2   €7.50   71.0" in page
    assert "8: owes what was given beyond the balance" in page
    assert "7:" not in page  # what was kept is the shop's affair
    assert "Membres à appeler" in told(ledger, tmp_path, "--lang", "fr")
    facts: dict[str, Any] = json.loads(told(ledger, tmp_path, "--json"))
    assert facts["offline"][1] == {"store": "halles", "tickets": 2, "cents": 750, "hours": 71.0}
    assert {(one["what"], one["quantity"], one["cents"]) for one in facts["cost"]} == {
        ("honoured", 5, 25),
        ("overrun", 100, 500),
        ("freed", 100, 500),
    }
    assert [one["member"] for one in facts["call"]] == [8, 9]
    rows = list(csv.DictReader(io.StringIO(told(ledger, tmp_path, "--csv"))))
    assert [row["what"] for row in rows] == ["offline", "offline", "honoured", "overrun", "waits", "freed"]
    assert rows[1]["hours"] == "71.0"


@pytest.mark.engines("sqlite")
def test_a_quiet_week_says_so(tmp_path: Path) -> None:
    """No tills, no conflicts: sentences, not empty tables."""

    async def prepare() -> None:
        async with open_shop(tmp_path):
            pass

    asyncio.run(prepare())
    page = told(0, tmp_path, "--lang", "en")
    assert (page.count("Nothing."), page.count("Nobody.")) == (2, 1)


def test_spans_are_counted_once() -> None:
    """Two tills without a line at the same time are one outage of their store."""
    assert merged([(5, 9), (1, 3), (2, 4), (9, 10)]) == [(1, 4), (5, 10)]


async def conflicts(shop: Shop, since: int) -> dict[str, Conflict]:
    """What the report says of all that arrived since then, by kind."""
    tills = [one for one in (await ReadOffline(since).run(shop.ledger)).tills if one.first]
    entries = tuple(Since(one.dev, one.inc, one.first) for one in tills)
    day = min(one.day for one in tills)
    return {one.what: one for one in (await ReadConflicts(since, day, entries).run(shop.ledger)).conflicts}


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/Los_Angeles"])
def test_a_store_anywhere_in_the_world_is_told_of(tmp_path: Path, zone: str) -> None:
    """The first sale after midnight in UTC is still of the day before in the west, and its promise is kept there."""

    async def scenario(shop: Shop) -> None:
        await shop.ledger.add_store("halles", "Halles", zone)
        till, member = await shop.till("halles"), await shop.member()
        shop.clock.ms = int(datetime(2026, 3, 5, 1, tzinfo=UTC).timestamp() * 1000)
        since = shop.clock.ms - 3_600_000
        till.sale(member, (line(500),), (promise("base", 10, till.today),), **OFFLINE)
        shop.clock.advance(hours=2)
        await till.push()
        assert (await conflicts(shop, since))["honoured"].quantity == 5

    run(tmp_path, scenario)


def test_goods_that_came_back_are_no_overrun(tmp_path: Path) -> None:
    """What a return finds spent is owed as well, but nobody gave it beyond what there was."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        sold = till.euros(member, 100)
        await till.push()
        spent = burn(100, unsecured=100)
        till.sale(member, (line(600),), (), (spent,), risk=(Risk.OFFLINE, Risk.FLOOR))
        await till.push()
        before = (await conflicts(shop, 0))["overrun"].quantity
        till.refund(sold, 10_000, RefundLine(0, 10_000, Decimal(1)))
        await till.push()
        assert (await conflicts(shop, 0))["overrun"].quantity == before

    run(tmp_path, scenario)
