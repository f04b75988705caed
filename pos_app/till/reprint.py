"""Printing a receipt that was not printed, or once more as a duplicate."""

from pos_app.till.notices import tell
from pos_app.till.parts import Parts, words_of
from pos_app.till.slip import slip
from pos_app.till.state import State, change
from sync.till import spool, tickets
from sync.till.database import Connection, StoreError
from sync.till.writer import Priority


def reprint(parts: Parts, state: State) -> State:
    """Queue the shown (else the last) receipt again; what may be on paper already says DUPLICATE."""
    words = words_of(state.language)
    if state.done is not None:
        ticket, result = state.done.ticket, state.done.result
    else:
        last = tickets.recent(parts.reader, 1)
        if not last:
            return change(state, notice=tell(words, "nothing_to_print"))
        ticket, result = last[0].ticket, last[0].result
    data = slip(result, state.language, duplicate=True)

    def job(conn: Connection) -> None:
        wall_ms = parts.clock.wall_ms()
        for waiting in spool.pending_jobs(conn):
            if waiting.ticket == ticket:
                spool.mark_printed(conn, waiting.id, wall_ms)
        spool.add_job(conn, ticket, "receipt", data)

    try:
        parts.writer.run(job, Priority.SCAN)
    except StoreError as error:
        return change(state, notice=tell(words, "not_written", why=words(str(error))))
    return change(state, notice=tell(words, "reprinted"))
