"""A batch that is applied in memory leaves the same rows as its entries applied one by one on the database."""

import hashlib
import random
import re
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from rules.ticket import Event
from sync.entry import ClockBody, EntryKind
from sync.ledger import batch
from sync.ledger.held_rows import HeldRows
from sync.ledger.port import Transaction
from sync.ledger.records import InboxRow
from sync.ledger.touched import Touched
from sync.wire import PushAnswer
from tests.engines import engines
from tests.rows import Rows, state
from tests.unit.ledger_kit import PROGRAMME, TIERED, Shop, TillSim, Written, burn, draw, line, promise, run

MEMBERS = (7, 8, 9)
CARDS = [hashlib.sha256(f"card {n}".encode()).digest() for n in range(3)]


class Story:
    """What two tills write, drawn at random: sales, burns, returns, events, late entries, the same receipt twice."""

    def __init__(self, seed: int) -> None:
        self.draws = random.Random(seed)
        self.births: list[tuple[TillSim, str, str, int]] = []  # till, lot, asset, quantity
        self.sold: list[tuple[TillSim, Written]] = []
        self.answers: list[PushAnswer] = []

    async def tell(self, shop: Shop) -> None:
        tills = [await shop.till(), await shop.till("gare")]
        for member in MEMBERS:
            await shop.member(member, opening={"points": 40 * (member - 7)} if member > 7 else {})
        for _ in range(20):
            for till in tills:
                for _ in range(self.draws.randrange(1, 7)):
                    self.write(till)
                if self.draws.random() < 0.6:
                    self.answers.append(await till.push(limit=100))
            shop.clock.advance(hours=self.draws.choice((1, 5, 20, 200)))
        for till in tills:
            self.answers.append(await till.push())

    def write(self, till: TillSim) -> None:
        act = self.draws.choices(
            (self.sale, self.burn, self.give_back, self.event, self.void, self.refund, self.other),
            (8, 3, 3, 1, 1, 3, 1),
        )[0]
        act(till)

    def whose(self) -> int | str | None:
        return self.draws.choice((*MEMBERS, *MEMBERS, 40, None, *[card.hex() for card in CARDS]))

    def sale(self, till: TillSim) -> None:
        euros, cups = self.draws.randrange(1, 60), self.draws.randrange(0, 4)
        points = euros + self.draws.choice((0, 0, 0, 5, -1))
        given = [promise("base", points, till.today, allocation=(points, 0))] if points > 0 else []
        if cups:
            given.append(promise("coffee", cups, till.today, "stamp:coffee", allocation=(0, cups)))
        if self.draws.random() < 0.1:
            later = till.today + timedelta(days=1)
            given.append(promise("regular", 30, till.today, available_on=later, allocation=(30, 0)))
        more = {"pos_ref": f"r{self.draws.randrange(12)}"} if self.draws.random() < 0.4 else {}
        lines = (line(euros * 100), line(200 * cups, "coffee", qty=cups or 1))
        done = till.sale(self.whose(), lines, tuple(given), **more)
        self.sold.append((till, done))
        for lot, one in zip(done.lots, given, strict=True):
            self.births.append((till, lot, one.asset, one.quantity))

    def burn(self, till: TillSim) -> None:
        mine = [one for one in self.births if one[0] is till and one[2] == "points"]
        if not mine:
            return
        _, lot, _, quantity = self.draws.choice(mine)
        part = self.draws.choice((quantity, max(1, quantity // 2), quantity + 3))
        spent = burn(part + 2, draw(lot, lot, part), unsecured=2)
        self.sold.append((till, till.sale(self.draws.choice(MEMBERS), (line(1500),), (), (spent,))))

    def give_back(self, till: TillSim) -> None:
        mine = [one for one in self.births if one[0] is till]
        if mine:
            _, lot, asset, quantity = self.draws.choice(mine)
            till.give_back(lot, (asset, lot, quantity))

    def event(self, till: TillSim) -> None:
        till.event(self.draws.choice(MEMBERS), Event("check_in", ref=str(self.draws.randrange(3))))

    def void(self, till: TillSim) -> None:
        mine = [done for one, done in self.sold if one is till]
        if mine:
            till.void(self.draws.choice(mine))

    def refund(self, till: TillSim) -> None:
        if self.sold:
            till.refund(self.draws.choice(self.sold)[1], self.draws.randrange(1, 1500))

    def other(self, till: TillSim) -> None:
        match self.draws.randrange(4):
            case 0:
                till.enrol(41 + len(till.written), self.draws.choice(CARDS))
            case 1:
                till.link(self.draws.choice(MEMBERS), self.draws.choice(CARDS))
            case 2:
                till.write(EntryKind.CLOCK, ClockBody(mark_ms=1, wall_ms=2, trusted=True))
            case _:
                till.sale(7, (line(500),), programme="00" * 32)  # put aside: nobody published it


async def _what_stands(shop: Shop) -> Rows:
    """Every row without what counts transactions; numbers given out may leave gaps, so they are told by their order."""
    rows = await state(shop.ledger._storage, engines.name)
    rows["bucket_log"] = [row[:2] for row in rows["bucket_log"]]
    del rows["counter"]
    given = {int(n) for n in re.findall(r"\bc-(\d+)\b", repr(rows["lot"]))}
    places = {f"c-{n}": f"c-{place:05}" for place, n in enumerate(sorted(given))}
    return {
        table: sorted(
            [tuple([places.get(one, one) if isinstance(one, str) else one for one in row]) for row in held],
            key=repr,
        )
        for table, held in rows.items()
    }


@pytest.mark.parametrize("programme", [PROGRAMME, TIERED], ids=["plain", "tiered"])
@pytest.mark.parametrize("seed", [1, 2])
def test_one_way_and_two_places(
    tmp_path: Path, seed: int, programme: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the tills write: rows and answers are the same, and much of it was done in memory."""
    told: list[Story] = []
    found: list[Rows] = []

    async def scenario(shop: Shop) -> None:
        told.append(Story(seed))
        await told[-1].tell(shop)
        found.append(await _what_stands(shop))

    for name in ("held", "direct"):
        (tmp_path / name).mkdir()
        run(tmp_path / name, scenario, programme)
        monkeypatch.setattr(batch, "_is_hot", lambda _row: False)
    held, direct = told
    applied = [one for answer in held.answers for one in answer.dispositions if one.state == "applied"]
    assert len(applied) > 60
    assert [one.dispositions for one in held.answers] == [one.dispositions for one in direct.answers]
    for table in found[0]:
        assert found[0][table] == found[1][table], table


def test_a_receipt_of_an_undone_ticket_is_free_in_the_same_batch(tmp_path: Path) -> None:
    """Sold without a line, undone, and rung up again under the same receipt: the second ticket counts."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        till.void(till.euros(member, 5, pos_ref="r1"))
        till.euros(member, 7)
        again = till.euros(member, 9, pos_ref="r1")
        await till.push()
        assert (await shop.balances(member)).balance() == 16
        sale = await shop.ledger._storage.read(lambda tx: tx.sale(again.ticket))
        assert sale is not None
        assert sale.state == "live"

    run(tmp_path, scenario)


@pytest.mark.engines("sqlite")
def test_rows_are_read_once_however_often_the_database_is_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refund between two sales does not make the sales before and after it be read again."""
    read: list[int] = []

    class Counting(HeldRows):
        """Says how many entries rows were read for."""

        @classmethod
        async def read(cls, tx: Transaction, rows: Sequence[InboxRow], named: Touched) -> HeldRows:
            """As ever."""
            read.append(len(rows))
            return await super().read(tx, rows, named)

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        for _ in range(4):
            sold = till.euros(member, 5)
            till.euros(member, 6)
            till.refund(sold, 500)
        monkeypatch.setattr(batch, "HeldRows", Counting)
        await till.push()
        assert read == [2, 2, 2, 2]

    run(tmp_path, scenario)
