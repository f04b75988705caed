"""REFUND: what comes back, over all refunds of a ticket that are held (ledger-and-sync.md section 3)."""

from collections import Counter
from datetime import timedelta

import msgspec

from rules.account import WHOLE
from rules.decision import Burn
from rules.refund import LineReturn, Return, gone, restored, returned
from sync.entry import Burned, RefundBody, TicketBody, UnreadableEntry, VoidBody, decode
from sync.entry import body_of as entry_body
from sync.ledger.arithmetic import check_refund
from sync.ledger.books import AVAILABLE, BURNED, CLAWED, OUTSIDE, Books, Origin, Why, replace
from sync.ledger.debits import MIN_VALIDITY_DAYS, draw, lift_burn, take_up
from sync.ledger.net import net, take_back
from sync.ledger.printed import is_of, names_of, sale_printed
from sync.ledger.records import InboxRow, Lot, RefundRow, Sale
from sync.ledger.settle import LIVE, REFUNDED, VOIDED, backs_of, body_of, replay
from sync.ledger.task import Task, wait_for_lots
from sync.ledger.waits import wait_for_grants
from sync.ledger.work import Work


class Due(msgspec.Struct, frozen=True):
    """`more` units of the `n`-th burn of a ticket are to be given back; `done` is what was before."""

    n: int
    more: int
    done: dict[str, int]
    why: Why


_refunds = msgspec.json.Decoder(RefundBody)


async def apply_refund(work: Work, task: Task, body: RefundBody) -> str:
    """Keep the return, and carry it out when its ticket is known; else it waits. Raises Quarantined."""
    check_refund(body)
    draws = [one for claw in body.claws for one in claw.draws]
    await wait_for_lots(work, task, [one.lot for one in draws])
    await wait_for_grants(work, draws)
    origin = await task.origin(work)
    row = RefundRow(
        task.row.dev,
        task.row.inc,
        task.row.seq,
        None,
        body.of,
        body.reference,
        bytes(task.entry.body),
        task.order,
        origin.day,
    )
    await work.tx.save_refund(row)
    sale = await (work.tx.sale(body.of) if body.of else sale_printed(work, body))
    if sale is None:
        return "ticket_unknown"
    lots = [claw.lot for claw in body.claws]
    books = await work.books(sale.member, origin, lots, [sale.ticket])
    await _carry_out(work, books, sale, [row])
    await work.close(books, task.store)
    return ""


async def resolve_waiting(work: Work, books: Books, sale: Sale) -> None:
    """Carry out the returns that arrived before their ticket."""
    named: dict[str, RefundRow] = {}
    for name in sorted(names_of(sale)):
        named |= {row.sold_order: row for row in await work.tx.refunds_waiting(sale.ticket, name)}
    rows = [row for _, row in sorted(named.items()) if await is_of(work, sale, _refunds.decode(row.body))]
    if rows:
        fresh = await work.tx.sale(sale.ticket)
        assert fresh is not None, "the ticket was just saved"
        await _carry_out(work, books, fresh, rows)


async def _carry_out(work: Work, books: Books, sale: Sale, rows: list[RefundRow]) -> None:
    body = body_of(sale)
    for row in rows:
        await work.tx.save_refund(replace(row, member=sale.member, ticket=sale.ticket, resolved=1))
        if sale.state != VOIDED:
            await _take_from_till(work, books, sale, _refunds.decode(row.body))
    if sale.state == VOIDED:
        return
    refunds = [_return_of(_refunds.decode(row.body), body) for row in await work.tx.refunds_of(sale.ticket)]
    whole = bool(body.lines) and gone(returned(body.lines, refunds))
    state = REFUNDED if sale.state == REFUNDED or whole else LIVE
    sale = replace(
        sale, returns=msgspec.json.encode(refunds), state=state, restore_waits=int(bool(body.burns))
    )
    await work.tx.save_sale(sale)
    changed = await replay(work, books, sale.sold_order)
    await net(work, books, changed, changed)
    await take_back(work, books, sale)
    await restore(work, books, sale)


def _return_of(refund: RefundBody, body: TicketBody) -> Return:
    """A refund as the rules count it; lines that the ticket does not have bring nothing back."""
    lines = tuple(
        LineReturn(line.index, line.cents, line.qty) for line in refund.lines if line.index < len(body.lines)
    )
    return Return(refund.cents, lines)


async def _take_from_till(work: Work, books: Books, sale: Sale, refund: RefundBody) -> None:
    """What the till took out of its own grants is a fact, before any target."""
    rows = {(row.rule, row.asset): row for row in await work.tx.settled_of(sale.member, sale.ticket)}
    for claw in refund.claws:
        lot, row = books.lots.get(claw.lot), rows.get((claw.rule, claw.asset))
        if lot is None or row is None or lot.ticket != sale.ticket:
            continue
        why = Why("CLAWBACK", sale.ticket, claw.rule)
        asked = sum(one.quantity for one in claw.draws)
        taken = asked - draw(books, claw.draws, CLAWED, why)
        rows[claw.rule, claw.asset] = replace(row, taken=row.taken + taken)
    await work.tx.save_settled(sale.member, tuple(rows.values()))


async def restore(work: Work, books: Books, sale: Sale) -> None:
    """Give burns back to the lots they came from, once the seller's next entry after the ticket is held."""
    body = body_of(sale)
    if not body.burns or not await _seller_went_on(work, sale):
        return
    backs, brought = backs_of(sale, body), await _brought(work, sale)
    done = msgspec.json.decode(sale.given_back, type=dict[str, int])
    short: Counter[tuple[str, str]] = Counter()
    for n, burn in enumerate(body.burns):
        fact = Burn(burn.rule, burn.asset, burn.quantity, burn.steps, burn.cents, burn.allocation)
        whole = burn.rule in brought if not burn.allocation else gone(backs)
        goal = burn.quantity if whole else restored(fact, backs)[0]
        more = goal - done.get(str(n), 0)
        if more > 0:
            done[str(n)] = goal
            due = Due(n, more, done, Why("RESTORE", sale.ticket, burn.rule))
            done, left = await _give_back(work, books, burn, due)
            short[burn.rule, burn.asset] += left
    for n, burn in enumerate(
        body.burns
    ):  # a debt that was lifted above may have been of another burn of the rule
        if left := short[burn.rule, burn.asset]:
            due = Due(n, left, done, Why("RESTORE", sale.ticket, burn.rule))
            done, short[burn.rule, burn.asset] = await _to_lots(work, books, burn, due)
    await work.tx.save_sale(
        replace(sale, restore_waits=0, given_back=msgspec.json.encode(done, order="sorted"))
    )


async def _brought(work: Work, sale: Sale) -> set[str]:
    """The rules whose reward came back without the purchase."""
    refunds = [_refunds.decode(row.body) for row in await work.tx.refunds_of(sale.ticket)]
    return {rule for refund in refunds for rule in refund.rewards}


async def _seller_went_on(work: Work, sale: Sale) -> bool:
    seller = await work.tx.incarnation(sale.dev, sale.inc)
    assert seller is not None, "a ticket has a seller"
    following = await work.tx.inbox(sale.dev, sale.inc, sale.commit_end + 1)
    if following is not None and following.disposition == "quarantined" and undoes(following, sale.ticket):
        return False  # it waits for this ticket, and is next
    return not seller.may_hold or (following is not None and following.disposition != "")


def undoes(row: InboxRow, ticket: str) -> bool:
    """Whether an entry is the undo of this ticket."""
    try:
        body = entry_body(decode(row.data))
    except UnreadableEntry:
        return False
    return isinstance(body, VoidBody) and body.of == ticket


async def _give_back(work: Work, books: Books, burn: Burned, due: Due) -> tuple[dict[str, int], int]:
    """Give back `due.more` units of a burn: debts first, what was let go, then its draws. As `_to_lots`."""
    missing = [one.lot for one in burn.draws if one.lot not in books.lots]
    if missing:
        books.learn((await work.tx.member_data(books.member, missing)).lots)
    left = due.more - lift_burn(books, burn.asset, due.more, due.why)
    if left and burn.asset.startswith(WHOLE):
        left -= take_up(books, burn.asset, left, due.why, await work.tx.postings(books.member))
    return await _to_lots(work, books, burn, replace(due, more=left))


async def _to_lots(work: Work, books: Books, burn: Burned, due: Due) -> tuple[dict[str, int], int]:
    """Give back `due.more` units of a burn to the lots it drew; what each draw got back by now, and what is left."""
    done, left = dict(due.done), due.more
    for place, one in enumerate(burn.draws):
        lot = books.lots.get(one.lot)
        before = due.done.get(f"{due.n}/{place}", 0)
        part = 0 if lot is None else min(left, one.quantity - before, lot.burned)
        if part and lot is not None:
            await _restore_part(work, books, lot, part, due.why)
        done[f"{due.n}/{place}"] = before + part
        left -= part
    return done, left


async def _restore_part(work: Work, books: Books, lot: Lot, part: int, why: Why) -> None:
    """Back into the same lot; what that would let lapse soon goes into a lot of its own, once."""
    today = books.origin.day
    last_day = today + timedelta(days=MIN_VALIDITY_DAYS)
    if lot.last_day >= last_day or lot.cause == why.cause:
        books.move(lot.lot, BURNED, AVAILABLE, part, why)
        return
    books.move(lot.lot, BURNED, OUTSIDE, part, replace(why, cause="TRANSFER"))
    fresh = replace(
        lot,
        lot=await work.lot_name(),
        quantity=part,
        available_on=min(lot.available_on, today),
        last_day=last_day,
        cause=why.cause,
        available=0,
        granted=0,
        burned=0,
        converted=0,
        expired=0,
        clawed=0,
    )
    books.issue(fresh, AVAILABLE, why)


async def restore_waiting(work: Work, sale: Sale, origin: Origin, store: str) -> None:
    """The seller wrote on after `sale`, or will not (`origin`): give back what its refunds had to wait for."""
    if sale.state == VOIDED:
        return
    books = await work.books(sale.member, origin, [], [sale.ticket])
    await restore(work, books, sale)
    await work.close(books, store)
