"""Waking tills: an event stream, or a request that waits, says which bucket moved and nothing else."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence

import msgspec

from sync.ledger.service import DeviceId, Ledger
from sync.wire import Cursor, Wake

HEARTBEAT_S = 15.0
LONGEST_POLL_S = 25.0
HEARTBEAT = b"event: beat\ndata: {}\n\n"


class Wakes:
    """Waits for changes on behalf of tills, until the server stops."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._closing = asyncio.Event()

    def close(self) -> None:
        """End every stream and waiting request: the server stops."""
        self._closing.set()

    async def poll(self, device: DeviceId, cursors: Sequence[Cursor], seconds: float) -> tuple[Wake, ...]:
        """Buckets ahead of `cursors`, at the latest after `seconds` (at most 25)."""
        positions = await self._wait(device, cursors, min(max(seconds, 0.0), LONGEST_POLL_S))
        return tuple(Wake(bucket, pos) for bucket, pos in sorted(positions.items()))

    async def stream(self, device: DeviceId, cursors: Sequence[Cursor]) -> AsyncIterator[bytes]:
        """Server-sent events (WHATWG HTML, section 9.2): one `wake` per moved bucket, a `beat` every 15 s."""
        seen = {cursor.bucket: cursor for cursor in cursors}
        yield HEARTBEAT
        while not self._closing.is_set():
            positions = await self._wait(device, tuple(seen.values()), HEARTBEAT_S)
            for bucket, pos in sorted(positions.items()):
                seen[bucket] = Cursor(bucket, self._ledger.epoch, pos)
                yield b"event: wake\ndata: " + msgspec.json.encode(Wake(bucket, pos)) + b"\n\n"
            if not positions:
                yield HEARTBEAT

    async def _wait(self, device: DeviceId, cursors: Sequence[Cursor], seconds: float) -> Mapping[str, int]:
        change = asyncio.create_task(self._ledger.wait_change(device, cursors, seconds))
        closing = asyncio.create_task(self._closing.wait())
        try:
            await asyncio.wait({change, closing}, return_when=asyncio.FIRST_COMPLETED)
            return change.result() if change.done() else {}
        finally:
            for task in (change, closing):
                task.cancel()
