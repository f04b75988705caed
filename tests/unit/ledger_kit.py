"""A ledger on a real file and tills that write real journals, for tests of the centre."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sync.chain import public_key_of
from sync.ledger.arrivals import NewMember
from sync.ledger.audit import check
from sync.ledger.caller import DeviceId
from sync.ledger.port import Storage, Transaction
from sync.ledger.records import SettledRow
from sync.ledger.service import Ledger
from sync.proved import again_bytes
from sync.wire import (
    CommitSignature,
    Cursor,
    HoldAnswer,
    HoldRequest,
    PairAnswer,
    PairRequest,
    PullAnswer,
    PullRequest,
    PushAnswer,
    PushRequest,
    Want,
)
from tests.engines import engines
from tests.unit.effects_kit import untold
from tests.unit.journal_kit import FOREVER, START, ZONE, Pen, Written, burn, draw, line, promise

__all__ = [
    "FOREVER",
    "START",
    "ZONE",
    "Written",
    "burn",
    "draw",
    "line",
    "promise",
]  # told there, used with this kit

DAY = 24 * 3600 * 1000
HEAD = b"""
format = 1
[programme]
id = "bakery"
name = "Bakery"
version = 1
effective_from = 2025-01-01
effective_to = 2035-01-01
timezone = "Europe/Paris"
currency = "EUR"
unit = "point"

[[rule]]
id = "base"
kind = "earn.amount"
points = 1
per = 1.00
"""
PROGRAMME = (
    HEAD
    + b"""
[[rule]]
id = "regular"
kind = "earn.visits"
per = "month"
steps = [{ visit = 4, points = 30 }]

[[rule]]
id = "coffee"
kind = "stamp"
lines = ".category == 'coffee'"
per = "unit"
need = 10
reward = { kind = "free_unit", lines = ".category == 'coffee'", max_value = 4.50, pick = "dearest" }

[[rule]]
id = "five"
kind = "burn.money"
points = 100
value = 5.00

[expiry]
lot_life = "365d"
"""
)
TIERED = (
    PROGRAMME
    + b"""
[tiers]
measure = "points_earned"
window = "365d"
levels = [{ id = "base", from = 0 }, { id = "gold", from = 50, multiply = "2" }]
"""
)


class FakeClock:
    """A clock that tests move."""

    def __init__(self, at: datetime = START) -> None:
        self.ms = int(at.timestamp() * 1000)

    def wall_ms(self) -> int:
        return self.ms

    def mono_ms(self) -> int:
        return self.ms - 1_000_000

    def boot(self) -> str:
        return "ledger-boot"

    def advance(self, **delta: float) -> None:
        self.ms += int(timedelta(**delta).total_seconds() * 1000)


class Randomness:
    """Bytes that are the same in every run."""

    def __init__(self, seed: bytes = b"seed") -> None:
        self.state = seed

    def __call__(self, size: int) -> bytes:
        out = b""
        while len(out) < size:
            self.state = hashlib.sha256(self.state).digest()
            out += self.state
        return out[:size]


class TillSim(Pen):
    """A till: its journal, unsent entries, and how it speaks to the ledger."""

    def __init__(self, shop: "Shop", paired: PairAnswer, seed: bytes) -> None:
        super().__init__(shop, paired, seed)
        self.accepted = 0
        self.ratchet, self.nonce = paired.ratchet, 0
        self.last_gno = 0
        self.grants: list[Any] = []

    @property
    def device(self) -> DeviceId:
        return DeviceId(self.paired.dev, self.paired.inc, public_key_of(self.seed))

    def request(self, base: int | None = None, limit: int | None = None, **changes: Any) -> PushRequest:
        """The push of everything after `base` (default: what the ledger has accepted)."""
        base = self.accepted if base is None else base
        part = self.written[base : None if limit is None else base + limit]
        signatures = tuple(
            CommitSignature(base + n, sig) for n, (_, _, sig) in enumerate(part, 1) if sig is not None
        )
        values: dict[str, Any] = {
            "dev": self.paired.dev,
            "inc": self.paired.inc,
            "ratchet": self.ratchet,
            "nonce": f"n{self.nonce}",
            "base_seq": base,
            "base_hash": self.written[base - 1][1] if base else self.paired.genesis,
            "entries": tuple(data for data, _, _ in part),
            "signatures": signatures,
            "blobs": (),
            "last_gno": self.last_gno,
            "wall_ms": self.shop.clock.ms,
            "mono_ms": self.mono(),
            "boot": self.boot,
            "backlog": len(part),
            **changes,
        }
        return PushRequest(**values)

    async def send(self, request: PushRequest) -> PushAnswer:
        """Send a request without taking notice of the answer."""
        return await self.shop.ledger.push(self.device, request)

    def heard(self, answer: PushAnswer) -> PushAnswer:
        """Take notice of an answer."""
        self.accepted = answer.accepted_seq
        self.ratchet = answer.ratchet or self.ratchet
        self.nonce += 1
        self.anchor = answer.anchor.id if answer.anchor else self.anchor
        self.take(answer.grants)
        return answer

    def take(self, grants: tuple[Any, ...]) -> None:
        for grant in grants:
            if grant.gno == self.last_gno + 1:
                self.last_gno = grant.gno
                self.grants.append(grant)

    async def push(self, **changes: Any) -> PushAnswer:
        return self.heard(await self.send(self.request(**changes)))

    async def hold(self, member: int, quantity: int, ticket: str = "t1", asset: str = "points") -> HoldAnswer:
        request = HoldRequest(ticket, member, (Want(asset, quantity),), self.last_gno)
        answer = await self.shop.ledger.hold(self.device, request)
        self.take(answer.grants)
        return answer

    async def pull(self, *cursors: Cursor, max_bytes: int = 1 << 20) -> PullAnswer:
        store, device = f"store:{self.paired.store}", f"device:{self.paired.dev}"
        asked = cursors or tuple(Cursor(bucket, 1, 0) for bucket in ("config", store, device))
        return await self.shop.ledger.pull(self.device, PullRequest(asked, max_bytes))


class _Looking:
    """A ledger's operations, each on a state of its own."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        return lambda *values: self._storage.read(lambda tx: getattr(tx, name)(*values))


def looking(storage: Storage) -> Transaction:
    """What stands in the books of a ledger that nobody writes to meanwhile."""
    return _Looking(storage)  # type: ignore[return-value]


class Shop:
    """A ledger with two stores and one programme."""

    def __init__(self, ledger: Ledger, clock: FakeClock, programme: str) -> None:
        self.ledger, self.clock, self.programme = ledger, clock, programme
        self.tills: list[TillSim] = []
        self.may_fail = False  # whether an entry may be put aside by an error that nobody foresaw

    async def till(self, store: str = "halles") -> TillSim:
        seed = hashlib.sha256(f"till {len(self.tills)}".encode()).digest()
        code = await self.ledger.make_pairing_code(store, f"till {len(self.tills)}")
        answer = await self.ledger.pair(PairRequest(code[16:], public_key_of(seed), "hw", "name"))
        till = TillSim(self, answer, seed)
        self.tills.append(till)
        await till.push()  # the first contact anchors its clock
        return till

    async def member(self, member: int = 7, store: str = "halles", **more: Any) -> int:
        row = NewMember(member, (f"card-{member:03d}".encode() * 2,), store, date(2026, 1, 1), **more)
        assert await self.ledger.add_members([row]) == 1
        return member

    async def balances(self, member: int = 7) -> Any:
        found = await self.ledger.balances(member)
        assert found is not None
        return found

    async def faults(self) -> list[str]:
        async def look(tx: Transaction) -> list[str]:
            return [*await check(tx), *await untold(tx)]

        return await self.ledger._storage.read(look)

    async def settled(self, member: int = 7) -> dict[tuple[str, str, str], int]:
        """What the rules give, by ticket, rule and asset."""
        tx = looking(self.ledger._storage)
        rows: dict[tuple[str, str, str], int] = {}
        for sale in await tx.sales_from(member, ""):
            for row in await tx.settled_of(member, sale.ticket):
                rows |= _figure(row)
        return rows

    async def history(self, member: int = 7) -> bytes:
        tx = looking(self.ledger._storage)
        record = await tx.member(member)
        assert record is not None
        return record.history

    async def causes(self, member: int = 7) -> dict[str, int]:
        """Sum of quantities by posting cause (points only)."""
        sums: dict[str, int] = {}
        tx = looking(self.ledger._storage)
        for posting in await tx.postings(member):
            if posting.asset == "points":
                sums[posting.cause] = sums.get(posting.cause, 0) + posting.quantity
        return sums


async def again(shop: Shop, before: TillSim, store: str = "halles", **changes: Any) -> TillSim:
    """The next life of a till that was paired before; it has asked nothing yet."""
    seed = bytes([len(shop.tills) + 50] * 32)
    code = await shop.ledger.make_pairing_code(store, "")
    old = before.paired
    request = PairRequest(code[16:], public_key_of(seed), "hw", "name", old.dev, old.inc)
    request = msgspec.structs.replace(request, **changes)
    proof = Ed25519PrivateKey.from_private_bytes(before.seed).sign(again_bytes(request))
    answer = await shop.ledger.pair(msgspec.structs.replace(request, proof=proof))
    till = TillSim(shop, answer, seed)
    till.copy = before.copy
    shop.tills.append(till)
    return till


def _figure(row: SettledRow) -> dict[tuple[str, str, str], int]:
    return {(row.ticket, row.rule, row.asset): row.settled} if row.settled else {}


@asynccontextmanager
async def open_shop(folder: Path, programme: bytes = PROGRAMME, clock: FakeClock | None = None) -> Any:
    """A ledger of `folder` on the engine in use."""
    async with engines.storage(folder) as storage:
        clock = clock or FakeClock()
        key = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"ledger").digest())
        ledger = Ledger(storage, clock, Randomness(), key)
        await ledger.open()
        try:
            await ledger.add_store("halles", "Halles", "Europe/Paris")
            await ledger.add_store("gare", "Gare", "Europe/Paris")
            digest = await ledger.publish("programme", "bakery", programme, date(2025, 1, 1))
            shop = Shop(ledger, clock, digest.hex())
            yield shop
            assert await shop.faults() == []
            failed = [one for one in await ledger.quarantine() if one.code == "failed"]
            assert shop.may_fail or failed == []
        finally:
            await ledger.close()


def run(folder: Path, scenario: Callable[[Shop], Awaitable[None]], programme: bytes = PROGRAMME) -> None:
    """Run `scenario` against a new ledger; afterwards its books must be sound."""

    async def main() -> None:
        async with open_shop(folder, programme) as shop:
            await scenario(shop)

    job: Coroutine[Any, Any, None] = main()
    asyncio.run(job)
