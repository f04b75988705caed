"""A life of a till ends, and with it what had to wait until the till wrote on (ledger-and-sync.md section 3)."""

from sync.ledger.apply_refund import restore_waiting
from sync.ledger.books import Origin, replace
from sync.ledger.records import Incarnation
from sync.ledger.touched import Touched
from sync.ledger.work import Work

CLOSED = "closed"
REVOKED = "revoked"


async def end(work: Work, till: Incarnation, state: str = CLOSED) -> Incarnation:
    """The life of `till` as it is over, saved; what its last tickets redeemed and came back is given back."""
    over = replace(till, state=state)
    await work.tx.save_incarnation(over)
    await write_no_more(work, over)
    return over


async def write_no_more(work: Work, till: Incarnation) -> None:
    """Give back what waited for the next entry of `till`: its life is over, or it is written off."""
    await work.tx.lock(Touched(till.dev, till.inc))
    for sale in await work.tx.waiting_restores(till.dev, till.inc):
        day = await work.today(till.store)
        async with work.tx.savepoint():
            await restore_waiting(work, sale, Origin(till.dev, till.inc, till.acc_seq, day), till.store)
