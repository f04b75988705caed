"""Tills of one store without a ledger: real stores, real signatures, doors that are called in this process."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sync.chain import genesis_hash, public_key_of
from sync.delegation import RULES, delegate
from sync.entry import EntryKind, GrantMoveBody, Slice, body_of
from sync.till import journal, moves, slices
from sync.till.client import Client
from sync.till.database import open_store
from sync.till.door import Door
from sync.till.events import Event, MoveArrived
from sync.till.identity import Identity, save_pairing
from sync.till.writer import InlineWriter
from sync.tills import StoreTill, StoreTills, signed_tills
from sync.wire import Grant, PairAnswer, Want

SERVER = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
SIGN = delegate(SERVER.sign, RULES, 1, bytes(range(5, 37)))
MEMBER, LOT = 7, "o-7-1"
DAY, LATER = date(2026, 11, 20), date(2027, 11, 20)


def seed(dev: int) -> bytes:
    """The private key of a till."""
    return bytes([dev]) * 32


def listed(*devs: int, made_ms: int = 1, store: str = "halles") -> StoreTills:
    """The ledger's word that these tills are the store's."""
    known = tuple([StoreTill(dev, 1, f"Till {dev}", public_key_of(seed(dev))) for dev in devs])
    return signed_tills(StoreTills(store, 1, made_ms, known), SIGN)


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 5_000_000

    def wall_ms(self) -> int:
        return 1_780_000_000_000 + self.now

    def mono_ms(self) -> int:
        return self.now

    def boot(self) -> str:
        return "boot-1"


class NoLine(httpx.BaseTransport):
    """The way to a ledger that cannot be reached."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no line")


class Yard(httpx.BaseTransport):
    """The shop's own network: each till's door under `http://till-N`. `before` and `after` may break a request."""

    def __init__(self) -> None:
        self.doors: dict[str, Door] = {}
        self.asked: list[httpx.Request] = []
        self.before: Callable[[httpx.Request], None] = lambda _: None
        self.after: Callable[[httpx.Response], httpx.Response] = lambda answer: answer

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        body = request.read()
        self.asked.append(request)
        self.before(request)
        door = self.doors.get(request.url.host)
        if door is None:
            raise httpx.ConnectError("nobody there")
        answer = door.answer(request.method, request.url.path, dict(request.headers), body)
        data = answer.body
        if answer.part is not None:
            path, first, size = answer.part
            data = path.read_bytes()[first : first + size]
        return self.after(
            httpx.Response(answer.status, headers=dict(answer.headers), stream=httpx.ByteStream(data))
        )


class Side:
    """One till: its store, its door, and its client, which sees the other two of three tills."""

    def __init__(self, folder: Path, dev: int, yard: Yard, known: StoreTills | None) -> None:
        self.dev, self.clock = dev, Clock()
        self.store = open_store(folder / f"till-{dev}")
        self.writer = InlineWriter(self.store)
        self.who: Identity = self.writer.run(
            lambda connection: save_pairing(connection, paired(dev), seed(dev), "x:")
        )
        if known is not None:
            self.learn(known)
        self.told: list[Event] = []
        self.wait = 0
        self.door = Door(self.store, self.writer, self.who, self.clock, lambda _: self.wait)
        yard.doors[f"till-{dev}"] = self.door
        urls = [f"http://till-{other}" for other in (1, 2, 3) if other != dev]
        self.client = Client(
            self.store,
            self.writer,
            self.who,
            self.clock,
            lambda size: bytes([dev]) * size if not self.random else self.random.pop(0)[:size],
            self.told.append,
            transport=NoLine(),
            neighbours=urls,
            local=yard,
        )
        self.random: list[bytes] = []

    def learn(self, known: StoreTills) -> bool:
        """Hear of the store's tills from the ledger."""
        return self.writer.run(lambda connection: moves.learn(connection, self.who, known, from_ledger=True))

    def lease(self, quantity: int, gno: int = 1, lot: str = LOT) -> str:
        """The ledger's lease of member 7."""
        name = f"g-{self.dev}-1-{gno}"
        grant = Grant(name, "lease", MEMBER, gno, (Slice("points", lot, quantity, LATER),), "", 0)
        self.writer.run(lambda connection: slices.receive(connection, [grant]))
        return name

    def ask(self, quantity: int, *, name: int = 0, ticket: str = "t1") -> MoveArrived | None:
        """Ask the neighbours and let everything come; what the till hears."""
        self.random = [bytes([name or len(self.told) + 1]) * 32]
        self.client.request_move(ticket, MEMBER, (Want("points", quantity),), DAY)
        return self.turn()

    def turn(self, times: int = 4) -> MoveArrived | None:
        """Time for the client."""
        before = len(self.told)
        for _ in range(times):
            self.client.neighbours.step(self.clock.mono_ms())
            self.clock.now += 1_000
        arrived = [one for one in self.told[before:] if isinstance(one, MoveArrived)]
        return arrived[-1] if arrived else None

    def held(self) -> dict[str, int]:
        """Units by grant."""
        found: dict[str, int] = {}
        for piece in slices.slices_of(self.store.reader(), MEMBER):
            found[piece.grant] = found.get(piece.grant, 0) + piece.quantity
        return found

    def moved(self) -> list[GrantMoveBody]:
        """What the journal says of moves."""
        head = journal.head(self.store.reader())[0]
        entries = [journal.entry_at(self.store.reader(), seq) for seq in range(1, head + 1)]
        bodies = [body_of(one) for one in entries if one is not None and one.kind == EntryKind.GRANT_MOVE]
        return [one for one in bodies if isinstance(one, GrantMoveBody)]

    def close(self) -> None:
        self.store.close()


class Lan:
    """Three tills of a store, which know each other."""

    def __init__(self, folder: Path, **more: Any) -> None:
        self.yard = Yard()
        known = more.get("known", listed(1, 2, 3))
        self.one, self.two, self.three = self.sides = [
            Side(folder, dev, self.yard, known) for dev in (1, 2, 3)
        ]

    def total(self) -> int:
        """Units that somebody may spend."""
        return sum([sum(side.held().values()) for side in self.sides])

    def close(self) -> None:
        for side in self.sides:
            side.close()


def paired(dev: int, store: str = "halles") -> PairAnswer:
    """What the ledger told a till when it was paired."""
    return PairAnswer(
        dev=dev,
        inc=1,
        store=store,
        store_name=store.title(),
        till=f"Till {dev}",
        timezone="Europe/Paris",
        genesis=genesis_hash(b"till %d" % dev),
        server_key=SERVER.public_key().public_bytes_raw(),
        ratchet=b"r0",
        lookup_key=b"l" * 32,
        scope_key=b"s" * 32,
        sealing_key=b"b" * 32,
        permutation_key=b"p" * 32,
        blocks=(),
        ledger_epoch=1,
    )


def replaced(message: Any, **fields: Any) -> Any:
    """A message with other fields."""
    return msgspec.structs.replace(message, **fields)
