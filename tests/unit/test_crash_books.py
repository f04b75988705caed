"""What the crash tests read of a ledger: all that is owed counts, also while another till holds the lot."""

from pathlib import Path

from tests.crash.ledger_life import read_books
from tests.unit.ledger_kit import Shop, run


def test_a_claw_that_waits_for_a_grant_is_owed(tmp_path: Path) -> None:
    """The points of a returned ticket are in another till's hold: they count as gone, there and at home."""

    async def scenario(shop: Shop) -> None:
        here, there = await shop.till(), await shop.till()
        member = await shop.member()
        sale = here.euros(member, 66)
        [lot] = sale.lots
        here.give_back(lot, ("points", lot, 66))
        await here.push()
        [held] = (await there.hold(member, 66)).grants
        here.refund(sale, 6600)
        await here.push()
        books = await read_books(shop.ledger, sale.dev, sale.inc)
        assert (books.points[member], books.faults) == (0, ())
        there.give_back(held.id, ("points", lot, 66))
        await there.push()
        books = await read_books(shop.ledger, sale.dev, sale.inc)
        assert (books.points[member], books.faults) == (0, ())

    run(tmp_path, scenario)
