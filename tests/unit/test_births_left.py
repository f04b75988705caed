"""What a till's own journal says is left of the lots that it gave: a saved till has nothing else."""

from pathlib import Path

from sync.entry import decode
from sync.till.births import births_left
from tests.unit.ledger_kit import Shop, run


def test_a_lease_of_the_same_lot_is_no_part_of_it(tmp_path: Path) -> None:
    """A lot that came home is lent to its till: what that gives back leaves the rest of a birth as it was."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        lot = till.euros(member, 100).lots[0]
        till.give_back(lot, ("points", lot, 60))
        await till.push()
        await till.hold(member, 60)
        till.give_back(till.grants[0].id, ("points", lot, 60))
        entries = [decode(data) for data, _, _ in till.written]
        [left] = births_left(entries)
        assert (left.piece.lot, left.piece.quantity) == (lot, 40)

    run(tmp_path, scenario)
