"""ADJUST: points that a manager gives or takes, without a rule (`sync/adjusted.py`)."""

from datetime import timedelta

from rules.account import FOREVER, POINTS
from rules.lifetime import last_day_of
from sync.adjusted import AdjustBody
from sync.ledger.amends import make_up
from sync.ledger.books import AVAILABLE, BURNED, Why
from sync.ledger.debits import MIN_VALIDITY_DAYS, debit_unsecured
from sync.ledger.members import member_for
from sync.ledger.records import Lot, Owed
from sync.ledger.task import Task
from sync.ledger.work import Quarantined, Work

ADJUST = "ADJUST"
RULE = "adjust"


async def apply_adjust(work: Work, task: Task, body: AdjustBody) -> str:
    """Given points are available at once and live as earned ones do; taken ones may be owed. Raises Quarantined.

    The member stood at the store, whose tills know them from now on.
    """
    if not body.is_sound:
        raise Quarantined("arithmetic")
    if task.entry.member is None:
        raise Quarantined("member")
    programme = await work.programme(body.programme)
    if body.programme and programme is None:
        raise Quarantined("programme")
    record = await member_for(work, task)
    origin = await task.origin(work)
    books = await work.books(record.member, origin)
    why = Why(ADJUST, task.ticket, RULE)
    if body.quantity > 0:
        today = await work.today(task.store, body.programme)
        last = FOREVER if programme is None else last_day_of(programme, origin.day)
        last = last if last >= today else today + timedelta(days=MIN_VALIDITY_DAYS)
        name = await work.lot_name()
        day = origin.day
        lot = Lot(name, POINTS, body.quantity, day, day, last, ADJUST, task.ticket, RULE)
        books.issue(lot, AVAILABLE, why)
    else:
        debt = Owed(0, POINTS, BURNED, -body.quantity, "", task.ticket, RULE)
        debit_unsecured(books, debt, task.entry.bdate, origin.day, why)
    make_up(books, body.makes_up, task.entry.bdate)
    await work.tx.touch_scope(record.member, task.store, task.row.sold_ms)
    await work.close(books, task.store)
    return ""
