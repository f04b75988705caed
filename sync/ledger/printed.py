"""The ticket behind a receipt: its number, and six characters of its entry's hash (ledger-and-sync.md 2.2).

Copies of a till print the same numbers, and what a till sent once more keeps the number on its receipt: the characters
tell which ticket it is. Without them a number is that of the entry that has it, else of the one ticket that was sent
once more and printed it.
"""

import re

from sync.chain import tail as tail_of
from sync.entry import RefundBody, UnreadableEntry, decode, reference
from sync.ledger.records import Sale
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
    first = bytes.fromhex(tail)
    last = first + b"\xff" * (HASH_BYTES - len(first))
    rows = await work.tx.resubmitted_between(dev, first, last)
    found = [await work.tx.sale_at(dev, row.inc, row.seq) for row in rows]
    return [sale for sale in found if sale is not None]
