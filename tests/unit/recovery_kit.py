"""A ledger that is copied and comes back from its copy, and tills that tell it what it lost."""

import hashlib
from pathlib import Path

from sync.ledger import backup
from sync.ledger.sqlite import SqliteStorage
from tests.unit.ledger_kit import Shop, TillSim, burn, draw, line, promise


async def speak(till: TillSim) -> None:
    """Push as a till does: from where the ledger asks, with the grants that it lacks."""
    known = -1
    for _ in range(5):
        presented = None
        if 0 <= known < till.last_gno:
            presented = tuple(grant for grant in till.grants if grant.gno > known)
        answer = await till.push(presented=presented, backlog=till.head.seq - till.accepted)
        known = answer.known_gno
        if answer.expected_seq:
            till.accepted = answer.expected_seq - 1
        elif till.accepted == till.head.seq and not 0 <= known < till.last_gno:
            return
    raise AssertionError("the till and the ledger do not come to an end")


def copied(shop: Shop, folder: Path) -> Path:
    """A copy of the ledger as it is now."""
    (folder / "ledger.db.key").write_bytes(hashlib.sha256(b"ledger").digest())
    backup.back_up(folder / "ledger.db", folder / "copy.db")
    return folder / "copy.db"


async def restored(shop: Shop, folder: Path) -> None:
    """The ledger dies and its copy takes its place."""
    await shop.ledger.close()
    now = shop.clock.ms
    assert await backup.restore(folder / "copy.db", folder / "ledger.db", now, replace=True) is not None
    shop.ledger._storage = SqliteStorage(folder / "ledger.db")
    await shop.ledger.open()


async def leased(shop: Shop) -> tuple[TillSim, TillSim, int]:
    """Two tills of a store and a member with 240 free points."""
    first, second = await shop.till(), await shop.till()
    member = await shop.member()
    sold = first.euros(member, 240)
    await first.push()
    first.give_back(sold.lots[0], ("points", sold.lots[0], 240))
    await first.push()
    return first, second, member


def spend(till: TillSim, member: int, quantity: int) -> None:
    """Burn points of the till's last grant, without a line."""
    grant = till.grants[-1]
    paid = burn(quantity, draw(grant.id, grant.slices[0].lot, quantity))
    till.sale(member, (line(600),), (promise("base", 1, till.today),), (paid,))
