"""Opening a ledger: its database, and its key in a file beside it that only its owner may read."""

import os
import secrets
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sync.clock import Clock
from sync.ledger.service import Ledger
from sync.ledger.sqlite import SqliteStorage, StorageFault
from sync.system_clock import SystemClock

SEED_BYTES = 32


def server_seed(database: Path) -> bytes:
    """The Ed25519 seed of the ledger whose database is `database`; made at the first start.

    Back it up with the database: every paired till knows the ledger by this key. Raises StorageFault.
    """
    path = database.with_name(database.name + ".key")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _write_once(path, secrets.token_bytes(SEED_BYTES))
        seed = path.read_bytes()
    except OSError as error:
        raise StorageFault(
            f"cannot use the key file {path.name} ({error.strerror}): correct its rights."
        ) from None
    if len(seed) != SEED_BYTES:
        raise StorageFault(f"the key file {path.name} is damaged: put it back from a copy.")
    return seed


def _write_once(path: Path, seed: bytes) -> None:
    part = path.with_name(path.name + ".new")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor, made private from the start
        file.write(seed)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


async def open_ledger(database: Path, clock: Clock | None = None) -> Ledger:
    """The ledger in `database`, which this process has to itself until `close`; on the machine's clock by default.

    Raises StorageFault.
    """
    key = Ed25519PrivateKey.from_private_bytes(server_seed(database))
    ledger = Ledger(SqliteStorage(database), clock or SystemClock(), secrets.token_bytes, key)
    await ledger.open()
    return ledger
