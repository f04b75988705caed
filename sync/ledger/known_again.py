"""A till that a restored ledger does not know, or by another key, shows what the ledger itself had signed of it.

The life begins again as it was, under its own name: everything that others hold of it keeps its name, and the till
sends its whole journal. Entries of its former lives that the ledger lacks come with the papers. What the till holds it
presents as every other till does (sync/ledger/recovery.py).
"""

from collections.abc import Sequence

import msgspec

from rules.sentences import mark
from sync.ledger.accept import RATCHET_BYTES, Refused, accept_former, check_size
from sync.ledger.batch import apply_all
from sync.ledger.ended import end
from sync.ledger.life_rows import FormerKey, Life
from sync.ledger.operation_rows import ExpectedRow
from sync.ledger.part import read_part
from sync.ledger.records import Incarnation
from sync.ledger.recovery import end_if_heard
from sync.ledger.service import Ledger
from sync.ledger.store_tills import tell_store
from sync.ledger.waits import COPIED
from sync.ledger.work import Work
from sync.papers import LivesAnswer, LivesRequest, Paper, Shared, is_genuine, last_of
from sync.wire import PushRequest

_replace = msgspec.structs.replace
MOST_PAPERS = 200
_UNKNOWN = mark("The ledger does not know this till: pair it.")


async def show(ledger: Ledger, request: LivesRequest) -> LivesAnswer:
    """Know a till again by its papers, and take what is lacking of its former lives. Raises LedgerRefusal.

    The caller has checked that who asks holds the key of the last paper.
    """

    async def know(work: Work) -> LivesAnswer:
        papers = await _checked(work, ledger.server_public_key, request)
        for paper in papers:
            await _know(work, paper, request.over)
        if request.former is not None:
            await _take(work, papers, request.former, request.over)
        answer = await _lacking(work, papers[0].dev, request.over)
        await end_if_heard(work)
        return answer

    return await ledger.write(know)


async def _checked(work: Work, server_key: bytes, request: LivesRequest) -> list[Paper]:
    """The papers, first life and key first, of a ledger that was restored at some time. Raises Refused."""
    papers = sorted(request.papers[: MOST_PAPERS + 1], key=lambda one: (one.inc, one.key))
    ours = 0 < len(papers) <= MOST_PAPERS and all(
        one.dev == papers[0].dev and is_genuine(one, server_key) for one in papers
    )
    if not ours or not await work.tx.value(COPIED):
        raise Refused("unknown_device", _UNKNOWN)
    if await work.tx.store(papers[-1].store) is None:
        raise Refused(
            "unknown_store",
            mark("The ledger does not know this store any more: add it again, with its name."),
        )
    return papers


async def _know(work: Work, paper: Paper, over: Sequence[Shared]) -> None:
    till = await work.tx.incarnation(paper.dev, paper.inc)
    if till is None:
        await _begin_again(work, paper, over)
        return
    if till.genesis != paper.genesis or till.state == "revoked":
        raise Refused("unknown_device", _UNKNOWN)
    former = await work.tx.former_keys(paper.dev, paper.inc)
    if paper.key > len(former):
        last = max([till.acc_seq, *[one.last_seq + 1 for one in former]])
        await work.tx.add_former_key(FormerKey(paper.dev, paper.inc, last, till.public_key))
        await work.tx.save_incarnation(_replace(till, public_key=paper.public_key))
        life = await work.tx.life(paper.dev, paper.inc)
        await work.tx.save_life(_replace(life, next_key=b""))
        await tell_store(work, till.store)


async def _begin_again(work: Work, paper: Paper, over: Sequence[Shared]) -> None:
    """The life as it was when it began, unless a later one is known already; it goes on from one that is over."""
    newest = await work.tx.last_inc(paper.dev)
    till = Incarnation(
        dev=paper.dev,
        inc=paper.inc,
        store=paper.store,
        till=paper.till,
        public_key=paper.public_key,
        state="open" if paper.inc > newest else "closed",
        genesis=paper.genesis,
        acc_seq=0,
        acc_hash=paper.genesis,
        dur_seq=0,
        last_gno=0,
        ratchet=work.random(RATCHET_BYTES),
        ratchet_prev=b"",
        nonce="",
        last_sold_ms=0,
        paired_ms=paper.paired_ms,
    )
    await work.tx.save_incarnation(till)
    await work.tx.expect([ExpectedRow(till.dev, till.inc, 0)])
    if paper.fork_inc:
        await work.tx.save_life(Life(till.dev, till.inc, paper.fork_inc, last_of(over, paper.fork_inc)))
        before = await work.tx.incarnation(paper.dev, paper.fork_inc)
        if before is not None and before.state == "open":
            await end(work, before)
    await tell_store(work, till.store)


async def _take(work: Work, papers: Sequence[Paper], request: PushRequest, over: Sequence[Shared]) -> None:
    """Entries of a life that is over. Raises Refused for what its till cannot have written."""
    check_size(request)
    till = await work.tx.incarnation(papers[0].dev, request.inc)
    last = request.base_seq + len(request.entries)
    fits = till is not None and till.state == "closed" and request.dev == till.dev
    if till is None or not fits or last > last_of(over, request.inc):
        raise Refused(
            "bad_request", mark("These entries are of no life of this till that is over: update the till.")
        )
    part = read_part(request, till.public_key)
    taken = await accept_former(work, till, request, part)
    await apply_all(work, taken.rows, till.store)


async def _lacking(work: Work, dev: int, over: Sequence[Shared]) -> LivesAnswer:
    """The first life that is over and of which entries are lacking."""
    for one in sorted(over, key=lambda one: one.inc):
        till = await work.tx.incarnation(dev, one.inc)
        if till is not None and till.state == "closed" and till.acc_seq < one.last:
            return LivesAnswer(till.inc, till.acc_seq, till.acc_hash)
    return LivesAnswer()
