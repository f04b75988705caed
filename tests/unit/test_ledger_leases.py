"""Leases: what a member may need at the usual store without a line lies there before (ledger-and-sync.md 4.7)."""

from pathlib import Path

import pytest

from sync.floors import Floors
from sync.ledger.daily import catch_up
from sync.ledger.devices import WriteOffDevice
from sync.ledger.floors import SetFloors
from sync.ledger.records import Visits
from sync.ledger.sizing import DAY_MS, HALF_LIFE_MS, homes, shares, visited
from sync.wire import Cursor, PullRequest
from tests.unit.ledger_kit import Shop, TillSim, burn, draw, line, run


async def reviewed(shop: Shop) -> None:
    """All leases as they should be now."""
    while await shop.ledger.review_leases(50):
        pass


async def asked_back(till: TillSim) -> tuple[str, ...]:
    """Pull as a till does: take what is granted; the grants that the ledger wants back."""
    cursor = Cursor(f"device:{till.paired.dev}", 1, 0)
    answer = await till.shop.ledger.pull(till.device, PullRequest((cursor,), 1 << 20, till.last_gno))
    till.take(answer.grants)
    return answer.recalls


async def earn_and_return(till: TillSim, member: int, euros: int) -> None:
    """A sale whose points are free again: the till has given its birth grant back."""
    sold = till.euros(member, euros)
    await till.push()
    till.give_back(sold.lots[0], ("points", sold.lots[0], euros))
    await till.push()


def held(till: TillSim) -> int:
    """Points in the leases that the till has received."""
    return sum(piece.quantity for grant in till.grants if grant.kind == "lease" for piece in grant.slices)


def spend(till: TillSim, member: int) -> None:
    """Burn all that the till was leased, without a line."""
    draws = [draw(grant.id, piece.lot, piece.quantity) for grant in till.grants for piece in grant.slices]
    if draws:
        till.sale(member, (line(1000),), (), (burn(sum(one.quantity for one in draws), *draws),))


def test_a_lone_till_holds_the_cheapest_reward(tmp_path: Path) -> None:
    """Whoever has enough for a reward can have it in a shop with one till whose line is down, at any clock."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        await earn_and_return(till, member, 120)
        await reviewed(shop)
        assert await asked_back(till) == ()
        assert held(till) == 100
        shop.clock.advance(days=20)
        spend(till, member)
        await till.push()
        books = await shop.balances(member)
        assert (books.burned, books.deficit) == ({"points": 100}, {})

    run(tmp_path, scenario)


def test_too_little_for_any_reward_is_left_free(tmp_path: Path) -> None:
    """Points that buy nothing yet stay free for every store."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        await earn_and_return(till, member, 99)
        await reviewed(shop)
        await asked_back(till)
        assert held(till) == 0

    run(tmp_path, scenario)


def test_two_cut_off_tills_never_give_the_same_points(tmp_path: Path) -> None:
    """A lease lives on one till of one store; what the others may spend is what is left."""

    async def scenario(shop: Shop) -> None:
        tills = [await shop.till(store) for store in ("halles", "halles", "gare", "gare")]
        member = await shop.member()
        for n in range(4):
            await earn_and_return(tills[n % 3], member, 60)
        await reviewed(shop)
        for till in tills:
            await asked_back(till)
        assert sum(map(held, tills)) <= 240 * 70 // 100
        assert [held(till) for till in tills].count(100) == 1
        for till in tills:  # each spends all it holds, none has heard of the others
            spend(till, member)
        for till in tills:
            await till.push()
        assert (await shop.balances(member)).deficit == {}

    run(tmp_path, scenario)


def test_the_only_till_of_a_store_holds_the_cheapest_reward(tmp_path: Path) -> None:
    """In a chain of many stores too: there is no neighbour whom it could ask when the line is down."""

    async def scenario(shop: Shop) -> None:
        tills, member = [await shop.till("halles"), await shop.till("gare")], await shop.member()
        for euros, till in zip((50, 20, 50), (tills[0], tills[1], tills[0]), strict=True):
            await earn_and_return(till, member, euros)
        await reviewed(shop)
        for till in tills:
            await asked_back(till)
        assert [held(till) for till in tills] == [100, 0]

    run(tmp_path, scenario)


def test_the_only_till_of_a_chain_holds_what_its_member_usually_redeems(tmp_path: Path) -> None:
    """Nothing stays free for a store that has no till any more, however often the member was there."""

    async def scenario(shop: Shop) -> None:
        till, gone = await shop.till("halles"), await shop.till("gare")
        member = await shop.member()
        for one, euros in ((till, 200), (gone, 100), (gone, 100)):
            await earn_and_return(one, member, euros)
        granted = (await till.hold(member, 200)).grants[0]
        spent = burn(200, *[draw(granted.id, piece.lot, piece.quantity) for piece in granted.slices])
        till.sale(member, (line(1000),), (), (spent,))
        await till.push()
        await WriteOffDevice(gone.paired.dev, go=True).run(shop.ledger)
        await reviewed(shop)
        await asked_back(till)
        assert held(till) == 200

    run(tmp_path, scenario)


def test_what_another_till_needs_is_asked_back(tmp_path: Path) -> None:
    """A lease elsewhere is said, recalled, and free for the one who asks as soon as its till has returned it."""

    async def scenario(shop: Shop) -> None:
        usual, other = await shop.till("halles"), await shop.till("gare")
        member = await shop.member()
        for _ in range(3):
            await earn_and_return(usual, member, 50)
        await reviewed(shop)
        await asked_back(usual)
        assert held(usual) == 100
        answer = await other.hold(member, 100)
        assert (answer.code, answer.elsewhere) == ("partial", {"points": 100})
        [lease] = await asked_back(usual)
        piece = usual.grants[-1].slices[0]
        pieces = [("points", one.lot, one.quantity) for one in usual.grants[-1].slices]
        assert lease == usual.grants[-1].id
        assert piece.quantity
        usual.give_back(lease, *pieces)
        await usual.push()
        assert await asked_back(usual) == ()
        again = await other.hold(member, 50, ticket="t2")
        assert again.code == "granted"

    run(tmp_path, scenario)


def test_what_is_taken_back_of_a_lease_is_shown_to_nobody_and_asked_back(tmp_path: Path) -> None:
    """Goods come back whose points another till holds: they count as gone at once, and come home to pay."""

    async def scenario(shop: Shop) -> None:
        tills = [await shop.till(), await shop.till()]
        member = await shop.member()
        await earn_and_return(tills[0], member, 80)
        await earn_and_return(tills[0], member, 70)
        await reviewed(shop)
        assert [await asked_back(till) for till in tills] == [(), ()]
        other, usual = sorted(tills, key=held)
        assert (held(other), held(usual)) == (0, 100)
        other.refund(f"{tills[0].paired.dev}-{tills[0].paired.inc}-1", 8_000)
        await other.push()
        books = await shop.balances(member)
        assert (books.balance(), books.waiting, books.deficit) == (70, {"points": 80}, {})
        row = (await other.pull()).members[0]
        assert (row.account.balance, row.available, row.elsewhere) == (
            {"points": 70},
            {"points": 50},
            {"points": 20},
        )
        assert sum(lot.quantity for lot in row.account.holdings) == 70
        await reviewed(shop)
        lease = usual.grants[-1]
        assert await asked_back(usual) == (lease.id,)
        usual.give_back(lease.id, *[("points", piece.lot, piece.quantity) for piece in lease.slices])
        await usual.push()
        books = await shop.balances(member)
        assert (books.available, books.waiting, books.clawed) == ({"points": 70}, {}, {"points": 80})
        assert books.deficit == {}

    run(tmp_path, scenario)


def test_a_lease_that_lapses_is_asked_back_and_expires(tmp_path: Path) -> None:
    """Expiry never touches a lease: the till returns it, then the centre lets it lapse."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        await earn_and_return(till, member, 120)
        await reviewed(shop)
        await asked_back(till)
        lease = till.grants[-1]
        shop.clock.advance(days=370)
        till.euros(member, 1)
        await till.push()
        await reviewed(shop)
        assert await asked_back(till) == (lease.id,)
        till.give_back(lease.id, *[("points", piece.lot, piece.quantity) for piece in lease.slices])
        await till.push()
        assert (await shop.causes(member))["EXPIRE"] == 120

    run(tmp_path, scenario)


def test_what_lapses_in_a_lease_is_asked_back_though_nobody_comes(tmp_path: Path) -> None:
    """A member who stays away has a balance without points that ended, also where a till held all of them."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        await earn_and_return(till, member, 100)
        await reviewed(shop)
        await asked_back(till)
        lease = till.grants[-1]
        shop.clock.advance(days=370)
        await catch_up(shop.ledger)
        await reviewed(shop)
        assert await asked_back(till) == (lease.id,)
        till.give_back(lease.id, *[("points", piece.lot, piece.quantity) for piece in lease.slices])
        await till.push()
        assert (await shop.causes(member))["EXPIRE"] == 100

    run(tmp_path, scenario)


@pytest.mark.parametrize(
    ("total", "burned", "at", "given"),
    [
        (100, (), ((100, 2),), [100]),  # who comes to one store only may have everything there
        (100, (), ((60, 2), (40, 2)), [0, 0]),  # else a part stays free, and part of a reward is none
        (143, (), ((60, 2), (40, 2)), [100, 0]),
        (300, (), ((60, 2), (40, 2)), [100, 100]),
        (300, (100, 100, 200), ((60, 2), (40, 2)), [200, 0]),
        (100, (), ((60, 1), (40, 2)), [100, 0]),  # but a store with one till keeps the cheapest reward whole
        (200, (), ((60, 2), (40, 1)), [100, 100]),
        (199, (), ((60, 1), (40, 1)), [100, 0]),
        (200, (100, 200), ((60, 1),), [140]),  # what is more than that only of what need not stay free
        (90, (), ((100, 1),), [0]),
    ],
)
def test_how_much_a_store_keeps(
    total: int, burned: tuple[int, ...], at: tuple[tuple[int, int], ...], given: list[int]
) -> None:
    """Enough for what the member usually redeems, whole rewards only, and thirty in a hundred left free."""
    assert shares(total, 100, burned, at) == given


@pytest.mark.parametrize(
    ("cap", "given"), [(None, [200, 0]), (200, [200, 0]), (150, [150, 0]), (100, [100, 100]), (99, [0, 0])]
)
def test_a_cap_bounds_what_a_store_keeps(cap: int | None, given: list[int]) -> None:
    """The chain says how much may be stranded at a till that is cut off; below a reward nothing is put there."""
    assert shares(300, 100, (100, 100, 200), ((60, 2), (40, 2)), cap) == given


def test_the_cap_is_gone_by(tmp_path: Path) -> None:
    """It is saved with the floor limits, and holds for what is lent from then on; without one it is as before."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        for cap, holds in ((50, 0), (None, 100)):
            await SetFloors(Floors(lease=cap), save=True).run(shop.ledger)
            await earn_and_return(till, member, 150)
            await reviewed(shop)
            await asked_back(till)
            assert held(till) == holds

    run(tmp_path, scenario)


def test_visits_fade_and_do_not_depend_on_their_order() -> None:
    """A visit of a month ago counts half, whenever its ticket arrives."""
    early, late = 1_000 * DAY_MS, 1_000 * DAY_MS + HALF_LIFE_MS
    assert visited(visited(None, "a", early), "a", late) == Visits("a", late, 1500)
    assert visited(visited(None, "a", late), "a", early) == Visits("a", late, 1500)


def test_the_usual_stores() -> None:
    """At most two, those visited most of late; who was not there for 90 days has no home."""
    now = 1_000 * DAY_MS
    rows = [Visits("a", now, 1000), Visits("b", now, 3000), Visits("c", now, 2000)]
    assert homes(rows, now) == (("b", 50), ("c", 33))
    assert homes([Visits("a", now - 91 * DAY_MS, 9000)], now) == ()
