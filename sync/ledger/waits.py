"""What an entry has to wait for while a restored ledger still hears what its tills hold (failure table, row 27)."""

from collections.abc import Iterable

from sync.entry import Draw
from sync.granted import MOVED
from sync.ledger.port import Transaction
from sync.ledger.work import RECOVERY, Quarantined, Work

__all__ = ["COPIED", "RECOVERY", "recovering", "wait_for_grants"]

COPIED = "copied"
"""The ledger's value that says where its log of effects ended when it was restored; empty where it never was."""


async def recovering(tx: Transaction) -> bool:
    """Whether the ledger was restored and has not heard all its tills: no new grants are given."""
    return bool(await tx.value(RECOVERY))


async def wait_for_grants(work: Work, draws: Iterable[Draw]) -> None:
    """Raises Quarantined when one draws on a grant that the restored books do not know, as its till will show it."""
    named = sorted({one.grant for one in draws if one.grant.startswith(("g-", MOVED))})
    if not named or not await recovering(work.tx):
        return
    for name in named:
        if await work.tx.grant(name) is None:
            raise Quarantined(RECOVERY)
