"""Waiting for the ledger to say that something changed: an event stream, or a long poll where streams are held back."""

import socket
from collections.abc import Callable, Iterator
from urllib.parse import quote

import httpx
import msgspec
from httpx_sse import EventSource, ServerSentEvent, SSEError

from sync.sqlite_driver import DatabaseError
from sync.till import cursors
from sync.till.backoff import READY, Backoff, after_failure
from sync.till.context import Context
from sync.till.exchange import TROUBLE, failure_of
from sync.till.offline import Failure, OfflineReason
from sync.wire import Wake, WakeAnswer

SILENCE_S = 40.0  # the ledger gives a sign of life every 15 s
UNENDED_LIMIT = 64 * 1024  # bytes of stream without the end of an event
POLL_S = 25
POLL_SLACK_MS = 10_000
STREAM_AGAIN_MS = 3_600_000


class Live:
    """One wait per step. `changed` is called when the ledger has news, `doubt` when the line broke.

    `poll_s` not None starts with long polls of that length (the simulator gives 0).
    """

    def __init__(
        self,
        context: Context,
        changed: Callable[[], None],
        doubt: Callable[[], None],
        poll_s: int | None = None,
    ) -> None:
        self._exchange = context.exchange
        self._store = context.store
        self._random = context.random
        self._contact = context.contact
        self._changed = changed
        self._doubt = doubt
        self._poll_s = poll_s
        self._stream_again_ms: int | None = None
        self._response: httpx.Response | None = None
        self._events: Iterator[ServerSentEvent] | None = None
        self._backoff: Backoff = READY
        self._contact_back = False
        self._heard = False
        self._told: dict[str, int] = {}

    def wake(self) -> None:
        """Contact is back: the next step does not wait for its back-off, not even for that of a try under way."""
        self._contact_back = True

    def step(self, now_ms: int) -> int:
        """Wait for one event or one poll; the monotonic ms of the next step. Never raises."""
        if self._contact_back:
            self._contact_back, self._backoff = False, READY
        if self._backoff.waits(now_ms, woken=False):
            return self._backoff.until_ms
        try:
            failure = self._listen() if self._streaming(now_ms) else self._poll()
        except (SSEError, msgspec.DecodeError):
            failure = Failure(OfflineReason.BAD_ANSWER)
        except TROUBLE as error:
            failure = failure_of(error)
        except DatabaseError:
            failure = Failure(OfflineReason.STORE)
        if failure is None:
            self._backoff = READY
            return now_ms
        return self._broken(failure, now_ms)

    def close(self) -> None:
        """End a wait from another thread: its socket is shut, so that the reading thread comes back."""
        response = self._response
        stream = response.extensions.get("network_stream") if response is not None else None
        if stream is not None and isinstance(plug := stream.get_extra_info("socket"), socket.socket):
            try:
                plug.shutdown(socket.SHUT_RDWR)
            except OSError:
                return

    def _streaming(self, now_ms: int) -> bool:
        if self._stream_again_ms is not None and now_ms >= self._stream_again_ms:
            self._poll_s = self._stream_again_ms = None
        return self._poll_s is None

    def _broken(self, failure: Failure, now_ms: int) -> int:
        streaming, heard = self._poll_s is None, self._heard
        self._hang_up()
        if streaming and not heard and failure.reason in (OfflineReason.SLOW, OfflineReason.BAD_ANSWER):
            self._poll_s, self._stream_again_ms = POLL_S, now_ms + STREAM_AGAIN_MS
            return now_ms
        self._backoff = after_failure(self._backoff, now_ms, self._random, failure.retry_after_ms)
        self._doubt()
        return self._backoff.until_ms

    def _hang_up(self) -> None:
        response, self._response, self._events, self._heard = self._response, None, None, False
        self._told.clear()
        if response is not None:
            try:
                response.close()
            except TROUBLE:
                return

    def _listen(self) -> Failure | None:
        if self._events is None:
            failure = self._open()
            if failure is not None:
                return failure
        assert self._events is not None
        event = next(self._events, None)
        if event is None:
            return Failure(OfflineReason.UNREACHABLE)
        self._heard = True
        if event.event == "wake":
            self._woken(msgspec.json.decode(event.data, type=Wake))
        return None

    def _open(self) -> Failure | None:
        request = self._exchange.signed("GET", self._path(), timeout_s=SILENCE_S, accept="text/event-stream")
        response = self._exchange.open(request)
        if isinstance(response, Failure):
            return response
        self._response = response
        if response.status_code != 200:
            return Failure(
                OfflineReason.SERVER_ERROR if response.status_code >= 500 else OfflineReason.REFUSED
            )
        assert isinstance(response.stream, httpx.SyncByteStream)
        response.stream = _Bounded(response.stream)
        self._events = EventSource(response).iter_sse()
        return None

    def _poll(self) -> Failure | None:
        wait_s = self._poll_s or 0
        answer = self._exchange.ask(
            "GET", self._path(f"poll={wait_s}"), WakeAnswer, deadline_ms=wait_s * 1000 + POLL_SLACK_MS
        )
        if isinstance(answer, Failure):
            return answer
        self._contact.reached(self)
        for wake in answer.wakes:
            self._woken(wake)
        return None

    def _path(self, first: str = "") -> str:
        after = [f"after={quote(f'{bucket}={pos}', safe='')}" for bucket, pos in self._seen().items()]
        query = "&".join(([first] if first else []) + after)
        return f"/live?{query}" if query else "/live"

    def _seen(self) -> dict[str, int]:
        """Positions that are pulled or at least known about: not to be told again."""
        seen = dict(self._told)
        for cursor in cursors.cursors(self._store.reader()):
            seen[cursor.bucket] = max(cursor.pos, seen.get(cursor.bucket, 0))
        return seen

    def _woken(self, wake: Wake) -> None:
        if wake.pos > self._seen().get(wake.bucket, 0):
            self._told[wake.bucket] = wake.pos
            self._changed()


class _Bounded(httpx.SyncByteStream):
    """A stream of events that breaks off when an event does not end: memory stays bounded whatever is sent."""

    def __init__(self, stream: httpx.SyncByteStream) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        unended = 0
        for piece in self._stream:
            unended = 0 if b"\n\n" in piece or b"\r\n\r\n" in piece else unended + len(piece)
            if unended > UNENDED_LIMIT or len(piece) > UNENDED_LIMIT:
                raise ValueError("an event of the stream does not end")
            yield piece

    def close(self) -> None:
        self._stream.close()
