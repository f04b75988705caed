"""Events and orders that no till wrote: from the web, and referrals that another member's ticket earned. Nothing was
promised, so that all they give is posted as settled above printed."""

from datetime import date

import msgspec

from rules.ticket import Event, Line
from sync.ledger.books import Books, Origin, replace
from sync.ledger.elsewhere import tell_incident
from sync.ledger.net import net, take_back
from sync.ledger.records import Sale
from sync.ledger.settle import LIVE, REFUNDED, Sold, body_of, encode_sold, replay, save_in_place
from sync.ledger.work import Work


class Happened(msgspec.Struct, frozen=True):
    """An event, or an order of `lines`, of `member` under the id `ticket`, with its place in the order of sale.

    `channel` is where it happened, as the rules call it.
    """

    member: int
    ticket: str
    event: Event | None
    order: str
    bdate: date
    minute: int
    store: str
    programme: str
    lines: tuple[Line, ...] = ()
    channel: str = "shop"


async def happen(work: Work, what: Happened, origin: Origin) -> None:
    """Book an event once; one that was withdrawn stands again."""
    known = await work.tx.sale(what.ticket)
    if known is not None and known.state == LIVE:
        return
    if known is None:
        record = await work.tx.member(what.member)
        if record is None:
            record = await work.new_member(what.member, what.store, "provisional", None)
        sale = await _new_sale(work, what, record.member)
        await save_in_place(work, sale)
    else:
        sale = replace(known, state=LIVE)
        await work.tx.save_sale(sale)
    await _settle(work, sale, origin, kept=True)


async def withdraw(work: Work, ticket: str, origin: Origin) -> None:
    """Take an event back with all it gave; one that is unknown or out already stays so."""
    sale = await work.tx.sale(ticket)
    if sale is None or sale.state != LIVE:
        return
    sale = replace(sale, state=REFUNDED)
    await work.tx.save_sale(sale)
    await _settle(work, sale, origin, kept=False)


async def _new_sale(work: Work, what: Happened, member: int) -> Sale:
    seq = await work.tx.advance("event", 1)
    body = Sold(
        what.store, "", what.programme, what.minute, what.lines, event=what.event, channel=what.channel
    )
    return Sale(
        member=member,
        sold_order=what.order,
        ticket=what.ticket,
        dev=0,
        inc=0,
        seq=seq,
        commit_end=seq,
        bdate=what.bdate,
        minute=what.minute,
        store=what.store,
        programme=what.programme,
        state=LIVE,
        body=encode_sold(body),
    )


async def _settle(work: Work, sale: Sale, origin: Origin, *, kept: bool) -> None:
    books: Books = await work.books(sale.member, replace(origin, day=sale.bdate), [], [sale.ticket])
    tell_incident(books, sale, body_of(sale).event, 1 if kept else -1)
    changed = await replay(work, books, sale.sold_order)
    await net(work, books, changed, {} if kept else changed)
    settled = await work.tx.sale(sale.ticket)
    assert settled is not None, "the event was saved before"
    await take_back(work, books, settled)
    await work.close(books, sale.store)
