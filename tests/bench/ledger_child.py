"""A ledger process for the benches: paired tills from the start, and with `accept` nothing of a push is applied.

Arguments: folder, DSN ("" for SQLite), `whole`, `accept` or `outage`, how many tills, how many members. Prints one line
of JSON. With `outage` the members are spread over the stores and have some points, the business day is done, and the
ledger does by itself what a running one does: leases, lists.
"""

import contextlib
import hashlib
import resource
import socket
import sys
from collections.abc import Sequence
from datetime import date
from functools import partial
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
from sync.ledger.rounds import rounds  # noqa: E402
from sync.ledger.service import Ledger  # noqa: E402
from sync.ledger.sqlite import SqliteStorage  # noqa: E402
from sync.ledger.work import Work  # noqa: E402
from sync.system_clock import SystemClock  # noqa: E402
from sync.wire import PairAnswer, PairRequest  # noqa: E402
from tests.unit.ledger_kit import FakeClock, Randomness, Shop  # noqa: E402

TILLS_A_STORE = 5
OPENING = 50


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


async def _day_done(work: Work, store: str) -> None:
    """Today's business day has come to all members of a store, as it had in the morning."""
    row = await work.tx.take_day(store, await work.today(store))
    await work.tx.save_day(msgspec.structs.replace(row, done=1))


async def main() -> None:
    """Serve until killed."""
    folder, dsn, mode = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    tills, members = int(sys.argv[4]), int(sys.argv[5])
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    seed = hashlib.sha256(b"bench ledger").digest()
    storage = PostgresStorage(dsn) if dsn else SqliteStorage(folder / "ledger.db")
    ledger = Ledger(storage, SystemClock(), Randomness(), Ed25519PrivateKey.from_private_bytes(seed))
    await ledger.open()
    digest = await ledger.publish("programme", "grocer", fleet.GROCER, date(2025, 1, 1))
    paired = []
    stores = [f"store{n}" if n else "halles" for n in range(-(-tills // TILLS_A_STORE))]
    for n in range(tills):
        store = stores[n // TILLS_A_STORE]
        await ledger.add_store(store, store, "Europe/Paris")
        code = await ledger.make_pairing_code(store, f"till {n}")
        paired.append(await ledger.pair(PairRequest(code[16:], public_key_of(seed_of(n)), "hw", "name")))
    shop, each = Shop(ledger, FakeClock(), digest.hex()), members // len(stores)
    for n, store in enumerate(stores if mode == "outage" else ()):
        await fleet.enrolled(shop, each, store, n * each, OPENING)
        await ledger.write(partial(_day_done, store=store))
    if mode != "outage":
        await fleet.enrolled(shop, members)
    if mode == "accept":
        service.apply_all = _nothing  # type: ignore[assignment]
        ledger._random = (
            bytes  # the ratchet is always the same: tills sign all they send before the clock starts
        )
    wakes = Wakes(ledger)
    server = serve._Server(make_app(ledger, seed, wakes), wakes, None)
    listener = socket.create_server(("127.0.0.1", 0), backlog=serve.BACKLOG)
    begun = Begun(listener.getsockname()[1], digest.hex(), paired)
    async with rounds(ledger) if mode == "outage" else contextlib.nullcontext():
        await server.run_on(listener, lambda: print(msgspec.json.encode(begun).decode(), flush=True))


if __name__ == "__main__":
    serve.run(main())
