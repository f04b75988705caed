"""A member whom two disks of one till enrolled, each under a number of its own, while neither knew of the other.

The ledger counts the first number it heard of; the other one is another name of the same account (ledger-and-sync.md
4.5). What the till has under its own number is nobody's then: the card, above all, may be somebody else's by now.
"""

from collections.abc import Iterable

from sync.entry import EnrolBody, body_of
from sync.sqlite_driver import Connection
from sync.till.identity import Identity
from sync.till.journal import entry_at
from sync.till.members import forget
from sync.wire import TWIN, Disposition


def forget_twins(connection: Connection, identity: Identity, told: Iterable[Disposition]) -> None:
    """Forget the members whose enrolment the ledger has under another number: their rows come under that one."""
    for one in told:
        entry = entry_at(connection, one.seq) if one.code == TWIN else None
        body = body_of(entry) if entry is not None else None
        if isinstance(body, EnrolBody):
            forget(connection, identity, [body.member])
