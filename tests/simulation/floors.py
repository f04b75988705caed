"""What a till gives beyond its grants lies within its limits (G3)."""

from collections import Counter as Tally

from sync.entry import TicketBody, VoidBody, body_of
from sync.sqlite_driver import Connection
from sync.till import journal
from sync.till.cursors import sync_state
from tests.simulation.house import FLOORS
from tests.simulation.sold import Wrong


def unsecured(connection: Connection, seq: int) -> int:
    """Points beyond grants that entry `seq` gave; 0 for anything but a ticket."""
    entry = journal.entry_at(connection, seq)
    body = body_of(entry) if entry is not None and entry.kind == "TICKET" else None
    return sum(burn.unsecured for burn in body.burns) if isinstance(body, TicketBody) else 0


def said_to_be_there(connection: Connection) -> int:
    """The last entry of this life that the ledger has, as a push or a pull was answered: either answer may be lost."""
    [(pulled,)] = connection.execute("SELECT coalesce(max(own_seq), 0) FROM profile")
    return max(int(pulled), sync_state(connection).accepted_seq)


def check_floors(connection: Connection, seq: int, heard_of: int, name: str) -> None:
    """Entry `seq` and all before it that the till has not told any ledger lie within the limits. Raises Wrong.

    They are of what was given since the last contact (ledger-and-sync.md 4.6): `heard_of` is the last entry that was
    said to be accepted in this life, also where a ledger came back from a copy and asks for it once more.
    """
    numbers = range(heard_of + 1, seq + 1)
    entries = [one for n in numbers if (one := journal.entry_at(connection, n)) is not None]
    bodies = [body_of(one) for one in entries if one.kind == "VOID"]
    undone = {body.of for body in bodies if isinstance(body, VoidBody)}
    given: Tally[object] = Tally()
    for one in entries:
        if one.ticket not in undone:
            given[one.member] += unsecured(connection, one.seq)
    ticket, member, till = unsecured(connection, seq), max(given.values(), default=0), sum(given.values())
    if ticket > FLOORS.ticket or member > FLOORS.member or till > FLOORS.till:
        raise Wrong(f"{name} gave {ticket} on a ticket, {member} to a member, {till} in all")
