"""The member of the ticket that was just recorded, for what is said and asked after it."""

from pos_app.till.member import known
from pos_app.till.moment import now
from pos_app.till.parts import Parts
from pos_app.till.record import unpack
from pos_app.till.state import Basket, State, Who
from pos_app.till.view import Stage
from rules.account import Account
from sync.ids import uuid7
from sync.till import journal, tickets


def whose(parts: Parts, state: State) -> Basket | None:
    """The begun ticket if it has a member, else one without lines for the member of the ticket just recorded."""
    if state.basket is not None:
        return state.basket if state.basket.who is not None else None
    shown = state.done if state.stage in (Stage.DONE, Stage.ERRAND) else None
    sold = tickets.result(parts.reader, shown.ticket) if shown is not None else None
    if sold is None or not isinstance(sold.member, int) or sold.voided:
        return None
    entry = journal.entry_at(parts.reader, sold.seq)
    if entry is None:
        return None
    moment, record = now(parts), unpack(sold.result)
    blank = Who(b"", record.card, entry.evidence, sold.member, Account(member=sold.member, known="thin"))
    ticket = uuid7(moment.now_ms, parts.random(10))
    return Basket(ticket, record.programme, who=known(parts, blank, sold.member))
