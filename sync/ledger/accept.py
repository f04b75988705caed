"""Accept: a till's journal as it was written, in order, signed, once (ledger-and-sync.md 5.2 and 4.5)."""

import hmac
import logging

import msgspec

from rules.sentences import said
from sync.chain import ChainBroken
from sync.ledger.books import replace
from sync.ledger.ended import end
from sync.ledger.forks import begun_ms
from sync.ledger.life_rows import Resubmitted
from sync.ledger.part import Part, check_tail, read_after
from sync.ledger.records import AnchorRow, InboxRow, Incarnation
from sync.ledger.sold import Contact, SoldTimes
from sync.ledger.store_tills import tell_store
from sync.ledger.work import Work
from sync.seal import matches
from sync.wire import PushRequest

MAX_ENTRIES = 500
MAX_BYTES = 512 * 1024
MAX_SEALED = 8 * 1024
RATCHET_BYTES = 16
BAD_CHAIN = "bad_chain"
_log = logging.getLogger("assidu.ledger")


class Refused(Exception):
    """The whole batch is refused: `code` for machines, the text for people."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


class Accepted(msgspec.Struct, frozen=True):
    """What a push leaves behind: the incarnation as saved, rows that are new, and why nothing was taken.

    `enrols` when numbers of the till's blocks are among them.
    """

    incarnation: Incarnation
    rows: tuple[InboxRow, ...] = ()
    enrols: bool = False
    expected_seq: int = 0
    fence: bool = False


def check_size(request: PushRequest) -> int:
    """How many bytes of entries are in a batch. Raises Refused beyond the limits of the protocol."""
    size = sum(map(len, request.entries))
    sealed = [len(blob.sealed) for blob in request.blobs]
    if len(request.entries) > MAX_ENTRIES or len(sealed) > MAX_ENTRIES:
        raise Refused("too_large", said("Send at most {most} entries in one batch.", most=MAX_ENTRIES))
    if size > MAX_BYTES or sum(sealed) > MAX_BYTES or max(sealed, default=0) > MAX_SEALED:
        raise Refused("too_large", said("Send at most {most} KiB in one batch.", most=MAX_BYTES // 1024))
    return size


async def accept(work: Work, till: Incarnation, request: PushRequest, part: Part) -> Accepted:
    """Take the batch, read as `part`, into the inbox of `till`. Raises Refused for a bad chain or signature."""
    till = replace(till, seen_ms=work.now_ms, backlog=request.backlog)
    turned = _turn_ratchet(work, till, request)
    if turned is None and await work.tx.was_heard(till.dev, till.inc, request.nonce):
        # A push of before that was under way for long, or is played again, and nobody reads this answer; or a copy of
        # the till from that moment, which stops by it. Whoever holds the ratchet goes on.
        return Accepted(till, fence=True)
    if till.state != "open" or turned is None:
        return await _fence(work, till)
    base = await _hash_at(work, till, request.base_seq)
    if request.base_seq > till.acc_seq:
        await work.tx.save_incarnation(turned)
        return Accepted(turned, expected_seq=till.acc_seq + 1)
    if base != request.base_hash:
        return await _fence(work, till)
    await _verify(work, till, request, part)
    if request.base_seq < till.acc_seq:
        known = await work.tx.hashes(till.dev, till.inc, request.base_seq + 1, till.acc_seq)
        named = enumerate(part.hashes, request.base_seq + 1)
        if any(known.get(seq, digest) != digest for seq, digest in named):
            return await _fence(work, till)
        part = read_after(request, min(len(part.hashes), till.acc_seq - request.base_seq), till.acc_hash)
    return await _take(work, turned, request, part)


async def accept_former(work: Work, till: Incarnation, request: PushRequest, part: Part) -> Accepted:
    """Take a batch of a life that is over, which its till shows to a restored ledger; nothing if it does not fit.

    Raises Refused for a bad chain or signature.
    """
    if (request.base_seq, request.base_hash) != (till.acc_seq, till.acc_hash):
        return Accepted(till)
    await _verify(work, till, request, part)
    return await _take(work, till, request, part)


def _turn_ratchet(work: Work, till: Incarnation, request: PushRequest) -> Incarnation | None:
    """The current value turns it; the previous one is a lost answer only with the same nonce; else a clone."""
    if hmac.compare_digest(request.ratchet, till.ratchet):
        fresh = work.random(RATCHET_BYTES)
        return replace(till, ratchet=fresh, ratchet_prev=till.ratchet, nonce=request.nonce)
    again = hmac.compare_digest(request.ratchet, till.ratchet_prev) and request.nonce == till.nonce
    return till if again and till.ratchet_prev else None


async def _hash_at(work: Work, till: Incarnation, seq: int) -> bytes | None:
    if seq == till.acc_seq:
        return till.acc_hash
    if seq == 0:
        return till.genesis
    return (await work.tx.hashes(till.dev, till.inc, seq, seq)).get(seq)


async def end_life(work: Work, dev: int, inc: int) -> None:
    """A till has sent what it cannot have written: security event, and its incarnation is closed."""
    till = await work.tx.incarnation(dev, inc)
    if till is not None:
        await _fence(work, till)
        _log.warning('{"event": "bad_chain", "device": "%d-%d"}', dev, inc)


async def _fence(work: Work, till: Incarnation) -> Accepted:
    """Two lives of one till: this incarnation ends; what it holds stays encumbered."""
    if till.state != "open":
        await work.tx.save_incarnation(till)
        return Accepted(till, fence=True)
    closed = await end(work, till)
    await tell_store(work, till.store)
    return Accepted(closed, fence=True)


async def _verify(work: Work, till: Incarnation, request: PushRequest, part: Part) -> None:
    """The chain and its last signature, by the till's key or by one that it had before. Raises Refused."""
    try:
        if part.broken is not None:
            raise part.broken
        if part.key != till.public_key:
            former = [one.public_key for one in await work.tx.former_keys(till.dev, till.inc)]
            check_tail(request, part, (till.public_key, *former))
    except ChainBroken as broken:
        raise Refused(
            BAD_CHAIN,
            said("The journal is not as this till signed it ({broken}): pair the till again.", broken=broken),
        ) from broken


async def _take(work: Work, till: Incarnation, request: PushRequest, part: Part) -> Accepted:
    """Take the entries of `part`, which follow what is accepted."""
    rows = await _rows(work, till, request, part)
    till = replace(till, backlog=max(0, request.backlog - len(request.entries)))
    if rows:
        last = rows[-1]
        till = replace(till, acc_seq=last.seq, acc_hash=last.hash, last_sold_ms=last.sold_ms)
        await work.tx.add_resubmitted(
            [Resubmitted(till.dev, orig, till.inc, seq) for seq, orig in part.resent]
        )
    await work.tx.add_sealed([blob for blob in request.blobs if matches(blob)])
    await work.tx.take(rows, till)
    return Accepted(till, tuple(rows), part.enrols)


async def _rows(work: Work, till: Incarnation, request: PushRequest, part: Part) -> list[InboxRow]:
    ids = sorted({one.anchor for one in part.clocks if one.anchor})
    boots = sorted({one.boot for one in part.clocks if one.known})
    anchors = await work.tx.anchors(till.dev, ids, boots)
    former_ms = await begun_ms(work, till.dev, till.inc) if part.resent else 0
    times = SoldTimes(anchors, Contact(work.now_ms, request.mono_ms, request.boot), till.paired_ms, former_ms)
    count = len(part.hashes)
    columns = zip(
        range(till.acc_seq + 1, till.acc_seq + 1 + count),
        part.hashes,
        request.entries[len(request.entries) - count :],
        part.signatures,
        times.of(part.clocks, till.last_sold_ms),
        part.ends,
        strict=True,
    )
    dev, inc, now_ms = till.dev, till.inc, work.now_ms
    return [
        InboxRow(dev, inc, seq, digest, data, sig, now_ms, sold_ms, end)
        for seq, digest, data, sig, sold_ms, end in columns
    ]


async def anchor(work: Work, till: Incarnation, request: PushRequest) -> AnchorRow:
    """A time the till may trust from now on."""
    name = f"t{await work.tx.advance('anchor', 1)}"
    now = request.mono_ms, request.boot
    row = AnchorRow(till.dev, till.inc, name, work.now_ms, *now, till.acc_seq, request.nonce)
    await work.tx.add_anchor(row)
    return row
