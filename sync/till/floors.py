"""The floor limits of this till, and what it has given beyond its grants since its last contact.

A ticket is counted in its own transaction. It counts until the till has read what its ledger made of it: a pull that
left nothing out and includes the ticket's entry. So a till never gives the same points twice on old knowledge.
"""

import msgspec

from sync.entry import Body, TicketBody, VoidBody
from sync.floors import FLOORS, Floors, Taken
from sync.sqlite_driver import Connection
from sync.till import config


def limits(connection: Connection) -> Floors:
    """What the ledger published last; nothing is given where it published nothing."""
    data = config.newest(connection, FLOORS)
    return Floors() if data is None else read(data)


def read(data: bytes) -> Floors:
    """The limits in a published file; none in one of a later release."""
    try:
        return msgspec.msgpack.decode(data, type=Floors)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Floors()


def taken(connection: Connection, member: int) -> Taken:
    """What was given beyond grants since the last contact: to `member`, and in all."""
    row = connection.execute(
        "SELECT coalesce(sum(quantity) FILTER (WHERE member = ?), 0), coalesce(sum(quantity), 0) FROM unsecured",
        (member,),
    ).fetchone()
    return Taken(*row)


def count(connection: Connection, ticket: str, seq: int, member: int | str | None, body: Body) -> None:
    """Count what the entry `seq` of `ticket` gave beyond grants, or what its undo took back."""
    if isinstance(body, VoidBody):
        connection.execute("DELETE FROM unsecured WHERE ticket = ?", (body.of,))
    elif isinstance(body, TicketBody) and isinstance(member, int):
        units = sum(burn.unsecured for burn in body.burns)
        if units:
            connection.execute("INSERT INTO unsecured VALUES (?, ?, ?, ?)", (ticket, seq, member, units))


def forget(connection: Connection, own_seq: int) -> None:
    """The ledger's rows include this till's entries up to `own_seq`: what they gave is known there and here."""
    connection.execute("DELETE FROM unsecured WHERE seq <= ?", (own_seq,))
