"""One showing of a phone's code: on line a second till is told at once that it was shown elsewhere (row 25)."""

from typing import Final

from rules.sentences import mark
from sync.ledger.caller import DeviceId, LedgerRefusal
from sync.ledger.service import Ledger
from sync.ledger.work import Work
from sync.shown import ShownAnswer, ShownRequest

KEEP_MS: Final = 600_000  # longer than any till believes a code, whatever its clock may be off


async def claim(ledger: Ledger, device: DeviceId, request: ShownRequest) -> ShownAnswer:
    """Whether another till was shown the code before. Raises LedgerRefusal for a till that is not one of the chain."""

    async def keep(work: Work) -> ShownAnswer:
        till = await work.tx.incarnation(device.dev, device.inc)
        if till is None or till.state == "revoked":
            raise LedgerRefusal("unknown_device", mark("The ledger does not know this till: pair it."))
        first = await work.tx.claim_code(request.code, device.dev, work.now_ms, KEEP_MS)
        return ShownAnswer(request.code, first != device.dev)

    return await ledger.write(keep)
