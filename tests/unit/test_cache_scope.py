"""Whom the tills of a store know: by name for some months, and in which list (ledger-and-sync.md section 5.4)."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from sync.ledger.caller import LedgerRefusal
from sync.ledger.day import do_batch
from sync.ledger.scope import keep_months
from sync.ledger.shelf import read_shelf
from sync.ledger.snapshots import make, make_daily, newest
from sync.snapshot import REGION, SCOPE, Manifest, SnapshotAnswer
from sync.thin import ThinNews, short, unsqueezed
from sync.wire import Cursor, PullAnswer
from tests.unit.ledger_kit import Shop, TillSim, run
from tests.unit.test_ledger_snapshot import contents

NEWS = ThinNews((), ())


def card(member: int) -> bytes:
    return f"card-{member:03d}".encode() * 2


async def day(shop: Shop) -> None:
    while await do_batch(shop.ledger) is not None:
        pass


async def told(till: TillSim) -> PullAnswer:
    return await till.pull(Cursor(f"store:{till.paired.store}", 1, 0))


def known(answer: PullAnswer) -> tuple[list[int], tuple[int, ...]]:
    return sorted(row.member for row in answer.members), answer.gone


def test_a_store_forgets_who_was_away_for_more_than_a_year(tmp_path: Path) -> None:
    """Thirteen months after the last ticket there; the store of the enrolment never does; a visit undoes it."""

    async def scenario(shop: Shop) -> None:
        here, there, member = await shop.till(), await shop.till("gare"), await shop.member(7)
        there.euros(member, 5)
        await there.push()
        shop.clock.advance(days=390)  # 13 months after 2 March 2026 is 2 April 2027
        await day(shop)
        assert known(await told(there)) == ([7], ())
        shop.clock.advance(days=10)
        await day(shop)
        assert known(await told(there)) == ([], (7,))
        assert known(await told(here)) == ([7], ())
        there.euros(member, 5)
        await there.push()
        assert known(await told(there)) == ([7], ())

    run(tmp_path, scenario)


def test_the_months_are_the_chains_to_set(tmp_path: Path) -> None:
    """One month: gone after five weeks; nothing is told twice."""

    async def scenario(shop: Shop) -> None:
        await shop.till()
        there, member = await shop.till("gare"), await shop.member(7)
        there.euros(member, 5)
        await there.push()
        await shop.ledger.write(lambda work: keep_months(work, 1))
        shop.clock.advance(days=35)
        await day(shop)
        first = await told(there)
        assert known(first) == ([], (7,))
        shop.clock.advance(days=1)
        await day(shop)
        assert (await told(there)).cursors == first.cursors

    run(tmp_path, scenario)


def test_a_member_who_is_merged_away_is_gone(tmp_path: Path) -> None:
    """Two cards of one person: the number that no longer stands for anybody is told to the tills that knew it."""

    async def scenario(shop: Shop) -> None:
        till, other = await shop.till(), await shop.till()
        till.euros(f"card:{card(9).hex()}", 5)
        await till.push()
        before = [row.member for row in (await told(till)).members]
        await shop.member(7)
        other.link(7, card(9))
        await other.push()
        after = await told(till)
        assert [row.member for row in after.members] == [7]
        assert set(after.gone) <= set(before)

    run(tmp_path, scenario)


async def regions(shop: Shop, **region: str) -> None:
    for store, name in region.items():
        await shop.ledger.add_store(store, store.title(), "Europe/Paris", name)


async def members_in(shop: Shop, manifest: Manifest, folder: Path) -> list[tuple[int, int]]:
    """Members and their points in a list, which has a card for each."""
    folder.mkdir()
    file = await contents(shop, manifest, folder)
    rows = file.execute("SELECT id, balance FROM member ORDER BY id").fetchall()
    assert sorted(row[0] for row in file.execute("SELECT token FROM card")) == sorted(
        short(card(member)) for member, _ in rows
    )
    return rows


async def changes(till: TillSim, answer: SnapshotAnswer, pos: int) -> tuple[PullAnswer, ThinNews]:
    got = await till.pull(Cursor(f"thin:{answer.scope}", 1, pos))
    return got, unsqueezed(got.thin) if got.thin else NEWS


def numbers(news: ThinNews) -> Sequence[int]:
    return [row.member for row in news.members]


def test_a_region_has_who_was_ever_seen_in_its_stores(tmp_path: Path) -> None:
    """A list of its own, and of the changes those of its members; who comes in for the first time brings the cards."""

    async def scenario(shop: Shop) -> None:
        await regions(shop, halles="paris", gare="paris", lyon="rhone", nice="")
        halles, gare, lyon = await shop.till(), await shop.till("gare"), await shop.till("lyon")
        for member, store in ((7, "halles"), (8, "gare"), (9, "lyon"), (10, "nice")):
            await shop.member(member, store)
        lyon.euros(8, 3)
        await lyon.push()
        await make(shop.ledger)
        paris, rhone = [await newest(shop.ledger, till.device, REGION) for till in (halles, lyon)]
        everyone = await newest(shop.ledger, halles.device)
        assert await members_in(shop, paris.manifest, tmp_path / "p") == [(7, 0), (8, 3)]
        assert await members_in(shop, rhone.manifest, tmp_path / "r") == [(8, 3), (9, 0)]
        assert len(await members_in(shop, everyone.manifest, tmp_path / "a")) == 4
        assert (everyone.scope, rhone.own_seq) == (SCOPE, 1)
        lyon.euros(9, 4)
        gare.euros(8, 4)
        for till in (lyon, gare):
            await till.push()
        got, news = await changes(halles, paris, paris.manifest.pos)
        assert (numbers(news), news.cards) == ([8], news.cards)
        gare.euros(9, 1)
        await gare.push()
        _, news = await changes(halles, paris, got.cursors[0].pos)
        assert numbers(news) == [9]
        assert [(one.card, one.member) for one in news.cards] == [(short(card(9)), 9)]
        _, news = await changes(gare, paris, got.cursors[0].pos)
        assert numbers(news) == [], "its own store tells it in full"

    run(tmp_path, scenario)


def test_a_region_with_another_store_is_another_list(tmp_path: Path) -> None:
    """Tills fetch it anew, once it is made; a list that no region has any more is not kept."""

    async def scenario(shop: Shop) -> None:
        await regions(shop, halles="paris", gare="paris", nice="paris")
        till = await shop.till()
        await shop.member(8, "gare")
        await make_daily(shop.ledger)
        before = await newest(shop.ledger, till.device, REGION)
        await regions(shop, gare="")
        got, _ = await changes(till, before, before.manifest.pos)
        assert got.must_refetch
        with pytest.raises(LedgerRefusal):
            await newest(shop.ledger, till.device, REGION)
        await make_daily(shop.ledger)
        after = await newest(shop.ledger, till.device, REGION)
        assert await members_in(shop, after.manifest, tmp_path / "p") == []
        kept = (await shop.ledger.read(read_shelf)).kept
        assert {one.scope for one in kept} == {SCOPE, after.scope}
        got, _ = await changes(till, after, after.manifest.pos)
        assert not got.must_refetch

    run(tmp_path, scenario)


def test_a_store_without_region_is_told_so(tmp_path: Path) -> None:
    """In words, and whatever the till made up as the name of its list."""

    async def scenario(shop: Shop) -> None:
        till = await shop.till()
        await make(shop.ledger)
        with pytest.raises(LedgerRefusal, match="in no region"):
            await newest(shop.ledger, till.device, REGION)
        for bucket in ("thin:", "thin:paris-00000000"):
            assert (await till.pull(Cursor(bucket, 1, 0))).must_refetch

    run(tmp_path, scenario)


def test_a_member_who_left_the_store_is_told_thinly_again(tmp_path: Path) -> None:
    """The line that the list of all has of them may be old by then."""

    async def scenario(shop: Shop) -> None:
        await shop.till()
        there, member = await shop.till("gare"), await shop.member(7)
        there.euros(member, 5)
        await there.push()
        shop.clock.advance(days=400)
        manifest = await make(shop.ledger)
        await day(shop)
        got = await there.pull(Cursor("thin", 1, manifest.pos))
        assert [(row.member, row.balance) for row in unsqueezed(got.thin).members] == [(7, 0)]

    run(tmp_path, scenario)


def test_who_is_enrolled_today_is_known_today(tmp_path: Path) -> None:
    """A visit of today does not count as one of long ago, whatever day the store has."""

    async def scenario(shop: Shop) -> None:
        till = await shop.till()
        await shop.ledger.write(lambda work: keep_months(work, 1))
        await shop.member(7, "gare")
        till.enrol(11, card(11))
        till.euros(7, 1)
        await till.push()
        await day(shop)
        assert known(await told(till)) == ([7, 11], ())
        assert date(2026, 3, 2) == till.today

    run(tmp_path, scenario)
