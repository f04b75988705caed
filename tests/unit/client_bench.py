"""A paired till, its client, and a scripted ledger that answers it: real store, real signatures, no network."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sync.chain import entry_hash, genesis_hash, public_key_of
from sync.entry import ClockBody, EntryKind
from sync.signing import device_key_id, sign_response, verify_request
from sync.till.client import Client
from sync.till.database import Store, open_store
from sync.till.events import Event
from sync.till.identity import Identity, save_pairing
from sync.till.journal import EntryDraft, Times, commit
from sync.till.offline import OfflineReason
from sync.till.writer import InlineWriter
from sync.wire import (
    PairAnswer,
    PushAnswer,
    PushRequest,
    Refusal,
    pack,
)

SEED = bytes(range(32))
OTHER_SEED = bytes(range(1, 33))
TILL_SEED = bytes(range(2, 34))
URL = "http://ledger.example"
LONG = 10**12
Handler = Callable[[httpx.Request], Any]


class FixedClock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 5_000_000

    def wall_ms(self) -> int:
        return 1_780_000_000_000 + self.now

    def mono_ms(self) -> int:
        return self.now

    def boot(self) -> str:
        return "boot-1"


@dataclass
class Script(httpx.BaseTransport):
    """A ledger made of handlers: path to a message, a raw response, or an exception to raise."""

    handlers: dict[str, Handler] = field(default_factory=dict)
    seed: bytes = SEED
    asked: list[tuple[str, bytes]] = field(default_factory=list)
    queries: list[str] = field(default_factory=list)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        body = request.read()
        path = request.url.path
        self.asked.append((path, body))
        self.queries.append(request.url.query.decode())
        verify_request(
            request.method,
            request.url.raw_path.decode(),
            dict(request.headers),
            body,
            resolve=lambda name: public_key_of(TILL_SEED) if name == device_key_id(7, 1) else None,
        )
        handler = self.handlers.get(path) or self.handlers.get(path.rsplit("/", 1)[0] + "/")
        answer = handler(request) if handler else Refusal("not_found", "Nothing here.")
        if isinstance(answer, httpx.Response):
            return answer
        status = 404 if isinstance(answer, Refusal) else 200
        data = answer if isinstance(answer, bytes) else pack(answer)
        return self.signed(request, status, data)

    def signed(self, request: httpx.Request, status: int, data: bytes) -> httpx.Response:
        headers = sign_response(
            status, {}, data, request_headers=dict(request.headers), private_key=self.seed
        )
        return httpx.Response(status, headers=headers, stream=httpx.ByteStream(data))

    def pushes(self) -> list[PushRequest]:
        return [
            msgspec.msgpack.decode(body, type=PushRequest) for path, body in self.asked if path == "/push"
        ]


@dataclass
class Bench:
    """A paired till with an inline writer, its client and what the client told it."""

    store: Store
    writer: InlineWriter
    identity: Identity
    clock: FixedClock
    script: Script
    events: list[Event]
    client: Client

    def write(self, count: int = 1) -> None:
        """Commit entries, one a commit."""
        body = ClockBody(mark_ms=1, wall_ms=2, trusted=True)
        draft = EntryDraft(kind=EntryKind.CLOCK, body=body, bdate=date(2026, 5, 1))
        for _ in range(count):
            self.writer.run(lambda c: commit(c, self.identity, [draft], Times(1, 2, "boot-1"), 0))

    def told(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    def reason(self) -> OfflineReason | None:
        return self.client.state().reason


def accepted(request: httpx.Request, upto: int | None = None, **changes: Any) -> PushAnswer:
    """The answer of a ledger that takes the first `upto` entries (all without) of a push."""
    push = msgspec.msgpack.decode(request.read(), type=PushRequest)
    digest = push.base_hash
    taken = push.entries if upto is None else push.entries[:upto]
    for data in taken:
        digest = entry_hash(digest, data)
    answer = PushAnswer(
        accepted_seq=push.base_seq + len(taken),
        accepted_hash=digest,
        durable_seq=0,
        dispositions=(),
        grants=(),
        ratchet=push.ratchet + b"+",
        anchor=None,
        ledger_epoch=1,
    )
    return msgspec.structs.replace(answer, **changes)


def failing(error: Exception) -> Handler:
    """A line that fails with `error`."""

    def handler(request: httpx.Request) -> Any:
        raise error

    return handler


@contextmanager
def opened(folder: Path) -> Iterator[Bench]:
    """A bench with its store in `folder`."""
    store = open_store(folder)
    writer = InlineWriter(store)
    public = Ed25519PrivateKey.from_private_bytes(SEED).public_key().public_bytes_raw()
    answer = PairAnswer(
        dev=7, inc=1, store="halles", store_name="Halles", till="1", timezone="Europe/Paris",
        genesis=genesis_hash(public_key_of(TILL_SEED)), server_key=public, ratchet=b"r", lookup_key=b"l" * 32,
        scope_key=b"s" * 32, sealing_key=b"k" * 32, permutation_key=b"p" * 32, blocks=(), ledger_epoch=1,
    )  # fmt: skip
    identity = writer.run(lambda c: save_pairing(c, answer, TILL_SEED, URL))
    clock, script, events = FixedClock(), Script(), []
    client = Client(
        store,
        writer,
        identity,
        clock,
        lambda count: b"\x80" * count,
        events.append,
        transport=script,
        poll_s=0,
    )
    yield Bench(store, writer, identity, clock, script, events, client)
    client.stop()
    store.close()
