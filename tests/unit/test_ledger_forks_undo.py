"""Undos that a next life of a till sends once more: they free what is still burned, once."""

import hashlib
from pathlib import Path

from msgspec.structs import replace

from sync.entry import Burned
from tests.unit.forks_kit import ask, burn, copy_of, lot, send
from tests.unit.ledger_kit import PROGRAMME, Shop, again, draw, line, looking, promise, run


def test_an_undo_sent_again_frees_only_what_is_still_burned(tmp_path: Path) -> None:
    """The ticket counts no more; what a return had given back of it meanwhile is not given back twice."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member(opening={"points": 100})
        await till.hold(member, 100)
        held = till.grants[0]
        sold = till.sale(
            member,
            (line(1000), line(1000)),
            burns=(
                Burned("five", "points", 100, 1, 500, (250, 250), (draw(held.id, held.slices[0].lot, 100),)),
            ),
        )
        copy = copy_of(till)
        undone = copy.void(sold)
        await till.push()
        till.refund(sold, 1000)
        till.euros(member, 1)
        await till.push()
        restored = 100 - (await shop.balances()).burned["points"]
        assert restored > 0
        life = await again(shop, copy)
        await ask(shop, life, copy)
        send(life, copy, undone.seq)
        life.euros(member, 1)
        answer = await life.push()
        assert {one.state for one in answer.dispositions} == {"applied"}
        books = await shop.balances()
        assert books.burned.get("points", 0) == 0
        assert books.available["points"] == 100
        assert await shop.faults() == []

    run(tmp_path, scenario)


def test_what_an_undo_sent_again_frees_is_drawn_again(tmp_path: Path) -> None:
    """Of births that are sent again with it: the till holds them still, so nobody else may be given them."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        copy = copy_of(till)
        till.euros(member, 1)
        await till.push()
        mine = copy.euros(member, 100)
        paid = draw(lot(mine), lot(mine), 100)
        sold = copy.sale(member, (line(1000),), burns=(burn(100, paid),))
        undone = copy.void(sold)
        spent = copy.sale(member, (line(1000),), burns=(burn(100, paid),))
        life = await again(shop, copy)
        await ask(shop, life, copy)
        fresh = send(life, copy, mine.seq)
        names = (lot(mine), lot(fresh))
        send(life, copy, sold.seq, names)
        send(life, copy, undone.seq)
        await life.push()
        assert (await shop.balances()).granted["points"] == 1 + 100
        send(life, copy, spent.seq, names)
        await life.push()
        tx = looking(shop.ledger._storage)
        assert "owed" not in {one.source for one in await tx.postings(member)}
        assert (await shop.balances()).burned["points"] == 100
        assert await shop.faults() == []

    run(tmp_path, scenario)


def test_what_an_undo_sent_again_frees_stays_for_what_comes_after_it(tmp_path: Path) -> None:
    """Of a grant of the former life: the till has spent it already, so nobody else may be given it in between."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        mine = till.euros(member, 100)
        await till.push()
        copy = copy_of(till)
        till.euros(member, 1)
        await till.push()
        paid = draw(lot(mine), lot(mine), 80)
        sold = copy.sale(member, (line(1000),), burns=(burn(80, paid),))
        undone = copy.void(sold)
        spent = copy.sale(member, (line(1000),), burns=(burn(60, replace(paid, quantity=60)),))
        life = await again(shop, copy)
        await ask(shop, life, copy)
        for one in (sold, undone, spent):
            send(life, copy, one.seq)
        await life.push()
        tx = looking(shop.ledger._storage)
        assert "owed" not in {one.source for one in await tx.postings(member)}
        books = await shop.balances()
        assert (books.burned["points"], books.available["points"]) == (60, 20)
        assert books.granted["points"] == 1 + 20

    run(tmp_path, scenario)


def test_an_undo_sent_again_waits_for_its_ticket(tmp_path: Path) -> None:
    """The ticket was put aside: its undo does not go past it, so that it counts nowhere once it is applied."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        second = PROGRAMME.replace(b"version = 1", b"version = 2")
        programme = hashlib.sha256(second).hexdigest()
        copy = copy_of(till)
        sold = copy.sale(member, (line(1000),), (promise("base", 10, copy.today),), programme=programme)
        undone = copy.void(sold)
        life = await again(shop, copy)
        await ask(shop, life, copy)
        send(life, copy, sold.seq)
        send(life, copy, undone.seq)
        answer = await life.push()
        assert [one.code for one in answer.dispositions] == ["programme", "waits"]
        await shop.ledger.publish("programme", "bakery", second)
        assert await shop.ledger.retry_quarantined() == 2
        assert (await shop.balances()).earned == {}
        assert await shop.faults() == []

    run(tmp_path, scenario)


def test_two_copies_undo_a_ticket_once(tmp_path: Path) -> None:
    """Their VOID entries differ in clock fields, and so in hash; the ticket says that it is undone already."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member(opening={"points": 100})
        await till.hold(member, 100)
        held = till.grants[0]
        sold = till.sale(member, (line(1000),), burns=(burn(100, draw(held.id, held.slices[0].lot, 100)),))
        copy = copy_of(till)
        till.void(sold)
        await till.push()
        shop.clock.advance(seconds=5)
        undone = copy.void(sold)
        life = await again(shop, copy)
        await ask(shop, life, copy)
        send(life, copy, undone.seq)
        answer = await life.push()
        assert [one.code for one in answer.dispositions] == ["duplicate"]
        books = await shop.balances()
        assert books.granted["points"] == 100  # back in the grant, which is encumbered
        assert books.available.get("points", 0) == 0

    run(tmp_path, scenario)


def test_a_ticket_whose_undo_came_without_it_counts_for_nothing(tmp_path: Path) -> None:
    """A life that was saved from a damaged disk brought the undo alone; an older disk brings the ticket."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        sold = till.euros(member, 46)
        undone = till.void(sold)
        saved = await again(shop, till)
        send(saved, till, undone.seq)
        answer = await saved.push()
        assert [one.code for one in answer.dispositions] == ["no_member"]
        older = await again(shop, till)
        await ask(shop, older, till)
        send(older, till, sold.seq)
        answer = await older.push()
        assert [one.code for one in answer.dispositions] == ["undone"]
        books = await shop.balances()
        assert (books.earned, books.granted) == ({}, {})
        assert await shop.faults() == []

    run(tmp_path, scenario)
