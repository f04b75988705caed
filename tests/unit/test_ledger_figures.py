"""What the ledger tells a store's manager: every till of the store, what looks wrong, and the chain's provision."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from sync.entry import decode
from sync.figures import Cohort, FiguresRequest, Now, Offers, StoreFigures
from sync.history import HistoryRequest
from sync.ledger.caller import LedgerRefusal
from sync.ledger.figures import Chain, ReadProvision, store_figures
from sync.ledger.history import member_history
from sync.patterns import AFTER_USE, TWO_STORES, TWO_TILLS, VELOCITY
from tests.unit.ledger_kit import Shop, TillSim, burn, draw, line, run


async def told(till: TillSim) -> StoreFigures:
    ledger = till.shop.ledger
    return await Chain(ledger).figures(till.device, FiguresRequest(Now(till.today, 720)))


def test_every_till_of_the_store_and_no_other_is_told(tmp_path: Path) -> None:
    """Rows by till; an undone ticket is none; another store's till is not asked about."""

    async def scenario(shop: Shop) -> None:
        one, two, away = await shop.till(), await shop.till(), await shop.till("gare")
        member = await shop.member()
        one.euros(member, 30)
        one.void(one.euros(member, 50))
        two.euros(None, 0)
        two.enrol(11, b"c" * 32)
        away.euros(member, 70)
        for till in (one, two, away):
            await till.push()
        found = {row.till: row for row in (await told(one)).rows if row.span == "day"}
        assert found.keys() == {"till 0", "till 1"}
        assert (found["till 0"].tickets, found["till 0"].cents, found["till 0"].given) == (1, 3_000, 30)
        assert (found["till 1"].tickets, found["till 1"].linked, found["till 1"].enrolled) == (1, 0, 1)
        assert found["till 0"].hours[10] == 1

    run(tmp_path, scenario)


def test_patterns_over_two_tills_are_told_with_a_return_after_use(tmp_path: Path) -> None:
    """What no till alone sees: one card here and there within minutes; points used before their ticket came back."""

    async def scenario(shop: Shop) -> None:
        one, two, member = await shop.till(), await shop.till(), await shop.member()
        sold = one.euros(member, 200)
        await one.push()
        for till in (two, one, two):
            shop.clock.advance(minutes=3)
            lot = sold.lots[0]
            till.sale(member, (), burns=(burn(30, draw(lot, lot, 30)),) if till is one else ())
            await till.push()
        one.refund(sold, 20_000)
        await one.push()
        found = {one.kind: one for one in (await told(two)).patterns}
        assert found.keys() == {AFTER_USE, TWO_TILLS, VELOCITY}
        assert (found[AFTER_USE].points, found[AFTER_USE].member, found[AFTER_USE].till) == (30, 7, "till 0")
        assert found[TWO_TILLS].count == 3

    run(tmp_path, scenario)


def test_the_provision_is_opened_with_what_it_was_closed_with(tmp_path: Path) -> None:
    """Issued, used, lapsed, taken back: from nothing on the first day, and over a later day alone, it adds up."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        sold = till.euros(member, 150)
        await till.push()
        before = await ReadProvision(till.today).run(shop.ledger)
        [points] = [one for one in before.provision if one.asset == "points"]
        assert (points.opened, points.issued, points.closed, points.cents) == (0, 150, 150, 750)
        shop.clock.advance(days=1)
        lot = sold.lots[0]
        till.sale(member, (line(500),), burns=(burn(100, draw(lot, lot, 100)),))
        await till.push()
        till.give_back(lot, ("points", lot, 50))
        till.refund(sold, 3_000)
        await till.push()
        after = await ReadProvision(till.today).run(shop.ledger)
        [points] = [one for one in after.provision if one.asset == "points"]
        assert points.opened == 150
        held = await shop.balances()
        assert (points.burned, points.closed) == (
            100,
            held.available.get("points", 0) + held.granted.get("points", 0),
        )
        assert points.opened + points.issued - points.burned - points.lapsed - points.clawed == points.closed
        assert points.clawed == 30
        assert {(cost.rule, cost.taken) for cost in after.costs if cost.taken} == {("five", 100)}
        whole = await ReadProvision(till.today - timedelta(days=1)).run(shop.ledger)
        assert [one.opened for one in whole.provision] == [0] * len(whole.provision)

    run(tmp_path, scenario)


def test_a_revoked_till_is_told_nothing(tmp_path: Path) -> None:
    """Figures are for tills of the store that the ledger knows."""

    async def scenario(shop: Shop) -> None:
        till = await shop.till()
        stranger = type(till.device)(99, 1)
        with pytest.raises(LedgerRefusal):
            await store_figures(shop.ledger, stranger, FiguresRequest(Now(date(2026, 3, 2), 0)))

    run(tmp_path, scenario)


def test_who_still_comes_is_told_by_the_month_of_joining(tmp_path: Path) -> None:
    """Two of three members of one month bought three months later or after; a month that has not come tells nothing."""

    async def scenario(shop: Shop) -> None:
        till = await shop.till()
        for number in (7, 8, 9):
            await shop.member(number)  # on 1 January
        await shop.member(10, store="gare")
        till.euros(7, 10)
        shop.clock.advance(days=30)
        till.euros(8, 10)
        till.euros(9, 10)
        await till.push()
        [found] = (await told(till)).cohorts
        assert found == Cohort(date(2026, 1, 1), 3, (2, -1, -1))

    run(tmp_path, scenario)


def test_a_members_history_is_told_to_the_stores_that_know_the_member(tmp_path: Path) -> None:
    """Gains and losses with rule and printed number, the latest first; a till of another store is refused."""

    async def scenario(shop: Shop) -> None:
        till, away, member = await shop.till(), await shop.till("gare"), await shop.member()
        sold = till.euros(member, 120)
        await till.push()
        shop.clock.advance(days=1)
        lot = sold.lots[0]
        till.sale(member, (line(500),), burns=(burn(100, draw(lot, lot, 100)),))
        await till.push()
        answer = await member_history(shop.ledger, till.device, HistoryRequest(member))
        used, earned = answer.lines
        assert (used.quantity, used.rule, used.cause) == (-100, "five", "BURN")
        assert (earned.quantity, earned.rule, earned.reference) == (
            120,
            "base",
            f"{sold.dev}-{sold.inc}-{sold.seq}",
        )
        assert (earned.store, earned.till) == ("halles", "till 0")
        assert decode(answer.entries[earned.reference]).seq == sold.seq
        with pytest.raises(LedgerRefusal):
            await member_history(shop.ledger, away.device, HistoryRequest(member))

    run(tmp_path, scenario)


def test_one_card_in_two_shops_within_minutes_is_told_to_both(tmp_path: Path) -> None:
    """Neither store alone has four tickets in an hour, nor the sale of a return after its points were used away."""

    async def scenario(shop: Shop) -> None:
        here, away, member = await shop.till(), await shop.till("gare"), await shop.member()
        await shop.ledger.add_store("quai", "Quai", "Europe/Paris")
        quiet = await shop.till("quai")
        sold = here.euros(member, 200)
        await here.push()
        lot = sold.lots[0]
        for till, burns in ((away, (burn(100, draw(lot, lot, 100)),)), (here, ()), (away, ())):
            shop.clock.advance(minutes=3)
            till.sale(member, (line(1_000),), burns=burns)
            await till.push()
        quiet.refund(f"{sold.dev}-{sold.inc}-{sold.seq}", 20_000)
        quiet.refund("77-1-9", 1_000)
        await quiet.push()
        ours = {one.kind: one for one in (await told(here)).patterns}
        assert ours.keys() == {TWO_STORES, VELOCITY}
        assert (ours[TWO_STORES].count, ours[TWO_STORES].store, ours[TWO_STORES].till) == (
            3,
            "Gare",
            "till 0",
        )
        assert (ours[VELOCITY].count, ours[VELOCITY].member) == (4, member)
        theirs = {one.kind: one.store for one in (await told(away)).patterns}
        assert theirs == {TWO_STORES: "Halles", VELOCITY: "Halles"}
        [after] = (await told(quiet)).patterns
        assert (after.kind, after.points, after.member) == (AFTER_USE, 100, member)

    run(tmp_path, scenario)


def test_offers_of_every_till_of_the_store_are_told(tmp_path: Path) -> None:
    """By till: possible on two tickets and taken on one; those of another store are not counted."""

    async def scenario(shop: Shop) -> None:
        one, two, away = await shop.till(), await shop.till(), await shop.till("gare")
        member = await shop.member()
        sold = one.euros(member, 200)
        await one.push()
        lot = sold.lots[0]
        for till in (two, away):
            till.sale(member, (line(500),), offered=("five",))
        two.sale(member, (line(500),), burns=(burn(100, draw(lot, lot, 100)),))
        for till in (two, away):
            await till.push()
        [found] = (await told(one)).offers
        assert found == Offers("till 1", "five", one.today.replace(day=1), 2, 1)

    run(tmp_path, scenario)
