"""Tickets at this till: the one being rung up, what became of those recorded, and their returns."""

from datetime import date

import msgspec

from sync.sqlite_driver import Connection, IntegrityError
from sync.till.errors import AlreadyRecorded


class Draft(msgspec.Struct, frozen=True):
    """The ticket that is being rung up, in whatever form the till wrote it: it survives a power cut."""

    ticket: str
    state: bytes


class TicketResult(msgspec.Struct, frozen=True):
    """A recorded ticket. `cents` is what was paid, `result` what a repeated request is answered."""

    ticket: str
    pos_ref: str | None
    seq: int
    reference: str
    bdate: date
    member: int | str | None
    cents: int
    voided: bool
    result: bytes


class StoredRefund(msgspec.Struct, frozen=True):
    """A recorded return: its own `ticket`, the ticket it is `of`, the cents given back."""

    ticket: str
    of: str
    reference: str
    cents: int
    bdate: date
    data: bytes


_RESULT = "SELECT ticket, pos_ref, seq, reference, bdate, member, cents, voided, result FROM result "


def save_draft(connection: Connection, ticket: str, state: bytes) -> None:
    """Keep the ticket being rung up in place of any other: a till has one basket."""
    connection.execute("DELETE FROM draft WHERE ticket <> ?", (ticket,))
    connection.execute("INSERT OR REPLACE INTO draft VALUES (?, ?)", (ticket, state))


def load_draft(connection: Connection) -> Draft | None:
    """The ticket that was being rung up when the till stopped."""
    row = connection.execute("SELECT ticket, state FROM draft").fetchone()
    return None if row is None else Draft(*row)


def clear_draft(connection: Connection, ticket: str) -> None:
    """Drop the draft of `ticket`, in the job that records or cancels it."""
    connection.execute("DELETE FROM draft WHERE ticket = ?", (ticket,))


def save_result(connection: Connection, result: TicketResult) -> None:
    """Keep what a ticket came to, in the job that journals it. Raises AlreadyRecorded (same ticket or receipt)."""
    values = msgspec.structs.astuple(result)
    try:
        connection.execute(
            "INSERT INTO result(ticket, pos_ref, seq, reference, bdate, member, cents, voided, result)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [value.isoformat() if isinstance(value, date) else value for value in values],
        )
    except IntegrityError as error:
        raise AlreadyRecorded(f"ticket {result.ticket} is recorded already: show its result") from error


def mark_voided(connection: Connection, ticket: str) -> None:
    """Note that the ticket was undone: its register's receipt may be rung up again."""
    connection.execute("UPDATE result SET voided = 1, pos_ref = NULL WHERE ticket = ?", (ticket,))


def give_to(connection: Connection, ticket: str, member: int | str) -> None:
    """The ticket is `member`'s, an id or a card's keyed hash in hex, whoever it was recorded for."""
    connection.execute("UPDATE result SET member = ? WHERE ticket = ?", (member, ticket))


def result(connection: Connection, ticket: str) -> TicketResult | None:
    """The stored result of `ticket`."""
    return _one(connection, "WHERE ticket = ?", ticket)


def by_pos_ref(connection: Connection, pos_ref: str) -> TicketResult | None:
    """The stored result of the register's receipt `pos_ref`."""
    return _one(connection, "WHERE pos_ref = ?", pos_ref)


def by_reference(connection: Connection, reference: str) -> TicketResult | None:
    """The stored result behind a printed reference (dev-inc-seq)."""
    return _one(connection, "WHERE reference = ?", reference)


def recent(connection: Connection, count: int) -> tuple[TicketResult, ...]:
    """The last tickets, newest first."""
    rows = connection.execute(_RESULT + "ORDER BY rowid DESC LIMIT ?", (count,))
    return tuple(_result(row) for row in rows)


def of_member(connection: Connection, member: int, count: int) -> tuple[TicketResult, ...]:
    """The last tickets of a member at this till that were not undone, newest first."""
    rows = connection.execute(
        "SELECT r.ticket, r.pos_ref, r.seq, r.reference, r.bdate, r.member, r.cents, r.voided, r.result"
        " FROM journal j JOIN result r ON r.ticket = j.ticket WHERE j.member = ? AND j.kind = 'TICKET' AND r.voided = 0"
        " ORDER BY j.seq DESC LIMIT ?",
        (member, count),
    )
    return tuple(_result(row) for row in rows)


def save_refund(connection: Connection, refund: StoredRefund) -> None:
    """Keep a return, in the job that journals it. Raises AlreadyRecorded."""
    values = (refund.ticket, refund.of, refund.reference, refund.cents, refund.bdate.isoformat(), refund.data)
    try:
        connection.execute("INSERT INTO refund VALUES (?, ?, ?, ?, ?, ?)", values)
    except IntegrityError as error:
        raise AlreadyRecorded(f"return {refund.ticket} is recorded already: show its result") from error


def returned_on(connection: Connection, day: date) -> int:
    """Cents that were given back for goods on a business day."""
    [cents] = connection.execute(
        "SELECT coalesce(sum(cents), 0) FROM refund WHERE bdate = ?", (day.isoformat(),)
    ).fetchone()
    return int(cents)


def refunds_of(connection: Connection, ticket: str) -> tuple[StoredRefund, ...]:
    """The returns of `ticket` made at this till, oldest first."""
    rows = connection.execute(
        "SELECT ticket, of, reference, cents, bdate, data FROM refund WHERE of = ? ORDER BY rowid", (ticket,)
    )
    return tuple(
        StoredRefund(own, of, reference, cents, date.fromisoformat(bdate), data)
        for own, of, reference, cents, bdate, data in rows
    )


def _one(connection: Connection, where: str, value: str) -> TicketResult | None:
    row = connection.execute(_RESULT + where, (value,)).fetchone()
    return None if row is None else _result(row)


def _result(row: tuple[str, str | None, int, str, str, int | str | None, int, int, bytes]) -> TicketResult:
    ticket, pos_ref, seq, reference, bdate, member, cents, voided, data = row
    return TicketResult(
        ticket=ticket,
        pos_ref=pos_ref,
        seq=seq,
        reference=reference,
        bdate=date.fromisoformat(bdate),
        member=member,
        cents=cents,
        voided=bool(voided),
        result=data,
    )
