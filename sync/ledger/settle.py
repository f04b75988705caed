"""Settlement: what the rules give on all of a member's tickets in order of sale (ledger-and-sync.md 2.4).

Each ticket keeps the account before it, so a late ticket, a refund or an undo replays from its place on only.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

import msgspec

from rules.account import POINTS, Account
from rules.calendar import scope_key
from rules.decision import Burn, Contribution, Outbound
from rules.evaluate import evaluate
from rules.fold import fold
from rules.kinds.tiers import less_returns
from rules.netting import scope_of
from rules.programme.model import Budget, Programme
from rules.refund import Back, Return, returned
from rules.ticket import Event, Ticket
from sync.entry import EventBody, TicketBody
from sync.ledger.books import Books, replace
from sync.ledger.elsewhere import tell_elsewhere
from sync.ledger.records import Sale, SettledRow
from sync.ledger.work import Quarantined, Sending, Work, account_of, history_of, without_holdings

LIVE, REFUNDED, VOIDED = "live", "refunded", "voided"
Scope = tuple[str, str]  # asset and period
Place = tuple[str, str]  # ticket and rule
Risen = Mapping[Scope, Mapping[Place, int]]
"""How much more (or less) the rules give than before, by asset and period, ticket and rule."""


class Sold(TicketBody, frozen=True, omit_defaults=True):
    """A ticket as the ledger keeps it: a sale, or with `event` something that happened, which has no lines.

    `channel` is where it was, "shop" at a till.
    """

    event: Event | None = None
    channel: str = "shop"


_bodies = msgspec.json.Decoder(Sold)
_sold = msgspec.json.Encoder(decimal_format="number")
_contributions = msgspec.json.Decoder(tuple[Contribution, ...])
_returns = msgspec.json.Decoder(tuple[Return, ...])


def event_body(body: EventBody) -> Sold:
    """An event as a ticket without lines."""
    return Sold(
        body.store,
        body.cashier,
        body.programme,
        body.minute,
        (),
        promised=body.promised,
        points=body.points,
        till=body.till,
        shared=body.shared,
        event=body.event,
    )


def encode_sold(body: Sold) -> bytes:
    """`body` as it is kept with a sale."""
    return _sold.encode(body)


def body_of(sale: Sale) -> Sold:
    """What the till wrote of a ticket."""
    return _bodies.decode(sale.body)


def settled_contributions(sale: Sale) -> tuple[Contribution, ...]:
    """What the rules give a ticket."""
    return _contributions.decode(sale.settled)


def backs_of(sale: Sale, body: TicketBody) -> tuple[Back, ...]:
    """What has come back of every line, over all refunds that are held."""
    return returned(body.lines, _returns.decode(sale.returns))


async def save_in_place(work: Work, sale: Sale) -> None:
    """Keep a new ticket; the account before it is the one before the next later one, if there is any."""
    later = await work.tx.sales_from(sale.member, sale.sold_order)
    await work.tx.save_sale(replace(sale, before=later[0].before if later else b""))


async def replay(work: Work, books: Books, order: str, *, whole: bool = False) -> Risen:
    """Settle the member's tickets again from `order` on; the scopes in which something changed.

    With each by how much more (or less) the rules give on its tickets that still count, by ticket and rule. `whole`
    goes on to the last ticket even where one follows from the same account as before: later ones may have come from
    another member.
    """
    sales = await work.tx.sales_from(books.member, order)
    changed: dict[Scope, Counter[Place]] = {}
    if not sales:
        return changed
    account = account_of(books.record, sales[0].before or books.record.history)
    for place, sale in enumerate(sales):
        programme = await work.programme(sale.programme)
        if programme is None:
            raise Quarantined("programme")
        before = history_of(account)
        if place and before == sale.before and not whole:
            return changed  # the rest follows from the same account as before
        account, given, outbound = _settle(account, sale, programme)
        account = without_holdings(account)  # what replay started from must not be seen by later tickets
        sent = msgspec.json.encode(outbound)
        if sent != sale.outbound:
            work.sending.append(Sending(sale, books.origin, sent))
            tell_elsewhere(books, sale, sent)
        settled = msgspec.json.encode(given)
        await work.tx.save_sale(replace(sale, before=before, settled=settled, outbound=sent))
        for scope, more in (await _rows(work, books, sale, programme, given)).items():
            changed.setdefault(scope, Counter()).update(more)
    last = sales[-1]
    books.record = replace(
        books.record, history=history_of(account), last_sale=last.sold_order, programme=last.programme
    )
    return changed


def _settle(
    account: Account, sale: Sale, programme: Programme
) -> tuple[Account, tuple[Contribution, ...], tuple[Outbound, ...]]:
    """The account after a ticket, what the rules give it, and what it has done elsewhere.

    A ticket that is out gives nothing; what its redemptions had done elsewhere goes only with an undo, since
    returning the goods does not take it back.
    """
    body = body_of(sale)
    if sale.state != LIVE:
        return account, (), body.outbound if sale.state == REFUNDED else ()
    ticket = Ticket(
        sale.ticket,
        body.lines,
        sale.bdate,
        sale.minute,
        sale.store,
        body.till,
        channel=body.channel,
        zones=body.zones,
        event=body.event,
    )
    if "member.points" in programme.read:  # what was there to be seen is the till's word
        account = replace(account, balance={POINTS: body.points})
    burns = tuple(Burn(b.rule, b.asset, b.quantity, b.steps, b.cents, b.allocation) for b in body.burns)
    decision = evaluate(ticket, account, programme, burns=burns, stock=_printed(body, programme), tell=False)
    backs = backs_of(sale, body) if sale.returns != b"[]" else ()
    after = less_returns(fold(account, ticket, decision), decision, programme, backs)
    return after, decision.contributions, (*body.outbound, *decision.outbound)


def _printed(body: TicketBody, programme: Programme) -> Mapping[str, int] | None:
    """What the till took of campaign budgets for this ticket: all there is to give when it is settled.

    A budget is shared by all members, so its use is the till's word and never worked out again
    (ledger-and-sync.md 4.4); None where the programme has none.
    """
    limited = [rule.id for rule in programme.rules if rule.budget is not None]
    if not limited:
        return None
    given = dict.fromkeys(limited, 0)
    for one in body.promised:
        if one.rule in given and one.asset == POINTS:
            given[one.rule] += one.quantity
    return {Budget.key(rule): quantity for rule, quantity in given.items()}


async def _rows(
    work: Work, books: Books, sale: Sale, programme: Programme, given: Iterable[Contribution]
) -> Risen:
    """Write promised against settled of one ticket; of the scopes of rows that changed how much settled rose."""
    old = {(row.rule, row.asset): row for row in await work.tx.settled_of(books.member, sale.ticket)}
    new = {key: replace(row, settled=0, live=int(sale.state == LIVE)) for key, row in old.items()}
    for one in given:
        key = one.rule, one.asset
        row = new.get(key) or _row(sale, programme, *key)
        new[key] = replace(row, settled=row.settled + one.quantity)
    changed = {key: row for key, row in new.items() if old.get(key) != row}
    await work.tx.save_settled(books.member, tuple(changed.values()))
    more: dict[Scope, Counter[Place]] = {}
    for key, row in changed.items():
        before = old[key].settled if key in old else 0
        scope = more.setdefault((row.asset, row.scope), Counter())
        scope[row.ticket, row.rule] += (row.settled - before) * row.live
    return more


def _row(sale: Sale, programme: Programme, rule: str, asset: str) -> SettledRow:
    scope = scope_of(asset, programme)
    name = scope_key(scope, sale.bdate) or sale.ticket
    return SettledRow(sale.ticket, rule, asset, f"{scope}:{name}", sale.sold_order)


async def promise(work: Work, books: Books, sale: Sale, programme: Programme, body: TicketBody) -> set[Scope]:
    """Write down what the till promised on a ticket, before it is settled; the scopes it touches."""
    rows: dict[tuple[str, str], SettledRow] = {}
    for one in body.promised:
        key = one.rule, one.asset
        row = rows.get(key) or _row(sale, programme, *key)
        rows[key] = replace(row, promised=row.promised + one.quantity)
    await work.tx.save_settled(books.member, tuple(rows.values()))
    return {(row.asset, row.scope) for row in rows.values()}
