"""What is to be printed: written in the transaction that closes a ticket, so a receipt is never forgotten."""

import msgspec

from sync.sqlite_driver import Connection


class Job(msgspec.Struct, frozen=True):
    """Something to print; the till that queued `data` knows how to lay it out.

    `printed_ms` is the wall clock at the first print, None before; `copies` counts all prints.
    """

    id: int
    ticket: str
    what: str
    data: bytes
    printed_ms: int | None
    copies: int


_SELECT = "SELECT id, ticket, what, data, printed_ms, copies FROM job "


RECEIPT, REFUND, VOID, VOUCHER = "receipt", "refund", "void", "voucher"
CARD = "card"
"""What a job is that prints the whole number of a card: it goes once it is printed."""
KEPT = 1000
"""So many papers that were not printed are kept: a till may have no printer at all."""


def add_job(connection: Connection, ticket: str, what: str, data: bytes) -> int:
    """Queue `data` for the printer; returns the job's id. `what` is one of the five above."""
    cursor = connection.execute("INSERT INTO job(ticket, what, data) VALUES (?, ?, ?)", (ticket, what, data))
    return int(cursor.lastrowid or 0)


def pending_jobs(connection: Connection) -> tuple[Job, ...]:
    """Jobs not yet printed, oldest first."""
    return tuple(Job(*row) for row in connection.execute(_SELECT + "WHERE printed_ms IS NULL ORDER BY id"))


def next_job(connection: Connection, after: int) -> Job | None:
    """The first job after the one with the id `after` that is not printed yet."""
    row = connection.execute(
        _SELECT + "WHERE printed_ms IS NULL AND id > ? ORDER BY id LIMIT 1", (after,)
    ).fetchone()
    return None if row is None else Job(*row)


def last_waiting(connection: Connection) -> int:
    """The id of the last job that is not printed yet, 0 for none."""
    [number] = connection.execute("SELECT coalesce(max(id), 0) FROM job WHERE printed_ms IS NULL").fetchone()
    return int(number)


def unprinted(connection: Connection, most: int) -> tuple[Job, ...]:
    """The last papers that are not printed, but for numbers of cards, newest first: the cashier hands them over."""
    rows = connection.execute(
        _SELECT + "WHERE printed_ms IS NULL AND what <> ? ORDER BY id DESC LIMIT ?", (CARD, most)
    )
    return tuple(Job(*row) for row in rows)


def job_of(connection: Connection, ticket: str) -> Job | None:
    """The last job of a ticket: for a reprint, which says that it is one."""
    row = connection.execute(_SELECT + "WHERE ticket = ? ORDER BY id DESC LIMIT 1", (ticket,)).fetchone()
    return None if row is None else Job(*row)


def last_job(connection: Connection) -> Job | None:
    """The paper that was queued last, printed or not, but for numbers of cards."""
    row = connection.execute(_SELECT + "WHERE what <> ? ORDER BY id DESC LIMIT 1", (CARD,)).fetchone()
    return None if row is None else Job(*row)


def last_receipt(connection: Connection) -> Job | None:
    """The receipt of a sale, a return or an undo that was queued last, printed or not."""
    row = connection.execute(
        _SELECT + "WHERE what NOT IN (?, ?) ORDER BY id DESC LIMIT 1", (CARD, VOUCHER)
    ).fetchone()
    return None if row is None else Job(*row)


def mark_printed(connection: Connection, job: int, wall_ms: int) -> None:
    """Note that a job came out of the printer, or was waived."""
    connection.execute(
        "UPDATE job SET printed_ms = coalesce(printed_ms, ?), copies = copies + 1 WHERE id = ?",
        (wall_ms, job),
    )
    connection.execute("DELETE FROM job WHERE id = ? AND what = ?", (job, CARD))


def forget(connection: Connection, before_ms: int) -> None:
    """Drop jobs that were printed before `before_ms`, and of those that were not all but the last thousand."""
    connection.execute("DELETE FROM job WHERE printed_ms < ?", (before_ms,))
    connection.execute(
        "DELETE FROM job WHERE printed_ms IS NULL AND id <= (SELECT max(id) FROM job) - ?", (KEPT,)
    )


def forget_cards(connection: Connection) -> None:
    """Drop numbers of cards that nobody waits for any more."""
    connection.execute("DELETE FROM job WHERE what = ?", (CARD,))
