"""MOVE_TICKET: a ticket belongs to another member than the till wrote down, or to one at all.

Points are claimed from a receipt later, or a sale was recorded for the wrong member. What the ticket gave to the
former member is undone as if it had never been; for the other one it is booked as it was sold, without what its till
promised: the rules give it, as for a card that nobody knew.
"""

from collections.abc import Iterable
from typing import Final

from sync.entry import Draw, EntryKind, MoveTicketBody, TicketBody, body_of, decode
from sync.ledger.apply_refund import undoes
from sync.ledger.apply_ticket import book_for
from sync.ledger.apply_void import undo
from sync.ledger.books import AVAILABLE, Books, Why, granted, replace
from sync.ledger.members import member_for
from sync.ledger.printed import entry_printed, stands_on
from sync.ledger.records import MOVED_AWAY, InboxRow, Sale
from sync.ledger.settle import LIVE
from sync.ledger.settle import body_of as sold_body
from sync.ledger.shares import free_shares
from sync.ledger.taken import Taken
from sync.ledger.task import Task, all_draws
from sync.ledger.touched import named_entry
from sync.ledger.work import Quarantined, Work

CLAIM_DAYS: Final = 30
TICKET_UNKNOWN: Final = "ticket_unknown"
RECEIPT: Final = "receipt"
"""What has the number is another entry: a copy of the till may have printed it, too, and send its ticket later."""
NOT_MOVED: Final = "not_moved"
_DAY_MS: Final = 86_400_000


async def apply_moved(work: Work, task: Task, body: MoveTicketBody) -> str:
    """Book the ticket for `body.to`; "" or a remark for the till. Raises Quarantined.

    A ticket has one member: who claims it first has it. Nothing moves once it was returned, undone, or paid a reward.
    """
    row = await _row(work, body)
    entry = decode(row.data)
    if entry.kind != EntryKind.TICKET or not entry.ticket:
        raise Quarantined("ticket")
    sale = await work.tx.sale_at(row.dev, row.inc, row.seq)
    if sale is None:  # two copies of a till may have closed it, and it counts as the other one wrote it
        sale = await work.tx.sale(entry.ticket)
    if sale is None and entry.member is not None:
        raise Quarantined("waits")
    if sale is None and await _is_undone(work, row, entry.ticket):
        return NOT_MOVED
    remark = "claim_late"
    if task.row.sold_ms - row.sold_ms <= CLAIM_DAYS * _DAY_MS:  # before its sale it was by a clock only
        to = await member_for(work, replace(task, entry=replace(task.entry, member=body.to)))
        remark = await _leave(work, task, sale, to.member) if sale is not None else ""
        if not remark:
            return await _book_for(work, row if sale is None else await _counted(work, sale), to.member)
        # a till may know the account, with this ticket, from books that were lost
        await work.announce(to.member)
    if sale is not None:
        await _give_back(work, task, sale)
    return remark


async def _is_undone(work: Work, row: InboxRow, ticket: str) -> bool:
    """Whether a ticket of nobody was undone: no sale tells it, but the entry after it does, or what was sent again."""
    after = await work.tx.inbox(row.dev, row.inc, row.commit_end + 1)
    if after is not None and undoes(after, ticket):
        return True
    for life in await work.tx.lives(row.dev):
        seq = 1
        while life.inc > row.inc and (again := await work.tx.inbox(row.dev, life.inc, seq)) is not None:
            if undoes(again, ticket):
                return True
            if b'"orig"' not in again.data:
                break
            seq += 1
    return False


async def _counted(work: Work, sale: Sale) -> InboxRow:
    row = await work.tx.inbox(sale.dev, sale.inc, sale.seq)
    assert row is not None, "a sale has an entry"
    return row


async def _book_for(work: Work, row: InboxRow, to: int) -> str:
    entry = decode(row.data)
    ticket = body_of(entry)
    assert isinstance(ticket, TicketBody), "a ticket was looked for"
    till = await work.tx.incarnation(row.dev, row.inc)
    assert till is not None, "an entry has a till"
    sold = Task(replace(entry, member=to), _bare(ticket), row, till.store)
    return await book_for(work, sold, _bare(ticket))


async def _give_back(work: Work, task: Task, sale: Sale) -> None:
    """The ticket stays whose it is, but its till has taken what it gave there out of its grants: it is free again."""
    origin = await task.origin(work)
    books = await work.books(sale.member, origin, [], [sale.ticket])
    for lot in [one.lot for one in books.lots.values() if one.ticket == sale.ticket]:
        grant = books.grants.get(lot)
        if task.entry.ticket == sale.ticket and grant is not None and origin.may_return(grant):
            books.move(lot, granted(lot), AVAILABLE, books.in_grant(lot, lot), Why("RETURN", sale.ticket))
    await work.close(books, task.store)


async def _row(work: Work, body: MoveTicketBody) -> InboxRow:
    """The entry of the ticket, which its receipt proves. Raises Quarantined."""
    if named_entry(body.reference) is None:
        raise Quarantined("ticket")
    row = await entry_printed(work, body.reference, body.tail)
    if row is None:
        raise Quarantined(TICKET_UNKNOWN)
    if body.tail not in stands_on(row).values():
        raise Quarantined(RECEIPT)
    if row.disposition == "quarantined":
        raise Quarantined("waits")
    return row


async def _leave(work: Work, task: Task, sale: Sale, to: int) -> str:
    """Take the ticket away from who has it now; why not, as a remark."""
    facts = sold_body(sale)
    if sale.member == to:
        return "duplicate"
    if sale.state != LIVE or sale.returns not in (b"", b"[]") or facts.burns:
        return NOT_MOVED
    if sale.dev != task.row.dev or not await _is_whose(work, task, sale):
        return "claimed"
    lots = [one.lot for one in all_draws(facts)]
    books = await work.books(sale.member, await task.origin(work), lots, [sale.ticket])
    before = await work.tx.postings(sale.member)
    taken = Taken(before, sale.ticket)

    def give(books: Books, draws: Iterable[Draw], bucket: str, why: Why) -> int:
        return taken.free(books, draws, bucket, why)

    await undo(work, books, sale, facts, before, give)
    await free_shares(work, task, facts, sale.ticket)
    await work.close(books, task.store)
    rows = await work.tx.settled_of(
        sale.member, sale.ticket
    )  # it may come back, and begins with nothing then
    await work.tx.save_settled(
        sale.member, [replace(row, topped=0, clawed=0, taken=0, live=0) for row in rows]
    )
    gone = await work.tx.sale_at(sale.dev, sale.inc, sale.seq)
    assert gone is not None, "the ticket was just undone"
    place = {"dev": task.row.dev, "inc": task.row.inc, "seq": task.row.seq}
    await work.tx.save_sale(replace(gone, ticket=MOVED_AWAY + sale.ticket, **place))
    return ""


async def _is_whose(work: Work, task: Task, sale: Sale) -> bool:
    """Whether the till says itself that the ticket is the member's who has it: nobody's is taken unawares."""
    if task.entry.member is None:
        return False
    said = await member_for(work, task)
    return said.member == sale.member


def _bare(ticket: TicketBody) -> TicketBody:
    return replace(ticket, promised=(), burns=(), converted=(), shared=(), outbound=())
