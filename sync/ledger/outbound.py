"""Between tickets and the world: what a ticket has done elsewhere, and what happened where no till was.

A gift, a donation or a credit at a partner waits in a table until somebody takes it; what nobody has taken goes with
an undo. A referral is carried out here: one event of the sponsor per ticket and rule, which is taken back once the
rules no longer give it or the ticket came back whole.
"""

import hashlib

from rules.decision import Outbound
from rules.kinds.referral import REFERRAL
from rules.sentences import mark
from rules.ticket import Event, Line
from sync.ledger.accept import Refused
from sync.ledger.books import Origin
from sync.ledger.elsewhere import named
from sync.ledger.happened import Happened, happen, withdraw
from sync.ledger.records import MemberRecord, OutboundRow, Sale, sold_order
from sync.ledger.settle import body_of
from sync.ledger.work import Sending, Work


async def send(work: Work) -> None:
    """Carry out what the entry just applied has changed, until nothing more follows from it."""
    while work.sending:
        one = work.sending.pop(0)
        before, after = named(one.sale.ticket, one.sale.outbound), named(one.sale.ticket, one.outbound)
        gone = {name: what for name, what in before.items() if after.get(name) != what}
        fresh = {name: what for name, what in after.items() if before.get(name) != what}
        kept = [_row(one.sale, name, what) for name, what in fresh.items() if what.what != REFERRAL]
        await work.tx.drop_outbound([name for name, what in gone.items() if what.what != REFERRAL])
        await work.tx.add_outbound(kept)
        await _refer(work, one, gone, fresh)


def _row(sale: Sale, name: str, what: Outbound) -> OutboundRow:
    receiver = str(what.member) if what.member is not None else what.to
    return OutboundRow(
        name,
        sale.member,
        sale.ticket,
        what.rule,
        what.what,
        receiver,
        what.quantity,
        what.cents,
        "waiting",
        sale.bdate,
    )


async def _refer(work: Work, one: Sending, gone: dict[str, Outbound], fresh: dict[str, Outbound]) -> None:
    """Tell the sponsors; what came of a referral itself refers nobody, so that this ends."""
    if body_of(one.sale).event is not None:
        return
    for name, what in gone.items():
        if what.what == REFERRAL:
            await withdraw(work, event_ticket(name), one.origin)
    for name, what in fresh.items():
        if what.what == REFERRAL and what.member not in (None, one.sale.member):
            assert what.member is not None
            event = Event(REFERRAL, ref=str(one.sale.member), fields=what.fields)
            sale = one.sale
            order = f"{sale.sold_order}.{what.rule}"
            moment = Happened(
                what.member,
                event_ticket(name),
                event,
                order,
                sale.bdate,
                sale.minute,
                sale.store,
                sale.programme,
            )
            await happen(work, moment, one.origin)


def event_ticket(name: str) -> str:
    """The ticket id of an event that has its name from elsewhere: the same name, the same id."""
    return hashlib.sha256(b"assidu-event/1\0" + name.encode()).hexdigest()[:32]


async def record_event(work: Work, member: int, event: Event, at_ms: int) -> bool:
    """Book an event from elsewhere once by its ref; whether it was new. Raises Refused."""
    record = await work.tx.member(member)
    if record is None:
        raise Refused("unknown_member", mark("The ledger does not know this member: enrol them first."))
    seq = await work.tx.advance("event", 1)
    ticket = event_ticket(f"{record.member}/{event.name}/ref/{event.ref}" if event.ref else f"event/{seq}")
    if await work.tx.sale(ticket) is not None:
        return False
    work.sending.clear()
    await book_outside(work, record, ticket, at_ms, event=event)
    return True


async def book_outside(
    work: Work,
    record: MemberRecord,
    ticket: str,
    at_ms: int,
    *,
    store: str = "",
    event: Event | None = None,
    lines: tuple[Line, ...] = (),
    channel: str = "shop",
) -> Sale:
    """Book an event or an order of a member that no till saw, under its day's rules at `store` or the member's own.

    `at_ms` is UTC. Raises Refused for an unknown store and for a day without a programme.
    """
    store = store or record.store
    if await work.tx.store(store) is None:
        raise Refused("unknown_store", mark("There is no store of this name: correct the line."))
    programme = await work.programme_on((await work.moment(store, at_ms)).bdate, store)
    if programme is None:
        raise Refused("no_programme", mark("No programme holds on this day: publish one first."))
    moment = await work.moment(store, at_ms, programme)
    what = Happened(
        record.member,
        ticket,
        event,
        sold_order(at_ms, 0, 0, await work.tx.advance("event", 1)),
        moment.bdate,
        moment.minute,
        store,
        programme.sha256,
        lines,
        channel,
    )
    await happen(work, what, Origin(0, 0, 0, moment.bdate))
    await send(work)
    sale = await work.tx.sale(ticket)
    assert sale is not None, "it was booked just now"
    return sale
