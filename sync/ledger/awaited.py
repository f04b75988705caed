"""What came before its ticket: a claim from a receipt waits until the till that sold has sent the sale."""

from collections.abc import Sequence

from sync.entry import EntryKind, MoveTicketBody, UnreadableEntry, body_of, decode
from sync.ledger.apply import apply
from sync.ledger.apply_moved import RECEIPT, TICKET_UNKNOWN
from sync.ledger.printed import stands_on
from sync.ledger.records import InboxRow
from sync.ledger.work import Work

_TICKET = f'"kind":"{EntryKind.TICKET}"'.encode()


async def book_awaited(work: Work, rows: Sequence[InboxRow]) -> None:
    """Apply what waits for a ticket among `rows`, which have just been applied."""
    sold = [row for row in rows if _TICKET in row.data]
    waiting = await work.tx.put_aside_as((TICKET_UNKNOWN, RECEIPT)) if sold else ()
    brought = {name for row in sold for name in stands_on(row).items()} if waiting else set()
    for row in waiting:
        till = await work.tx.incarnation(row.dev, row.inc)
        if till is not None and _names(row) in brought:
            await apply(work, row, till.store)


def _names(row: InboxRow) -> tuple[str, str] | None:
    """The number and the characters on the receipt of a move."""
    try:
        body = body_of(decode(row.data))
    except UnreadableEntry:
        return None
    return (body.reference, body.tail) if isinstance(body, MoveTicketBody) else None
