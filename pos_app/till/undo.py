"""Undoing the last ticket: within 60 s of this till's own clock, while nothing was written after it.

`VOID` is the first entry after the ticket's commit (ledger-and-sync.md section 3, Undo). Draws go back into the same
slices, births leave their grants; afterwards only a return helps.
"""

import msgspec

from pos_app.printing.receipt import ReceiptKind
from pos_app.till.identify import refresh
from pos_app.till.moment import Moment, now
from pos_app.till.notices import tell
from pos_app.till.parts import Parts, words_of
from pos_app.till.record import Record, pack, unpack
from pos_app.till.sign_in import resting
from pos_app.till.slip import slip
from pos_app.till.state import UNDO, Question, State, change
from sync.entry import Draw, EntryKind, TicketBody, VoidBody, body_of, lot_id
from sync.shares import is_overrun
from sync.till import cursors, floors, journal, slices, spool, tickets
from sync.till.database import Connection, StoreError
from sync.till.errors import AlreadyRecorded, NotEnough
from sync.till.journal import EntryDraft
from sync.till.offers import forget_offers
from sync.till.tickets import TicketResult


class Undoable(msgspec.Struct, frozen=True):
    """The ticket that can still be undone, and for how many seconds."""

    result: TicketResult
    seconds: int


class _TooLate(Exception):
    """Something was written after the ticket in the meantime."""


def undoable(parts: Parts, conn: Connection | None = None) -> Undoable | None:
    """The last ticket while it can be undone; None after its time, another boot, or any later entry."""
    reader = conn or parts.reader
    last = tickets.recent(reader, 1)
    if not last or last[0].voided or unpack(last[0].result).finished:
        return None
    entry = journal.entry_at(reader, last[0].seq)
    if entry is None or entry.orig is not None or entry.ticket != last[0].ticket:
        return None
    if entry.boot != parts.clock.boot():
        return None
    left_ms = parts.options.undo_s * 1000 - (parts.clock.mono_ms() - entry.mono_ms)
    if left_ms <= 0 or not _is_last(reader, last[0]):
        return None
    return Undoable(last[0], -(-left_ms // 1000))


def ask(parts: Parts, state: State) -> State:
    """Ask before the last ticket is undone: a Backspace too many, while a typo is cleared, takes nothing back."""
    words, found = words_of(state.language), undoable(parts)
    if found is None:
        return change(state, notice=tell(words, "nothing_to_undo"))
    sale = unpack(found.result.result)
    amount = words.paying(sale.currency).money(sale.paid)
    notice = tell(words, "undo_asked", reference=found.result.reference, amount=amount)
    return change(state, question=Question(UNDO), notice=notice)


def undo(parts: Parts, state: State) -> State:
    """Undo the last ticket, or say that only a return helps."""
    words = words_of(state.language)
    found = undoable(parts)
    if found is None:
        return change(state, notice=tell(words, "nothing_to_undo"))
    moment = now(parts)
    try:
        parts.writer.run(lambda conn: _void(parts, state, conn, found.result, moment))
    except (_TooLate, NotEnough, AlreadyRecorded):
        return change(state, notice=tell(words, "nothing_to_undo"))
    except StoreError as error:
        return change(state, notice=tell(words, "not_written", why=words(str(error))))
    parts.crash("after_commit")
    if parts.network is not None:
        parts.network.wake_push()
    notice = tell(words, "undone", reference=found.result.reference)
    return change(
        refresh(parts, change(state, stage=resting(state), done=None, question=None)), notice=notice
    )


def _void(parts: Parts, state: State, conn: Connection, ticket: TicketResult, moment: Moment) -> None:
    if undoable(parts, conn) is None:
        raise _TooLate
    entry = journal.entry_at(conn, ticket.seq)
    assert entry is not None
    body = body_of(entry)
    assert isinstance(body, TicketBody)
    own = own_lots(entry.dev, entry.inc, entry.seq, body)
    slices.undraw(conn, (draw for draw in _draws(body) if draw.grant not in own))
    for lot in own:
        slices.remove_birth(conn, lot)
    cashier = state.cashier.id if state.cashier is not None else ""
    draft = EntryDraft(
        EntryKind.VOID,
        VoidBody(ticket.ticket, ticket.seq, cashier),
        moment.bdate,
        member=ticket.member,
        ticket=ticket.ticket,
    )
    seen = cursors.sync_state(conn).seen_pos
    written = journal.commit(conn, parts.identity, [draft], moment.times, seen)[0]
    tickets.mark_voided(conn, ticket.ticket)
    forget_offers(conn, entry.bdate, body.offered, [burn.rule for burn in body.burns])
    floors.count(conn, ticket.ticket, ticket.seq, ticket.member, draft.body)
    what = _undone(unpack(ticket.result), written.reference, written.tail6, moment)
    spool.add_job(conn, ticket.ticket, "void", slip(pack(what), state.language))
    parts.crash("before_commit")


def own_lots(dev: int, inc: int, seq: int, body: TicketBody) -> tuple[str, ...]:
    """The names of every lot that the entry gave birth to, full cards included."""
    return tuple(lot_id(dev, inc, seq, n) for n in range(len(body.promised) + len(body.converted)))


def _draws(body: TicketBody) -> tuple[Draw, ...]:
    burned = tuple(draw for burn in body.burns for draw in burn.draws)
    shared = [draw for draw in body.shared if not is_overrun(draw.asset)]  # the ledger gives these out anew
    return (*burned, *(draw for card in body.converted for draw in card.draws), *shared)


def _undone(sale: Record, reference: str, tail: str, moment: Moment) -> Record:
    return msgspec.structs.replace(
        sale,
        kind=ReceiptKind.UNDO,
        reference=reference,
        tail=tail,
        at=moment.local.replace(microsecond=0),
        of=sale.reference,
        gained=tuple(msgspec.structs.replace(one, quantity=-one.quantity) for one in sale.gained),
        used=tuple(msgspec.structs.replace(one, quantity=-one.quantity) for one in sale.used),
        balance=None,
        next_reward=None,
        cards=(),
        reached="",
        full=(),
        later=(),
        beyond=0,
        lapses=None,
        waiting=(),
        passing=None,
    )


def _is_last(conn: Connection, ticket: TicketResult) -> bool:
    """True when all entries from the ticket's own on belong to its commit."""
    head = journal.head(conn)[0]
    after = (journal.entry_at(conn, seq) for seq in range(ticket.seq + 1, min(head, ticket.seq + 20) + 1))
    return all(
        entry is not None and entry.ticket == ticket.ticket and entry.kind == EntryKind.GRANT_RETURN
        for entry in after
    )
