"""Budgets, counted gifts and daily limits: tills hold shares of them, and together never give more than there is."""

import asyncio
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from rules.programme.load import load_programme
from sync.chain import tail
from sync.entry import Draw, EntryKind, MoveTicketBody, decode
from sync.ledger.caller import LedgerRefusal
from sync.ledger.port import Transaction
from sync.ledger.programmes import WithdrawProgramme
from sync.ledger.shares import count_gift
from sync.ledger.stock import CountGift, Stock
from sync.shares import campaign_account, store_account
from tests.unit.ledger_kit import HEAD, Shop, TillSim, line, looking, promise, run
from tests.unit.rule_texts import LAUNCH
from tests.unit.test_ledger_leases import asked_back, reviewed

CAMPAIGN = (
    HEAD
    + LAUNCH.encode()
    + b"""
[[rule]]
id = "shop"
kind = "burn.gift"
gifts = [{ id = "mug", points = 50, stock = "store" }]
"""
)
BUDGET = "budget:launch"


async def pulled(shop: Shop, tills: list[TillSim]) -> None:
    """Shares are given out, and the tills have fetched theirs."""
    await reviewed(shop)
    for till in tills:
        await asked_back(till)


def share(till: TillSim, asset: str = BUDGET) -> dict[tuple[str, str], int]:
    """By grant and lot, what the till was given of a counter."""
    pieces = [(grant.id, piece) for grant in till.grants for piece in grant.slices if piece.asset == asset]
    return {(grant, piece.lot): piece.quantity for grant, piece in pieces}


def give(till: TillSim, member: int, units: int) -> None:
    """A ticket whose points all come out of the till's share of the budget."""
    left, draws = units, []
    for (grant, lot), quantity in share(till).items():
        part = min(left, quantity)
        draws.append(Draw(grant, BUDGET, lot, part))
        left -= part
    lines = (line(units * 100),)
    till.sale(member, lines, (promise("launch", units, till.today),), shared=tuple(draws))


async def undone(till: TillSim, member: int, draw: Draw) -> None:
    """A ticket that takes `draw` out of what the till was given, undone before it is pushed."""
    points = draw.quantity
    sold = till.sale(member, (line(points * 100),), (promise("launch", points, till.today),), shared=(draw,))
    till.void(sold)
    await till.push()


async def counted(shop: Shop, account: int, asset: str) -> tuple[int, int, int]:
    """(free, at tills, given) of a counter."""
    lots = [lot for lot in await looking(shop.ledger._storage).all_lots(account) if lot.asset == asset]
    return (
        sum(lot.available for lot in lots),
        sum(lot.granted for lot in lots),
        sum(lot.burned for lot in lots),
    )


def test_cut_off_tills_never_overspend_a_budget(tmp_path: Path) -> None:
    """What tills may give without a line adds up to less than the budget, however they spend it."""

    async def scenario(shop: Shop) -> None:
        tills = [await shop.till("halles"), await shop.till("gare")]
        member = await shop.member()
        await pulled(shop, tills)
        assert [sum(share(till).values()) for till in tills] == [25, 25]
        for till in tills:
            give(till, member, 25)
        for till in tills:
            await till.push()
        campaign = campaign_account("bakery")
        assert await counted(shop, campaign, BUDGET) == (50, 0, 50)
        await pulled(shop, tills)
        assert [sum(share(till).values()) - 25 for till in tills] == [12, 12]
        books = await shop.balances(member)
        assert (books.earned, books.honoured) == ({"points": 100}, {}), (
            "fifty of the campaign, fifty of the base"
        )

    run(tmp_path, scenario, CAMPAIGN)


@pytest.mark.engines("postgres")
def test_shares_are_given_without_waiting_in_a_circle(tmp_path: Path) -> None:
    """Who reviews a counter holds the tills before its account, as a push does."""

    async def scenario(shop: Shop) -> None:
        till = await shop.till()
        account = campaign_account("bakery")

        async def push(tx: Transaction) -> asyncio.Task[None]:
            await tx.incarnation(till.paired.dev, till.paired.inc)
            review = asyncio.create_task(reviewed(shop))
            await asyncio.sleep(0.3)  # it waits for the till by now
            async with asyncio.timeout(0.5):  # PostgreSQL breaks a circle after a second
                await tx.member(account)
            return review

        await (await shop.ledger._storage.write(push))
        await asked_back(till)
        assert sum(share(till).values()) == 50

    run(tmp_path, scenario, CAMPAIGN)


def test_a_copied_till_overspends_by_its_share_at_most(tmp_path: Path) -> None:
    """What is given beyond every share is owed to the campaign, and nobody else's share pays for it."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        await pulled(shop, [till])
        give(till, member, 50)
        give(till, member, 50)
        await till.push()
        data = await looking(shop.ledger._storage).member_data(campaign_account("bakery"))
        assert sum(debt.quantity for debt in data.owed) == 0, "what was still free paid for it"
        assert await counted(shop, campaign_account("bakery"), BUDGET) == (0, 0, 100)

    run(tmp_path, scenario, CAMPAIGN)


def test_an_undone_ticket_gives_its_share_back_to_the_till(tmp_path: Path) -> None:
    """The share is in the same slices again: nothing of the budget is lost, nothing is there twice."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        await pulled(shop, [till])
        [(grant, lot)] = share(till)
        await undone(till, member, Draw(grant, BUDGET, lot, 30))
        assert await counted(shop, campaign_account("bakery"), BUDGET) == (50, 50, 0)

    run(tmp_path, scenario, CAMPAIGN)


def test_a_new_version_changes_the_budget(tmp_path: Path) -> None:
    """More is added, less is taken from what is free; what tills hold stays theirs."""

    async def scenario(shop: Shop) -> None:
        till = await shop.till()
        await pulled(shop, [till])
        campaign = campaign_account("bakery")
        for version, budget, free in ((2, 160, 110), (3, 70, 20), (4, 10, 0)):
            text = CAMPAIGN.replace(b"budget = 100", b"budget = %d" % budget)
            text = text.replace(b"version = 1", b"version = %d" % version)
            await shop.ledger.publish("programme", "bakery", text, date(2026, version, 1))
            assert (await counted(shop, campaign, BUDGET))[:2] == (free, 50)

    run(tmp_path, scenario, CAMPAIGN)


def test_gifts_are_handed_out_as_far_as_they_are_there(tmp_path: Path) -> None:
    """A store counts its own gifts; the count replaces the one before, wherever the gifts are."""

    async def scenario(shop: Shop) -> None:
        till, other = await shop.till("halles"), await shop.till("gare")
        programme, gift = load_programme(CAMPAIGN), "gift:shop.mug"
        own = store_account("halles")
        await shop.ledger.write(lambda work: count_gift(work, programme, "halles", gift, 4))
        await pulled(shop, [till, other])
        assert sum(share(till, gift).values()) == 2
        assert share(other, gift) == {}
        await shop.ledger.write(lambda work: count_gift(work, programme, "halles", gift, 7))
        assert await counted(shop, own, gift) == (5, 2, 0)

    run(tmp_path, scenario, CAMPAIGN)


def test_the_owner_counts_a_gift(tmp_path: Path) -> None:
    """What was counted is free, at a till or handed out; a gift or store that is not there is named."""

    async def scenario(shop: Shop) -> None:
        till = await shop.till("halles")
        assert (await CountGift("halles", "shop.mug", 4).run(shop.ledger)).gifts == (
            Stock("shop.mug", 4, 0, 0),
        )
        await pulled(shop, [till])
        assert (await CountGift("halles").run(shop.ledger)).gifts == (Stock("shop.mug", 2, 2, 0),)
        with pytest.raises(LedgerRefusal, match=r"there are: shop\.mug"):
            await CountGift("halles", "cup", 1).run(shop.ledger)
        with pytest.raises(LedgerRefusal, match="no store nowhere"):
            await CountGift("nowhere").run(shop.ledger)

    run(tmp_path, scenario, CAMPAIGN)


def moving(version: int, limit: int, since: date = date(2025, 1, 1)) -> bytes:
    """A version that limits what a store redeems in a day."""
    text = CAMPAIGN.replace(b"version = 1", b"version = %d" % version)
    text = text.replace(b"2025-01-01", since.isoformat().encode())
    return text + b'\n[transition]\nfrom = "old"\nburn_limit = %d\n' % limit


async def limits(shop: Shop) -> dict[str, int]:
    """What a store may redeem, by day of March."""
    lots = await looking(shop.ledger._storage).all_lots(store_account("halles"))
    found: dict[str, int] = {}
    for lot in lots:
        found[lot.asset[-2:]] = found.get(lot.asset[-2:], 0) + lot.quantity
    return found


def test_a_daily_limit_is_there_for_the_days_to_come(tmp_path: Path) -> None:
    """Each day has its own limit, from the publication on, given out ahead and once."""

    async def scenario(shop: Shop) -> None:
        for _ in range(2):
            assert await limits(shop) == {"02": 1000, "03": 1000, "04": 1000}
            await shop.ledger.fund_days()

    run(tmp_path, scenario, moving(1, 1000))


def test_a_daily_limit_is_there_before_its_first_day(tmp_path: Path) -> None:
    """A till whose line is down on the morning of the move has its share: the programme of each day ahead counts."""

    async def scenario(shop: Shop) -> None:
        till, new = await shop.till(), moving(2, 1000, date(2026, 3, 3))
        await shop.ledger.publish("programme", "bakery", new, date(2026, 3, 3))
        assert await limits(shop) == {"03": 1000, "04": 1000}
        await pulled(shop, [till])
        assert sum(share(till, "limit:transition:2026-03-03").values()) == 500

    run(tmp_path, scenario, CAMPAIGN)


def test_a_corrected_daily_limit_holds_at_once(tmp_path: Path) -> None:
    """Less is taken from what is free, more is added; with the withdrawal the limit before holds again."""

    async def scenario(shop: Shop) -> None:
        new = moving(2, 200, date(2026, 3, 3))
        await shop.ledger.publish("programme", "bakery", new, date(2026, 3, 3))
        assert await limits(shop) == {"02": 1000, "03": 200, "04": 200}
        await WithdrawProgramme("bakery", 2).run(shop.ledger)
        assert await limits(shop) == {"02": 1000, "03": 1000, "04": 1000}

    run(tmp_path, scenario, moving(1, 1000))


def test_a_corrected_daily_limit_leaves_tills_what_they_hold(tmp_path: Path) -> None:
    """Only what is free can go at once; what comes back from a till is not given out again."""

    async def scenario(shop: Shop) -> None:
        till, today = await shop.till(), "limit:transition:2026-03-02"
        await pulled(shop, [till])
        [((grant, lot), held)] = share(till, today).items()
        assert held == 500
        await shop.ledger.publish("programme", "bakery", moving(2, 200), date(2025, 1, 1))
        assert (await limits(shop))["02"] == 500
        till.give_back(grant, (today, lot, 400))
        await till.push()
        await shop.ledger.fund_days()
        assert (await limits(shop))["02"] == 200

    run(tmp_path, scenario, moving(1, 1000))


def test_what_a_ticket_took_is_free_when_it_moves(tmp_path: Path) -> None:
    """The other member gets nothing of the campaign by it, and nobody's budget is used up."""

    async def scenario(shop: Shop) -> None:
        till = await shop.till("halles")
        await shop.member(7)
        await shop.member(8)
        await pulled(shop, [till])
        give(till, 7, 25)
        seal = tail(till.written[-1][1])
        await till.push()
        account = campaign_account("bakery")
        free, held, given = await counted(shop, account, BUDGET)
        number, ticket = f"{till.paired.dev}-1-{till.head.seq}", decode(till.written[-1][0]).ticket
        body = MoveTicketBody("halles", "camille", number, seal, 8)
        till.write(EntryKind.MOVE_TICKET, body, ticket=ticket, member=7)
        await till.push()
        assert await counted(shop, account, BUDGET) == (free + given, held, 0)
        assert await shop.faults() == []

    run(tmp_path, scenario, CAMPAIGN)


def test_in_the_evening_in_the_west_a_till_still_gets_of_the_day_s_limit(tmp_path: Path) -> None:
    """In UTC it is tomorrow already; the store's day goes on."""

    async def scenario(shop: Shop) -> None:
        await shop.ledger.add_store("halles", "Halles", "America/Los_Angeles")
        shop.clock.ms = int(datetime(2026, 3, 3, 3, tzinfo=UTC).timestamp() * 1000)
        await shop.ledger.fund_days()
        till = await shop.till("halles")
        await pulled(shop, [till])
        assert sum(share(till, "limit:transition:2026-03-02").values()) == 500

    run(tmp_path, scenario, moving(1, 1000))
