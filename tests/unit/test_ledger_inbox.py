"""The inbox: entries as they came, few or many at once."""

from pathlib import Path

import msgspec
import pytest

from sync.ledger.port import Transaction
from tests.unit.ledger_kit import Shop, looking, run


@pytest.mark.parametrize("count", [2, 49, 50, 120])
def test_entries_are_kept_as_they_came_however_many(tmp_path: Path, count: int) -> None:
    """Engines write many rows in another way than few; every second entry here belongs to the next one's commit."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        for cents in range(1, count + 1):
            till.euros(member, cents)
        request = till.request()
        signed = tuple([one for one in request.signatures if (count - one.seq) % 2 == 0])
        await till.send(msgspec.structs.replace(request, signatures=signed))
        rows = await looking(shop.ledger._storage).inbox_after(till.paired.dev, 1, 0, count + 1)
        signatures = {one.seq: one.signature for one in signed}
        assert [(one.seq, one.data, one.hash) for one in rows] == [
            (seq, data, digest) for seq, (data, digest, _) in enumerate(till.written, 1)
        ]
        assert [one.sig for one in rows] == [signatures.get(one.seq) for one in rows]
        assert [one.commit_end for one in rows] == [one.seq + (count - one.seq) % 2 for one in rows]

    run(tmp_path, scenario)


@pytest.mark.parametrize("count", [2, 50])
def test_entries_that_are_there_already_undo_the_whole(tmp_path: Path, count: int) -> None:
    """Neither the entries beside them nor the till's new head stay."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        for cents in range(1, count + 1):
            till.euros(member, cents)
        await till.push()
        dev, books = till.paired.dev, looking(shop.ledger._storage)
        rows, head = await books.inbox_after(dev, 1, 0, count), await books.incarnation(dev, 1)
        assert head is not None
        moved = [msgspec.structs.replace(one, seq=one.seq + count - 1) for one in rows]

        async def take(tx: Transaction) -> None:
            await tx.take(moved, msgspec.structs.replace(head, acc_seq=count * 2 - 1))

        with pytest.raises(Exception, match=r"(?i)unique"):
            await shop.ledger._storage.write(take)
        assert await books.inbox_after(dev, 1, 0, 2 * count) == rows
        assert await books.incarnation(dev, 1) == head

    run(tmp_path, scenario)
