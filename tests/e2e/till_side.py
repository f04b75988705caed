"""A real till store with a client, for tests that need a till without a screen."""

import queue
import secrets
import time
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from sync.entry import ClockBody, EnrolBody, EntryKind
from sync.ids import uuid7
from sync.system_clock import SystemClock
from sync.till.client import Client
from sync.till.cursors import sync_state
from sync.till.database import open_store
from sync.till.events import Event
from sync.till.everyone import CacheScope
from sync.till.identity import Identity, identity
from sync.till.journal import EntryDraft, Times, commit, head
from sync.till.numbers_store import MEMBER, take
from sync.till.pair import pair
from sync.till.writer import Writer

E = TypeVar("E")
WAIT_S = 20.0


class TillSide:
    """A till's folder, writer and client; `events` is what the client told."""

    def __init__(self, folder: Path) -> None:
        self.clock = SystemClock()
        self.store = open_store(folder)
        self.writer = Writer(self.store)
        self.writer.start()
        self.events: queue.Queue[Event] = queue.Queue()
        self.client: Client | None = None

    @property
    def identity(self) -> Identity:
        found = identity(self.store.reader())
        assert found is not None
        return found

    def pair(self, url: str, code: str) -> Identity:
        """Pair with the ledger at `url`."""
        return pair(url, code, self.writer, secrets.token_bytes, self.clock.mono_ms, name="t")

    def connect(self, url: str = "", poll_s: int | None = None, cache_scope: CacheScope = "store") -> Client:
        """A client that is not started; `url` takes the place of the paired one."""
        self.close_client()
        who = msgspec.structs.replace(self.identity, ledger_url=url) if url else self.identity
        self.client = Client(
            self.store,
            self.writer,
            who,
            self.clock,
            secrets.token_bytes,
            self.events.put,
            poll_s=poll_s,
            cache_scope=cache_scope,
        )
        return self.client

    def write(self, count: int = 1) -> None:
        """Commit entries without effect, one a commit."""
        body = ClockBody(mark_ms=1, wall_ms=2, trusted=True)
        for _ in range(count):
            self._commit([EntryDraft(kind=EntryKind.CLOCK, body=body, bdate=date(2026, 5, 1))])

    def enrol(self, card: bytes) -> int:
        """Enrol a member with `card`; its number."""
        member = self.writer.run(lambda connection: take(connection, MEMBER))
        body = EnrolBody(
            store=self.identity.store, cashier="c1", member=member, cards=(card,), since=date(2026, 5, 1)
        )
        draft = EntryDraft(
            kind=EntryKind.ENROL, body=body, bdate=date(2026, 5, 1), member=member, ticket=self.ticket()
        )
        self._commit([draft])
        return member

    def ticket(self) -> str:
        """A new ticket id."""
        return uuid7(self.clock.wall_ms(), secrets.token_bytes(10))

    def head(self) -> int:
        """Number of the last entry."""
        return head(self.store.reader())[0]

    def accepted(self) -> int:
        """Number of the last entry the ledger has, as the till knows."""
        return sync_state(self.store.reader()).accepted_seq

    def wait_for(self, kind: type[E], fits: Callable[[E], bool] = lambda _: True) -> E:
        """The next event of a kind that fits, within 20 s."""
        end = time.monotonic() + WAIT_S
        while True:
            event: Any = self.events.get(timeout=max(0.01, end - time.monotonic()))
            if isinstance(event, kind) and fits(event):
                return event

    def close_client(self) -> None:
        """Stop the client, if there is one."""
        if self.client is not None:
            self.client.stop()
            self.client = None

    def close(self) -> None:
        """Stop everything and give the folder back."""
        self.close_client()
        self.writer.stop()
        self.store.close()

    def _commit(self, drafts: Sequence[EntryDraft]) -> None:
        times = Times(self.clock.wall_ms(), self.clock.mono_ms(), self.clock.boot())
        self.writer.run(lambda connection: commit(connection, self.identity_of(connection), drafts, times, 0))

    @staticmethod
    def identity_of(connection: Any) -> Identity:
        found = identity(connection)
        assert found is not None
        return found
