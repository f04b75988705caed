"""Waking tills: an event stream, or a request that waits, says which bucket moved and nothing else."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence

import msgspec

from sync.ledger.caller import DeviceId, LedgerRefusal
from sync.ledger.service import Ledger
from sync.wire import Cursor, Wake

HEARTBEAT_S = 15.0
LONGEST_POLL_S = 25.0
HEARTBEAT = b"event: beat\ndata: {}\n\n"


class Wakes:
    """Waits for changes on behalf of tills, until the server stops."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._closing = False
        self._waits: set[asyncio.Timeout] = set()

    def close(self) -> None:
        """End every stream and waiting request: the server stops."""
        self._closing = True
        for wait in self._waits:
            wait.reschedule(0)

    @property
    def closing(self) -> bool:
        """Whether the server is about to stop."""
        return self._closing

    async def poll(self, device: DeviceId, cursors: Sequence[Cursor], seconds: float) -> tuple[Wake, ...]:
        """Buckets ahead of `cursors`, at the latest after `seconds` (at most 25). Raises LedgerRefusal."""
        seen = {cursor.bucket: cursor.pos for cursor in cursors}
        return await self._news(device, seen, min(max(seconds, 0.0), LONGEST_POLL_S))

    async def stream(self, device: DeviceId, cursors: Sequence[Cursor]) -> AsyncIterator[bytes]:
        """Server-sent events (WHATWG HTML, section 9.2): one `wake` per moved bucket, a `beat` every 15 s."""
        seen = {cursor.bucket: cursor.pos for cursor in cursors}
        yield HEARTBEAT
        while not self._closing:
            try:
                news = await self._news(device, seen, HEARTBEAT_S)
            except LedgerRefusal:
                return  # revoked meanwhile: the next request says so
            for wake in news:
                seen[wake.bucket] = wake.pos
                yield b"event: wake\ndata: " + msgspec.json.encode(wake) + b"\n\n"
            if not news:
                yield HEARTBEAT

    async def _news(self, device: DeviceId, seen: Mapping[str, int], seconds: float) -> tuple[Wake, ...]:
        cursors = [Cursor(bucket, self._ledger.epoch, pos) for bucket, pos in seen.items()]
        now: Mapping[str, int] = {}
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0 if self._closing else None) as wait:
                self._waits.add(wait)
                try:
                    now = await self._ledger.wait_change(device, cursors, seconds)
                finally:
                    self._waits.discard(wait)
        return tuple(Wake(bucket, pos) for bucket, pos in sorted(now.items()) if pos > seen.get(bucket, 0))
