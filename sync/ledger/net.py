"""Netting: what settlement posts. Over one scope the member gets the larger of what was printed and settled.

Settled above: what was kept unearned counts as earned again, then TOP_UP, a lot of its own. Settled below: the
promise is kept, as the pair ACCRUE -k, HONOUR +k on its lot; but what falls through the refund or undo of another
ticket is clawed, until what arrives later gives it again.
"""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from rules.decision import Contribution
from rules.netting import earned_again, netted, regained
from rules.refund import Back, gone, target
from sync.ledger.books import AVAILABLE, Books, Why, replace
from sync.ledger.debits import claw, unclaw
from sync.ledger.records import Lot, Sale, SettledRow
from sync.ledger.settle import REFUNDED, VOIDED, Place, Risen, Scope, backs_of, body_of, settled_contributions
from sync.ledger.work import Work


async def net(
    work: Work, books: Books, scopes: Iterable[Scope], changed: Risen = MappingProxyType({})
) -> None:
    """Post the differences of `scopes`. What falls short is honoured.

    After a return or an undo `changed` is by how much the rules give more (or less) on other tickets: as much as they
    give less in a scope is clawed there instead, of each rule on each ticket no more than what it lost, and no more
    than they give more is given back of what was.
    """
    touched: set[str] = set()
    for asset, scope in sorted(scopes):
        rows = await work.tx.settled_in(books.member, asset, scope)
        posted = await _net_scope(work, books, [row for row in rows if row.live], changed.get((asset, scope)))
        await work.tx.save_settled(books.member, posted)
        touched |= {row.ticket for row in posted}
    for ticket in sorted(touched):
        sale = await work.tx.sale(ticket)
        if sale is not None and sale.returns != b"[]" and sale.state != VOIDED:
            await take_back(work, books, sale)


async def _net_scope(
    work: Work, books: Books, rows: list[SettledRow], changed: Mapping[Place, int] | None
) -> list[SettledRow]:
    """The rows as posted; `changed` is by how much a return has the rules give more, None when something arrived."""
    risen = None if changed is None else sum(changed.values())
    fallen = [0 if changed is None else max(0, -changed.get((row.ticket, row.rule), 0)) for row in rows]
    has = [row.given + row.honoured for row in rows]
    more = [row.settled - units for row, units in zip(rows, has, strict=True)]
    back = regained(more, [row.clawed for row in rows], risen)
    gaps = [row.settled - row.given - units for row, units in zip(rows, back, strict=True)]
    again = earned_again(gaps, [row.honoured for row in rows])
    parts = netted([gap - units for gap, units in zip(gaps, again, strict=True)])
    claws = _from_the_end(
        [min(lost, max(0, -part)) for lost, part in zip(fallen, parts, strict=True)], risen or 0
    )
    moves = [move for move in zip(rows, back, again, parts, claws, strict=True) if any(move[1:4])]
    books.learn(await work.tx.lots(books.member, sorted({move[0].ticket for move in moves})) if moves else ())
    return [await _post(work, books, *move) for move in moves]


async def _post(
    work: Work, books: Books, row: SettledRow, back: int, earned: int, part: int, clawed: int
) -> SettledRow:
    """Post what of `row` comes `back` of what was clawed, what is earned again, and `part`: a top-up, or what falls
    short, `clawed` of it.
    """
    row = replace(row, settlement=row.settlement + 1)
    why = Why("CLAWBACK", row.ticket, row.rule, row.settlement)
    if back:
        unclaw(books, row.asset, [lot.lot for lot in lots_of(books, row)], back, why)
    row = _honour(books, row, max(0, -part) - clawed - earned)
    if part > 0:
        await _top_up(work, books, row, part)
    if clawed:
        claw_lots(books, lots_of(books, row), clawed, why)
    return replace(row, topped=row.topped + max(0, part), clawed=row.clawed + clawed - back)


def _from_the_end(most: Sequence[int], risen: int) -> list[int]:
    """How much of each of `most` is clawed: the last ones, since a return changes what was given after it."""
    claws, left = list[int](), max(0, -risen)
    for units in reversed(most):
        claws.append(min(left, units))
        left -= claws[-1]
    return claws[::-1]


def _honour(books: Books, row: SettledRow, quantity: int) -> SettledRow:
    """Move `quantity` from earned to honoured (or back when negative) on the lots that hold it."""
    if quantity:
        lots = lots_of(books, row)
        name = lots[0].lot if lots else ""
        books.note(Why("ACCRUE", row.ticket, row.rule, row.settlement), row.asset, name, -quantity)
        books.note(Why("HONOUR", row.ticket, row.rule, row.settlement), row.asset, name, quantity)
    return replace(row, honoured=row.honoured + quantity)


async def _top_up(work: Work, books: Books, row: SettledRow, quantity: int) -> None:
    sale = await work.tx.sale(row.ticket)
    assert sale is not None, "a settled row belongs to a ticket"
    given = _contribution(sale, row)
    earned_on = sale.bdate
    start, end = (given.available_on, given.last_day) if given else (earned_on, earned_on)
    name = await work.lot_name()
    lot = Lot(name, row.asset, quantity, earned_on, start, end, "TOP_UP", row.ticket, row.rule)
    books.issue(lot, AVAILABLE, Why("TOP_UP", row.ticket, row.rule, row.settlement))


def _contribution(sale: Sale, row: SettledRow) -> Contribution | None:
    """The contribution that a row stands for: as printed, else as settled."""
    for one in (*body_of(sale).promised, *settled_contributions(sale)):
        if (one.rule, one.asset) == (row.rule, row.asset):
            return one
    return None


def lots_of(books: Books, row: SettledRow) -> list[Lot]:
    """The lots of one rule on one ticket: printed ones first, in the order of their names."""
    found = [
        lot
        for lot in books.lots.values()
        if (lot.ticket, lot.rule, lot.asset) == (row.ticket, row.rule, row.asset)
    ]
    return sorted(found, key=lambda lot: (lot.cause != "ACCRUE", lot.lot))


def claw_lots(books: Books, lots: list[Lot], quantity: int, why: Why) -> None:
    """Claw `quantity` over lots, the last given first; what they have no room for is owed by the first."""
    for name in [lot.lot for lot in reversed(lots)]:
        lot = books.lots[name]
        part = min(quantity, max(0, lot.quantity - lot.clawed - _borne_for(books, lot.lot)))
        claw(books, lot.lot, part, why)
        quantity -= part
    if quantity and lots:
        claw(books, lots[0].lot, quantity, why)


def _borne_for(books: Books, lot: str) -> int:
    """What was clawed in the name of a lot but is owed or borne by others."""
    debts = {debt.n: debt for debt in books.owed.values() if debt.lot == lot}
    covered = sum(cover.quantity for cover in books.covers.values() if cover.n in debts)
    return covered + sum(debt.quantity for debt in debts.values())


async def take_back(work: Work, books: Books, sale: Sale) -> None:
    """Bring what was clawed of a returned ticket to its target over all refunds, up or down.

    Of a ticket that is out, by its returns or as the second one of a receipt, everything is taken back.
    """
    backs = backs_of(sale, body_of(sale))
    books.learn(await work.tx.lots(books.member, (sale.ticket,)))
    out: list[SettledRow] = []
    for row in await work.tx.settled_of(books.member, sale.ticket):
        size = row.promised + row.topped - row.clawed
        goal = _goal(sale, backs, _contribution(sale, row), size)
        why = Why("CLAWBACK", row.ticket, row.rule)
        lots = lots_of(books, row)
        if goal > row.taken:
            claw_lots(books, lots, goal - row.taken, why)
        elif goal < row.taken:
            unclaw(books, row.asset, [lot.lot for lot in lots], row.taken - goal, why)
        out.append(replace(row, taken=goal))
    await work.tx.save_settled(books.member, out)


def _goal(sale: Sale, backs: Sequence[Back], given: Contribution | None, size: int) -> int:
    """How much of `size` has to be taken back in all; an event has no lines and falls whole or not at all."""
    if sale.state == REFUNDED or given is None:
        return size
    if not backs:
        return 0
    return size if gone(backs) else target(given, backs, size)
