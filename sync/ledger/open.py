"""Opening a ledger: its database, and its key in a file that only its owner may read."""

import os
import secrets
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from rules.sentences import mark, said
from sync.clock import Clock
from sync.crash import Crash, no_crash
from sync.ledger.database import Database, Postgres, coming, key_file, storage_of
from sync.ledger.port import StorageFault
from sync.ledger.service import Ledger
from sync.system_clock import SystemClock

SEED_BYTES = 32


def server_seed(database: Database) -> bytes:
    """The Ed25519 seed of the ledger whose database is `database`; made at the first start.

    Back it up with the database: every paired till knows the ledger by this key. Raises StorageFault.
    """
    path = key_file(database)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _write_once(path, secrets.token_bytes(SEED_BYTES))
        seed = path.read_bytes()
    except OSError as error:
        raise StorageFault(
            said(
                "cannot use the key file {path} ({reason}): correct its rights.",
                path=path.name,
                reason=error.strerror,
            )
        ) from None
    if len(seed) != SEED_BYTES:
        raise StorageFault(said("the key file {path} is damaged: put it back from a copy.", path=path.name))
    return seed


def _write_once(path: Path, seed: bytes) -> None:
    """Write the seed, unless another process that started at the same moment was quicker: its own stays."""
    part = path.with_name(f"{path.name}.{os.getpid()}.new")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor, made private from the start
        file.write(seed)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(part, path)
    except FileExistsError:
        part.unlink()
    except OSError:
        part.replace(path)  # a file system without links, which no other machine shares
    else:
        part.unlink()


async def open_ledger(database: Database, clock: Clock | None = None, crash: Crash = no_crash) -> Ledger:
    """The ledger in `database`, on the machine's clock by default. Raises StorageFault.

    A SQLite file belongs to this process until `close`; a PostgreSQL database is shared by all that have its key.
    """
    if isinstance(database, Path) and coming(database).exists() and not database.exists():
        raise StorageFault(
            said(
                "A restore of {database} was cut off half-way: run `assidu ledger restore` once more first.",
                database=database.name,
            )
        )
    storage = storage_of(database, crash)
    key = Ed25519PrivateKey.from_private_bytes(server_seed(database))
    ledger = Ledger(storage, clock or SystemClock(), secrets.token_bytes, key)
    await ledger.open()
    if isinstance(database, Postgres):
        await _check_key(ledger)
    return ledger


async def _check_key(ledger: Ledger) -> None:
    """All processes on a database have the key of the first. Raises StorageFault."""
    mine = ledger.server_public_key
    kept = await ledger.write(lambda work: work.tx.keep_value("server_key", mine))
    if kept != mine:
        await ledger.close()
        raise StorageFault(
            mark("The ledger of this database has another key: copy the key file of its first process.")
        )
