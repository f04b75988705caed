"""The line of every member at this till: a snapshot to begin with, then what changes (ledger-and-sync.md 5.4).

Selling never waits for it: a card that is not here yet earns and is found out centrally. Until a new snapshot is
whole, checked and has taken over, the one before stays in use.
"""

import threading
from typing import Literal

from sync.snapshot import NO_REGION, SCOPE, Manifest, SnapshotAnswer, is_sound
from sync.sqlite_driver import Connection, DatabaseError
from sync.thin import ThinCard, ThinMember, bucket_of, unsqueezed
from sync.till import cursors, download, frames, index, pieces
from sync.till.backoff import READY, Backoff, after_failure
from sync.till.context import Context
from sync.till.download import BAD, Download, NextDoor, nobody
from sync.till.errors import StoreError
from sync.till.loading import Loading
from sync.till.offline import UNUSABLE, Failure, OfflineReason
from sync.till.portion import Portion
from sync.till.writer import Priority
from sync.wire import Cursor, PullAnswer, PullRequest

CacheScope = Literal["store", "region", "all"]
IDLE_MS = 900_000
PULL_BYTES = 512 * 1024
ROWS_AT_ONCE = 500  # one transaction; tickets go between two of them
FEW_CHANGES = 100_000
LATEST = 2**62


class Everyone:
    """Keeps the lines. `step` is called by one driver at a time; `loading`, `wake` and `stop` from anywhere."""

    def __init__(
        self, context: Context, scope: CacheScope, next_door: NextDoor = nobody, *, keep: bool = False
    ) -> None:
        """`next_door` is asked for parts before the ledger is; `keep` what was fetched for those who ask this till."""
        self._next_door, self._keep = next_door, keep
        self._exchange = context.exchange
        self._store = context.store
        self._writer = context.writer
        self._identity = context.identity
        self._clock = context.clock
        self._random = context.random
        self._scope = scope
        self._backoff: Backoff = READY
        self._woken = True
        self._stopping = threading.Event()
        self._download = self._resume()
        self._caught_up: Cursor | None = None
        self._stale = False
        used = index.in_use(self._store.reader())
        self._forget_to = 0 if used is None else used.pos
        self._began_ms = self._began_bytes = 0
        self._portion = Portion(PULL_BYTES)
        self.loading: Loading | None = None

    def wake(self) -> None:
        """The ledger can be reached again."""
        self._woken = True

    def stop(self) -> None:
        """End a transfer under way."""
        self._stopping.set()

    def step(self, now_ms: int) -> int:
        """Fetch one part, or what has changed, if it is time; the monotonic ms of the next step. Never raises."""
        if self._backoff.waits(now_ms, self._woken):
            return self._backoff.until_ms
        self._woken = False
        try:
            outcome = self._leave() if self._scope == "store" else self._once()
        except (StoreError, DatabaseError, OSError):
            outcome = Failure(OfflineReason.STORE)
        except UNUSABLE:
            outcome = BAD
        if isinstance(outcome, Failure):
            self._began_ms = 0
            self._backoff = after_failure(self._backoff, now_ms, self._random, outcome.retry_after_ms)
        else:
            self._backoff = Backoff(0, now_ms if outcome else now_ms + IDLE_MS)
        return self._backoff.until_ms

    def _once(self) -> bool | Failure:
        """One piece of work: whether there is more, or why it failed."""
        if self._forget_to:
            return self._forget()
        if self._download is not None:
            return self._fetch(self._download)
        used = index.in_use(self._store.reader())
        if used is None or self._stale or not self._wanted(used.scope):
            return self._begin(used)
        cursor = self._cursor(used)
        answer = self._news(cursor)
        if isinstance(answer, Failure):
            return answer
        if answer.must_refetch:
            self._stale = True
            return True
        self._keep_cursor(answer.cursors[0])
        self._stale = not answer.more and self._too_many(used)
        return answer.more or self._stale

    def _wanted(self, scope: str) -> bool:
        """Whether a list is of the kind that this till is to have."""
        return (scope == SCOPE) == (self._scope == SCOPE)

    def _resume(self) -> Download | None:
        found = download.resume(self._store.folder, self._identity.server_key)
        used = index.in_use(self._store.reader())
        if found is not None and used is not None and found.manifest.sha256 == used.sha256:
            found.discard()  # the till ended right after it went by it
            return None
        return found if found is not None and self._wanted(found.scope) else None

    def _begin(self, used: index.InUse | None) -> bool | Failure:
        answer = self._exchange.ask("GET", f"/snapshot/{self._scope}", SnapshotAnswer)
        if isinstance(answer, Failure):
            if answer.code == NO_REGION:
                self.loading = Loading(0, 0, None, answer.sentence)
            return answer
        self.loading = None
        manifest = answer.manifest
        if not is_sound(manifest, self._identity.server_key):
            return Failure(OfflineReason.WRONG_KEY)
        if not self._wanted(answer.scope):
            return BAD
        if used is not None and used.scope == answer.scope:
            if (manifest.epoch, manifest.pos) < (used.epoch, used.pos):
                return BAD  # an older one, handed out again
            if manifest.sha256 == used.sha256:
                self._keep_cursor(Cursor(bucket_of(used.scope), manifest.epoch, manifest.pos))
                self._stale = False
                return False
        frames.keep_only(self._store.folder, [one.sha256 for one in manifest.frames])
        self._download = download.begin(self._store.folder, answer)
        return True

    def _fetch(self, coming: Download) -> bool | Failure:
        if coming.frame is None:
            return self._finish(coming)
        if not self._began_ms:
            self._began_ms, self._began_bytes = self._clock.mono_ms(), coming.fetched
        self._tell(coming.manifest, coming.fetched)
        failure = coming.fetch(
            self._exchange, self._identity.server_key, self._heard, self._next_door, keep=self._keep
        )
        if failure is None:
            self._writer.crash("frame kept")
            self._tell(coming.manifest, coming.fetched)
            return True
        if failure.reason is OfflineReason.REFUSED:  # the ledger no longer has it: it made newer ones
            self._drop(coming)
        return failure

    def _heard(self, size: int) -> bool:
        if self.loading is not None and self._download is not None:
            self._tell(self._download.manifest, self.loading.done + size)
        return not self._stopping.is_set()

    def _tell(self, manifest: Manifest, done: int) -> None:
        seconds = (self._clock.mono_ms() - self._began_ms) / 1000
        got = done - self._began_bytes
        rest = round(seconds * (manifest.to_fetch - done) / got) if got > 0 and seconds >= 1 else None
        self.loading = Loading(done, manifest.to_fetch, rest)

    def _finish(self, coming: Download) -> bool | Failure:
        """Check the whole file, read what has changed since, and only then go by it: nobody's balance goes back."""
        manifest = coming.manifest
        cursor = self._caught_up
        if cursor is None:
            if not (coming.is_whole() and index.check(coming.file, manifest)):
                self._drop(coming)
                return BAD
            self._drop_former(manifest.epoch, coming.scope)
            cursor = Cursor(bucket_of(coming.scope), manifest.epoch, manifest.pos)
        answer = self._news(cursor)
        if isinstance(answer, Failure):
            return answer
        if answer.must_refetch:
            self._drop(coming)
            return True
        self._caught_up = answer.cursors[0]
        if not answer.more:
            self._go_by(coming, answer.cursors[0])
        return True

    def _go_by(self, coming: Download, cursor: Cursor) -> None:
        manifest = coming.manifest
        coming.move_to(self._store.folder / index.file_name(manifest.sha256))
        self._writer.crash("file moved")

        def take(connection: Connection) -> index.InUse | None:
            index.take(connection, manifest, coming.own_seq, cursor)
            return index.in_use(connection)

        self._store.go_by(self._writer.run(take, Priority.SYNC))
        self._forget_to = manifest.pos
        self._stale = False
        self._drop(coming)

    def _drop(self, coming: Download) -> None:
        coming.discard()
        self._download = self._caught_up = self.loading = None
        self._began_ms = 0

    def _drop_former(self, epoch: int, scope: str) -> None:
        """Positions of a former epoch say nothing beside those of this one, and another list's changes end here."""
        used = index.in_use(self._store.reader())
        former = used is not None and (used.epoch, used.scope) != (epoch, scope)
        while former and self._drop_some(LATEST):
            pass

    def _drop_some(self, upto: int) -> int:
        return self._writer.run(
            lambda connection: index.drop_changes(connection, upto, ROWS_AT_ONCE), Priority.SYNC
        )

    def _forget(self) -> bool:
        """Drop some of the changes that the snapshot in use has."""
        if not index.is_left(self._store.reader(), self._forget_to):
            self._forget_to = 0
        else:
            self._drop_some(self._forget_to)
        return True

    def _leave(self) -> bool:
        """The shop wants its own members alone here: let the lines of the others go."""
        if index.in_use(self._store.reader()) is not None:
            self._writer.run(index.leave, Priority.SYNC)
            self._store.go_by(None)
        return index.is_left(self._store.reader(), LATEST) and self._drop_some(LATEST) > 0

    def _cursor(self, used: index.InUse) -> Cursor:
        known = {cursor.bucket: cursor for cursor in cursors.cursors(self._store.reader())}
        bucket = bucket_of(used.scope)
        return known.get(bucket, Cursor(bucket, used.epoch, used.pos))

    def _keep_cursor(self, cursor: Cursor) -> None:
        self._writer.run(lambda connection: cursors.save_cursor(connection, cursor), Priority.SYNC)

    def _too_many(self, used: index.InUse) -> bool:
        """Whether so much has changed that a new snapshot takes less room."""
        return index.count_changes(self._store.reader()) > max(FEW_CHANGES, used.members // 4)

    def _news(self, cursor: Cursor) -> PullAnswer | Failure:
        """What has changed since `cursor`, stored already."""
        request = PullRequest((cursor,), self._portion.size)
        answer = self._exchange.ask("POST", "/pull", PullAnswer, request)
        self._portion.learn(answer)
        if isinstance(answer, Failure):
            return answer
        if not answer.cursors or answer.cursors[0].bucket != cursor.bucket:
            return BAD
        if answer.thin and not answer.must_refetch:
            news, own_seq = unsqueezed(answer.thin), answer.own_seq
            if (piece := news.piece) is not None:
                folder, keep = self._store.folder, self._keep
                data = pieces.fetch(self._exchange, self._next_door, folder, piece.sha256, keep=keep)
                if isinstance(data, Failure):
                    return data
                news, own_seq = unsqueezed(data), piece.own_seq
            rows = sorted(news.members, key=lambda row: row.member)  # in key order: each page is written once
            for start in range(0, len(rows), ROWS_AT_ONCE):
                self._store_members(rows[start : start + ROWS_AT_ONCE], own_seq)
            tokens = sorted(news.cards, key=lambda card: card.card)
            for start in range(0, len(tokens), ROWS_AT_ONCE):
                self._store_cards(tokens[start : start + ROWS_AT_ONCE], answer.cursors[0].pos)
        return answer

    def _store_members(self, rows: list[ThinMember], own_seq: int) -> None:
        self._writer.run(lambda connection: index.store_news(connection, rows, own_seq), Priority.SYNC)

    def _store_cards(self, cards: list[ThinCard], pos: int) -> None:
        self._writer.run(lambda connection: index.store_cards(connection, cards, pos), Priority.SYNC)
