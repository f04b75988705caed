"""TICKET and EVENT: what was spent, what was promised, and the settlement that follows."""

from datetime import date, timedelta

import msgspec

from rules.programme.model import Programme
from sync.answered import with_answer, with_said
from sync.entry import EventBody, TicketBody, encode_body, lot_id
from sync.ledger import closed_twice
from sync.ledger.apply_card import note_code
from sync.ledger.apply_refund import resolve_waiting
from sync.ledger.apply_void import undone
from sync.ledger.arithmetic import check_ticket
from sync.ledger.books import AVAILABLE, BURNED, CONVERTED, Books, Why, granted, replace
from sync.ledger.debits import MIN_VALIDITY_DAYS, UNEXPIRE_DAYS, debit_unsecured, draw, lapse_unvisited
from sync.ledger.elsewhere import tell_incident
from sync.ledger.members import member_for
from sync.ledger.net import net
from sync.ledger.records import GrantRow, Lot, Owed, Sale
from sync.ledger.recovery_spent import note_spent
from sync.ledger.second_tickets import settle_as
from sync.ledger.settle import LIVE, REFUNDED, Sold, encode_sold, event_body, promise, replay, save_in_place
from sync.ledger.shares import take_shares
from sync.ledger.task import Task, all_draws, wait_for_lots
from sync.ledger.waits import wait_for_grants
from sync.ledger.work import Quarantined, Work


async def apply_ticket(work: Work, task: Task, body: TicketBody) -> str:
    """Book a sale; "" or a remark for the till. Raises Quarantined."""
    check_ticket(body)
    remark = await _book(work, task, body, bytes(task.entry.body), task.entry.pos_ref)
    if not remark:
        await note_code(work, task, body)
    return remark


async def apply_event(work: Work, task: Task, body: EventBody) -> str:
    """Book an event like a sale without lines; "" or a remark for the till. Raises Quarantined.

    A ref that came before is the rules' matter: what two blind tills gave for it twice is honoured, as ever.
    """
    facts = event_body(body)
    check_ticket(facts, event=True)
    remark = await _book(work, task, facts, encode_sold(facts), None)
    if not remark:
        await note_code(work, task, body)
    return remark


async def book_for(work: Work, task: Task, body: TicketBody) -> str:
    """Book a sale for another member than its till wrote down: `task` and `body` say for whom and what of it."""
    return await _book(work, task, body, bytes(encode_body(body)), task.entry.pos_ref)


async def _book(work: Work, task: Task, body: TicketBody, data: bytes, receipt: str | None) -> str:
    counted = await work.tx.sale(task.ticket)
    if counted is not None:
        if (counted.dev, counted.inc) != (task.row.dev, task.row.inc):
            await closed_twice.give_back(work, task, body)
        return "duplicate"
    if task.entry.member is None:
        return ""
    if task.entry.orig is not None and await work.tx.value(undone(task.ticket)):
        return "undone"
    programme = await _programme_of(work, task, body)
    if programme is None:
        raise Quarantined("programme")
    body = replace(body, programme=programme.sha256)
    draws = all_draws(body)
    await wait_for_lots(work, task, [one.lot for one in draws])
    await wait_for_grants(work, [*draws, *body.shared])
    record = await member_for(work, task)
    await work.visited(record.member, task.store, task.row.sold_ms)
    moment = await work.moment(task.store, task.row.sold_ms, programme)
    origin = replace(await task.origin(work), day=moment.bdate)
    books = await work.books(record.member, origin, [one.lot for one in draws])
    lapse_unvisited(books, programme, moment.bdate)
    sale = replace(_sale(task, body, data, record.member), bdate=moment.bdate, minute=moment.minute)
    tell_incident(books, sale, body.event if isinstance(body, Sold) else None)
    fields = _answered(books.record.fields, body, task.row.sold_ms)
    books.record = replace(books.record, fields=fields)
    await save_in_place(work, sale)
    await _spend(work, books, task, body)
    await take_shares(work, task, body.shared, programme)
    _give(books, task, body, await work.today(task.store, body.programme))
    await _convert(work, books, task, body)
    scopes = await promise(work, books, sale, programme, body)
    changed = await replay(work, books, task.order)
    await net(work, books, scopes | changed.keys())
    if receipt and await work.tx.claim_receipt(receipt, task.ticket) != task.ticket:
        await settle_as(work, books, sale.ticket, REFUNDED)
    await resolve_waiting(work, books, sale)
    await work.close(books, task.store)
    return ""


def _answered(fields: str, body: TicketBody, at: int) -> str:
    """The fields as JSON after an answer at the counter, or what was said aloud there (ms UTC); else as they are."""
    event = body.event if isinstance(body, Sold) else None
    if event is None and not body.said:
        return fields
    before = msgspec.json.decode(fields)
    after = with_said(with_answer(before, event, at), body.said, at)
    return fields if after is before else msgspec.json.encode(after, order="sorted").decode()


async def _programme_of(work: Work, task: Task, body: TicketBody) -> Programme | None:
    """The programme that the till sold under; where it had none yet, the one that holds on the day of the sale."""
    if body.programme:
        return await work.programme(body.programme)
    day = (await work.moment(task.store, task.row.sold_ms)).bdate
    return await work.programme_on(day, task.store)


def _sale(task: Task, body: TicketBody, data: bytes, member: int) -> Sale:
    row = task.row
    return Sale(
        member=member,
        sold_order=task.order,
        ticket=task.ticket,
        dev=row.dev,
        inc=row.inc,
        seq=row.seq,
        commit_end=row.commit_end,
        bdate=task.entry.bdate,
        minute=body.minute,
        store=body.store,
        programme=body.programme,
        state=LIVE,
        body=data,
    )


async def _spend(work: Work, books: Books, task: Task, body: TicketBody) -> None:
    today = await work.today(task.store, body.programme)
    for burn in body.burns:
        why = Why("BURN", task.ticket, burn.rule)
        missing = draw(books, burn.draws, BURNED, why) + burn.unsecured
        if missing:
            since = today - timedelta(days=UNEXPIRE_DAYS)
            books.learn(await work.tx.lapsed(books.member, burn.asset, since))
        debt = Owed(0, burn.asset, BURNED, missing, "", task.ticket, burn.rule)
        owed = debit_unsecured(books, debt, task.entry.bdate, today, why)
        await note_spent(work, task, books.member, burn.draws, owed - burn.unsecured)


def _give(books: Books, task: Task, body: TicketBody, today: date) -> None:
    """Every promise is a lot, and at once a birth grant of the till unless it vests later.

    One that arrives after its own last day can still be used for a while (ledger-and-sync.md section 3).
    """
    for n, one in enumerate(body.promised):
        lot = Lot(
            _lot(task, n),
            one.asset,
            one.quantity,
            books.origin.day,
            one.available_on,
            one.last_day if one.last_day >= today else today + timedelta(days=MIN_VALIDITY_DAYS),
            "ACCRUE",
            task.ticket,
            one.rule,
        )
        vests = one.available_on > task.entry.bdate
        _born(books, task, lot, Why("ACCRUE", task.ticket, one.rule), to_till=not vests)


async def _convert(work: Work, books: Books, task: Task, body: TicketBody) -> None:
    """A card that the till filled from stamps in its own grants; stamps it did not have are owed."""
    for n, card in enumerate(body.converted, len(body.promised)):
        why = Why("CONVERT", task.ticket, card.rule)
        missing = draw(books, card.draws, CONVERTED, why)
        debt = Owed(0, card.draws[0].asset, BURNED, missing, "", task.ticket, card.rule)
        owed = debit_unsecured(books, debt, task.entry.bdate, books.origin.day, why)
        await note_spent(work, task, books.member, card.draws, owed)
        day = books.origin.day
        lot = Lot(
            _lot(task, n),
            card.asset,
            card.quantity,
            day,
            day,
            card.last_day,
            "CONVERT",
            task.ticket,
            card.rule,
        )
        _born(books, task, lot, why, to_till=True)


def _lot(task: Task, n: int) -> str:
    return lot_id(task.row.dev, task.row.inc, task.row.seq, n)


def _born(books: Books, task: Task, lot: Lot, why: Why, *, to_till: bool) -> None:
    if not to_till:
        books.issue(lot, AVAILABLE, why)
        return
    row = task.row
    grant = GrantRow(lot.lot, books.member, row.dev, row.inc, None, "birth", task.ticket, 0)
    books.add_grant(grant)
    books.issue(lot, granted(grant.id), why)
