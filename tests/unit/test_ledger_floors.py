"""Redemptions beyond grants at the ledger: booked as owed, counted, listed; and the command that sets their limits."""

import asyncio
import json
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from pos_app.cli.main import main
from sync.entry import Risk
from sync.floors import FLOORS, Floors
from sync.ledger.floors import SetFloors, WorstCase
from sync.ledger.outage import Conflict, ReadConflicts, ReadOffline, Since
from sync.publication import ConfigItem, is_genuine
from sync.wire import Cursor
from tests.unit.ledger_kit import START, Shop, TillSim, burn, draw, line, open_shop, promise, run

BLIND = {"risk": (Risk.OFFLINE, Risk.FLOOR)}
ALLOWED = {"risk": (Risk.OFFLINE, Risk.FLOOR, f"{Risk.SUPERVISOR}:m1")}


def floored(till: TillSim, member: int, units: int, **more: object) -> object:
    """A sale without a line that takes `units` beyond grants."""
    paid = burn(units, unsecured=units)
    return till.sale(member, (line(2000),), (promise("base", 15, till.today),), (paid,), **(BLIND | more))  # type: ignore[arg-type]


async def listed(shop: Shop) -> list[Conflict]:
    tills = (await ReadOffline(0).run(shop.ledger)).tills
    entries = tuple(Since(one.dev, one.inc, one.first) for one in tills if one.first)
    return list((await ReadConflicts(0, START.date(), entries).run(shop.ledger)).conflicts)


def test_two_tills_give_the_same_points_within_their_limits(tmp_path: Path) -> None:
    """100 owned, two tills without a line give 80 each: 100 are taken, 60 owed, no more than a till was allowed."""

    async def scenario(shop: Shop) -> None:
        one, two, member = (
            await shop.till(),
            await shop.till("gare"),
            await shop.member(opening={"points": 100}),
        )
        floored(one, member, 80)
        floored(two, member, 80, **ALLOWED)
        await one.push()
        assert (await shop.balances()).deficit == {}, "owned: nothing is owed"
        await two.push()
        held = await shop.balances()
        assert (held.burned, held.deficit) == ({"points": 160}, {"points": 60})
        found = [(c.what, c.till, c.member, c.quantity, c.cents, c.code) for c in await listed(shop)]
        first, second = one.paired.till, two.paired.till
        assert found == [
            ("overrun", "", member, 60, 300, ""),
            ("floor", first, member, 80, 400, ""),
            ("floor", second, member, 80, 400, "m1"),
        ]

    run(tmp_path, scenario)


def test_what_comes_repays_and_blocks_until_then(tmp_path: Path) -> None:
    """A debt from a redemption beyond grants is repaid by the next points, and nothing is granted before."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member(opening={"points": 10})
        floored(till, member, 30)
        await till.push()
        assert (await till.hold(member, 5)).code == "refused"
        sold = till.euros(member, 90)
        await till.push()
        till.give_back(sold.lots[0], ("points", sold.lots[0], 90))
        await till.push()
        held = await shop.balances()
        assert (held.deficit, held.available["points"]) == ({}, 70)

    run(tmp_path, scenario)


def test_a_grant_elsewhere_bears_nothing_until_it_returns(tmp_path: Path) -> None:
    """100 points in another till's grant: a redemption of 20 beyond grants is owed, and the grant stays whole."""

    async def scenario(shop: Shop) -> None:
        one, two, member = await shop.till(), await shop.till(), await shop.member()
        sold = one.euros(member, 100)
        await one.push()
        floored(two, member, 20)
        await two.push()
        held = await shop.balances()
        assert (held.granted["points"], held.deficit) == (115, {"points": 20})
        paid = burn(100, draw(sold.lots[0], sold.lots[0], 100))
        one.sale(member, (line(2000),), (promise("base", 15, one.today),), (paid,))
        await one.push()
        held = await shop.balances()
        assert (held.burned["points"], held.deficit) == (120, {"points": 20}), "both were given"

    run(tmp_path, scenario)


def test_what_was_undone_or_given_back_is_neither_owed_nor_listed(tmp_path: Path) -> None:
    """An undo lifts the debt and the line of the report; a return of the goods lifts the debt."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        till.void(floored(till, member, 30))  # type: ignore[arg-type]
        await till.push()
        assert (await shop.balances()).deficit == {}
        assert await listed(shop) == []
        sold = floored(till, member, 30)
        await till.push()
        assert (await shop.balances()).deficit == {"points": 30}
        till.refund(sold, 2000)  # type: ignore[arg-type]
        till.euros(None, 1)
        await till.push()
        assert (await shop.balances()).deficit == {}

    run(tmp_path, scenario)


def test_limits_travel_signed_and_newest_last(tmp_path: Path) -> None:
    """A change is one publication, signed by the ledger's key; the same again is none."""

    async def scenario(shop: Shop) -> None:
        till = await shop.till()
        for limits in (Floors(30, 50, 70), Floors(30, 50, 70), Floors(10, 10, 10), Floors(30, 50, 70)):
            told = await SetFloors(limits, save=True).run(shop.ledger)
            assert told == WorstCase(limits, 1, limits.till, limits.till * 5, "EUR")
        answer = await till.pull(Cursor("config", 0, 0))
        (item,) = [one for one in answer.config if one.what == FLOORS]
        assert isinstance(item, ConfigItem)
        assert is_genuine(item, till.paired.server_key)
        data = await shop.ledger.blob(item.sha256)
        assert data is not None
        assert msgspec.msgpack.decode(data, type=Floors) == Floors(30, 50, 70)
        assert (await SetFloors().run(shop.ledger)).limits == Floors(30, 50, 70)

    run(tmp_path, scenario)


def test_weighing_saves_nothing(tmp_path: Path) -> None:
    """Without `save` the owner is told the worst case only."""

    async def scenario(shop: Shop) -> None:
        await shop.till()
        await shop.till("gare")
        told = await SetFloors(Floors(30, 50, 70)).run(shop.ledger)
        assert (told.tills, told.points, told.cents) == (2, 140, 700)
        assert (await SetFloors().run(shop.ledger)).limits == Floors()

    run(tmp_path, scenario)


class Owner:
    """The command on a resting ledger with two tills."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

        async def prepare() -> None:
            async with open_shop(folder) as shop:
                await shop.till()
                await shop.till("gare")

        asyncio.run(prepare())

    def does(self, *options: str) -> Result:
        args = ["ledger", "floors", "--db", str(self.folder / "ledger.db"), "--lang", "en", *options]
        return CliRunner().invoke(main, args)


@pytest.mark.engines("sqlite")
def test_the_worst_case_is_shown_and_asked_before_it_is_saved(tmp_path: Path) -> None:
    """Without a terminal and --yes nothing is saved; with it the limits hold; off needs no leave."""
    owner = Owner(tmp_path)
    assert "Nothing is given beyond grants" in owner.does().stdout
    numbers = ("--ticket", "100", "--member", "200", "--till", "1000")
    refused = owner.does(*numbers)
    assert refused.exit_code == 2
    assert "Worst case: 2 tills x 1,000 = 2,000 points, up to €100.00 in rewards." in refused.stderr
    assert "add --yes" in refused.stderr
    assert "Nothing is given beyond grants" in owner.does().stdout
    saved = owner.does(*numbers, "--yes")
    assert saved.exit_code == 0
    assert "Worst case: 2 tills x 1,000" in saved.stdout
    facts = json.loads(owner.does("--json").stdout)
    limits = {"ticket": 100, "member": 200, "till": 1000, "new_days": 30, "stale_days": 7}
    assert facts["limits"] == {**limits, "number": None, "signed": None, "lease": None}
    assert (facts["tills"], facts["points"], facts["cents"]) == (2, 2000, 10000)
    assert owner.does("--stale-days", "3", "--yes").exit_code == 0
    assert json.loads(owner.does("--json").stdout)["limits"]["stale_days"] == 3
    assert owner.does("--till", "0", "--number", "500").exit_code == 0
    assert json.loads(owner.does("--json").stdout)["limits"]["number"] == 500
    assert "Nothing is given beyond grants" in owner.does().stdout
