"""Pull: what a till reads after its cursors, from one consistent read."""

import asyncio
from datetime import date
from pathlib import Path

from sync.field import decrypt_display
from sync.ledger.arrivals import NewMember
from sync.ledger.pairing import BLOCK_SIZE
from sync.wire import Cursor
from tests.unit.ledger_kit import PROGRAMME, TIERED, Shop, run


def test_a_new_till_learns_everything_of_its_store(tmp_path: Path) -> None:
    """Config by hash, members of its own store, its blocks; and then nothing new."""

    async def scenario(shop: Shop) -> None:
        till = await shop.till()
        await shop.member(7, "halles")
        await shop.member(8, "gare")
        got = await till.pull()
        assert [(item.what, item.name) for item in got.config] == [("programme", "bakery")]
        assert await shop.ledger.blob(got.config[0].sha256) == PROGRAMME
        assert [row.member for row in got.members] == [7]
        assert {block.kind for block in got.blocks} == {"member", "card"}
        again = await till.pull(*got.cursors)
        assert (again.config, again.members, again.blocks, again.more) == ((), (), (), False)

    run(tmp_path, scenario)


def test_a_row_says_what_of_the_till_it_includes(tmp_path: Path) -> None:
    """`own_seq` and the balance come from the same read; grants are counted in the account and elsewhere."""

    async def scenario(shop: Shop) -> None:
        one, two, member = (
            await shop.till(),
            await shop.till("gare"),
            await shop.member(opening={"points": 9}),
        )
        one.euros(member, 12)
        await one.push()
        got = await one.pull()
        row = got.members[0]
        assert (got.own_seq, dict(row.account.balance)) == (1, {"points": 21})
        assert (dict(row.available), dict(row.elsewhere)) == ({"points": 9}, {})
        two.euros(member, 1)
        await two.push()
        row = (await two.pull()).members[0]
        assert (dict(row.available), dict(row.elsewhere)) == ({"points": 9}, {"points": 12})
        assert row.account.known == "full"

    run(tmp_path, scenario)


def test_a_level_that_fell_since_is_told_without_a_day(tmp_path: Path) -> None:
    """The day on which gold began is not one on which the lower level began."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        began = till.today
        till.euros(member, 60)
        await till.push()
        account = (await till.pull()).members[0].account
        assert (account.tier, account.tier_since) == ("gold", began)
        shop.clock.advance(days=366)
        account = (await till.pull()).members[0].account
        assert (account.tier, account.tier_since) == ("base", None)

    run(tmp_path, scenario, programme=TIERED)


def test_a_visit_brings_a_member_into_the_stores_scope(tmp_path: Path) -> None:
    """Seen once at another shop, the member is in its tills' bucket from then on."""

    async def scenario(shop: Shop) -> None:
        one, two, member = await shop.till(), await shop.till("gare"), await shop.member()
        assert (await two.pull()).members == ()
        two.euros(member, 1)
        await two.push()
        got = await two.pull()
        assert [row.member for row in got.members] == [member]
        one.euros(member, 1)
        await one.push()
        assert [row.member for row in (await two.pull(*got.cursors)).members] == [member]

    run(tmp_path, scenario)


def test_many_members_come_in_pages(tmp_path: Path) -> None:
    """A small `max_bytes` ends a page; the pages together are every member once."""

    async def scenario(shop: Shop) -> None:
        till = await shop.till()
        rows = [NewMember(n, (b"card%012d" % n,), "halles", date(2026, 1, 1)) for n in range(1, 1201)]
        assert await shop.ledger.add_members(rows) == 1200
        assert await shop.ledger.add_members(rows) == 0
        seen: list[int] = []
        cursor = Cursor("store:halles", 1, 0)
        while True:
            got = await till.pull(cursor, max_bytes=1)
            seen += [row.member for row in got.members]
            cursor = got.cursors[0]
            if not got.more:
                break
        assert sorted(seen) == list(range(1, 1201))

    run(tmp_path, scenario)


def test_publishing_the_same_again_changes_nothing(tmp_path: Path) -> None:
    """Content-addressed: only a new content moves the position."""

    async def scenario(shop: Shop) -> None:
        till = await shop.till()
        before = await shop.ledger.positions(till.device)
        await shop.ledger.publish("programme", "bakery", PROGRAMME, date(2025, 1, 1))
        assert await shop.ledger.positions(till.device) == before
        await shop.ledger.publish("catalogue", "bakery", b"\x90")
        got = await till.pull(Cursor("config", 1, before["config"]))
        assert [(item.what, item.effective_from) for item in got.config] == [("catalogue", None)]

    run(tmp_path, scenario)


def test_a_cursor_of_another_epoch_must_start_again(tmp_path: Path) -> None:
    """After a restore of the ledger, positions mean something else."""

    async def scenario(shop: Shop) -> None:
        till = await shop.till()
        got = await till.pull(Cursor("store:halles", 99, 5))
        assert got.must_refetch
        assert got.cursors == (Cursor("store:halles", 1, 0),)

    run(tmp_path, scenario)


def test_other_stores_are_not_told(tmp_path: Path) -> None:
    """A till cannot read a bucket that is not its own."""

    async def scenario(shop: Shop) -> None:
        till = await shop.till()
        await shop.member(8, "gare")
        got = await till.pull(Cursor("store:gare", 1, 0), Cursor("device:99", 1, 0))
        assert (got.members, got.cursors) == ((), ())

    run(tmp_path, scenario)


def test_a_commit_wakes_who_waits(tmp_path: Path) -> None:
    """`wait_change` returns as soon as a bucket moves, and {} when nothing happens."""

    async def scenario(shop: Shop) -> None:
        one, member = await shop.till(), await shop.member()
        now = await shop.ledger.positions(one.device)
        cursors = [Cursor(bucket, 1, pos) for bucket, pos in now.items()]
        assert await shop.ledger.wait_change(one.device, cursors, 0.01) == {}
        waiting = asyncio.create_task(shop.ledger.wait_change(one.device, cursors, 30))
        await asyncio.sleep(0)
        one.euros(member, 1)
        await one.push()
        assert (await waiting)["store:halles"] > now["store:halles"]

    run(tmp_path, scenario)


def test_who_cannot_wait_is_still_told_what_is_there(tmp_path: Path) -> None:
    """A wait of 0 seconds looks once: news that is there already is told, none is {}."""

    async def scenario(shop: Shop) -> None:
        one = await shop.till()
        now = await shop.ledger.positions(one.device)
        cursors = [Cursor(bucket, 1, pos) for bucket, pos in now.items()]
        assert await shop.ledger.wait_change(one.device, cursors, 0) == {}
        await shop.member()
        assert (await shop.ledger.wait_change(one.device, cursors, 0))["store:halles"] > now["store:halles"]

    run(tmp_path, scenario)


def test_blocks_are_topped_up_before_they_run_out(tmp_path: Path) -> None:
    """A till that enrols a lot receives more numbers with its next pull."""

    async def scenario(shop: Shop) -> None:
        till = await shop.till()
        first = next(block.first for block in till.paired.blocks if block.kind == "member")
        got = await till.pull()
        for n in range(BLOCK_SIZE // 2 + 1):
            till.enrol(first + n, b"newcard-%08d" % n)
        await till.push()
        more = await till.pull(*got.cursors)
        assert {block.kind for block in more.blocks} == {"member", "card"}

    run(tmp_path, scenario)


def test_a_name_is_read_under_the_key_of_the_store_that_asks(tmp_path: Path) -> None:
    """A member of one shop who is scanned at another is greeted by name there too."""

    async def scenario(shop: Shop) -> None:
        two, member = await shop.till("gare"), await shop.member(display="Odile R.")
        row = (await shop.ledger.account(two.device, b"card-007" * 2)).row
        assert row is not None
        assert decrypt_display(two.paired.scope_key, member, row.display) == "Odile R."

    run(tmp_path, scenario)
