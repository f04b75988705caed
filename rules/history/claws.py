"""Taking back and giving back: clawbacks, the debts they may leave, and how later credits repay them.

ledger-and-sync.md section 3: a claw lands on the ticket's own lot first, its available part, then its expired one;
then other lots bear it, and what none can is owed. What others bore moves back as soon as the own lot can bear it.
"""

from collections.abc import Sequence
from datetime import date

from rules.account import WHOLE
from rules.history.book import AVAILABLE, BURNED, CLAWED, EXPIRED, Book, Debt, Lot, Why

_OPEN = (AVAILABLE, EXPIRED)


def claw_all(book: Book, lots: Sequence[Lot], quantity: int, why: Why) -> None:
    """Claw `quantity` over the lots of one rule, the last given first; the first one owes what none has room for."""
    for lot in reversed(lots):
        given = lot.available + lot.burned + lot.converted + lot.expired
        part = min(quantity, max(0, given - _borne_for(book, lot.lot)))
        claw(book, lot, part, why)
        quantity -= part
    if quantity and lots:
        claw(book, lots[0], quantity, why)


def _borne_for(book: Book, lot: str) -> int:
    """What was clawed in the name of a lot and is owed or borne by others."""
    return sum(debt.quantity + sum(debt.covers.values()) for debt in book.debts if debt.lot == lot)


def claw(book: Book, lot: Lot, quantity: int, why: Why) -> None:
    """Take `quantity` of a lot back, from others what it lacks, and owe the rest."""
    if not quantity:
        return
    own = min(lot.available, quantity)
    book.move(lot, AVAILABLE, CLAWED, own)
    book.note(why, lot.asset, lot.lot, -own)
    lapsed = min(lot.expired, quantity - own)
    _from_expired(book, lot, lapsed, why)
    rest = quantity - own - lapsed
    if not rest or lot.asset.startswith(WHOLE):
        return
    debt = Debt(lot.asset, rest, lot.lot, why.ticket, why.rule, {})
    book.debts.append(debt)
    sums = book.total(lot.asset)
    sums.owed += rest
    sums.clawed += rest
    book.note(why, lot.asset, "", -rest)
    _repay_from_others(book, debt, why.day)


def _from_expired(book: Book, lot: Lot, quantity: int, why: Why) -> None:
    if quantity:
        book.move(lot, EXPIRED, CLAWED, quantity)
        book.note(Why("EXPIRE", why.day, lot.ticket, lot.rule), lot.asset, lot.lot, quantity)
        book.note(why, lot.asset, lot.lot, -quantity)


def _repay_from_others(book: Book, debt: Debt, day: date) -> None:
    for other in book.free(debt.asset):
        if other.lot != debt.lot:
            _bear(book, debt, other, AVAILABLE, day)


def _bear(book: Book, debt: Debt, lot: Lot, source: str, day: date) -> None:
    """`lot` bears what it can of a debt out of its part `source`."""
    part = min(getattr(lot, source), debt.quantity)
    if not part:
        return
    debt.quantity -= part
    sums = book.total(debt.asset)
    sums.owed -= part
    sums.clawed -= part  # it was counted when it was owed; the move counts it again
    book.move(lot, source, CLAWED, part)
    if source == EXPIRED:
        book.note(Why("EXPIRE", day, lot.ticket, lot.rule), lot.asset, lot.lot, part)
    book.note(Why("REPAY", day, debt.ticket, debt.rule), lot.asset, lot.lot, -part)
    if lot.lot != debt.lot:
        debt.covers[lot.lot] = debt.covers.get(lot.lot, 0) + part


def unclaw(book: Book, lots: Sequence[Lot], quantity: int, why: Why) -> None:
    """Give back `quantity` of what was clawed for a rule of a ticket: what is owed or was borne first, then lots."""
    for debt in book.debts_of(why.ticket, why.rule):
        quantity -= _lift(book, debt, quantity, why)
    for lot in lots:
        part = min(lot.clawed, quantity)
        book.move(lot, CLAWED, AVAILABLE, part)
        book.note(why, lot.asset, lot.lot, part)
        quantity -= part


def _lift(book: Book, debt: Debt, quantity: int, why: Why) -> int:
    lifted = min(debt.quantity, quantity)
    if lifted:
        debt.quantity -= lifted
        sums = book.total(debt.asset)
        sums.owed -= lifted
        sums.clawed -= lifted
        book.note(why, debt.asset, "", lifted)
    for name, borne in list(debt.covers.items()):
        part = min(borne, quantity - lifted)
        if part:
            _uncover(book, debt, name, part, why)
            lifted += part
    return lifted


def _uncover(book: Book, debt: Debt, name: str, quantity: int, why: Why) -> None:
    debt.covers[name] -= quantity
    lot = book.lots[name]
    book.move(lot, CLAWED, AVAILABLE, quantity)
    book.note(why, debt.asset, name, quantity)


def restore(book: Book, drawn: dict[str, int], done: dict[str, int], quantity: int, why: Why) -> None:
    """Give back `quantity` of a burn to the lots it came from; `done` is what each has got back by now."""
    for name, took in drawn.items():
        lot = book.lots[name]
        part = min(quantity, took - done.get(name, 0))
        if part:
            book.move(lot, BURNED, AVAILABLE, part)
            book.note(why, lot.asset, name, part)
            done[name] = done.get(name, 0) + part
            quantity -= part


def repay(book: Book, day: date) -> None:
    """Let what is available repay: own lots take back what others bore, then debts are paid, the oldest first."""
    if not book.debts:
        return
    for debt in book.debts:
        _move_home(book, debt, day)
    for debt in book.debts:
        own = book.lots.get(debt.lot)
        if own is not None:
            _bear(book, debt, own, AVAILABLE, day)
            _bear(book, debt, own, EXPIRED, day)
        _repay_from_others(book, debt, day)
    book.debts = [debt for debt in book.debts if debt.quantity or any(debt.covers.values())]
    book.tidy()


def _move_home(book: Book, debt: Debt, day: date) -> None:
    own = book.lots.get(debt.lot)
    if own is None:
        return
    paid = Why("REPAY", day, debt.ticket, debt.rule)
    for name in list(debt.covers):
        for source in _OPEN:
            part = min(getattr(own, source), debt.covers[name])
            if not part:
                continue
            book.move(own, source, CLAWED, part)
            if source == EXPIRED:
                book.note(Why("EXPIRE", day, own.ticket, own.rule), own.asset, own.lot, part)
            book.note(paid, own.asset, own.lot, -part)
            _uncover(book, debt, name, part, paid)
