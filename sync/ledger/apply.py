"""From an accepted entry to its effect: by kind, exactly once, and aside when it cannot be applied.

A till is never stopped by one bad entry (ledger-and-sync.md sections 1.6 and 5.2): what cannot be read or
attributed is acknowledged, kept and withheld, and can be tried again by newer code.
"""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from sync.entry import (
    EntryKind,
    GrantReturnBody,
    UnreadableEntry,
    body_of,
    decode,
)
from sync.granted import MOVED
from sync.ledger.apply_adjust import apply_adjust
from sync.ledger.apply_card import apply_block, apply_phone
from sync.ledger.apply_member import apply_consent, apply_enrol, apply_link, apply_note
from sync.ledger.apply_merge import apply_merge
from sync.ledger.apply_move import apply_move
from sync.ledger.apply_moved import apply_moved
from sync.ledger.apply_refund import apply_refund, restore_waiting
from sync.ledger.apply_ticket import apply_event, apply_ticket
from sync.ledger.apply_void import apply_void
from sync.ledger.arithmetic import check_slices
from sync.ledger.books import AVAILABLE, Books, Origin, Why, granted
from sync.ledger.ended import CLOSED
from sync.ledger.erase import apply_erase, keep_erased
from sync.ledger.forks import DUPLICATE, is_duplicate, name_twin, task_of
from sync.ledger.outbound import send
from sync.ledger.records import GrantRow, InboxRow
from sync.ledger.shares import save_shares
from sync.ledger.task import Task, wait_for_lots
from sync.ledger.waits import RECOVERY, recovering
from sync.ledger.work import Quarantined, Work
from sync.shares import is_shared
from sync.wire import TWIN

APPLIED, QUARANTINED = "applied", "quarantined"

_log = logging.getLogger("assidu.ledger")


async def apply_return(work: Work, task: Task, body: GrantReturnBody) -> str:
    """GRANT_RETURN: the till's own word that it will not spend these slices; they are available again.

    Without slices it is the word that a moved grant never came, and never will.
    """
    check_slices(body.slices)
    await wait_for_lots(work, task, [piece.lot for piece in body.slices])
    grant, origin = await work.tx.grant(body.grant), await task.origin(work)
    dev, inc = task.row.dev, task.row.inc
    if grant is None and await recovering(work.tx):
        raise Quarantined(RECOVERY)
    if grant is None or not origin.may_return(grant):
        life = await work.tx.incarnation(dev, inc)
        if inc > 1 or (life is not None and life.state == CLOSED) or await work.tx.expected(dev, inc):
            await work.tx.end_recall(dev, inc, body.grant)
            return "not_held"  # another copy has it, its first form was of another life, or nobody shows it any more
        raise Quarantined("grant")
    books = await work.books(grant.member, origin, [piece.lot for piece in body.slices])
    why = Why("RETURN", grant.ticket)
    given = {piece.lot: piece.quantity for piece in body.slices} or _unheard(books, grant)
    for lot, quantity in given.items():
        books.move(lot, granted(grant.id), AVAILABLE, min(quantity, books.in_grant(grant.id, lot)), why)
    await work.tx.end_recall(grant.dev, grant.inc, grant.id)
    await (save_shares(work, books) if is_shared(grant.member) else work.close(books, task.store))
    return ""


def _unheard(books: Books, grant: GrantRow) -> dict[str, int]:
    if not grant.id.startswith(MOVED):
        return {}
    return {piece.lot: piece.rem for piece in books.slices.values() if piece.id == grant.id}


async def _keep(_work: Work, _task: Task, _body: Any) -> str:
    """CLOSE_Z, CLOCK, SUPERVISOR: the record itself is the effect."""
    return ""


_HANDLERS: dict[str, Callable[[Work, Task, Any], Awaitable[str]]] = {
    EntryKind.TICKET: apply_ticket,
    EntryKind.REFUND: apply_refund,
    EntryKind.VOID: apply_void,
    EntryKind.MOVE_TICKET: apply_moved,
    EntryKind.ENROL: apply_enrol,
    EntryKind.LINK: apply_link,
    EntryKind.CONSENT: apply_consent,
    EntryKind.NOTE: apply_note,
    EntryKind.EVENT: apply_event,
    EntryKind.GRANT_RETURN: apply_return,
    EntryKind.GRANT_MOVE: apply_move,
    EntryKind.CLOSE_Z: _keep,
    EntryKind.CLOCK: _keep,
    EntryKind.SUPERVISOR: _keep,
    EntryKind.ADJUST: apply_adjust,
    EntryKind.ERASE: apply_erase,
    EntryKind.CARD_BLOCK: apply_block,
    EntryKind.PHONE_KEY: apply_phone,
    EntryKind.MERGE: apply_merge,
}


async def apply(work: Work, row: InboxRow, store: str) -> tuple[str, str]:
    """Apply an accepted entry: its disposition, and a code when there is something to say."""
    try:
        async with work.tx.savepoint():
            disposition, code = APPLIED, await _effect(work, row, store)
    except Quarantined as aside:
        disposition, code = QUARANTINED, aside.code
    except Exception as error:  # noqa: BLE001 - a fault of ours in one entry must not stop its till
        disposition, code = QUARANTINED, "failed"
        told = {
            "event": "entry_failed",
            "entry": f"{row.dev}-{row.inc}-{row.seq}",
            "error": type(error).__name__,
        }
        _log.error(msgspec.json.encode(told).decode())
    await work.tx.dispose(row.dev, row.inc, row.seq, disposition, code)
    if disposition == QUARANTINED or row.disposition or code == TWIN:
        await work.tx.log(f"device:{row.dev}", f"entry:{row.inc}:{row.seq}")
    return disposition, code


async def _effect(work: Work, row: InboxRow, store: str) -> str:
    try:
        entry = decode(row.data)
        body = body_of(entry)
    except UnreadableEntry as error:
        raise Quarantined("unreadable") from error
    owner = entry.member if isinstance(entry.member, int) else 0
    if not await work.tx.mark_applied(owner, row.dev, row.inc, row.seq):
        return row.code
    if await is_duplicate(work, entry, row):
        twin = await name_twin(work, entry, body, row)
        await keep_erased(work, owner, body)
        remark = await _duplicate(work, owner)
        return TWIN if twin else remark
    work.sending.clear()
    task = await task_of(work, entry, body, row, store)
    remark = await _HANDLERS[entry.kind](work, task, task.body)
    await send(work)
    return remark if remark != DUPLICATE else await _duplicate(work, owner)


async def _duplicate(work: Work, owner: int) -> str:
    """It has no effect, but the till counts it on top of its row about the member, until one comes that has it."""
    known = await work.tx.member(owner) if owner else None
    if known is not None:
        await work.announce(known.member)
    return DUPLICATE


async def after(work: Work, row: InboxRow, store: str) -> None:
    """What had to wait until this till wrote on: burns of refunded tickets are given back."""
    for sale in await work.tx.waiting_restores(row.dev, row.inc):
        if sale.commit_end < row.seq:
            origin = Origin(row.dev, row.inc, row.seq, await work.business_day(store, row.sold_ms))
            async with work.tx.savepoint():
                await restore_waiting(work, sale, origin, store)
