"""Asking about one member while the customer waits: the account at a scan, holds for a ticket (section 4.2)."""

import threading
from collections import deque
from collections.abc import Callable

import msgspec

from sync.sqlite_driver import DatabaseError
from sync.till.backoff import READY, Backoff, after_failure
from sync.till.context import Context
from sync.till.cursors import sync_state
from sync.till.errors import StoreError
from sync.till.events import AccountArrived, HoldArrived
from sync.till.members import store_rows
from sync.till.offline import UNUSABLE, Failure, OfflineReason
from sync.till.slices import last_gno, receive
from sync.till.writer import Priority
from sync.wire import STALE, AccountAnswer, HoldAnswer, HoldRequest, Want

IDLE_MS = 3_600_000
ACCOUNT_MS = 300
HOLD_MS = 5_000
MOST_ACCOUNTS = 8  # older scans are forgotten: nobody waits for them any more


class _Asked(msgspec.Struct, frozen=True):
    ticket: str
    member: int
    wants: tuple[Want, ...]
    backoff: Backoff = READY


class Holds:
    """Questions about members. `step` is called by one driver at a time, the rest from anywhere."""

    def __init__(self, context: Context, deliver: Callable[[AccountArrived | HoldArrived], None]) -> None:
        self._exchange = context.exchange
        self._store = context.store
        self._writer = context.writer
        self._identity = context.identity
        self._random = context.random
        self._contact = context.contact
        self._deliver = deliver
        self._lock = threading.Lock()
        self._accounts: deque[bytes] = deque(maxlen=MOST_ACCOUNTS)
        self._holds: dict[tuple[str, tuple[Want, ...]], _Asked] = {}

    def request_account(self, token: bytes) -> None:
        """Ask once for the account behind a card token."""
        with self._lock:
            self._accounts.append(token)

    def request_hold(self, ticket: str, member: int, wants: tuple[Want, ...]) -> None:
        """Ask for a hold until it is answered; what was asked for the same ticket before stays asked."""
        with self._lock:
            self._holds[ticket, wants] = _Asked(ticket, member, wants)

    def release(self, ticket: str) -> None:
        """Stop asking for `ticket`. An answer under way is still received, and the till gives it back."""
        with self._lock:
            self._holds = {key: asked for key, asked in self._holds.items() if asked.ticket != ticket}

    def step(self, now_ms: int) -> int:
        """Ask for every account in line, then for the holds that are due; ms of the next step. Never raises."""
        try:
            while (token := self._next_account()) is not None:
                self._account(token)
            for asked in self._due(now_ms):
                self._hold(asked, now_ms)
        except (StoreError, DatabaseError):
            self._contact.lost(OfflineReason.STORE)
            return now_ms + HOLD_MS
        except UNUSABLE:
            self._contact.lost(OfflineReason.BAD_ANSWER)
            return now_ms + HOLD_MS
        with self._lock:
            return min((asked.backoff.until_ms for asked in self._holds.values()), default=now_ms + IDLE_MS)

    def _next_account(self) -> bytes | None:
        with self._lock:
            return self._accounts.popleft() if self._accounts else None

    def _due(self, now_ms: int) -> list[_Asked]:
        with self._lock:
            return [asked for asked in self._holds.values() if not asked.backoff.waits(now_ms, woken=False)]

    def _account(self, token: bytes) -> None:
        answer = self._exchange.ask("GET", f"/account/{token.hex()}", AccountAnswer, deadline_ms=ACCOUNT_MS)
        if isinstance(answer, Failure):
            return  # the till goes on with what it knows; push and pull say whether the line is down
        self._contact.reached(self)
        row = answer.row
        if row is not None:
            self._writer.run(
                lambda connection: store_rows(connection, self._identity, (row,), answer.own_seq, asked=True),
                Priority.SYNC,
            )
        self._deliver(AccountArrived(token, row, answer.own_seq))

    def _hold(self, asked: _Asked, now_ms: int) -> None:
        reader = self._store.reader()
        now = sync_state(reader)
        request = HoldRequest(
            asked.ticket, asked.member, asked.wants, last_gno(reader), now.ratchet, now.nonce
        )
        answer = self._exchange.ask("POST", "/grants", HoldAnswer, request, HOLD_MS)
        if isinstance(answer, Failure) and answer.code == STALE:
            self._again(asked, answer, now_ms)  # the next push brings what is missing
            return
        if isinstance(answer, Failure) and answer.reason is OfflineReason.REFUSED:
            answer = HoldAnswer("refused", (), {})  # the ledger's own word: asking again would not change it
        if isinstance(answer, Failure):
            self._contact.lost(answer.reason)
            self._again(asked, answer, now_ms)
            return
        self._contact.reached(self)
        self._writer.run(lambda connection: receive(connection, answer.grants), Priority.SYNC)
        with self._lock:
            self._holds.pop((asked.ticket, asked.wants), None)
        self._deliver(HoldArrived(answer, asked.ticket, asked.wants))

    def _again(self, asked: _Asked, failure: Failure, now_ms: int) -> None:
        backoff = after_failure(asked.backoff, now_ms, self._random, failure.retry_after_ms)
        with self._lock:
            if (asked.ticket, asked.wants) in self._holds:
                self._holds[asked.ticket, asked.wants] = msgspec.structs.replace(asked, backoff=backoff)
