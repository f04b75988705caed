"""The day job: what a business day brings members whom nobody serves."""

from datetime import date, timedelta
from pathlib import Path

import msgspec
import pytest

from sync.ledger.caller import LedgerRefusal
from sync.ledger.daily import catch_up
from sync.ledger.day import RunDay
from sync.ledger.day_rows import DayRow
from sync.ledger.meter import gauges
from sync.ledger.port import Transaction
from sync.ledger.sql_days import SqlDays
from sync.wire import Cursor
from tests.unit.day_kit import DAYS, bought, dry, run_days, told
from tests.unit.ledger_kit import START, Shop, line, looking, promise, run

DAY0 = START.date()


def after(days: int) -> date:
    """The day so many days after the beginning."""
    return DAY0 + timedelta(days=days)


def test_the_first_day_of_a_ledger_is_today(tmp_path: Path) -> None:
    """Nothing is made up for the time before; the day is done once."""

    async def scenario(shop: Shop) -> None:
        await shop.member()
        assert [part.day for part in (await RunDay().run(shop.ledger)).parts] == [DAY0, DAY0]  # two stores
        assert (await RunDay().run(shop.ledger)).parts == ()

    run(tmp_path, scenario, DAYS)


def test_what_lapses_is_posted_after_the_grace_though_nobody_comes(tmp_path: Path) -> None:
    """By absence first here: 40 days, dated on the 41st, posted on the 44th; the store's tills see it."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        await bought(till, member, 20)
        await run_days(shop)
        shop.clock.advance(days=43)
        assert "expiry" not in await run_days(shop)
        cursors = (await till.pull()).cursors
        shop.clock.advance(days=1)
        assert (await run_days(shop))["expiry"] == (1, 20)
        assert ("loss", "points", 20, "EXPIRE", after(41)) in await told(shop, "loss")
        assert [row.member for row in (await till.pull(*cursors)).members] == [member]

    run(tmp_path, scenario, DAYS)


def test_points_that_become_usable_are_told_on_that_day_though_nothing_is_posted(tmp_path: Path) -> None:
    """Free from the third day on: the store's tills see it then, and leases of it are looked at."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        later = promise("base", 12, till.today, available_on=after(2))
        till.sale(member, (line(1200),), (later,))
        await till.push()
        cursors: tuple[Cursor, ...] = ()
        seen = []
        for _ in range(4):
            await run_days(shop)
            looked_at = member in await looking(shop.ledger._storage).due(9)
            await shop.ledger._storage.write(lambda tx: tx.clear_due((member,)))
            pulled = await till.pull(*cursors)
            cursors = pulled.cursors
            seen.append((looked_at, [row.available for row in pulled.members]))
            shop.clock.advance(days=1)
        assert seen == [(True, [{}]), (False, []), (True, [{"points": 12}]), (False, [])]

    run(tmp_path, scenario, DAYS)


def test_a_tier_falls_on_its_day(tmp_path: Path) -> None:
    """The window of 25 days moves on: gold on the day of the ticket, base again on the 25th after it."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        await bought(till, member, 60)
        await run_days(shop)
        shop.clock.advance(days=30)
        await run_days(shop)
        tiers = [(detail, on) for _, detail, _, _, on in await told(shop, "tier")]
        assert tiers == [("gold", DAY0), ("base", after(25))]

    run(tmp_path, scenario, DAYS)


def test_points_that_become_usable_turn_into_a_voucher_on_that_day(tmp_path: Path) -> None:
    """Vesting ends after two days: the voucher is of the third day and lives from then on, however late it is made."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        await bought(till, member, 10, "slow")
        await run_days(shop)
        shop.clock.advance(days=9)
        assert (await run_days(shop))["conversion"] == (1, 100)
        [lot] = [
            lot
            for lot in await looking(shop.ledger._storage).all_lots(member)
            if lot.asset == "voucher:five-off"
        ]
        assert (lot.earned_on, lot.last_day) == (after(2), after(32))

    run(tmp_path, scenario, DAYS)


def test_an_absent_member_gets_one_offer_for_each_absence(tmp_path: Path) -> None:
    """At risk on the 20th day with the offer, dormant on the 30th; after a visit the next absence has its own."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        await bought(till, member, 1)
        await run_days(shop)
        shop.clock.advance(days=35)
        await run_days(shop)
        await bought(till, member, 1)
        shop.clock.advance(days=20)
        await run_days(shop)
        assert [
            each[1:3] + each[4:] for each in await told(shop, "dormancy", "gain") if each[1] != "points"
        ] == [
            ("at_risk", 0, after(20)),
            ("voucher:come-back", 1, after(20)),
            ("dormant", 0, after(30)),
            ("at_risk", 0, after(55)),
            ("voucher:come-back", 1, after(55)),
        ]

    run(tmp_path, scenario, DAYS)


def test_nobody_unknown_gets_an_offer(tmp_path: Path) -> None:
    """A card that nobody enrolled only lapses and converts."""

    async def scenario(shop: Shop) -> None:
        till = await shop.till()
        till.euros((b"card-055" * 2).hex(), 5)
        await till.push()
        await run_days(shop)
        shop.clock.advance(days=35)
        assert not {"offer", "dormancy"} & (await run_days(shop)).keys()

    run(tmp_path, scenario, DAYS)


def test_a_birthday_is_told_on_the_first_day_of_its_window(tmp_path: Path) -> None:
    """Three days before, once; not when the gift of this year was had already."""

    async def scenario(shop: Shop) -> None:
        await shop.member(birthday=(3, 10))
        await run_days(shop)
        shop.clock.advance(days=30)
        await run_days(shop)
        assert await told(shop, "birthday") == [("birthday", "", 0, "", date(2026, 3, 7))]

    run(tmp_path, scenario, DAYS)


def test_a_long_chain_is_gone_through_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many stores there are, a batch looks at its own and at the next one, not at all of them again."""
    looked: list[str] = []
    real = SqlDays.last_day

    async def last_day(tx: SqlDays, store: str) -> DayRow | None:
        looked.append(store)
        return await real(tx, store)

    async def scenario(shop: Shop) -> None:
        for n in range(28):
            await shop.ledger.add_store(f"s{n:02d}", "S", "Europe/Paris")
        await catch_up(shop.ledger)
        shop.clock.advance(days=2)
        monkeypatch.setattr(SqlDays, "last_day", last_day)
        await catch_up(shop.ledger)
        assert {looked.count(store) for store in looked} <= {3, 4}
        looked.clear()
        shop.clock.advance(days=1)
        done = await RunDay().run(shop.ledger)
        assert done.more
        rest = await RunDay(store=done.store).run(shop.ledger)
        assert (len(done.parts) + len(rest.parts), rest.more) == (30, False)
        assert max(looked.count(store) for store in looked) <= 3
        assert (await RunDay().run(shop.ledger)).parts == ()

    run(tmp_path, scenario, DAYS)


def test_each_store_has_its_own_calendar(tmp_path: Path) -> None:
    """At 16:00 UTC it is tomorrow in Tokyo: its members' day is done, that of Paris waits."""

    async def scenario(shop: Shop) -> None:
        await shop.ledger.add_store("tokyo", "Tokyo", "Asia/Tokyo")
        await run_days(shop)
        shop.clock.advance(hours=7)
        done = await RunDay().run(shop.ledger)
        assert [(part.store, part.day) for part in done.parts] == [("tokyo", after(1))]

    run(tmp_path, scenario, DAYS)


def test_a_day_that_ends_after_midnight_is_not_done_before(tmp_path: Path) -> None:
    """With `business_day_ends` at 04:00 the new day begins then."""

    async def scenario(shop: Shop) -> None:
        await run_days(shop)
        shop.clock.advance(hours=16)  # 02:00 in Paris
        assert (await RunDay().run(shop.ledger)).parts == ()
        shop.clock.advance(hours=3)
        assert len((await RunDay().run(shop.ledger)).parts) == 2

    run(
        tmp_path,
        scenario,
        DAYS.replace(b'unit = "point"', b'unit = "point"\nbusiness_day_ends = 04:00:00', 1),
    )


def test_a_dry_run_tells_what_will_happen_and_keeps_nothing(tmp_path: Path) -> None:
    """The same counts and points as the real run later, for several days ahead and many members."""

    async def scenario(shop: Shop) -> None:
        till = await shop.till()
        for member in range(1, 30):
            await shop.member(member)
            await bought(till, member, member)
        await run_days(shop)
        before = await told(shop, "gain", "loss", "tier", "dormancy")
        ahead = await dry(shop, after(45))
        assert await told(shop, "gain", "loss", "tier", "dormancy") == before
        assert (await RunDay().run(shop.ledger)).parts == ()
        shop.clock.advance(days=45)
        assert await run_days(shop) == ahead
        assert ahead["expiry"] == (29, sum(range(1, 30)))
        assert await dry(shop) == {}

    run(tmp_path, scenario, DAYS)


def test_a_day_that_has_not_begun_is_done_dry_only(tmp_path: Path) -> None:
    """A day in the past is done up to there."""

    async def scenario(shop: Shop) -> None:
        await run_days(shop)
        with pytest.raises(LedgerRefusal, match="dry-run"):
            await RunDay(after(1)).run(shop.ledger)
        shop.clock.advance(days=3)
        done = await RunDay(after(1)).run(shop.ledger)
        assert {part.day for part in done.parts} == {after(1)}
        assert {part.day for part in (await RunDay().run(shop.ledger)).parts} == {after(2), after(3)}

    run(tmp_path, scenario, DAYS)


async def broken(shop: Shop, member: int) -> bytes:
    """Nobody can read what is known of the member any more; what it was."""
    tx = looking(shop.ledger._storage)
    record = await tx.member(member)
    assert record is not None
    await mended(shop, member, b"nothing of this")
    return record.history


async def mended(shop: Shop, member: int, history: bytes) -> None:
    """What is known of the member is this."""

    async def write(tx: Transaction) -> None:
        record = await tx.member(member)
        assert record is not None
        await tx.save_member(msgspec.structs.replace(record, history=history))

    await shop.ledger._storage.write(write)


async def missed(shop: Shop) -> str:
    """What watchers are told of members with a day that failed."""
    lines = await shop.ledger.read(lambda work: gauges(work.tx, work.now_ms))
    return next(line for line in lines if line.startswith("assidu_missed_members "))


def test_a_day_that_failed_is_tried_again_before_the_next_one(tmp_path: Path) -> None:
    """The birthday fell on it: it is told late, on its own day and once. Until then the member is counted."""

    async def scenario(shop: Shop) -> None:
        await shop.member(7, birthday=(3, 6))
        await shop.member(8, birthday=(3, 6))
        await run_days(shop)
        history = await broken(shop, 7)
        shop.clock.advance(days=1)  # told three days before
        assert (await run_days(shop))["failed"] == (1, 0)
        assert await missed(shop) == "assidu_missed_members 1"
        assert await told(shop, "birthday") == [("birthday", "", 0, "", after(1))], "the other one's"
        shop.clock.advance(days=1)
        assert (await run_days(shop))["failed"] == (2, 0), "both days"
        await mended(shop, 7, history)
        shop.clock.advance(days=1)
        assert await dry(shop) == {"birthday": (1, 0)}
        for _ in range(2):
            assert "failed" not in await run_days(shop)
            shop.clock.advance(days=1)
        assert await told(shop, "birthday") == [("birthday", "", 0, "", after(1))] * 2
        assert await missed(shop) == "assidu_missed_members 0"

    run(tmp_path, scenario, DAYS)


def test_a_fault_that_stays_is_tried_twice_a_day(tmp_path: Path) -> None:
    """The first day that failed, and the new one: what waits behind the first makes no day longer."""

    async def scenario(shop: Shop) -> None:
        await shop.member(7)
        history = await broken(shop, 7)
        for _ in range(9):
            failed = (await run_days(shop))["failed"]
            shop.clock.advance(days=1)
        assert failed == (2, 0)
        await mended(shop, 7, history)
        assert "failed" not in await run_days(shop)
        assert await missed(shop) == "assidu_missed_members 0"

    run(tmp_path, scenario, DAYS)


def test_who_is_merged_away_waits_for_no_day(tmp_path: Path) -> None:
    """Its books are another's, whose own days go on."""

    async def scenario(shop: Shop) -> None:
        till, card = await shop.till(), b"card-055" * 2
        till.euros(card.hex(), 5)
        await till.push()
        [unknown] = await looking(shop.ledger._storage).members_at("halles", 0, 9)
        await broken(shop, unknown)
        await run_days(shop)
        assert await missed(shop) == "assidu_missed_members 1"
        till.enrol(7, card)
        await till.push()
        assert await missed(shop) == "assidu_missed_members 0"

    run(tmp_path, scenario, DAYS)
