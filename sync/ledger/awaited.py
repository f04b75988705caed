"""What came before its ticket: a claim from a receipt waits until the till that sold has sent the sale."""

from collections.abc import Sequence

from sync.entry import EntryKind, MoveTicketBody, UnreadableEntry, body_of, decode
from sync.ledger.apply import apply
from sync.ledger.apply_moved import TICKET_UNKNOWN
from sync.ledger.records import InboxRow
from sync.ledger.touched import named_entry
from sync.ledger.work import Work


async def book_awaited(work: Work, rows: Sequence[InboxRow]) -> None:
    """Apply what waits for a ticket among `rows`, which have just been applied."""
    if not any(f'"kind":"{EntryKind.TICKET}"'.encode() in row.data for row in rows):
        return
    brought = {(row.dev, row.inc, row.seq) for row in rows}
    for row in await work.tx.put_aside_as(TICKET_UNKNOWN):
        till = await work.tx.incarnation(row.dev, row.inc)
        if till is not None and _names(row) in brought:
            await apply(work, row, till.store)


def _names(row: InboxRow) -> tuple[int, int, int] | None:
    try:
        body = body_of(decode(row.data))
    except UnreadableEntry:
        return None
    return named_entry(body.reference) if isinstance(body, MoveTicketBody) else None
