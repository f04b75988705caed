"""A ledger on a real file and tills that write real journals, for tests of the centre."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from rules.calendar import store_time
from rules.decision import Contribution, Outbound
from rules.ticket import Event, Line
from sync.chain import Head, entry_hash, public_key_of, sign_commit
from sync.entry import (
    ENTRY_VERSION,
    Burned,
    Converted,
    Draw,
    EnrolBody,
    Entry,
    EntryKind,
    EventBody,
    GrantReturnBody,
    LinkBody,
    RefundBody,
    RefundLine,
    Slice,
    TicketBody,
    VoidBody,
    encode,
    encode_body,
    lot_id,
)
from sync.ledger.audit import check
from sync.ledger.port import Storage, Transaction
from sync.ledger.records import SettledRow
from sync.ledger.service import DeviceId, Ledger, NewMember
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

DAY = 24 * 3600 * 1000
ZONE = "Europe/Paris"
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
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday
FOREVER = date(9999, 12, 31)


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


class Written(msgspec.Struct, frozen=True):
    """An entry a till wrote."""

    seq: int
    ticket: str
    dev: int
    inc: int
    lots: tuple[str, ...] = ()


def line(cents: int, category: str = "bread", qty: int = 1) -> Line:
    """A line of a ticket."""
    return Line(cents, category, category, qty=qty)  # type: ignore[arg-type]


def promise(rule: str, quantity: int, day: date, asset: str = "points", **more: Any) -> Contribution:
    """A promised contribution of a ticket with one line."""
    last = FOREVER if asset != "points" else day + timedelta(days=365)
    fields = {"available_on": day, "last_day": last, "allocation": (quantity,), **more}
    return Contribution(rule, asset, quantity, **fields)


class TillSim:
    """A till: its journal, unsent entries, and how it speaks to the ledger."""

    def __init__(self, shop: "Shop", paired: PairAnswer, seed: bytes) -> None:
        self.shop, self.paired, self.seed = shop, paired, seed
        self.head = Head(paired.dev, paired.inc, 0, paired.genesis)
        self.written: list[tuple[bytes, bytes, bytes | None]] = []  # data, hash after, signature
        self.accepted = 0
        self.ratchet, self.nonce = paired.ratchet, 0
        self.anchor, self.boot = "", "boot-1"
        self.last_gno = 0
        self.grants: list[Any] = []
        self.copy = 0  # of a folder: what tells its tickets from those of the other

    @property
    def device(self) -> DeviceId:
        return DeviceId(self.paired.dev, self.paired.inc)

    @property
    def today(self) -> date:
        """The business date of the store: midnight is that of ZONE."""
        return store_time(datetime.fromtimestamp(self.shop.clock.ms / 1000, UTC), ZONE).bdate

    def mono(self) -> int:
        return self.shop.clock.ms - int(START.timestamp() * 1000) + 5_000

    def write(
        self, kind: str, body: Any, *, ticket: str | None = None, sign: bool = True, **fields: Any
    ) -> Written:
        """Append one entry; `sign` ends the commit."""
        raw = body if isinstance(body, msgspec.Raw) else encode_body(body)
        values: dict[str, Any] = {
            "v": ENTRY_VERSION,
            "dev": self.head.dev,
            "inc": self.head.inc,
            "seq": self.head.seq + 1,
            "prev": self.head.hash,
            "kind": str(kind),
            "body": raw,
            "bdate": self.today,
            "wall_ms": self.shop.clock.ms,
            "mono_ms": self.mono(),
            "boot": self.boot,
            "anchor": self.anchor,
            "ticket": ticket,
            **fields,
        }
        entry = Entry(**values)
        return self.append(encode(entry), ticket, sign)

    def append(self, data: bytes, ticket: str | None = None, sign: bool = True) -> Written:
        digest = entry_hash(self.head.hash, data)
        self.head = Head(self.head.dev, self.head.inc, self.head.seq + 1, digest)
        signature = sign_commit(self.seed, self.head, ticket) if sign else None
        self.written.append((data, digest, signature))
        return Written(self.head.seq, ticket or "", self.head.dev, self.head.inc)

    def sale(
        self,
        member: int | str | None,
        lines: tuple[Line, ...],
        promised: tuple[Contribution, ...] = (),
        burns: tuple[Burned, ...] = (),
        converted: tuple[Converted, ...] = (),
        programme: str | None = None,
        sign: bool = True,
        outbound: tuple[Outbound, ...] = (),
        points: int = 0,
        till: str = "",
        shared: tuple[Draw, ...] = (),
        **fields: Any,
    ) -> Written:
        """A ticket; its id follows from the till and the sequence number."""
        ticket = f"{self.head.dev:08x}{self.copy:08x}{self.head.seq + 1:016x}"
        body = TicketBody(
            self.paired.store,
            "camille",
            programme or self.shop.programme,
            600,
            lines,
            burns,
            promised,
            converted,
            outbound=outbound,
            points=points,
            till=till,
            shared=shared,
        )
        done = self.write(EntryKind.TICKET, body, ticket=ticket, member=member, sign=sign, **fields)
        count = len(promised) + len(converted)
        lots = tuple(lot_id(done.dev, done.inc, done.seq, n) for n in range(count))
        return msgspec.structs.replace(done, lots=lots)

    def euros(self, member: int | str | None, euros: int, **more: Any) -> Written:
        """A sale of bread that promises a point per euro."""
        given = (promise("base", euros, self.today),) if euros else ()
        return self.sale(member, (line(euros * 100),), given, **more)

    def event(
        self, member: int | str | None, event: Event, promised: tuple[Contribution, ...] = (), **more: Any
    ) -> Written:
        """Something that happened at this till; its lots are named as those of a ticket."""
        ticket = f"{self.head.dev:08x}{self.copy:08x}{self.head.seq + 1:016x}"
        body = EventBody(self.paired.store, "camille", self.shop.programme, 600, event, promised, **more)
        done = self.write(EntryKind.EVENT, body, ticket=ticket, member=member)
        lots = tuple(lot_id(done.dev, done.inc, done.seq, n) for n in range(len(promised)))
        return msgspec.structs.replace(done, lots=lots)

    def void(self, of: Written) -> Written:
        return self.write(EntryKind.VOID, VoidBody(of.ticket, of.seq, "camille"), ticket=of.ticket)

    def refund(self, of: Written | str, cents: int, *lines: RefundLine, **more: Any) -> Written:
        known = isinstance(of, Written)
        body = RefundBody(
            self.paired.store,
            "camille",
            of.ticket if known else "",
            f"{of.dev}-{of.inc}-{of.seq}" if known else of,
            cents,
            tuple(lines),
            **more,
        )
        return self.write(EntryKind.REFUND, body, ticket=f"r{self.head.dev}-{self.head.seq + 1}")

    def give_back(self, grant: str, *slices: tuple[str, str, int]) -> Written:
        """GRANT_RETURN of (asset, lot, quantity)."""
        pieces = tuple(Slice(asset, lot, quantity, FOREVER) for asset, lot, quantity in slices)
        return self.write(EntryKind.GRANT_RETURN, GrantReturnBody(grant, pieces, "accepted"))

    def enrol(self, member: int, *cards: bytes, **more: Any) -> Written:
        body = EnrolBody(self.paired.store, "camille", member, tuple(cards), self.today, **more)
        return self.write(EntryKind.ENROL, body, member=member)

    def link(self, member: int, card: bytes) -> Written:
        return self.write(EntryKind.LINK, LinkBody(member, card, "camille"), member=member)

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


def _figure(row: SettledRow) -> dict[tuple[str, str, str], int]:
    return {(row.ticket, row.rule, row.asset): row.settled} if row.settled else {}


def draw(grant: str, lot: str, quantity: int, asset: str = "points") -> Draw:
    """A draw."""
    return Draw(grant, asset, lot, quantity)


def burn(quantity: int, *draws: Draw, cents: int = 500, unsecured: int = 0, rule: str = "five") -> Burned:
    """A redemption on a ticket with one line."""
    asset = draws[0].asset if draws else "points"
    return Burned(rule, asset, quantity, 1, cents, (cents,), tuple(draws), unsecured)


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
            assert [one for one in await ledger.quarantine() if one.code == "failed"] == []
        finally:
            await ledger.close()


def run(folder: Path, scenario: Callable[[Shop], Awaitable[None]], programme: bytes = PROGRAMME) -> None:
    """Run `scenario` against a new ledger; afterwards its books must be sound."""

    async def main() -> None:
        async with open_shop(folder, programme) as shop:
            await scenario(shop)

    job: Coroutine[Any, Any, None] = main()
    asyncio.run(job)
