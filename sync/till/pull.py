"""Fetching what changed: rows of members, configuration by hash, number blocks (ledger-and-sync.md section 5.1)."""

import hashlib
from collections.abc import Callable, Mapping

import msgspec

from sync.publication import ConfigItem, Revocation, is_genuine
from sync.sqlite_driver import Connection, DatabaseError
from sync.till import (
    card_words,
    config,
    cursors,
    floors,
    members,
    moves,
    numbers_store,
    slices,
    sync_log,
    unconfirmed,
)
from sync.till.backoff import READY, Backoff, after_failure
from sync.till.context import Context
from sync.till.errors import StoreError
from sync.till.events import Pulled
from sync.till.offline import UNUSABLE, Failure, OfflineReason
from sync.till.portion import Portion
from sync.till.twins import forget_twins
from sync.till.writer import Priority
from sync.wire import Cursor, MemberRow, PullAnswer, PullRequest

IDLE_MS = 900_000  # without a wake-up: a pull now and then, in case one got lost
PULL_BYTES = 512 * 1024
ROWS_AT_ONCE = 500  # one transaction; tickets go between two of them


class Pull:
    """Pulls until nothing is left. `step` is called by one driver at a time; `wake` from anywhere."""

    def __init__(self, context: Context, deliver: Callable[[Pulled], None]) -> None:
        self._exchange = context.exchange
        self._store = context.store
        self._writer = context.writer
        self._identity = context.identity
        self._random = context.random
        self._clock = context.clock
        self._contact = context.contact
        self._deliver = deliver
        self._backoff: Backoff = READY
        self._woken = True
        self._portion = Portion(PULL_BYTES)
        self.held_back = False
        """Whether the store's members were not asked for, because the ledger has still to hear of one of this till."""

    def wake(self) -> None:
        """The ledger has something new."""
        self._woken = True

    def step(self, now_ms: int) -> int:
        """Pull once if it is time; the monotonic ms of the next step. Never raises."""
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
            self._contact.lost(outcome.reason)
            self._backoff = after_failure(self._backoff, now_ms, self._random, outcome.retry_after_ms)
        else:
            self._backoff = Backoff(0, now_ms if outcome else now_ms + IDLE_MS)
        return self._backoff.until_ms

    def _once(self) -> bool | Failure:
        """One exchange: whether there is more, or why it failed."""
        reader = self._store.reader()
        self.held_back = unconfirmed.any_waits(reader)
        before = self._cursors()
        now = cursors.sync_state(reader)
        last = -1 if now.fenced else slices.last_gno(reader)  # it asks for no grant, and may spend none
        request = PullRequest(before, self._portion.size, last, self._tills_age(), now.ratchet, now.nonce)
        answer = self._exchange.ask("POST", "/pull", PullAnswer, request)
        self._portion.learn(answer)
        if isinstance(answer, Failure):
            return answer
        self._contact.reached(self)
        if answer.must_refetch:
            self._writer.run(_start_over, Priority.SYNC)
            return any(cursor.pos for cursor in before)
        shut_out = self._revoke(answer.hotlist, answer.roles)
        news, refused = self._news(answer.config, answer.roles)
        files = self._fetch(news)
        if isinstance(files, Failure):
            return files
        self._store_rows(answer)
        self._forget(answer.gone)
        bad = self._writer.run(lambda connection: self._keep(connection, answer, news, files), Priority.SYNC)
        told = {row.member for row in answer.members} | {grant.member for grant in answer.grants}
        changed = tuple(told | set(answer.gone))
        if changed or news or refused or answer.dispositions or shut_out:
            self._deliver(Pulled(changed, bool(news) or shut_out, answer.dispositions, (*refused, *bad)))
        # an answer that brings nothing and moves no cursor must not be asked for again at once
        return answer.more and answer.cursors != before

    def _tills_age(self) -> int:
        known = moves.store_tills(self._store.reader())
        return 0 if known is None else known.made_ms

    def _cursors(self) -> tuple[Cursor, ...]:
        """How far each bucket of this till was read; a bucket not read yet starts at 0 of whatever epoch."""
        known = {cursor.bucket: cursor for cursor in cursors.cursors(self._store.reader())}
        who = self._identity
        members_too = () if self.held_back else (f"store:{who.store}",)
        buckets = ("hotlist", "config", *members_too, f"device:{who.dev}")
        return tuple(known.get(bucket, Cursor(bucket, 0, 0)) for bucket in buckets)

    def _revoke(self, hotlist: tuple[Revocation, ...], newest: Mapping[str, int]) -> bool:
        """Shut out whom the ledger revoked, before anything else is stored or fetched; whether there was anybody."""
        genuine = [one for one in hotlist if is_genuine(one, self._identity.server_key, newest)]
        if genuine:
            self._writer.run(lambda connection: config.revoke(connection, genuine), Priority.SYNC)
        return bool(genuine)

    def _news(
        self, items: tuple[ConfigItem, ...], newest: Mapping[str, int]
    ) -> tuple[tuple[ConfigItem, ...], tuple[str, ...]]:
        """What this till is given that it does not know yet, and the names of what its ledger did not sign."""
        who, connection = self._identity, self._store.reader()
        refused = tuple(item.name for item in items if not is_genuine(item, who.server_key, newest))
        mine = [
            item
            for item in items
            if is_genuine(item, who.server_key, newest) and (not item.stores or who.store in item.stores)
        ]
        return tuple(item for item in mine if config.is_news(connection, item)), refused

    def _fetch(self, items: tuple[ConfigItem, ...]) -> Mapping[bytes, bytes] | Failure:
        """The files that `items` name, by hash: those already here, the others fetched and checked against it."""
        connection = self._store.reader()
        files: dict[bytes, bytes] = {}
        for digest in dict.fromkeys(item.sha256 for item in items if not item.withdrawn):
            data = config.programme_by_hash(connection, digest) or self._exchange.fetch(
                f"/blob/{digest.hex()}"
            )
            if isinstance(data, Failure):
                return data
            if hashlib.sha256(data).digest() != digest:
                return Failure(OfflineReason.BAD_ANSWER)
            files[digest] = data
        return files

    def _store_rows(self, answer: PullAnswer) -> None:
        for start in range(0, len(answer.members), ROWS_AT_ONCE):
            rows = answer.members[start : start + ROWS_AT_ONCE]

            def job(connection: Connection, rows: tuple[MemberRow, ...] = rows) -> None:
                members.store_rows(connection, self._identity, rows, answer.own_seq)

            self._writer.run(job, Priority.SYNC)

    def _forget(self, gone: tuple[int, ...]) -> None:
        for start in range(0, len(gone), ROWS_AT_ONCE):
            some = gone[start : start + ROWS_AT_ONCE]
            self._writer.run(
                lambda connection, some=some: members.forget(connection, self._identity, some),  # type: ignore[misc]
                Priority.SYNC,
            )

    def _keep(
        self,
        connection: Connection,
        answer: PullAnswer,
        news: tuple[ConfigItem, ...],
        files: Mapping[bytes, bytes],
    ) -> tuple[str, ...]:
        """Configuration, blocks and cursors in one transaction: a cursor never runs ahead of what it covers.

        Returns the names of files that cannot be read: the older ones stay in use, and the rest goes on.
        """
        unreadable = [
            item.name for item in news if not _store_item(connection, item, files.get(item.sha256, b""))
        ]
        if not cursors.sync_state(connection).fenced:  # a saved till does not know what it used of them
            numbers_store.add_blocks(connection, answer.blocks)
        slices.receive(connection, answer.grants)
        slices.recall(connection, answer.recalls)
        sync_log.note_dispositions(connection, answer.dispositions, self._clock.wall_ms())
        forget_twins(connection, self._identity, answer.dispositions)
        state = cursors.sync_state(connection)
        if state.roles != answer.roles:
            cursors.save_sync_state(connection, msgspec.structs.replace(state, roles=answer.roles))
        if answer.tills is not None:
            moves.learn(connection, self._identity, answer.tills, from_ledger=True)
        cursors.save_cursors(connection, answer.cursors)
        if not answer.more:
            state = cursors.sync_state(connection)
            read = () if self.held_back else answer.cursors
            seen = max((cursor.pos for cursor in read), default=state.seen_pos)
            heard = cursors.heard(connection, self._clock)
            fresh = msgspec.structs.replace(state, seen_pos=seen, heard_ms=heard)
            cursors.save_sync_state(connection, fresh)
            if not self.held_back:  # else no row was asked for
                floors.forget(connection, answer.own_seq)
                card_words.pulled(connection)
        return tuple(unreadable)


def _start_over(connection: Connection) -> None:
    """The ledger no longer knows these cursors (it was restored, or they are too old): read all buckets again."""
    members.forget_positions(connection)
    cursors.forget_cursors(connection)


def _store_item(connection: Connection, item: ConfigItem, data: bytes) -> bool:
    connection.execute("SAVEPOINT item")
    try:
        config.store_item(connection, item, data)
    except config.ConfigUnreadable:
        connection.execute("ROLLBACK TO item")
        return False
    finally:
        connection.execute("RELEASE item")
    return True
