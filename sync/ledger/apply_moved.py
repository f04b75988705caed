"""MOVE_TICKET: a ticket belongs to another member than the till wrote down, or to one at all.

Points are claimed from a receipt later, or a sale was recorded for the wrong member. What the ticket gave to the
former member is undone as if it had never been; for the other one it is booked as it was sold, without what its till
promised: the rules give it, as for a card that nobody knew.
"""

from collections.abc import Iterable
from typing import Final

from sync.chain import tail as tail_of
from sync.entry import Draw, MoveTicketBody, TicketBody, UnreadableEntry, body_of, decode
from sync.ledger.apply_ticket import book_for
from sync.ledger.apply_void import undo
from sync.ledger.books import Books, Why, replace
from sync.ledger.members import member_for
from sync.ledger.records import InboxRow, Sale
from sync.ledger.settle import LIVE
from sync.ledger.settle import body_of as sold_body
from sync.ledger.taken import Taken
from sync.ledger.task import Task, all_draws
from sync.ledger.touched import named_entry
from sync.ledger.work import Quarantined, Work

CLAIM_DAYS: Final = 30
TICKET_UNKNOWN: Final = "ticket_unknown"
_DAY_MS: Final = 86_400_000


async def apply_moved(work: Work, task: Task, body: MoveTicketBody) -> str:
    """Book the ticket for `body.to`; "" or a remark for the till. Raises Quarantined.

    A ticket has one member: who claims it first has it. Nothing moves once it was returned, undone, or paid a reward.
    """
    row = await _row(work, body)
    entry = decode(row.data)
    ticket = body_of(entry)
    if not isinstance(ticket, TicketBody) or not entry.ticket:
        raise Quarantined("ticket")
    if not 0 <= task.row.sold_ms - row.sold_ms <= CLAIM_DAYS * _DAY_MS:
        return "claim_late"
    to = await member_for(work, replace(task, entry=replace(task.entry, member=body.to)))
    sale = await work.tx.sale_at(row.dev, row.inc, row.seq)
    if sale is not None:
        remark = await _leave(work, task, sale, to.member)
        if remark:
            return remark
    elif entry.member is not None:
        raise Quarantined("waits")
    till = await work.tx.incarnation(row.dev, row.inc)
    assert till is not None, "an entry has a till"
    sold = Task(replace(entry, member=to.member), _bare(ticket), row, till.store)
    return await book_for(work, sold, _bare(ticket))


async def _row(work: Work, body: MoveTicketBody) -> InboxRow:
    """The entry of the ticket, which its receipt proves. Raises Quarantined."""
    named = named_entry(body.reference)
    if named is None:
        raise Quarantined("ticket")
    row = await work.tx.inbox(*named)
    if row is None:
        raise Quarantined(TICKET_UNKNOWN)
    if row.disposition == "quarantined":
        raise Quarantined("waits")
    try:
        orig = decode(row.data).orig
    except UnreadableEntry as error:
        raise Quarantined("ticket") from error
    if body.tail not in {tail_of(row.hash), tail_of(orig) if orig is not None else ""} - {""}:
        raise Quarantined("receipt")
    return row


async def _leave(work: Work, task: Task, sale: Sale, to: int) -> str:
    """Take the ticket away from who has it now; why not, as a remark."""
    facts = sold_body(sale)
    if sale.member == to:
        return "duplicate"
    if sale.state != LIVE or sale.returns not in (b"", b"[]") or facts.burns:
        return "not_moved"
    if sale.dev != task.row.dev or not await _is_whose(work, task, sale):
        return "claimed"
    lots = [one.lot for one in all_draws(facts)]
    books = await work.books(sale.member, await task.origin(work), lots, [sale.ticket])
    before = await work.tx.postings(sale.member)
    taken = Taken(before, sale.ticket)

    def give(books: Books, draws: Iterable[Draw], bucket: str, why: Why) -> int:
        return taken.free(books, draws, bucket, why)

    await undo(work, books, sale, facts, before, give)
    await work.close(books, task.store)
    gone = await work.tx.sale_at(sale.dev, sale.inc, sale.seq)
    assert gone is not None, "the ticket was just undone"
    place = {"dev": task.row.dev, "inc": task.row.inc, "seq": task.row.seq}
    await work.tx.save_sale(replace(gone, ticket=f"moved:{sale.ticket}", **place))
    return ""


async def _is_whose(work: Work, task: Task, sale: Sale) -> bool:
    """Whether the till says itself that the ticket is the member's who has it: nobody's is taken unawares."""
    if task.entry.member is None:
        return False
    said = await member_for(work, task)
    return said.member == sale.member


def _bare(ticket: TicketBody) -> TicketBody:
    return replace(ticket, promised=(), burns=(), converted=(), shared=(), outbound=())
