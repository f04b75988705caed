"""Printing a paper that was not printed, or once more as a duplicate."""

import msgspec

from pos_app.till.notices import tell
from pos_app.till.parts import Parts, words_of
from pos_app.till.record import unpack
from pos_app.till.slip import duplicate, record_of, slip
from pos_app.till.state import State, change
from sync.till import spool, tickets
from sync.till.database import Connection, StoreError
from sync.till.writer import Priority


class Paper(msgspec.Struct, frozen=True):
    """A receipt: the ticket, return or undo it is of, its printed number, and the job that prints it."""

    ticket: str
    reference: str
    job: bytes


def last_paper(parts: Parts, state: State) -> Paper | None:
    """The receipt of what is shown as recorded, else the last one of a sale, a return or an undo."""
    if state.done is not None:
        return Paper(state.done.ticket, state.done.reference, slip(state.done.result, state.language))
    found = []
    for sold in tickets.recent(parts.reader, 1):  # one that a register sold has no job
        paper = Paper(sold.ticket, sold.reference, slip(sold.result, state.language))
        found.append((unpack(sold.result).at, 0, paper))
    queued = spool.last_receipt(parts.reader)
    record = record_of(queued.data) if queued is not None else None
    if queued is not None and record is not None:
        found.append((record.at, 1, Paper(queued.ticket, record.reference, queued.data)))
    return max(found, key=lambda one: one[:2])[2] if found else None


def reprint(parts: Parts, state: State) -> State:
    """Queue the shown (else the last) receipt again; what may be on paper already says DUPLICATE."""
    words = words_of(state.language)
    if not parts.options.prints:
        return change(state, notice=tell(words, "no_printer"))
    paper = last_paper(parts, state)
    if paper is None:
        return change(state, notice=tell(words, "nothing_to_print"))
    return again(parts, state, paper.ticket, paper.job)


def again(parts: Parts, state: State, ticket: str, data: bytes) -> State:
    """Queue the job `data` of `ticket` as a duplicate, in the place of those of the ticket that wait."""
    words = words_of(state.language)

    def job(conn: Connection) -> None:
        wall_ms = parts.clock.wall_ms()
        for waiting in spool.pending_jobs(conn):
            if waiting.data == data or (ticket and waiting.ticket == ticket):
                spool.mark_printed(conn, waiting.id, wall_ms)
        spool.add_job(conn, ticket, spool.RECEIPT, duplicate(data))

    try:
        parts.writer.run(job, Priority.SCAN)
    except StoreError as error:
        return change(state, notice=tell(words, "not_written", why=words(str(error))))
    return change(state, notice=tell(words, "reprinted"))
