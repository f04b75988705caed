"""VOID: the ticket never was. Draws go back into the slices they came from, births leave their grants."""

from collections.abc import Callable, Iterable

from sync.entry import Converted, Draw, EntryKind, TicketBody, UnreadableEntry, VoidBody, decode
from sync.entry import body_of as entry_body
from sync.ledger import closed_twice
from sync.ledger.books import AVAILABLE, BURNED, CONVERTED, OUTSIDE, Books, Why, granted, replace
from sync.ledger.debits import claw, debit_unsecured, lift_burn, take_up, unclaw
from sync.ledger.elsewhere import tell_incident
from sync.ledger.forks import drawn_after
from sync.ledger.net import net
from sync.ledger.records import Lot, Owed, Posting, Sale
from sync.ledger.second_tickets import pass_on
from sync.ledger.settle import VOIDED, Sold, body_of, replay
from sync.ledger.shares import put_back_shares
from sync.ledger.taken import Taken
from sync.ledger.task import Task, all_draws, wait_for_lots
from sync.ledger.work import Quarantined, Work
from sync.remap import parse_lot

PutBack = Callable[[Books, Iterable[Draw], str, Why], int]
"""Puts draws back; the quantity that was not drawn at acceptance."""


async def apply_void(work: Work, task: Task, body: VoidBody) -> str:
    """Undo the ticket. Only the first entry after the ticket's commit can do so. Raises Quarantined."""
    row = task.row
    if task.entry.orig is not None:
        return await void_again(work, task, body)
    voided = await work.tx.inbox(row.dev, row.inc, body.seq)
    if voided is None or body.seq >= row.seq:
        raise Quarantined("ticket")
    if voided.disposition == "quarantined":
        raise Quarantined("waits")
    if row.seq != voided.commit_end + 1:
        raise Quarantined("void_late")
    receipt = decode(voided.data).pos_ref
    if receipt:
        await work.tx.release_receipt(receipt, body.of)
        await pass_on(work, task, receipt)
    sale = await work.tx.sale_at(row.dev, row.inc, body.seq)
    if sale is None or sale.ticket != body.of:
        if voided.code == "duplicate":
            second = entry_body(decode(voided.data))
            assert isinstance(second, TicketBody), "what is undone is a ticket"
            await closed_twice.take_again(work, task, second)
        return "no_member"
    if sale.state == VOIDED:
        return "duplicate"
    facts = body_of(sale)
    lots = [one.lot for one in all_draws(facts)]
    await wait_for_lots(work, task, lots)
    books = await work.books(sale.member, await task.origin(work), lots, [sale.ticket])
    before = await work.tx.postings(sale.member)
    await undo(work, books, sale, facts, before, Taken(before, sale.ticket).to_slices)
    await put_back_shares(work, task, facts, sale.ticket)
    await work.close(books, task.store)
    return ""


async def void_again(work: Work, task: Task, body: VoidBody) -> str:
    """Undo the ticket of a VOID that is sent once more. It was checked by the till that wrote its first form.

    What the ticket drew is available again, as far as it is still burned: the grants it came from are closed. But what
    was born in the life that sends it goes back into its birth grant, and what is drawn once more by entries that come
    after this one stays for them: the till has spent it there already (section 4.5).
    """
    sale = await work.tx.sale(body.of)
    if sale is None:
        await _wait_for_ticket(work, task.row.dev, body.of)
        await work.tx.save_value(undone(body.of), b"1")
        return "no_member"
    if sale.state == VOIDED:
        return "duplicate"
    facts = body_of(sale)
    lots = [one.lot for one in all_draws(facts)]
    books = await work.books(sale.member, await task.origin(work), lots, [sale.ticket])
    before = await work.tx.postings(sale.member)
    for receipt in await work.tx.release_receipts(sale.ticket):
        await pass_on(work, task, receipt)
    taken, later = Taken(before, sale.ticket), await drawn_after(work, task)

    def give(books: Books, draws: Iterable[Draw], bucket: str, why: Why) -> int:
        rest = 0
        for one in draws:
            name = one.grant, one.lot
            kept = one.quantity if _born_in(task, one) else min(one.quantity, later[name])
            kept -= taken.to_slices(books, [replace(one, quantity=kept)], bucket, why)
            later[name] -= kept
            left = one.quantity - kept
            rest += taken.free(books, [replace(one, quantity=left)], bucket, why) if left else 0
        return rest

    await undo(work, books, sale, facts, before, give)
    await put_back_shares(work, task, facts, sale.ticket)
    await work.close(books, task.store)
    return ""


def undone(ticket: str) -> str:
    """The ledger's value that says that the undo of a ticket came without it: an older disk may still bring that."""
    return f"undone:{ticket}"


def _born_in(task: Task, one: Draw) -> bool:
    """Whether a draw was on a birth of the life that sends the entry."""
    born = parse_lot(one.grant)
    return born is not None and born[:2] == (task.row.dev, task.row.inc)


async def _wait_for_ticket(work: Work, dev: int, ticket: str) -> None:
    """Raises Quarantined when the till's entry of this ticket is put aside: it would count as soon as it is applied."""
    for row in await work.tx.quarantined():
        if row.dev == dev and ticket.encode() in row.data:
            try:
                kind = decode(row.data).kind
            except UnreadableEntry:
                continue
            if kind == EntryKind.TICKET:
                raise Quarantined("waits")


async def undo(
    work: Work, books: Books, sale: Sale, facts: Sold, before: tuple[Posting, ...], give: PutBack
) -> None:
    """Take the ticket out of the books: what it drew is given back by `give`, what it gave leaves."""
    await work.tx.save_sale(replace(sale, state=VOIDED, restore_waits=0))
    tell_incident(books, sale, facts.event, -1)
    await _unhonour(work, books, sale)
    for card in facts.converted:
        _take_card_apart(books, sale, card, give)
    for burn in facts.burns:
        why = Why("VOID", sale.ticket, burn.rule)
        rest = give(books, burn.draws, BURNED, why)
        rest = burn.unsecured + rest - lift_burn(books, burn.asset, burn.unsecured + rest, why)
        take_up(books, burn.asset, rest, why, before)
    _remove_births(books, sale)
    changed = await replay(work, books, sale.sold_order)
    await net(work, books, changed, changed)


def _take_card_apart(books: Books, sale: Sale, card: Converted, give: PutBack) -> None:
    """The card leaves and its stamps are given back; what was used of it stands, made of as many stamps."""
    why, asset = Why("VOID", sale.ticket, card.rule), card.draws[0].asset
    mine = [lot for lot in _cards_of(books, sale) if (lot.rule, lot.asset) == (card.rule, card.asset)]
    stands = sum([_leave(books, lot.lot, why) for lot in mine])
    lift_burn(books, asset, give(books, card.draws, CONVERTED, why), why)
    need = sum([one.quantity for one in card.draws]) * stands // card.quantity
    _fill_again(books, sale, card, need)


def _fill_again(books: Books, sale: Sale, card: Converted, need: int) -> None:
    """Turn `need` stamps into what stands of a card: those of other tickets first, the undone one's are owed then.

    What is not free any more is owed, as where a till lacked stamps.
    """
    why, asset, day = Why("CONVERT", sale.ticket, card.rule), card.draws[0].asset, books.origin.day
    stamps = [books.lots[one.lot] for one in card.draws if one.lot in books.lots]
    for lot in sorted(stamps, key=lambda lot: lot.ticket == sale.ticket):
        part = min(need, books.lots[lot.lot].available)
        books.move(lot.lot, AVAILABLE, CONVERTED, part, why)
        need -= part
    debit_unsecured(books, Owed(0, asset, BURNED, need, "", sale.ticket, card.rule), day, day, why)


def _cards_of(books: Books, sale: Sale) -> list[Lot]:
    return [lot for lot in books.lots.values() if (lot.ticket, lot.cause) == (sale.ticket, "CONVERT")]


def _leave(books: Books, lot: str, why: Why) -> int:
    """Take out of the books what of a birth is still its till's or free; what stays."""
    books.move(lot, granted(lot), OUTSIDE, books.in_grant(lot, lot), why)
    books.move(lot, AVAILABLE, OUTSIDE, books.lots[lot].available, why)
    return books.lots[lot].quantity


def _remove_births(books: Books, sale: Sale) -> None:
    """Births leave the books; what a credit or another till had already used of them is owed.

    What a return had taken elsewhere in their place is given back first: nothing is left to be returned.
    """
    births = [lot for lot in books.lots.values() if lot.ticket == sale.ticket and lot.cause != "CONVERT"]
    owing = sum([lot.quantity for lot in births])
    for lot in births:
        unclaw(books, lot.asset, (), owing, Why("VOID", sale.ticket, lot.rule))
    for lot in [books.lots[lot.lot] for lot in births]:
        why = Why("VOID" if lot.cause != "TOP_UP" else "CLAWBACK", sale.ticket, lot.rule)
        if lot.cause == "TOP_UP":
            claw(books, lot.lot, lot.quantity - lot.clawed, why)
            continue
        left = _leave(books, lot.lot, why)
        claw(books, lot.lot, left - books.lots[lot.lot].clawed, why)


async def _unhonour(work: Work, books: Books, sale: Sale) -> None:
    """A voided ticket counts in no column: what was honoured on it is a promise again before it goes."""
    rows = []
    for row in await work.tx.settled_of(sale.member, sale.ticket):
        if row.honoured:
            name = next(
                (x.lot for x in books.lots.values() if (x.ticket, x.rule) == (row.ticket, row.rule)), ""
            )
            for cause, quantity in (("HONOUR", -row.honoured), ("ACCRUE", row.honoured)):
                books.note(Why(cause, row.ticket, row.rule, row.settlement), row.asset, name, quantity)
        rows.append(replace(row, honoured=0, promised=0, live=0))
    await work.tx.save_settled(sale.member, rows)
