"""Pieces of changes that the ledger makes once for all tills: hours, days, and what a till gets that was away."""

from collections.abc import Awaitable, Callable
from itertools import pairwise
from pathlib import Path

import pytest

from sync.ledger import deltas, thin
from sync.ledger.deltas import make_pieces
from sync.ledger.shelf import DAYS_OF_CHANGES, KeptPiece, read_shelf
from sync.ledger.snapshots import make, make_daily, newest
from sync.snapshot import REGION
from sync.thin import ThinMember, bucket_of, unsqueezed
from sync.wire import Cursor
from tests.unit.ledger_kit import Shop, TillSim, run

MEMBERS = range(1, 9)
FOURTH_VISIT = 30  # points, by the kit's programme


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three changes are more than a few, and a piece has two lines at most where a read brings one or two."""
    for module in (deltas, thin):
        monkeypatch.setattr(module, "FEW", 2)


class Chain:
    """A shop with members at one store and a till at another, which reads of them as far as it is told."""

    def __init__(self, shop: Shop, sells: TillSim, reads: TillSim, pos: int) -> None:
        self.shop, self.sells, self.reads = shop, sells, reads
        self.pos, self.lines, self.fetched, self.bucket = pos, dict.fromkeys(MEMBERS, 0), 0, "thin"

    async def sold(self, *members: int, euros: int = 1) -> None:
        for member in members:
            self.sells.euros(member, euros)
        await self.sells.push()

    async def hour(self) -> None:
        self.shop.clock.advance(hours=1)
        await make_pieces(self.shop.ledger)

    async def day(self) -> None:
        self.shop.clock.advance(days=1)
        await make_daily(self.shop.ledger)
        await make_pieces(self.shop.ledger)

    async def pieces(self, scope: str = "all") -> tuple[KeptPiece, ...]:
        return (await self.shop.ledger.read(read_shelf)).pieces_of(scope, 1)

    async def read(self) -> bool:
        """Read until nothing is left; whether it went without a snapshot."""
        while True:
            got = await self.reads.pull(Cursor(self.bucket, 1, self.pos))
            if got.must_refetch:
                return False
            if got.thin:
                news = unsqueezed(got.thin)
                rows: tuple[ThinMember, ...] = news.members
                if news.piece is not None:
                    data = await self.shop.ledger.blob(news.piece.sha256)
                    assert data is not None
                    rows = unsqueezed(data).members
                self.fetched += len(rows)
                self.lines |= {row.member: row.balance for row in rows}
            self.pos = got.cursors[0].pos
            if not got.more:
                return True


def chain(tmp_path: Path, scenario: Callable[[Chain], Awaitable[None]]) -> None:
    async def begun(shop: Shop) -> None:
        sells, reads = await shop.till(), await shop.till("gare")
        for member in MEMBERS:
            await shop.member(member)
        await scenario(Chain(shop, sells, reads, (await make(shop.ledger)).pos))

    run(tmp_path, begun)


def test_a_few_changes_are_read_at_once_and_more_wait_for_the_hour(tmp_path: Path) -> None:
    """Each change is counted once for all tills; a cursor in the middle of a piece loses nothing."""

    async def scenario(shop: Chain) -> None:
        await shop.sold(1, 2)
        assert await shop.read()
        assert (shop.lines[1], shop.lines[2], shop.fetched) == (1, 1, 2)
        await shop.sold(2, 3, 4)
        assert await shop.read()
        assert shop.fetched == 2, "more than a few wait"
        await shop.hour()
        assert await shop.read()
        assert [shop.lines[n] for n in (1, 2, 3, 4)] == [1, 2, 1, 1]
        (piece,) = await shop.pieces()
        assert piece.last == shop.pos
        await shop.hour()
        assert await shop.pieces() == (piece,), "nothing has changed"

    chain(tmp_path, scenario)


def test_a_till_that_was_away_gets_days_and_then_hours(tmp_path: Path) -> None:
    """A line that changes every hour comes once for each day, and the hours of a day that is over are not kept."""

    async def scenario(shop: Chain) -> None:
        for _ in range(2):
            for _ in range(3):
                await shop.sold(1, 2, 3)
                await shop.hour()
            await shop.sold(4, 5, 6)
            await shop.day()
        await shop.sold(1, 2, 3)
        await shop.hour()
        pieces = await shop.pieces()
        assert [one.whole_day for one in pieces] == [True, True, False, False]
        assert all(one.last == two.first for one, two in pairwise(pieces))
        assert await shop.read()
        assert [shop.lines[n] for n in MEMBERS] == [7, 7, 7, 2, 2, 2, 0, 0]
        assert shop.fetched == 12, "27 changes: three lines of each day, and of two hours"

    chain(tmp_path, scenario)


def test_a_day_of_which_nothing_is_left_leaves_no_gap(tmp_path: Path) -> None:
    """Whatever changed on it changed again: its piece is empty, and a till goes on behind it."""

    async def scenario(shop: Chain) -> None:
        await shop.sold(1, 2, 3)
        await shop.hour()
        await shop.sold(1, 2, 3)
        await shop.day()
        day, hour = await shop.pieces()
        assert (day.whole_day, day.last) == (True, hour.first)
        assert await shop.read()
        assert ([shop.lines[n] for n in (1, 2, 3)], shop.fetched) == ([2, 2, 2], 3)

    chain(tmp_path, scenario)


def test_old_pieces_go_with_the_changes(tmp_path: Path) -> None:
    """After eight days a till needs a snapshot, and no blob is left of what no till can read any more."""

    async def scenario(shop: Chain) -> None:
        seen: set[bytes] = set()
        for _ in range(DAYS_OF_CHANGES + 3):
            await shop.sold(1, 2, 3)
            await shop.hour()
            await shop.day()
            seen |= {one.sha256 for one in await shop.pieces()} | {one.heads for one in await shop.pieces()}
        kept = await shop.pieces()
        assert len(kept) <= DAYS_OF_CHANGES
        left = {sha for sha in seen if await shop.shop.ledger.blob(sha) is not None}
        assert left <= {sha for one in kept for sha in (one.sha256, one.heads)} | {
            one.heads for one in (await shop.shop.ledger.read(read_shelf)).kept
        }
        assert not await shop.read()
        shop.pos = kept[0].first
        assert await shop.read()
        assert shop.lines[1] == DAYS_OF_CHANGES + 3 + FOURTH_VISIT

    chain(tmp_path, scenario)


def test_a_gap_before_the_first_piece_is_a_snapshot(tmp_path: Path) -> None:
    """What lies between a till's cursor and the first piece is told by nothing else."""

    async def scenario(shop: Chain) -> None:
        await shop.sold(1, 2, 3)
        await shop.hour()
        shop.pos = (await shop.pieces())[0].first - 1
        assert not await shop.read()

    chain(tmp_path, scenario)


def test_long_pieces_are_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A till unpacks a piece in memory: after a large import there are several of them, without a gap."""
    monkeypatch.setattr(deltas, "MOST_LINES", 2)
    monkeypatch.setattr(deltas, "READ_AT_ONCE", 2)

    async def scenario(shop: Chain) -> None:
        await shop.sold(*MEMBERS)
        await shop.hour()
        pieces = await shop.pieces()
        assert len(pieces) >= 4
        assert all(one.last == two.first for one, two in pairwise(pieces))
        assert await shop.read()
        assert set(shop.lines.values()) == {1}
        await shop.day()
        assert all(one.whole_day for one in await shop.pieces())

    chain(tmp_path, scenario)


def test_two_processes_make_a_piece_once(tmp_path: Path) -> None:
    """Who comes second keeps what is there."""

    async def scenario(shop: Chain) -> None:
        await shop.sold(1, 2, 3)
        shelf = await shop.shop.ledger.read(read_shelf)
        first = shelf.days[0][1]
        both = [await deltas._read(shop.shop.ledger, thin.Listed("all"), first, thin.LAST) for _ in range(2)]
        for heads, made in both:
            await deltas.keep_pieces(shop.shop.ledger, heads, made)
        assert len(await shop.pieces()) == 1

    chain(tmp_path, scenario)


def test_what_the_till_sent_itself_is_told_by_the_heads(tmp_path: Path) -> None:
    """How far the journal of the till that asks was in when the piece was begun."""

    async def scenario(shop: Chain) -> None:
        await shop.sold(1, 2, 3)
        await shop.hour()
        for till, own in ((shop.sells, 3), (shop.reads, 0)):
            got = await till.pull(Cursor("thin", 1, shop.pos))
            piece = unsqueezed(got.thin).piece
            assert piece is not None
            assert (piece.own_seq, got.more) == (own, True)

    chain(tmp_path, scenario)


def test_a_region_has_pieces_of_its_own(tmp_path: Path) -> None:
    """With the cards of whoever changed, since they may be new there."""

    async def scenario(shop: Chain) -> None:
        ledger = shop.shop.ledger
        await ledger.add_store("gare", "Gare", "Europe/Paris", "paris")
        await make_daily(ledger)
        answer = await newest(ledger, shop.reads.device, REGION)
        assert answer.manifest.members == 0
        shop.bucket, shop.pos, shop.lines = bucket_of(answer.scope), answer.manifest.pos, {}
        await shop.sold(1, 2, 3)
        for member in (2, 3, 4):
            shop.reads.euros(member, 5)
        await shop.reads.push()
        await shop.hour()
        assert await shop.read()
        assert shop.lines == {2: 6, 3: 6, 4: 5}
        (piece,) = await shop.pieces(answer.scope)
        data = await ledger.blob(piece.sha256)
        assert data is not None
        assert {one.member for one in unsqueezed(data).cards} == {2, 3, 4}

    chain(tmp_path, scenario)
