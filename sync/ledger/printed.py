"""The ticket behind a receipt: its number, and six characters of its entry's hash (ledger-and-sync.md 2.2).

Copies of a till print the same numbers, and what a till sent once more keeps the number on its receipt: the characters
tell which ticket it is. Without them a number is that of the entry that has it, else of the one ticket that was sent
once more and printed it.
"""

import re

from sync.chain import tail as tail_of
from sync.entry import RefundBody, TicketBody, UnreadableEntry, decode, reference
from sync.entry import body_of as entry_body
from sync.ledger.records import MOVED_AWAY, InboxRow, Sale
from sync.ledger.settle import body_of
from sync.ledger.touched import named_entry
from sync.ledger.work import Work

_TAIL = re.compile("[0-9a-f]{6}", re.ASCII)
HASH_BYTES = 32


async def sale_printed(work: Work, refund: RefundBody) -> Sale | None:
    """The ticket that a return names by its receipt; None while it is not here."""
    entry = named_entry(refund.reference)
    if entry is None or (refund.tail and not _TAIL.fullmatch(refund.tail)):
        return None
    sale = await work.tx.sale_at(*entry)
    if sale is not None and await _fits(work, sale, refund.tail):
        return sale
    again = [
        one
        for one in await _sent_again(work, entry[0], refund.tail)
        if body_of(one).number == refund.reference
    ]
    return again[0] if len(again) == 1 else None


async def entry_printed(work: Work, number: str, tail: str) -> InboxRow | None:
    """The entry of the ticket on whose receipt this number and these characters stand; None while it is not here.

    What has the number is another entry where the ticket was sent once more; it is the answer where no ticket fits.
    """
    entry = named_entry(number)
    if entry is None:
        return None
    row = await work.tx.inbox(*entry)
    if not _TAIL.fullmatch(tail) or (row is not None and tail in stands_on(row).values()):
        return row
    for one in await work.tx.resubmitted_between(entry[0], *_between(tail)):
        again = await work.tx.inbox(entry[0], one.inc, one.seq)
        if again is not None and stands_on(again).get(number) == tail:
            return again
    return row


def stands_on(row: InboxRow) -> dict[str, str]:
    """The numbers under which receipts may name an entry, with the characters: its own, and that of its first form."""
    names = {reference(row.dev, row.inc, row.seq): tail_of(row.hash)}
    try:
        entry = decode(row.data)
        body = entry_body(entry)
    except UnreadableEntry:
        return names
    if isinstance(body, TicketBody) and body.number and entry.orig is not None:
        names[body.number] = tail_of(entry.orig)
    return names


async def is_of(work: Work, sale: Sale, refund: RefundBody) -> bool:
    """Whether a return that waits is of `sale`, which has just come."""
    if refund.of:
        return refund.of == sale.ticket
    found = await sale_printed(work, refund)
    return found is not None and found.ticket == sale.ticket


def names_of(sale: Sale) -> set[str]:
    """The numbers under which returns may wait for a ticket."""
    return {reference(sale.dev, sale.inc, sale.seq), body_of(sale).number} - {""}


async def _fits(work: Work, sale: Sale, tail: str) -> bool:
    row = await work.tx.inbox(sale.dev, sale.inc, sale.seq) if tail else None
    return row is None or tail_of(row.hash) == tail or _tail_before(row.data) == tail


def _tail_before(data: bytes) -> str:
    """The characters of an entry's first form, "" where it has one form only."""
    try:
        orig = decode(data).orig
    except UnreadableEntry:
        return ""
    return "" if orig is None else tail_of(orig)


async def _sent_again(work: Work, dev: int, tail: str) -> list[Sale]:
    """Tickets that a till has sent once more, with these characters if any."""
    rows = await work.tx.resubmitted_between(dev, *_between(tail))
    found = [await work.tx.sale_at(dev, row.inc, row.seq) for row in rows]
    return [sale for sale in found if sale is not None and not sale.ticket.startswith(MOVED_AWAY)]


def _between(tail: str) -> tuple[bytes, bytes]:
    """The first and the last hash that begin with these characters."""
    first = bytes.fromhex(tail)
    return first, first + b"\xff" * (HASH_BYTES - len(first))
