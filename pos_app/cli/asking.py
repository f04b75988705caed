"""Asking a ledger, whether it runs or rests."""

from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import msgspec

from pos_app.cli.failure import Failure

if TYPE_CHECKING:
    from sync.ledger.database import Database
    from sync.ledger.operation import Operation

A = TypeVar("A", bound=msgspec.Struct)


def ask(database: "Database", operation: "Operation[A]") -> A:
    """What the ledger of `database` answers; one that is not there yet is not made. Raises Failure."""
    import asyncio

    from sync.ledger.operation import NotDone, operate
    from sync.ledger.port import StorageFault

    if isinstance(database, Path) and not database.exists():
        raise Failure("there is no ledger at {database}: name its file with --db.", database=database)
    try:
        return asyncio.run(operate(database, operation))
    except (NotDone, StorageFault) as fault:
        raise Failure.of(fault) from fault


def stores_of(text: str) -> tuple[str, ...]:
    """The stores in a list such as "halles,gare"; none for an empty one."""
    return tuple(name.strip() for name in text.split(",") if name.strip())
