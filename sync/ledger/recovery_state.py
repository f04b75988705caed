"""Recovery mode as the ledger's owner sees it: who is still to be heard, and the end of waiting."""

from typing import ClassVar

import msgspec

from sync.ledger import recovery
from sync.ledger.operation import Operation
from sync.ledger.service import Ledger
from sync.ledger.waits import COPIED, RECOVERY, recovering
from sync.ledger.work import Work


class Awaited(msgspec.Struct, frozen=True):
    """A till that has not said everything since the restore; `spoke_ms` is its first word (ms UTC, 0 for none)."""

    dev: int
    inc: int
    store: str
    till: str
    spoke_ms: int


class Recovery(msgspec.Struct, frozen=True):
    """Whether the ledger is in recovery mode, since when (ms UTC, 0 for not), and what is still open.

    `reported` tills have said everything; `presented` grants and `waiting` entries could not be placed yet; `missing`
    units were presented, or spent of a grant that was not, and could not be found (G2). `copied` is where the log of
    effects ended when the ledger was restored, -1 where it never was.
    """

    on: bool
    since_ms: int
    reported: int
    awaited: tuple[Awaited, ...]
    presented: int
    waiting: int
    missing: int
    copied: int


class RecoveryState(Operation[Recovery], frozen=True):
    """How far the recovery is."""

    name: ClassVar[str] = "recovery-state"
    answer: ClassVar[type[msgspec.Struct]] = Recovery

    async def run(self, ledger: Ledger) -> Recovery:
        """It."""
        return await ledger.read(_state)


class EndRecovery(Operation[Recovery], frozen=True):
    """Give grants again although not every till has been heard: what those hold beyond the books is at risk (G2)."""

    name: ClassVar[str] = "recovery-end"
    answer: ClassVar[type[msgspec.Struct]] = Recovery

    async def run(self, ledger: Ledger) -> Recovery:
        """End it; nothing happens where it is over."""

        async def end(work: Work) -> Recovery:
            if await recovering(work.tx):
                await recovery.end(work)
            return await _state(work)

        return await ledger.write(end)


async def _state(work: Work) -> Recovery:
    since = int(await work.tx.value(RECOVERY) or b"0")
    rows = await work.tx.expected()
    return Recovery(
        on=bool(since),
        since_ms=since,
        reported=len([row for row in rows if row.reported_ms]),
        awaited=tuple(
            [
                Awaited(row.dev, row.inc, till.store, till.till, row.spoke_ms)
                for row, till in await recovery.awaited(work.tx)
            ]
        ),
        presented=len(await work.tx.presented()),
        waiting=len(await work.tx.quarantined()),
        missing=sum([row.quantity for row in await work.tx.freed() if row.why == RECOVERY]),
        copied=int(await work.tx.value(COPIED) or b"-1"),
    )
