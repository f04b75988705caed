"""Sending the journal: one push in flight, asked again until the ledger has everything (ledger-and-sync.md 5.2)."""

from collections.abc import Callable

import msgspec

from sync.sqlite_driver import Connection, DatabaseError
from sync.till import papers
from sync.till.backoff import READY, Backoff, after_failure
from sync.till.config import held
from sync.till.context import Context
from sync.till.cursors import SyncState, raise_mark, save_sync_state, sync_state
from sync.till.errors import StoreError
from sync.till.events import Pushed
from sync.till.journal import PUSH_BYTES, Batch, forget_blobs, hash_at, pending, waiting
from sync.till.offline import UNUSABLE, Failure, OfflineReason
from sync.till.portion import Portion
from sync.till.slices import last_gno, receive, received_after
from sync.till.sync_log import note_dispositions, note_sent
from sync.till.twins import forget_twins
from sync.till.writer import Priority
from sync.wire import PRESENTED_AT_ONCE, Grant, Held, PushAnswer, PushRequest

IDLE_MS = 600_000  # with nothing to send: a push without entries, for trusted time and grants that got lost
RESEND_MS = 5_000  # the ledger asks for the same entries again and again, or takes none: not at full speed


class Push:
    """Pushes what waits. `step` is called by one driver at a time; `wake` from anywhere."""

    def __init__(self, context: Context, deliver: Callable[[Pushed], None]) -> None:
        self._exchange = context.exchange
        self._store = context.store
        self._writer = context.writer
        self._identity = context.identity
        self._clock = context.clock
        self._random = context.random
        self._contact = context.contact
        self._deliver = deliver
        self._backoff: Backoff = READY
        self._woken = True
        self._fenced = False
        self._resends = 0
        self._known_gno = -1
        self._portion = Portion(PUSH_BYTES)
        self._shown = False

    def wake(self) -> None:
        """There is something to send, or contact is in doubt: the next step pushes."""
        self._woken = True

    def step(self, now_ms: int) -> int:
        """Push once if it is time; the monotonic ms of the next step. Never raises."""
        if self._fenced:
            return now_ms + IDLE_MS
        if self._backoff.waits(now_ms, self._woken):
            return self._backoff.until_ms
        self._woken = False
        try:
            outcome = self._once()
        except (StoreError, DatabaseError) as error:
            self._store.noticed(error)
            outcome = Failure(OfflineReason.STORE)
        except UNUSABLE:
            outcome = Failure(OfflineReason.BAD_ANSWER)
        if isinstance(outcome, Failure):
            return self._failed(outcome, now_ms)
        self._backoff = Backoff(0, now_ms + outcome, ordered=0 < outcome < IDLE_MS)
        return self._backoff.until_ms

    def _failed(self, failure: Failure, now_ms: int) -> int:
        self._contact.lost(failure.reason)
        self._fenced = failure.reason is OfflineReason.FENCED
        self._backoff = after_failure(self._backoff, now_ms, self._random, failure.retry_after_ms)
        return self._backoff.until_ms

    def _once(self) -> int | Failure:
        """One exchange: ms until the next, or why it failed."""
        state = sync_state(self._store.reader())
        if state.fenced:
            return Failure(OfflineReason.FENCED)
        if state.showing and (failed := self._show()) is not None:
            return failed
        if not state.nonce:
            state = self._writer.run(self._begin, Priority.SYNC)
        connection = self._store.reader()
        batch = pending(connection, max_bytes=self._portion.size)
        answer = self._exchange.ask(
            "POST", "/push", PushAnswer, self._request(state, batch, last_gno(connection), held(connection))
        )
        self._portion.learn(answer)
        if isinstance(answer, Failure):
            return self._show_papers(answer)
        self._shown = False
        return self._answered(answer, batch)

    def _show_papers(self, refused: Failure) -> int | Failure:
        """A ledger that was restored may not know this till any more: it is shown what it had signed, once."""
        if refused.code not in papers.ASKED or self._shown:
            return refused
        self._writer.run(lambda connection: _showing(connection, on=True), Priority.SYNC)
        failed = self._show()
        self._shown = failed is None
        return 0 if failed is None else failed

    def _show(self) -> Failure | None:
        """Show the papers to the end; None then. One that the ledger refuses is begun by its next refusal only."""
        times = self._clock.wall_ms(), self._clock.mono_ms(), self._clock.boot()
        failed = papers.show(self._exchange, lambda job: job(self._store.reader()), self._identity, times)
        if failed is None or failed.reason is OfflineReason.REFUSED:
            self._writer.run(lambda connection: _showing(connection, on=False), Priority.SYNC)
        return failed

    def _begin(self, connection: Connection) -> SyncState:
        """Store the nonce before it is used, so that a lost answer can be asked for again."""
        state = msgspec.structs.replace(sync_state(connection), nonce=self._random(16).hex())
        save_sync_state(connection, state)
        return state

    def _request(
        self, state: SyncState, batch: Batch, last: int, programmes: tuple[Held, ...]
    ) -> PushRequest:
        return PushRequest(
            dev=self._identity.dev,
            inc=self._identity.inc,
            ratchet=state.ratchet,
            nonce=state.nonce,
            base_seq=batch.base_seq,
            base_hash=batch.base_hash,
            entries=batch.entries,
            signatures=batch.signatures,
            blobs=batch.blobs,
            last_gno=last,
            wall_ms=self._clock.wall_ms(),
            mono_ms=self._clock.mono_ms(),
            boot=self._clock.boot(),
            backlog=waiting(self._store.reader()).count,
            held=programmes,
            presented=self._presented(last),
        )

    def _presented(self, last: int) -> tuple[Grant, ...] | None:
        """The grants that a restored ledger said it lacks, as it signed them; None while it lacks none."""
        if not 0 <= self._known_gno < last:
            return None
        return received_after(self._store.reader(), self._known_gno, PRESENTED_AT_ONCE)

    def _answered(self, answer: PushAnswer, batch: Batch) -> int | Failure:
        if answer.fence or not (answer.expected_seq or self._is_ours(answer, batch)):
            self._writer.run(_fence, Priority.SYNC)
            return Failure(OfflineReason.FENCED)
        accepted = (
            min(answer.expected_seq - 1, batch.base_seq) if answer.expected_seq else answer.accepted_seq
        )
        if accepted < 0:
            return Failure(OfflineReason.BAD_ANSWER)
        self._writer.run(lambda connection: self._keep(connection, answer, accepted), Priority.SYNC)
        self._contact.reached(self)
        asked = self._known_gno != answer.known_gno and 0 <= answer.known_gno < last_gno(self._store.reader())
        self._known_gno = answer.known_gno
        if answer.expected_seq:
            self._resends += 1
            return max(answer.backoff_ms, 0 if self._resends == 1 else RESEND_MS)
        self._resends = 0
        sent = accepted - batch.base_seq
        self._contact.sent(sent)
        self._deliver(Pushed(accepted, answer.durable_seq, sent, answer.dispositions, answer.grants))
        if asked:
            return answer.backoff_ms
        if not waiting(self._store.reader()).count:
            return max(answer.backoff_ms, IDLE_MS)
        refused = (
            bool(batch.entries) and not sent
        )  # what waits may also have come while an empty push was under way
        return max(answer.backoff_ms, RESEND_MS if refused else 0)

    def _is_ours(self, answer: PushAnswer, batch: Batch) -> bool:
        """Whether the ledger's head is an entry of this journal, with its hash: else this is a copy of another till.

        It may lie behind the batch: an earlier one, whose answer was lost, was larger.
        """
        if answer.accepted_seq == batch.base_seq:
            return answer.accepted_hash == batch.base_hash
        known = hash_at(self._store.reader(), answer.accepted_seq)
        return answer.accepted_seq > batch.base_seq and known == answer.accepted_hash

    def _keep(self, connection: Connection, answer: PushAnswer, accepted: int) -> None:
        state = sync_state(connection)
        save_sync_state(
            connection,
            msgspec.structs.replace(
                state,
                accepted_seq=accepted,
                durable_seq=max(state.durable_seq, min(answer.durable_seq, accepted)),
                ratchet=answer.ratchet or state.ratchet,
                nonce="",
                anchor=answer.anchor or state.anchor,
                epoch=answer.ledger_epoch,
                last_contact_ms=self._clock.wall_ms(),
                hardware=state.here or state.hardware,
            ),
        )
        if answer.anchor is not None:
            raise_mark(connection, answer.anchor.server_time_ms)
        receive(connection, answer.grants)
        wall_ms = self._clock.wall_ms()
        note_sent(connection, max(0, accepted - state.accepted_seq), wall_ms)
        note_dispositions(connection, answer.dispositions, wall_ms)
        forget_twins(connection, self._identity, answer.dispositions)
        forget_blobs(connection, min(answer.durable_seq, accepted))


def _showing(connection: Connection, *, on: bool) -> None:
    save_sync_state(connection, msgspec.structs.replace(sync_state(connection), showing=on))


def _fence(connection: Connection) -> None:
    save_sync_state(connection, msgspec.structs.replace(sync_state(connection), fenced=True))
