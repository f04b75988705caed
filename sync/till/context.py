"""What every step of the client works with."""

from collections.abc import Callable
from dataclasses import dataclass

from sync.clock import Clock
from sync.till.database import Store
from sync.till.exchange import Exchange
from sync.till.identity import Identity
from sync.till.network import Contact
from sync.till.writer import Writer


@dataclass(frozen=True)
class Context:
    """The line to the ledger, the till's store and who it is; time and randomness; the memory of contact."""

    exchange: Exchange
    store: Store
    writer: Writer
    identity: Identity
    clock: Clock
    random: Callable[[int], bytes]
    contact: Contact
