"""Redemptions that come back when the till that sold them will write no more, and its undo after that."""

from pathlib import Path

import pytest

from sync.ledger.devices import RevokeDevice, WriteOffDevice
from tests.unit.ledger_kit import (
    Shop,
    again,
    burn,
    draw,
    line,
    promise,
    run,
)
from tests.unit.test_ledger_refund import back


@pytest.mark.parametrize("end", ["paired again", "a copy of it", "revoked", "written off"])
def test_burns_come_back_when_the_sellers_life_ends(tmp_path: Path, end: str) -> None:
    """It will not write on: what its last ticket redeemed and came back is the member's, with the centre."""

    async def scenario(shop: Shop) -> None:
        one, two, member = await shop.till(), await shop.till("gare"), await shop.member()
        sold = one.euros(member, 100)
        paid = burn(100, draw(sold.lots[0], sold.lots[0], 100))
        spent = one.sale(member, (line(600),), (promise("base", 1, one.today),), (paid,))
        await one.push()
        two.refund(spent, 600, back(0, 600))
        await two.push()
        assert (await shop.balances()).burned == {"points": 100}
        if end == "paired again":
            await again(shop, one)
        elif end == "revoked":
            await RevokeDevice(one.paired.dev).run(shop.ledger)
        elif end == "written off":
            await WriteOffDevice(one.paired.dev, True).run(shop.ledger)
        else:
            assert (await one.send(one.request(ratchet=bytes(16)))).fence
        held = await shop.balances()
        assert (held.burned, held.available) == ({}, {"points": 100})
        assert await shop.faults() == []

    run(tmp_path, scenario)


def test_a_till_that_was_written_off_and_comes_back_undoes_nothing_twice(tmp_path: Path) -> None:
    """What its last ticket redeemed came back with a return while it was given up; its undo finds nothing left."""

    async def scenario(shop: Shop) -> None:
        one, two, member = await shop.till(), await shop.till("gare"), await shop.member()
        sold = one.euros(member, 100)
        paid = burn(100, draw(sold.lots[0], sold.lots[0], 100))
        spent = one.sale(member, (line(600),), (promise("base", 1, one.today),), (paid,))
        await one.push()
        await WriteOffDevice(one.paired.dev, True).run(shop.ledger)
        two.refund(spent, 600, back(0, 600))
        await two.push()
        assert (await shop.balances()).available == {"points": 100}
        one.void(spent)
        await one.push()
        held = await shop.balances()
        assert (held.burned, held.balance(), held.deficit) == ({}, 100, {})
        assert await shop.faults() == []

    run(tmp_path, scenario)


def test_an_undo_that_comes_first_leaves_nothing_to_restore(tmp_path: Path) -> None:
    """The seller's next entry is the VOID itself: the draw is freed once, not twice."""

    async def scenario(shop: Shop) -> None:
        one, two, member = await shop.till(), await shop.till("gare"), await shop.member()
        sold = one.euros(member, 100)
        paid = burn(100, draw(sold.lots[0], sold.lots[0], 100))
        spent = one.sale(member, (line(600),), (promise("base", 1, one.today),), (paid,))
        two.refund(spent, 600, back(0, 600))
        await two.push()
        one.void(spent)
        await one.push()
        held = await shop.balances()
        assert (held.burned, held.granted, held.available) == ({}, {"points": 100}, {})

    run(tmp_path, scenario)
