"""Expiry: posted from what is available when the member is next applied, counted when read."""

from pathlib import Path

import pytest

from sync.entry import Draw
from tests.unit.ledger_kit import PROGRAMME, Shop, TillSim, Written, burn, line, looking, promise, run


def dying(till: TillSim, member: int, quantity: int) -> Written:
    """A sale whose points can be used today only."""
    given = promise("base", quantity, till.today, last_day=till.today)
    return till.sale(member, (line(quantity * 100),), (given,))


async def returned(till: TillSim, sold: Written, quantity: int) -> None:
    till.give_back(sold.lots[0], ("points", sold.lots[0], quantity))
    await till.push()


def test_a_dead_lot_is_not_counted_when_read(tmp_path: Path) -> None:
    """On the first unusable day the balance no longer shows it, although nothing is posted yet."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        await returned(till, dying(till, member, 5), 5)
        assert dict((await till.pull()).members[0].account.balance) == {"points": 5}
        shop.clock.advance(days=1)
        row = (await till.pull()).members[0]
        assert (dict(row.account.balance), dict(row.available)) == ({}, {})
        assert (await shop.balances()).expired == {}

    run(tmp_path, scenario)


def test_expiry_is_posted_after_the_grace_and_dated_on_the_day_of_death(tmp_path: Path) -> None:
    """Three days of grace, then the next entry of the member posts it, dated on the first unusable day."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        day = till.today
        await returned(till, dying(till, member, 5), 5)
        shop.clock.advance(days=3)
        till.euros(member, 1)
        await till.push()
        assert (await shop.balances()).expired == {}
        shop.clock.advance(days=1)
        till.euros(member, 1)
        await till.push()
        assert (await shop.balances()).expired == {"points": 5}
        tx = looking(shop.ledger._storage)
        dead = [p.day for p in await tx.postings(member) if p.cause == "EXPIRE"]
        assert [(one - day).days for one in dead] == [1]

    run(tmp_path, scenario)


def test_points_inside_a_grant_do_not_expire(tmp_path: Path) -> None:
    """The till may have spent them in time: only its return lets them lapse."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        sold = dying(till, member, 100)
        spent = till.sale(
            member,
            (line(600),),
            (promise("base", 1, till.today),),
            (burn(60, Draw(sold.lots[0], "points", sold.lots[0], 60)),),
        )
        await till.push(entries=till.request(limit=1).entries, signatures=till.request(limit=1).signatures)
        shop.clock.advance(days=30)
        await till.push()
        held = await shop.balances()
        assert (held.expired, held.burned, held.deficit) == ({}, {"points": 60}, {})
        assert spent.seq == 2
        await returned(till, sold, 40)
        assert (await shop.balances()).expired == {"points": 40}

    run(tmp_path, scenario)


def test_dead_stamps_fill_no_card(tmp_path: Path) -> None:
    """A stamp past its last day does not count towards a card, even inside the grace."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member(opening={"stamp:coffee": 9})
        given = promise("coffee", 1, till.today, "stamp:coffee", last_day=till.today)
        sold = till.sale(member, (line(0, "coffee"),), (given,))
        await till.push()
        shop.clock.advance(days=2)
        till.give_back(sold.lots[0], ("stamp:coffee", sold.lots[0], 1))
        await till.push()
        held = await shop.balances()
        assert (held.balance("reward:coffee"), held.available) == (0, {"stamp:coffee": 10})

    run(tmp_path, scenario)


def test_giving_back_goods_whose_points_have_lapsed_makes_no_debt(tmp_path: Path) -> None:
    """A claw lands on the lot's own EXPIRE, whatever its age."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        sold = dying(till, member, 5)
        await returned(till, sold, 5)
        shop.clock.advance(days=90)
        till.refund(sold, 500)
        await till.push()
        held = await shop.balances()
        assert (held.clawed, held.expired, held.deficit) == ({"points": 5}, {}, {})

    run(tmp_path, scenario)


def test_a_burn_of_points_that_lapsed_on_the_way_is_taken_from_them(tmp_path: Path) -> None:
    """An unsecured burn dated while the lot was alive reverses its expiry before it makes a debt."""

    async def scenario(shop: Shop) -> None:
        till, far, member = await shop.till(), await shop.till("gare"), await shop.member()
        await returned(till, dying(till, member, 50), 50)
        far.sale(member, (line(600),), (promise("base", 1, far.today),), (burn(50, unsecured=50),))
        shop.clock.advance(days=10)
        till.euros(member, 1)
        await till.push()
        assert (await shop.balances()).expired == {"points": 50}
        await far.push()
        held = await shop.balances()
        assert (held.expired, held.burned, held.deficit) == ({}, {"points": 50}, {})

    run(tmp_path, scenario)


QUIET = PROGRAMME.replace(b'lot_life = "365d"', b'lot_life = "365d"\ninactivity = "30d"')


@pytest.mark.parametrize(("absent", "left"), [(30, 6), (31, 1)])
def test_a_visit_after_too_long_an_absence_finds_the_points_lapsed(
    tmp_path: Path, absent: int, left: int
) -> None:
    """30 days after the last visit the points live on; a day later they are posted as lapsed, dated on that day."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        day = till.today
        sold = till.sale(member, (line(500),), (promise("base", 5, day),))
        await returned(till, sold, 5)
        shop.clock.advance(days=absent)
        row = (await till.pull()).members[0]
        assert dict(row.account.balance) == ({"points": 5} if left > 1 else {})
        assert dict(row.available) == ({"points": 5} if left > 1 else {})
        till.euros(member, 1)
        await till.push()
        held = await shop.balances()
        assert held.balance("points") == left
        tx = looking(shop.ledger._storage)
        dead = [(p.day - day).days for p in await tx.postings(member) if p.cause == "EXPIRE"]
        assert dead == ([] if left > 1 else [31])

    run(tmp_path, scenario, programme=QUIET)


def test_an_opening_balance_is_as_young_as_its_booking(tmp_path: Path) -> None:
    """A customer of many years keeps the points of the shop's list: absence counts from the day they were booked."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member(opening={"points": 100})
        till.euros(member, 1)
        await till.push()
        held = await shop.balances()
        assert (held.balance("points"), held.expired) == (101, {})

    run(tmp_path, scenario, programme=QUIET)


def test_absence_is_posted_after_the_grace_without_a_visit(tmp_path: Path) -> None:
    """What comes back from a till is posted as lapsed once the grace of three days is over."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        sold = till.sale(member, (line(500),), (promise("base", 5, till.today),))
        await till.push()
        shop.clock.advance(days=33)
        till.give_back(sold.lots[0], ("points", sold.lots[0], 3))
        await till.push()
        assert (await shop.balances()).expired == {}
        shop.clock.advance(days=1)
        till.give_back(sold.lots[0], ("points", sold.lots[0], 2))
        await till.push()
        assert (await shop.balances()).expired == {"points": 5}

    run(tmp_path, scenario, programme=QUIET)


def test_points_that_arrive_after_their_last_day_live_a_while(tmp_path: Path) -> None:
    """A till without a line for months: what it promised can still be used for 14 days, then it lapses."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        sold = dying(till, member, 5)
        shop.clock.advance(days=100)
        await returned(till, sold, 5)
        assert dict((await till.pull()).members[0].available) == {"points": 5}
        shop.clock.advance(days=14)
        assert dict((await till.pull()).members[0].available) == {"points": 5}
        shop.clock.advance(days=1)
        assert dict((await till.pull()).members[0].available) == {}

    run(tmp_path, scenario)


def test_a_burn_given_back_after_its_points_lapsed_can_be_used_for_a_while(tmp_path: Path) -> None:
    """The part that comes back lives 14 days in a lot of its own; given back again, its days are not renewed."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        sold = dying(till, member, 100)
        paid = burn(60, Draw(sold.lots[0], "points", sold.lots[0], 60), cents=100)
        spent = till.sale(member, (line(600),), burns=(paid,))
        till.give_back(sold.lots[0], ("points", sold.lots[0], 40))
        await till.push()
        shop.clock.advance(days=50)
        till.refund(spent, 300)
        await till.push()
        first = till.today
        shop.clock.advance(days=10)
        till.refund(spent, 300)
        await till.push()
        tx = looking(shop.ledger._storage)
        lots = [lot for lot in await tx.all_lots(member) if lot.cause == "RESTORE"]
        assert [(lot.available, (lot.last_day - first).days) for lot in lots] == [(30, 14), (30, 24)]
        held = await shop.balances()
        assert (held.balance(), held.expired, held.burned) == (60, {"points": 40}, {})
        assert (held.earned, held.clawed) == ({"points": 105}, {"points": 5})

    run(tmp_path, scenario)
