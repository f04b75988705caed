"""A ticket that two copies of a till had begun and both closed: it counts once."""

from pathlib import Path

from tests.unit.ledger_kit import Shop, again, burn, draw, line, promise, run


def test_a_ticket_that_two_copies_close_gives_back_what_the_second_drew(tmp_path: Path) -> None:
    """It counts once, and an undo of the second has its draws in their slices again."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member(opening={"points": 150})
        counted = till.sale(member, (line(600),), (promise("base", 6, till.today),))
        await till.push()
        life = await again(shop, till)
        await life.hold(member, 100)
        grant = life.grants[0]
        paid = burn(100, draw(grant.id, grant.slices[0].lot, 100))
        second = life.sale(member, (line(600),), (), (paid,))
        assert second.ticket == counted.ticket
        answer = await life.push()
        assert [one.code for one in answer.dispositions] == ["duplicate"]
        held = await shop.balances()
        assert (held.burned, held.granted, held.available) == ({}, {"points": 6}, {"points": 150})
        life.void(second)
        await life.push()
        held = await shop.balances()
        assert (held.granted, held.available) == ({"points": 106}, {"points": 50})
        assert await shop.faults() == []

    run(tmp_path, scenario)
