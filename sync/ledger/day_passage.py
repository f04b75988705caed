"""The passage of a member from an old programme to a new one, posted (rules.passage).

What of the old programme is available is converted on the day; what a till still holds follows on the day after it
came home, at the same rate. The bonus is given once.
"""

from datetime import date, timedelta

import msgspec

from rules.account import FOREVER, POINTS, Account
from rules.kinds.transition import TERMS, TRANSITION, is_about, transition_of
from rules.passage import Given, Move, Moved, answer, move_between, passage
from rules.programme.model import Programme
from sync.ledger.books import AVAILABLE, CONVERTED, EXPIRED, Books, Why
from sync.ledger.debits import GRACE_DAYS, expire, lapse_unvisited
from sync.ledger.records import Lot
from sync.ledger.settle import LIVE, body_of
from sync.ledger.work import Work, account_of


async def move_of(work: Work, store: str, programme: Programme | None) -> Move | None:
    """The move that brought `programme` to a store; None where it came by none."""
    if programme is None or transition_of(programme) is None:
        return None
    old = await work.programme_on(programme.header.effective_from - timedelta(days=1), store)
    return move_between(old, programme)


def bonus_name(move: Move) -> str:
    """The lot of what everybody gets who comes along."""
    return f"passage:{move.new.header.id}:bonus"


async def pass_over(work: Work, books: Books, move: Move, day: date) -> None:
    """Convert what is available of the old programme, and give the bonus unless it was given."""
    old = [lot for lot in books.lots.values() if lot.available and lot.earned_on < move.day]
    since = books.record.since
    welcome = move.table.bonus is not None and since is not None and since < move.day
    if not old and (not welcome or bonus_name(move) in books.lots):
        return
    expire(books, day)
    lapse_unvisited(books, move.old, day - timedelta(days=GRACE_DAYS))
    account = await _account(work, books, move)
    passed = passage(account, move.old, move.new, day)
    name = f"passage:{move.new.header.id}"
    _leave(books, passed.converted, CONVERTED, Why("CONVERT", name, TRANSITION))
    _leave(books, passed.lapsed, EXPIRED, Why("EXPIRE", name, TRANSITION))
    for n, one in enumerate(passed.given):
        lot = bonus_name(move) if one.bonus else f"{name}:{day}:{n}"
        if lot not in books.lots:
            _give(
                books, one, Lot(lot, one.asset, one.quantity, day, one.available_on, one.last_day, "", name)
            )


def _give(books: Books, given: Given, lot: Lot) -> None:
    """Points count as earned once more, since the old ones are in `converted`."""
    cause = "ACCRUE" if given.bonus or given.asset == POINTS else "CONVERT"
    lot = msgspec.structs.replace(lot, cause=cause, rule=TRANSITION)
    books.issue(lot, AVAILABLE, Why(cause, lot.ticket, TRANSITION))


def _leave(books: Books, moved: tuple[Moved, ...], target: str, why: Why) -> None:
    for one in moved:
        books.move(one.lot, AVAILABLE, target, one.quantity, why)


async def _account(work: Work, books: Books, move: Move) -> Account:
    """The account that passes: what is available of the old programme, and the answer to the new terms."""
    holdings = tuple(
        [
            lot.holding(lot.available)
            for lot in sorted(books.lots.values(), key=lambda lot: lot.fifo)
            if lot.available and lot.earned_on < move.day
        ]
    )
    account = account_of(books.record, books.record.history)
    account = msgspec.structs.replace(account, holdings=holdings)
    accepted = await _accepted(work, books.member, move) if move.table.accept else None
    return account if accepted is None else answer(account, accepted)


async def _accepted(work: Work, member: int, move: Move) -> bool | None:
    """The last answer to these terms by time of sale that came in time, None without one."""
    said = None
    for sale in await work.tx.sales_from(member, ""):
        event = body_of(sale).event if sale.state == LIVE else None
        if event is None or event.name != TERMS or not is_about(event, move.new, sale.bdate):
            continue
        if sale.bdate <= (move.table.deadline or FOREVER):
            answered = event.fields.get("accepted")
            said = answered if isinstance(answered, bool) else said
    return said
