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


CARD = "card"
"""What a job is that prints the whole number of a card: it goes once it is printed."""


def add_job(connection: Connection, ticket: str, what: str, data: bytes) -> int:
    """Queue `data` for the printer; returns the job's id. `what` is receipt, refund, void, card, voucher."""
    cursor = connection.execute("INSERT INTO job(ticket, what, data) VALUES (?, ?, ?)", (ticket, what, data))
    return int(cursor.lastrowid or 0)


def pending_jobs(connection: Connection) -> tuple[Job, ...]:
    """Jobs not yet printed, oldest first."""
    return tuple(Job(*row) for row in connection.execute(_SELECT + "WHERE printed_ms IS NULL ORDER BY id"))


def unprinted(connection: Connection) -> tuple[str, ...]:
    """Tickets whose receipt is not printed: listed at start, so that the cashier can hand it over."""
    rows = connection.execute("SELECT DISTINCT ticket FROM job WHERE printed_ms IS NULL ORDER BY id")
    return tuple(row[0] for row in rows)


def job_of(connection: Connection, ticket: str) -> Job | None:
    """The last job of a ticket: for a reprint, which says that it is one."""
    row = connection.execute(_SELECT + "WHERE ticket = ? ORDER BY id DESC LIMIT 1", (ticket,)).fetchone()
    return None if row is None else Job(*row)


def last_job(connection: Connection) -> Job | None:
    """The receipt that was queued last, printed or not."""
    row = connection.execute(_SELECT + "WHERE what <> ? ORDER BY id DESC LIMIT 1", (CARD,)).fetchone()
    return None if row is None else Job(*row)


def mark_printed(connection: Connection, job: int, wall_ms: int) -> None:
    """Note that a job came out of the printer, or was waived."""
    connection.execute(
        "UPDATE job SET printed_ms = coalesce(printed_ms, ?), copies = copies + 1 WHERE id = ?",
        (wall_ms, job),
    )
    connection.execute("DELETE FROM job WHERE id = ? AND what = ?", (job, CARD))


def forget(connection: Connection, before_ms: int) -> None:
    """Drop jobs that were printed before `before_ms`."""
    connection.execute("DELETE FROM job WHERE printed_ms < ?", (before_ms,))


def forget_cards(connection: Connection) -> None:
    """Drop numbers of cards that nobody waits for any more."""
    connection.execute("DELETE FROM job WHERE what = ?", (CARD,))
