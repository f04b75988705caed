"""What the centre has of the former life of a till that was paired once more (ledger-and-sync.md 4.5, 5.1)."""

from rules.sentences import mark, said
from sync.ledger.accept import Refused
from sync.ledger.books import replace
from sync.ledger.caller import DeviceId
from sync.ledger.forks import enrolled_at
from sync.ledger.service import Ledger
from sync.ledger.work import Work
from sync.wire import Became, ReconcileAnswer, ReconcileRequest

MOST_AT_ONCE = 2_000


async def reconcile(ledger: Ledger, till: DeviceId, request: ReconcileRequest) -> ReconcileAnswer:
    """Which entries of the life before the centre has, and what became of those that were sent once more.

    Raises LedgerRefusal for a life that this till was not paired from.
    """
    return await ledger.write(lambda work: _compare(work, till, request))


async def _compare(work: Work, till: DeviceId, request: ReconcileRequest) -> ReconcileAnswer:
    life = await work.tx.life(till.dev, till.inc)
    if life.fork_inc == 0 or request.inc != life.fork_inc:
        raise Refused("not_yours", mark("These entries are of another till: pair this till again."))
    if len(request.unsent) > MOST_AT_ONCE:
        raise Refused("too_large", said("Ask for at most {most} entries at once.", most=MOST_AT_ONCE))
    seqs = [one.seq for one in request.unsent]
    held = await work.tx.hashes(till.dev, request.inc, min(seqs, default=0), max(seqs, default=0))
    here = tuple(one.seq for one in request.unsent if held.get(one.seq) == one.hash)
    await work.tx.save_life(replace(life, fork_seq=max([life.fork_seq, *here])))
    became = []
    for one in request.unsent:
        first = None if one.seq in here else await work.tx.resubmitted(till.dev, one.orig)
        if first is not None:
            member = await enrolled_at(work, till.dev, first)
            became.append(Became(one.seq, first.inc, first.seq, member))
    return ReconcileAnswer(here, tuple(became))
