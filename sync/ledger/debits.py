"""Debits and credits: draws from grants, unsecured debits, clawbacks, and what credits do before anything else.

ledger-and-sync.md section 3: an unsecured debit takes what is available first and leaves a debt for the rest;
a clawback lands on the ticket's own lot first; credits repay by explicit REPAY, then lots expire.
"""

from collections.abc import Iterable
from datetime import date, timedelta

import msgspec

from rules.account import FOREVER, POINTS, WHOLE, Account
from rules.lifetime import quiet_until
from rules.programme.model import Programme
from sync.entry import Draw
from sync.ledger.books import AVAILABLE, BURNED, CLAWED, EXPIRED, Books, Why, granted, replace
from sync.ledger.records import Owed, Posting

UNEXPIRE_DAYS = 30
GRACE_DAYS = 3
MIN_VALIDITY_DAYS = 14  # how long what comes back or comes late can be used at least


def draw(books: Books, draws: Iterable[Draw], target: str, why: Why) -> int:
    """Take `draws` out of the grants of the till that wrote the entry; the quantity that they do not cover.

    A draw on a grant or lot that is not the member's, or not this till's, is never secured.
    """
    missing = 0
    for one in draws:
        grant = books.grants.get(one.grant)
        lot = books.lots.get(one.lot)
        mine = grant is not None and books.origin.may_draw(grant)
        found = 0
        if mine and lot is not None and lot.asset == one.asset:
            found = min(one.quantity, books.in_grant(one.grant, one.lot))
            books.move(one.lot, granted(one.grant), target, found, why)
        missing += one.quantity - found
    return missing


def put_back(books: Books, draws: Iterable[Draw], bucket: str, why: Why) -> int:
    """Put draws back into the same slices of the same grants; the quantity that was not drawn at acceptance.

    What a lot bears for a debt was never drawn from a slice: the debt is lifted instead.
    """
    rest = 0
    for one in draws:
        lot = books.lots.get(one.lot)
        piece = books.slices.get((one.grant, one.lot))
        part = 0
        if lot is not None and piece is not None:
            drawn = getattr(lot, bucket) - books.borne_by(one.lot, bucket)
            part = min(one.quantity, drawn, piece.issued - piece.rem)
            books.move(one.lot, bucket, granted(one.grant), part, why)
        rest += one.quantity - part
    return rest


def debit_unsecured(books: Books, debt: Owed, day: date, today: date, why: Why) -> int:
    """Burn `debt` beyond any grant: from what has just lapsed, then from what is available, else it is owed: how much.

    `day` is the business date that the till printed.
    """
    if debt.quantity == 0:
        return 0
    debt, asset = books.owe(debt, why), debt.asset
    for lot in sorted(books.lots.values(), key=lambda lot: lot.fifo):
        recent = lot.last_day >= today - timedelta(days=UNEXPIRE_DAYS)
        if lot.asset == asset and lot.expired and lot.usable(day) and recent:
            part = min(lot.expired, books.owed[debt.n].quantity)
            books.bear(debt.n, lot.lot, EXPIRED, part, replace(why, cause="REPAY"))
    for lot in books.free_lots(asset):
        if lot.usable(day):
            part = min(lot.available, books.owed[debt.n].quantity)
            books.bear(debt.n, lot.lot, AVAILABLE, part, replace(why, cause="REPAY"))
    return books.owed[debt.n].quantity


def claw(books: Books, lot_id: str, quantity: int, why: Why) -> None:
    """Take `quantity` of a lot back: its available part, its expired part, then others, then a debt.

    What sits in a grant is booked against the lot and waits for its return. No voucher bears for another one.
    """
    lot = books.lots[lot_id]
    for bucket, held in ((AVAILABLE, lot.available), (EXPIRED, lot.expired)):
        part = min(held, quantity)
        books.move(lot_id, bucket, CLAWED, part, why)
        quantity -= part
    if quantity == 0:
        return
    waits = min(quantity, max(0, lot.granted - books.booked_on(lot_id)))
    debt = books.owe(Owed(0, lot.asset, CLAWED, quantity, lot_id, why.ticket, why.rule), why)
    rest = 0 if lot.asset.startswith(WHOLE) else quantity - waits
    for other in books.free_lots(lot.asset):
        part = min(other.available, rest)
        books.bear(debt.n, other.lot, AVAILABLE, part, replace(why, cause="REPAY"))
        rest -= part


def unclaw(books: Books, asset: str, lots: Iterable[str], quantity: int, why: Why) -> None:
    """Give back `quantity` of an asset that was clawed for a rule of a ticket: debts first, then `lots`."""
    for debt in books.debts(why.ticket, why.rule, asset, CLAWED):
        quantity -= _lift(books, debt.n, quantity, why)
    for lot_id in lots:
        part = min(books.lots[lot_id].clawed, quantity)
        books.move(lot_id, CLAWED, AVAILABLE, part, why)
        quantity -= part


def lift_burn(books: Books, asset: str, quantity: int, why: Why) -> int:
    """Give back `quantity` of an asset that a rule of a ticket burned unsecured; how much of it that was.

    A rule may have burned two: a reward, and stamps that the card it filled lacked.
    """
    lifted = 0
    for debt in books.debts(why.ticket, why.rule, asset, BURNED):
        lifted += _lift(books, debt.n, quantity - lifted, why)
    return lifted


def take_up(books: Books, asset: str, quantity: int, why: Why, before: Iterable[Posting]) -> int:
    """Lift up to `quantity` of what a rule of a ticket used and nothing could bear: it was not lost after all.

    `before` are the account's postings, by which the voucher or free item was let go; how much of it there was.
    """
    mine = why.ticket, why.rule, asset, "ADJUST", "owed"
    gone = [
        one
        for one in (*before, *books.postings)
        if (one.ticket, one.rule, one.asset, one.cause, one.target) == mine
    ]
    part = min(quantity, sum([one.quantity for one in gone if one.source == BURNED]))
    if part:
        books.note(replace(why, cause="ADJUST"), asset, "", -part, source=BURNED, target="owed")
        books.note(why, asset, "", part, source=BURNED, target="owed")
    return part


def _lift(books: Books, n: int, quantity: int, why: Why) -> int:
    debt = books.owed[n]
    lifted = min(debt.quantity, quantity)
    if lifted:
        books.forgive(n, lifted, why)
    for cover in [cover for cover in books.covers.values() if cover.n == n]:
        part = min(cover.quantity, quantity - lifted)
        if part:
            books.uncover(n, cover.lot, part, why)
        lifted += part
    return lifted


def credit(books: Books) -> None:
    """Let what is available repay: first own lots take back what others bore, then debts, oldest first."""
    _move_home(books)
    for n in sorted(books.owed):
        debt = books.owed[n]
        why = Why("REPAY", debt.ticket, debt.rule)
        own = books.lots.get(debt.lot)
        if own is not None:
            for bucket, held in ((AVAILABLE, own.available), (EXPIRED, own.expired)):
                part = min(held, books.owed[n].quantity)
                books.bear(n, own.lot, bucket, part, why)
        waits = 0 if own is None else books.lots[own.lot].granted
        if debt.asset.startswith(WHOLE):
            _write_off(books, n, waits)
            continue
        for lot in books.free_lots(debt.asset):
            part = min(lot.available, max(0, books.owed[n].quantity - waits))
            books.bear(n, lot.lot, AVAILABLE, part, why)


def _write_off(books: Books, n: int, waits: int) -> None:
    """Let go of a used voucher or free item, except for what its own lot may still bear from a grant."""
    debt = books.owed[n]
    gone = max(0, debt.quantity - waits)
    if gone:
        books.forgive(n, gone, Why("ADJUST", debt.ticket, debt.rule))


def _move_home(books: Books) -> None:
    for cover in list(books.covers.values()):
        debt = books.owed[cover.n]
        own = books.lots.get(debt.lot)
        if own is None or debt.bucket != CLAWED:
            continue
        why = Why("REPAY", debt.ticket, debt.rule)
        for bucket in (AVAILABLE, EXPIRED):
            own = books.lots[debt.lot]
            part = min(getattr(own, bucket), books.covers[cover.n, cover.lot].quantity)
            if part:
                books.move(own.lot, bucket, CLAWED, part, why)
                books.uncover(cover.n, cover.lot, part, why)


def lapse_unvisited(books: Books, programme: Programme | None, day: date) -> None:
    """Post EXPIRE for the available points of a member who, on `day`, has not come for too long."""
    if programme is None or quiet_until(programme, None, date.min) == FOREVER:
        return
    visit = msgspec.json.decode(books.record.history, type=Account).last_visit
    for lot in list(books.lots.values()):
        last = quiet_until(programme, visit, lot.earned_on)
        if lot.asset == POINTS and lot.available and last < day:
            why = Why("EXPIRE", lot.ticket, lot.rule, day=last + timedelta(days=1))
            books.move(lot.lot, AVAILABLE, EXPIRED, lot.available, why)


def lapse_all(books: Books) -> None:
    """Post EXPIRE for everything that is available: the books of a member who was erased are nobody's."""
    for lot in list(books.lots.values()):
        books.move(lot.lot, AVAILABLE, EXPIRED, lot.available, Why("EXPIRE", lot.ticket, lot.rule))


def expire(books: Books, today: date) -> None:
    """Post EXPIRE for what is available of lots whose last day is more than the grace ago."""
    for lot in list(books.lots.values()):
        if lot.available and (today - lot.last_day).days > GRACE_DAYS:
            why = Why("EXPIRE", lot.ticket, lot.rule, day=lot.last_day + timedelta(days=1))
            books.move(lot.lot, AVAILABLE, EXPIRED, lot.available, why)
