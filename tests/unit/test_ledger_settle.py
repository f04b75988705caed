"""Settlement: the account of record is what the rules give on all tickets in order of sale."""

from decimal import Decimal
from pathlib import Path

import pytest

from rules.decision import Contribution
from sync.entry import RefundLine, decode
from sync.ledger.reconcile import reconcile
from sync.wire import ReconcileRequest, Unsent
from tests.unit.ledger_kit import (
    DAY,
    PROGRAMME,
    TIERED,
    Shop,
    TillSim,
    Written,
    again,
    line,
    looking,
    promise,
    run,
)

DAILY = (
    PROGRAMME
    + b"""
[[rule]]
id = "daily"
kind = "stamp"
per = "day"
need = 10
reward = { kind = "free_unit", max_value = 4.50 }
"""
)


def visit(till: TillSim, member: int, euros: int = 10, bonus: int = 0) -> Written:
    """A sale that promises its points, and the bonus of the fourth visit when the till thinks so."""
    given: tuple[Contribution, ...] = (promise("base", euros, till.today),)
    if bonus:
        given += (promise("regular", bonus, till.today),)
    return till.sale(member, (line(euros * 100),), given)


def test_settled_as_printed_posts_nothing_more(tmp_path: Path) -> None:
    """A promise that the rules confirm is an ACCRUE and no difference."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        visit(till, member)
        await till.push()
        assert await shop.causes() == {"ACCRUE": 10}

    run(tmp_path, scenario)


def test_a_bonus_that_the_till_could_not_see_is_topped_up(tmp_path: Path) -> None:
    """Four visits at two shops: the fourth earns 30 although its till saw only two."""

    async def scenario(shop: Shop) -> None:
        one, two, member = await shop.till(), await shop.till("gare"), await shop.member()
        for till in (one, two, one, two):
            visit(till, member)
            await till.push()
            shop.clock.advance(days=1)
        assert await shop.causes() == {"ACCRUE": 40, "TOP_UP": 30}
        held = await shop.balances()
        assert (held.earned, held.available) == ({"points": 70}, {"points": 30})

    run(tmp_path, scenario)


def test_a_bonus_that_two_blind_tills_promised_is_honoured_once(tmp_path: Path) -> None:
    """Both gave the fourth visit's 30: one is earned, the other is kept as HONOUR and listed."""

    async def scenario(shop: Shop) -> None:
        one, two, member = await shop.till(), await shop.till("gare"), await shop.member()
        for _ in range(3):
            visit(one, member)
            await one.push()
            shop.clock.advance(days=1)
        visit(one, member, bonus=30)
        shop.clock.advance(hours=1)
        second = visit(two, member, bonus=30)
        await two.push()
        await one.push()
        held = await shop.balances()
        assert (held.earned, held.honoured, held.balance()) == ({"points": 80}, {"points": 30}, 110)
        listed = await shop.ledger.honoured()
        assert [(one.quantity, one.rule, one.ticket) for one in listed if one.quantity > 0][-1][:2] == (
            30,
            "regular",
        )
        assert sum(one.quantity for one in listed) == 30
        assert ((second.ticket, "regular", "points")) not in await shop.settled()

    run(tmp_path, scenario)


def test_what_was_kept_unearned_counts_before_anything_is_topped_up(tmp_path: Path) -> None:
    """In its month the member has the larger of printed and settled, also when more is earned only later."""

    async def scenario(shop: Shop) -> None:
        one, member = await shop.till(), await shop.member()
        await bonus_given_twice(shop, one, member)
        one.sale(member, (line(2000),))
        await one.push()
        held = await shop.balances()
        assert (held.earned, held.honoured) == ({"points": 100}, {"points": 10}), "110 printed, 100 settled"
        assert "TOP_UP" not in await shop.causes()
        one.sale(member, (line(3000),))
        await one.push()
        held = await shop.balances()
        assert (held.earned, held.honoured) == ({"points": 130}, {}), "110 printed, 130 settled"
        assert (await shop.causes())["TOP_UP"] == 20
        assert await shop.faults() == []

    run(tmp_path, scenario)


def test_an_undo_takes_back_only_what_falls_through_it(tmp_path: Path) -> None:
    """What counted as earned because of the undone ticket is kept again, as it was before: it was printed."""

    async def scenario(shop: Shop) -> None:
        one, member = await shop.till(), await shop.member()
        await bonus_given_twice(shop, one, member)
        sold = one.sale(member, (line(2000),))
        await one.push()
        one.void(sold)
        await one.push()
        held = await shop.balances()
        assert (held.earned, held.honoured, held.clawed) == ({"points": 80}, {"points": 30}, {})
        assert await shop.faults() == []

    run(tmp_path, scenario)


def test_a_level_that_is_given_back_takes_nothing_that_another_rule_printed(tmp_path: Path) -> None:
    """A bonus kept unearned counts as earned while a late ticket's level gives more; then it is kept again."""

    async def scenario(shop: Shop) -> None:
        one, late, member = await shop.till(), await shop.till(), await shop.member()
        bought = late.euros(member, 60)
        shop.clock.advance(days=35)
        await bonus_given_twice(shop, one, member)
        before = (await shop.balances()).balance()
        await late.push()
        risen = await shop.balances()
        assert (risen.balance() > before + 60, risen.honoured) == (True, {})
        late.refund(bought, 6000, RefundLine(0, 6000, Decimal(1)))
        await late.push()
        held = await shop.balances()
        assert (before, held.balance(), held.honoured) == (110, 110, {"points": 20}), (
            "110 printed, 90 settled"
        )
        assert await shop.faults() == []

    run(tmp_path, scenario, TIERED)


async def bonus_given_twice(shop: Shop, one: TillSim, member: int) -> None:
    """Five visits of 10 in a month at two tills, each of which gave the fourth one's 30."""
    two = await shop.till("gare")
    for bonus in (0, 0, 0, 30):
        visit(one, member, bonus=bonus)
        shop.clock.advance(hours=30)
    visit(two, member, bonus=30)
    await one.push()
    await two.push()
    shop.clock.advance(days=1)


def test_a_promise_that_moved_inside_its_month_posts_nothing(tmp_path: Path) -> None:
    """The late third visit moves the bonus to an earlier ticket: neither topped up nor honoured."""

    async def scenario(shop: Shop) -> None:
        one, two, member = await shop.till(), await shop.till("gare"), await shop.member()
        visit(two, member)
        shop.clock.advance(days=1)
        for bonus in (0, 0, 0, 30):
            visit(one, member, bonus=bonus)
            await one.push()
            shop.clock.advance(days=1)
        assert await shop.causes() == {"ACCRUE": 70}
        await two.push()
        assert await shop.causes() == {"ACCRUE": 80}
        assert (await shop.balances()).honoured == {}

    run(tmp_path, scenario)


def test_a_late_ticket_settles_later_ones_again(tmp_path: Path) -> None:
    """Points that another till earned before lift a later ticket into a tier: the difference is topped up."""

    async def scenario(shop: Shop) -> None:
        one, two, member = await shop.till(), await shop.till("gare"), await shop.member()
        visit(two, member, 60)
        shop.clock.advance(days=1)
        visit(one, member, 10)
        await one.push()
        assert (await shop.balances()).earned == {"points": 10}
        await two.push()
        assert (await shop.balances()).earned == {"points": 80}
        row = (await one.pull()).members[0]
        assert row.account.tier == "gold"

    run(tmp_path, scenario, TIERED)


def test_the_order_of_sale_is_not_the_wall_clock(tmp_path: Path) -> None:
    """A till whose wall clock stands in another year is placed by anchor and monotonic clock."""

    async def scenario(shop: Shop) -> None:
        one, two, member = await shop.till(), await shop.till("gare"), await shop.member()
        for _ in range(3):
            visit(one, member)
            shop.clock.advance(days=1)
        early = two.sale(
            member,
            (line(1000),),
            (promise("base", 10, two.today),),
            wall_ms=shop.clock.ms + 400 * DAY,
        )
        shop.clock.advance(days=1)
        visit(one, member)
        await one.push()
        await two.push()
        assert (await shop.settled())[early.ticket, "regular", "points"] == 30

    run(tmp_path, scenario)


def test_after_a_reboot_the_wall_clock_is_clamped_between_anchors(tmp_path: Path) -> None:
    """Without a common boot the wall clock counts, but not before the last contact nor after now."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        first_contact = shop.clock.ms
        shop.clock.advance(hours=5)
        till.boot = "boot-2"
        till.euros(member, 1, wall_ms=shop.clock.ms - 4000 * DAY)
        till.euros(member, 2, wall_ms=first_contact + 3600_000)
        till.euros(member, 3, wall_ms=shop.clock.ms + 4000 * DAY)
        till.boot = "boot-3"
        await till.push()
        tx = looking(shop.ledger._storage)
        sold = [int(sale.sold_order[:15]) for sale in await tx.sales_from(member, "")]
        assert sold == [first_contact, first_contact + 3600_000, shop.clock.ms]

    run(tmp_path, scenario)


def test_nothing_is_sold_before_its_till_was_paired(tmp_path: Path) -> None:
    """A till whose clock is years behind is started again before it has spoken: what it sold counts as of the pairing.

    What it sends once more of a former life keeps its time.
    """

    async def scenario(shop: Shop) -> None:
        first, member = await shop.till(), await shop.member()
        paired = shop.clock.ms + 24 * 3600_000
        shop.clock.ms = paired
        till = await again(shop, first)
        till.boot = "boot-2"
        long_ago = shop.clock.ms - 1000 * DAY
        before = first.euros(member, 1, wall_ms=long_ago)
        data, digest, _ = first.written[-1]
        entry = decode(data)
        fields = {"orig": digest, "member": member, "wall_ms": paired - 3600_000}
        till.write(entry.kind, entry.body, ticket=before.ticket, **fields)
        till.euros(member, 2, wall_ms=long_ago)
        till.boot = "boot-3"
        shop.clock.advance(hours=1)
        await till.push()
        tx = looking(shop.ledger._storage)
        sold = [int(sale.sold_order[:15]) for sale in await tx.sales_from(member, "")]
        assert sold == [paired - 3600_000, paired]
        assert await shop.ledger.quarantine() == ()

    run(tmp_path, scenario)


@pytest.mark.parametrize("shares", [False, True])
def test_what_is_sent_once_more_was_not_sold_before_the_till_was_paired(tmp_path: Path, shares: bool) -> None:
    """A life that never spoke, of a till whose clock is years behind: its ticket counts, and after what is shared."""

    async def scenario(shop: Shop) -> None:
        first, member = await shop.till(), await shop.member()
        paired = shop.clock.ms
        shop.clock.advance(hours=1)
        last = first.euros(member, 5)
        if shares:
            await first.push()
        shop.clock.advance(hours=1)
        till = await again(shop, await again(shop, first))
        if shares:
            till = await again(shop, first)
            unsent = (Unsent(last.seq, first.head.hash, first.head.hash),)
            await reconcile(shop.ledger, till.device, ReconcileRequest(last.inc, unsent))
        till.copy, till.boot = 1, "boot-3"
        long_ago = paired - 1000 * DAY
        till.euros(member, 1, programme="", orig=bytes(32), wall_ms=long_ago, boot="boot-2", anchor="")
        await till.push()
        tx = looking(shop.ledger._storage)
        sold = [int(sale.sold_order[:15]) for sale in await tx.sales_from(member, "")]
        assert sold == ([paired + 3600_000] * 2 if shares else [paired])
        assert await shop.ledger.quarantine() == ()

    run(tmp_path, scenario)


def test_settlement_counts_by_the_stores_calendar(tmp_path: Path) -> None:
    """23:30 UTC on the last of March is the first of April in Paris, whatever date the till printed."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        for _ in range(3):
            visit(till, member)
            shop.clock.advance(days=1)
        shop.clock.advance(days=26, hours=14, minutes=30)  # 2026-03-31 23:30 UTC
        late = visit(till, member)
        await till.push()
        assert (late.ticket, "regular", "points") not in await shop.settled()

    run(tmp_path, scenario)


def test_a_business_day_may_end_after_midnight(tmp_path: Path) -> None:
    """At half past one in the night it is still the last day of the points, for a hold as for a row."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        given = promise("base", 5, till.today, last_day=till.today)
        sold = till.sale(member, (line(500),), (given,))
        till.give_back(sold.lots[0], ("points", sold.lots[0], 5))
        await till.push()
        shop.clock.advance(hours=15, minutes=30)  # 01:30 of the next day in Paris
        assert dict((await till.pull()).members[0].available) == {"points": 5}
        shop.clock.advance(hours=2)
        assert dict((await till.pull()).members[0].available) == {}
        shop.clock.advance(hours=-2)
        assert (await till.hold(member, 5)).code == "granted"

    run(
        tmp_path,
        scenario,
        PROGRAMME.replace(b'unit = "point"', b'unit = "point"\nbusiness_day_ends = 03:00:00'),
    )


def test_an_earlier_top_up_counts_as_printed(tmp_path: Path) -> None:
    """What settlement gave once never vanishes: a late ticket that lowers it makes it HONOUR."""

    async def scenario(shop: Shop) -> None:
        one, two, member = await shop.till(), await shop.till("gare"), await shop.member()
        given = promise("base", 2, two.today), promise("daily", 1, two.today, "stamp:daily")
        two.sale(member, (line(200),), given)
        shop.clock.advance(hours=1)
        one.euros(member, 2)
        await one.push()
        assert (await shop.balances()).earned["stamp:daily"] == 1
        await two.push()
        held = await shop.balances()
        assert (held.earned["stamp:daily"], held.honoured) == (1, {"stamp:daily": 1})
        assert held.balance("stamp:daily") == 2

    run(tmp_path, scenario, DAILY)


def test_what_fell_through_a_return_stands_again_when_a_late_ticket_earns_it(tmp_path: Path) -> None:
    """The level that was given back is bought by a ticket that comes late: both receipts are kept."""

    async def scenario(shop: Shop) -> None:
        one, two, member = await shop.till(), await shop.till("gare"), await shop.member()
        bought = one.euros(member, 60)
        await one.push()
        shop.clock.advance(days=35)
        for till, euros in ((two, 60), (one, 4)):
            given = promise("base", euros, one.today), promise("tiers", euros, one.today)
            till.sale(member, (line(euros * 100),), given)
            shop.clock.advance(hours=1)
        one.refund(bought, 6000, RefundLine(0, 6000, Decimal(1)))
        await one.push()
        assert (await shop.balances()).balance() == 4, "the second four were given back with the level"
        await two.push()
        held = await shop.balances()
        assert (held.balance(), held.honoured, held.clawed) == (128, {"points": 60}, {"points": 60})

    run(tmp_path, scenario, TIERED)
