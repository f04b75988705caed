"""A recorded ticket for another member: points claimed from a receipt, or a sale that went to the wrong one.

The till journals it (MOVE_TICKET) and takes its own promises back; what the right member gets is the ledger's to book
(`sync/ledger/apply_moved.py`), since only it sees whether somebody else was first.
"""

from collections.abc import Sequence

import msgspec

from pos_app.devices.grammar import Kind, read_code
from pos_app.till.close import member_key
from pos_app.till.moment import now
from pos_app.till.notices import tell
from pos_app.till.parts import Parts, words_of
from pos_app.till.record import Record, unpack
from pos_app.till.state import State, Who, change
from pos_app.till.undo import own_lots
from sync.entry import Entry, EntryKind, MoveTicketBody, TicketBody, body_of
from sync.ids import uuid7
from sync.till import cursors, journal, slices, tickets
from sync.till.database import Connection, StoreError
from sync.till.journal import EntryDraft
from sync.till.tickets import TicketResult

SHOWN = 4  # of the last tickets


def movable(parts: Parts) -> tuple[TicketResult, ...]:
    """The last tickets of members at this till, the newest first, of which something may have gone wrong."""
    found = tickets.recent(parts.reader, 3 * SHOWN)
    return tuple(one for one in found if one.member is not None and not one.voided)[:SHOWN]


def move(parts: Parts, state: State, sold: TicketResult, to: Who) -> State:
    """The ticket was `to`'s: its points leave the member it was recorded for. Says why not."""
    words, key = words_of(state.language), member_key(to)
    assert key is not None
    record = unpack(sold.result)
    entries = journal.entries_of(parts.reader, sold.ticket)
    refusal = _fixed(parts, sold, entries)
    if refusal or key == sold.member:
        return change(state, notice=tell(words, refusal or "move_same"))
    return _written(parts, state, sold, record, key, "moved_ticket")


def claim(parts: Parts, state: State, to: Who, text: str) -> State:
    """The receipt with the number `text` is `to`'s, who had no card with them. Says why not."""
    words, key = words_of(state.language), member_key(to)
    assert key is not None
    code = read_code(text, None, parts.options.codes, typed=True)
    number, _, tail = code.value.partition(" ")
    if code.kind is not Kind.TICKET or not tail:
        return change(state, notice=tell(words, "claim_number"))
    sold = tickets.by_reference(parts.reader, number)
    if sold is None:
        return _written_elsewhere(parts, state, number, tail, key)
    record = unpack(sold.result)
    if record.tail != tail:
        return change(state, notice=tell(words, "claim_number"))
    if sold.member is not None or sold.voided:
        return change(state, notice=tell(words, "claim_taken"))
    return _written(parts, state, sold, record, key, "claim_noted")


def _fixed(parts: Parts, sold: TicketResult, entries: Sequence[Entry]) -> str:
    """Why a ticket cannot move any more; "" where it can."""
    if sold.voided or tickets.refunds_of(parts.reader, sold.ticket):
        return "move_returned"
    burns = [one for entry in entries if isinstance(body := body_of(entry), TicketBody) for one in body.burns]
    return "move_reward" if burns else ""


def _written(
    parts: Parts, state: State, sold: TicketResult, record: Record, key: int | str, code: str
) -> State:
    """Journal the move of a ticket of this till, and take back what it gave here."""
    moment = now(parts)

    def job(conn: Connection) -> None:
        # each as it was last sent: after a pairing what it gave has other names
        for entry in journal.entries_of(conn, sold.ticket):
            body = body_of(entry)
            if isinstance(body, TicketBody):
                for lot in own_lots(entry.dev, entry.inc, entry.seq, body):
                    slices.remove_birth(conn, lot)
        draft = _draft(parts, state, sold.reference, record.tail, key)
        draft = msgspec.structs.replace(draft, member=sold.member, ticket=sold.ticket)
        journal.commit(conn, parts.identity, [draft], moment.times, cursors.sync_state(conn).seen_pos)
        tickets.give_to(conn, sold.ticket, key)

    try:
        parts.writer.run(job)
    except StoreError as error:
        words = words_of(state.language)
        return change(state, notice=tell(words, "not_written", why=words(str(error))))
    return _said(parts, state, sold.reference, code)


def _written_elsewhere(parts: Parts, state: State, number: str, tail: str, key: int | str) -> State:
    """Journal the claim of a ticket of another till; the ledger knows whether there is one."""
    moment = now(parts)
    draft = _draft(parts, state, number, tail, key)
    draft = msgspec.structs.replace(draft, ticket=uuid7(moment.now_ms, parts.random(10)))
    try:
        parts.writer.run(
            lambda conn: journal.commit(
                conn, parts.identity, [draft], moment.times, cursors.sync_state(conn).seen_pos
            )
        )
    except StoreError as error:
        words = words_of(state.language)
        return change(state, notice=tell(words, "not_written", why=words(str(error))))
    return _said(parts, state, number, "claim_noted")


def _draft(parts: Parts, state: State, number: str, tail: str, key: int | str) -> EntryDraft:
    cashier = state.cashier.id if state.cashier is not None else ""
    body = MoveTicketBody(parts.identity.store, cashier, number, tail, key)
    return EntryDraft(EntryKind.MOVE_TICKET, body, now(parts).bdate)


def _said(parts: Parts, state: State, number: str, code: str) -> State:
    parts.crash("after_commit")
    if parts.network is not None:
        parts.network.wake_push()
    return change(state, notice=tell(words_of(state.language), code, reference=number))
