"""Telling the tills of a store about each other (sync/tills.py)."""

from collections.abc import Sequence

from sync.delegation import Sign
from sync.ledger.records import Incarnation
from sync.ledger.work import Work
from sync.tills import StoreTill, StoreTills, signed_tills

TILLS = "tills"
"""The key under which a till's own bucket says that another one came, went or has a new key."""


async def tell_store(work: Work, store: str) -> None:
    """A till of the store came, went or has a new key: each of them hears of it by its next pull."""
    for till in await work.tx.tills_of(store):
        await work.tx.log(f"device:{till.dev}", TILLS)


async def tills_for(
    work: Work, till: Incarnation, had_ms: int, keys: Sequence[str], epoch: int, sign: Sign
) -> StoreTills | None:
    """The tills of `till`'s store, where its bucket's changed `keys` say so or it has none yet (`had_ms` 0)."""
    if had_ms < 0 or (had_ms and TILLS not in keys):
        return None
    known = tuple(
        StoreTill(one.dev, one.inc, one.till, one.public_key) for one in await work.tx.tills_of(till.store)
    )
    return signed_tills(StoreTills(till.store, epoch, work.now_ms, known), sign)
