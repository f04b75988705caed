"""What tills without a line give beyond a budget: lent ahead, owed by the campaign, at most tills times allowance."""

import random
from datetime import date
from pathlib import Path

import pytest

from sync.entry import Draw, Risk
from sync.ledger.outage import ReadConflicts, Since
from sync.ledger.shop import Shop as ShopFolder
from sync.ledger.shop_programmes import ProgrammeFile
from sync.ledger.shop_publish import worst_cases
from sync.shares import campaign_account, overrun_asset, store_account
from tests.unit.ledger_kit import HEAD, Shop, TillSim, line, looking, promise, run
from tests.unit.rule_texts import LAUNCH
from tests.unit.test_ledger_shares import BUDGET, counted, pulled, share, undone

TEXT = f"""{LAUNCH}overrun = 10

[[rule]]
id = "pay"
kind = "burn.money"
points = 100
value = 5.00
"""
CAMPAIGN = HEAD + TEXT.encode()
ACCOUNT, BEYOND = campaign_account("bakery"), overrun_asset(BUDGET)


class Cut:
    """A till that goes by what it was lent: its share first, then beyond it."""

    def __init__(self, till: TillSim) -> None:
        self.till = till
        self.used: dict[tuple[str, str], int] = {}

    def left(self) -> int:
        """What it may still give."""
        return sum(self._rests(BUDGET).values()) + sum(self._rests(BEYOND).values())

    def give(self, member: int, units: int) -> int:
        """A sale that gives as much of `units` as it may; how much."""
        draws = []
        for asset in (BUDGET, BEYOND):
            for (grant, lot), rest in self._rests(asset).items():
                part = min(rest, units - sum(one.quantity for one in draws))
                if part:
                    draws.append(Draw(grant, asset, lot, part))
                    self.used[grant, lot] = self.used.get((grant, lot), 0) + part
        given = sum(one.quantity for one in draws)
        promised = (promise("launch", given, self.till.today),) if given else ()
        self.till.sale(member, (line(units * 100),), promised, shared=tuple(draws), risk=(Risk.OFFLINE,))
        return given

    def _rests(self, asset: str) -> dict[tuple[str, str], int]:
        return {key: units - self.used.get(key, 0) for key, units in share(self.till, asset).items()}


async def lent(shop: Shop, tills: list[TillSim]) -> None:
    """What an hour brings: everything is lent, and the tills have fetched it."""
    await shop.ledger.fund_days()
    await pulled(shop, tills)


async def owed(shop: Shop) -> int:
    """What the campaign owes."""
    data = await looking(shop.ledger._storage).member_data(ACCOUNT)
    return sum(debt.quantity for debt in data.owed)


def test_two_tills_cut_off_exceed_a_budget_by_their_allowances_at_most(tmp_path: Path) -> None:
    """Both give all they may, again after every contact: 100 of the budget and 10 each, and no more however often."""

    async def scenario(shop: Shop) -> None:
        cut = [Cut(await shop.till("halles")), Cut(await shop.till("gare"))]
        member, given = await shop.member(), 0
        for turn in range(6):
            await lent(shop, [one.till for one in cut])
            if turn == 0:
                assert [one.left() for one in cut] == [35, 35], "a quarter of the budget, and ten beyond it"
            given += sum(one.give(member, 90) for one in cut)
            for one in cut:
                await one.till.push()
        assert given == 120
        assert await owed(shop) == 20
        assert (await shop.balances(member)).honoured == {}

    run(tmp_path, scenario, CAMPAIGN)


@pytest.mark.parametrize("seed", range(3))
def test_whatever_the_order_of_sales_and_contacts_the_bound_holds(tmp_path: Path, seed: int) -> None:
    """Tills come, sell, undo, push and pull as it happens; a new version adds to the budget or takes from it."""

    async def scenario(shop: Shop) -> None:
        rng, member, total, given = random.Random(seed), await shop.member(), 100, 0
        cut = [Cut(await shop.till(store)) for store in ("halles", "gare")]
        for step in range(20):
            one, what = rng.choice(cut), rng.random()
            if what < 0.4:
                given += one.give(member, rng.randrange(1, 25))
            elif what < 0.6:
                await one.till.push()
            elif what < 0.95:
                await lent(shop, [one.till])
            elif len(cut) < 3:
                cut.append(Cut(await shop.till("halles")))
            else:
                total += rng.randrange(40)
                text = TEXT.replace("budget = 100", f"budget = {total}").encode()
                head = HEAD.replace(b"version = 1", b"version = %d" % (step + 2))
                await shop.ledger.publish("programme", "bakery", head + text, date(2025, 1, 1))
            assert given <= total + 10 * len(cut)
        for one in cut:
            await one.till.push()
        free, held, burned = await counted(shop, ACCOUNT, BUDGET)
        assert burned + await owed(shop) == given
        assert (free + held + burned, await owed(shop) <= 10 * len(cut)) == (total, True)

    run(tmp_path, scenario, CAMPAIGN)


def test_what_the_budget_repaid_is_lent_anew(tmp_path: Path) -> None:
    """A till that was cut off has its whole allowance again once the rest of the budget paid for it."""

    async def scenario(shop: Shop) -> None:
        till = await shop.till()
        one, member = Cut(till), await shop.member()
        await lent(shop, [till])
        assert one.give(member, 60) == 60
        await till.push()
        assert (await owed(shop), await counted(shop, ACCOUNT, BUDGET)) == (0, (40, 0, 60))
        await lent(shop, [till])
        assert one.left() == 20 + 10

    run(tmp_path, scenario, CAMPAIGN)


def test_an_undone_ticket_owes_nothing_beyond(tmp_path: Path) -> None:
    """Whether the campaign had units for it or not, it is lent anew; nothing is there twice."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        for free in (50, 0):  # at first the rest of the budget repays it, then nothing does
            await lent(shop, [till])
            before = await counted(shop, ACCOUNT, BUDGET)
            assert before[0] == free
            grant, lot = list(share(till, BEYOND))[-1]
            await undone(till, member, Draw(grant, BEYOND, lot, 10))
            assert (await owed(shop), await counted(shop, ACCOUNT, BUDGET)) == (0, before)
            await lent(shop, [till])
            assert (await counted(shop, ACCOUNT, BEYOND))[:2] == (0, 10)
            smaller = CAMPAIGN.replace(b"version = 1", b"version = 2").replace(b"= 100\nover", b"= 50\nover")
            await shop.ledger.publish("programme", "bakery", smaller, date(2025, 1, 1))

    run(tmp_path, scenario, CAMPAIGN)


def test_a_daily_limit_may_be_gone_beyond_each_day(tmp_path: Path) -> None:
    """Every till of the store is lent it for each of the days to come."""
    moving = CAMPAIGN + b'\n[transition]\nfrom = "old"\nburn_limit = 1000\noverrun = 50\n'

    async def scenario(shop: Shop) -> None:
        tills = [await shop.till("halles"), await shop.till("halles"), await shop.till("gare")]
        for _ in range(2):
            await lent(shop, tills)
        for day in (2, 3, 4):
            asset = overrun_asset(f"limit:transition:2026-03-0{day}")
            assert await counted(shop, store_account("halles"), asset) == (0, 100, 0)
            assert [sum(share(till, asset).values()) for till in tills] == [50, 50, 50]

    run(tmp_path, scenario, moving)


def test_the_outage_report_says_what_it_cost(tmp_path: Path) -> None:
    """What the campaign still owes, at the rate of the reward that points buy; 20 points are 1.00."""

    async def scenario(shop: Shop) -> None:
        cut = [Cut(await shop.till("halles")), Cut(await shop.till("gare"))]
        member = await shop.member()
        for _ in range(6):
            await lent(shop, [one.till for one in cut])
            for one in cut:
                one.give(member, 90)
                await one.till.push()
        entries = tuple(Since(one.till.paired.dev, one.till.paired.inc, 1) for one in cut)
        told = (await ReadConflicts(0, date.min, entries).run(shop.ledger)).conflicts
        assert [(one.what, one.member, one.asset, one.quantity, one.cents) for one in told] == [
            ("overrun", 0, BUDGET, 20, 100)
        ]

    run(tmp_path, scenario, CAMPAIGN)


def test_a_shop_folder_that_allows_it_is_told_at_the_start(tmp_path: Path) -> None:
    """Nobody is asked there: each allowance and the worst case of the tills there are stand in the log."""
    money = '\n[[rule]]\nid = "off"\nkind = "burn.money"\npoints = 10\nvalue = 1.00\nbudget = 50.00\noverrun = 2.50\n'
    files = [
        ProgrammeFile("programme.toml", HEAD + text.encode(), date(2025, 1, 1), {})
        for text in (TEXT + money, TEXT.replace("overrun = 10\n", ""))
    ]

    async def scenario(shop: Shop) -> None:
        assert [await shop.till(), await shop.till()]
        told, nothing = [
            await worst_cases(shop.ledger, ShopFolder("c", "UTC", "29", 13, (), (file,), (), (), ()))
            for file in files
        ]
        assert nothing == []
        assert [text.partition(": ")[2].partition(":")[0] for text in told] == [
            "a till without a line may give 10 beyond budget",
            "a till without a line may give 2.50 EUR beyond budget",
        ]
        assert "all 2 tills of today 20: " in told[0]
        assert "all 2 tills of today 5.00 EUR: " in told[1]

    run(tmp_path, scenario)
