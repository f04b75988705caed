"""A ledger process for the benches: paired tills from the start, and with `accept` nothing of a push is applied.

Arguments: folder, DSN ("" for SQLite), `whole` or `accept`, how many tills, how many members. Prints one line of JSON.
"""

import asyncio
import hashlib
import resource
import socket
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

sys.path[:0] = [str(Path(__file__).resolve().parents[2])]

import fleet  # noqa: E402

from sync.chain import public_key_of  # noqa: E402
from sync.ledger import serve, service  # noqa: E402
from sync.ledger.app import make_app  # noqa: E402
from sync.ledger.live import Wakes  # noqa: E402
from sync.ledger.postgres import PostgresStorage  # noqa: E402
from sync.ledger.service import Ledger  # noqa: E402
from sync.ledger.sqlite import SqliteStorage  # noqa: E402
from sync.system_clock import SystemClock  # noqa: E402
from sync.wire import PairAnswer, PairRequest  # noqa: E402
from tests.unit.ledger_kit import FakeClock, Randomness, Shop  # noqa: E402

TILLS_A_STORE = 4


class Begun(msgspec.Struct):
    """Where the ledger listens, the programme in force, and its tills."""

    port: int
    programme: str
    tills: list[PairAnswer]


def seed_of(n: int) -> bytes:
    """The private key of till `n`."""
    return hashlib.sha256(f"bench till {n}".encode()).digest()


async def _nothing(work: Any, rows: Sequence[Any], _store: str) -> list[tuple[str, str]]:
    return [("applied", "") for _ in rows]


async def main() -> None:
    """Serve until killed."""
    folder, dsn, mode = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    tills, members = int(sys.argv[4]), int(sys.argv[5])
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    if mode == "accept":
        service.apply_all = _nothing  # type: ignore[assignment]
    seed = hashlib.sha256(b"bench ledger").digest()
    storage = PostgresStorage(dsn) if dsn else SqliteStorage(folder / "ledger.db")
    ledger = Ledger(storage, SystemClock(), Randomness(), Ed25519PrivateKey.from_private_bytes(seed))
    await ledger.open()
    digest = await ledger.publish("programme", "grocer", fleet.GROCER, date(2025, 1, 1))
    paired = []
    for n in range(tills):
        store = "halles" if n < TILLS_A_STORE else f"store{n // TILLS_A_STORE}"
        await ledger.add_store(store, store, "Europe/Paris")
        code = await ledger.make_pairing_code(store, f"till {n}")
        paired.append(await ledger.pair(PairRequest(code[16:], public_key_of(seed_of(n)), "hw", "name")))
    await fleet.enrolled(Shop(ledger, FakeClock(), digest.hex()), members)
    wakes = Wakes(ledger)
    server = serve._Server(make_app(ledger, seed, wakes), wakes, None)
    listener = socket.create_server(("127.0.0.1", 0), backlog=serve.BACKLOG)
    begun = Begun(listener.getsockname()[1], digest.hex(), paired)
    await server.run_on(listener, lambda: print(msgspec.json.encode(begun).decode(), flush=True))


if __name__ == "__main__":
    asyncio.run(main())
