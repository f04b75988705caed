"""GRANT_MOVE: a part of a lease lies at another till of the store from now on (ledger-and-sync.md 4.7).

Giver and receiver both say so. Whose word comes first moves the units inside the books, that of the giver by its own
chain, that of the receiver by what the giver signed; the other word then finds the grant there and changes nothing.
What cannot be proven moves nothing: what the receiver spends of it is owed, and counted.
"""

import logging

from sync.chain import Head, entry_hash, verify_commit
from sync.entry import GrantMoveBody, UnreadableEntry, body_of, decode
from sync.granted import MOVED, Proof, moved_id
from sync.ledger.accept import end_life
from sync.ledger.arithmetic import check_slices
from sync.ledger.books import Books, Origin, Why, granted, replace
from sync.ledger.grants import LEASE, recall
from sync.ledger.records import GrantRow
from sync.ledger.task import Task
from sync.ledger.waits import RECOVERY, recovering
from sync.ledger.work import Quarantined, Work

SHORT, UNPROVEN = "short", "unproven"
_log = logging.getLogger("assidu.ledger")


async def apply_move(work: Work, task: Task, body: GrantMoveBody) -> str:
    """Book a move as the giver says it, or as the receiver shows it; "" or a remark. Raises Quarantined."""
    origin = await task.origin(work)
    if not body.proofs:
        fits = body.grant == moved_id(task.row.dev, task.row.inc, task.row.seq) or (
            task.entry.orig is not None and body.grant.startswith(f"{MOVED}{task.row.dev}-")
        )
        return await _hand_over(work, task.store, origin, body) if fits else UNPROVEN
    remarks = [await _shown(work, task.store, origin, proof) for proof in body.proofs]
    return next(filter(None, remarks), "")


async def _shown(work: Work, store: str, origin: Origin, proof: Proof) -> str:
    """What a giver signed, as another till shows it."""
    try:
        entry = decode(proof.data)
        body = body_of(entry)
    except UnreadableEntry:
        return UNPROVEN
    if not isinstance(body, GrantMoveBody) or body.proofs:
        return UNPROVEN
    if body.grant != moved_id(entry.dev, entry.inc, entry.seq):
        return UNPROVEN
    digest = entry_hash(entry.prev, proof.data)
    head = Head(entry.dev, entry.inc, entry.seq, digest)
    keys = await _keys(work, entry.dev, entry.inc)
    if not any(verify_commit(key, head, entry.ticket, proof.signature) for key in keys):
        return UNPROVEN
    written = (await work.tx.hashes(entry.dev, entry.inc, entry.seq, entry.seq)).get(entry.seq, digest)
    if written != digest:  # the giver has two histories: it was set back, or copied
        _log.warning('{"event": "two_histories", "device": "%d-%d"}', entry.dev, entry.inc)
        await end_life(work, entry.dev, entry.inc)
        return UNPROVEN
    giver = replace(origin, dev=entry.dev, inc=entry.inc, seq=entry.seq, before=(), twins=())
    return await _hand_over(work, store, giver, body)


async def _keys(work: Work, dev: int, inc: int) -> tuple[bytes, ...]:
    """The keys of one life of a till, past ones too; the row is only read, its till may be busy itself."""
    now = [one.public_key for one in await work.tx.incarnations(dev) if one.inc == inc]
    return (*now, *[one.public_key for one in await work.tx.former_keys(dev, inc)])


async def _hand_over(work: Work, store: str, giver: Origin, body: GrantMoveBody) -> str:
    """Move the slices into the new grant, as far as the giver's has them."""
    check_slices(body.slices)
    there = await work.tx.grant(body.grant)
    if there is not None:
        return "" if (there.dev, there.inc) == (body.dev, body.inc) else UNPROVEN
    source = await work.tx.grant(body.of)
    if source is None and await recovering(work.tx):
        raise Quarantined(RECOVERY)  # the giver will show what it holds
    if source is None or source.kind != LEASE or not giver.may_return(source):
        return UNPROVEN
    books = await work.books(source.member, giver, [piece.lot for piece in body.slices])
    short = _move(books, source, body)
    if short:
        await recall(work, books.grants[body.grant])  # so that the till does not spend what nobody can find
    await work.close(books, store)
    return SHORT if short else ""


def _move(books: Books, source: GrantRow, body: GrantMoveBody) -> int:
    books.add_grant(
        GrantRow(body.grant, books.member, body.dev, body.inc, None, LEASE, "", source.issued_pos)
    )
    short = 0
    for piece in body.slices:
        part = min(piece.quantity, books.in_grant(source.id, piece.lot))
        books.move(piece.lot, granted(source.id), granted(body.grant), part, Why("MOVE"))
        short += piece.quantity - part
    return short
