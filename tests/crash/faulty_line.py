"""A TCP proxy between tills and their ledger that delays, slows down, cuts, truncates, and sends requests once more."""

import asyncio
import contextlib
import random
import re
import threading
from collections import Counter, deque

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
FAULTS = ("delay", "slow", "cut", "truncate", "duplicate")
KEPT_REQUESTS = 20
CHUNK = 65536


class FaultyLine:
    """Forwards to `port` on loopback. Each piece of data meets a fault with the probability `rate`."""

    def __init__(self, port: int, seed: int, rate: float) -> None:
        self.counts: Counter[str] = Counter()
        self.healed = True
        self._target, self._rate = port, rate
        self._rng = random.Random(seed)
        self._requests: deque[bytes] = deque(maxlen=KEPT_REQUESTS)
        self._loop = asyncio.new_event_loop()
        self._server = self._loop.run_until_complete(asyncio.start_server(self._meet, "127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Cut everything and end, once."""
        if self._loop.is_closed():
            return
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end(self) -> None:
        self._server.close()
        while mine := [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]:
            for task in mine:
                task.cancel()
            await asyncio.wait(mine)

    async def _meet(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        self.counts["connections"] += 1
        try:
            far, forth = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            back.transport.abort()
            return
        ends = back, forth
        try:
            await asyncio.gather(
                self._pump(near, forth, ends, _Requests()), self._pump(far, back, ends, None)
            )
        except asyncio.CancelledError:
            pass  # the proxy ends, and asyncio would tell of it
        finally:
            for end in ends:
                end.transport.abort()

    async def _pump(
        self,
        source: asyncio.StreamReader,
        target: asyncio.StreamWriter,
        ends: tuple[asyncio.StreamWriter, asyncio.StreamWriter],
        requests: "_Requests | None",
    ) -> None:
        """Carry one direction until it ends; `requests` collects what a till asks."""
        with contextlib.suppress(OSError):
            while data := await source.read(CHUNK):
                if requests is not None:
                    self._requests.extend(requests.whole(data))
                self.counts["pieces"] += 1
                if not await self._carry(data, target, ends, asking=requests is not None):
                    break
        with contextlib.suppress(OSError, RuntimeError):
            target.write_eof()

    async def _carry(
        self,
        data: bytes,
        target: asyncio.StreamWriter,
        ends: tuple[asyncio.StreamWriter, asyncio.StreamWriter],
        *,
        asking: bool,
    ) -> bool:
        """Carry a piece, or what a fault leaves of it; whether the connection goes on."""
        fault = self._draw(asking)
        if fault == "cut":
            for end in ends:
                end.transport.abort()
            return False
        if fault == "truncate":
            target.write(data[: self._rng.randrange(len(data))])
            await target.drain()
            return False
        if fault == "delay":
            await asyncio.sleep(self._rng.uniform(0.05, 1.5))
        elif fault == "slow":
            size = max(1, len(data) // 20)
            for start in range(0, len(data), size):
                target.write(data[start : start + size])
                await target.drain()
                await asyncio.sleep(self._rng.uniform(0.005, 0.05))
            return True
        target.write(data)
        await target.drain()
        if fault == "duplicate" and self._requests:
            await self._once_more(self._rng.choice(self._requests))
        return True

    def _draw(self, asking: bool) -> str:
        if self.healed or self._rng.random() >= self._rate:
            return ""
        fault = self._rng.choice(FAULTS if asking else FAULTS[:-1])
        self.counts[fault] += 1
        return fault

    async def _once_more(self, request: bytes) -> None:
        """Send what a till asked before once more on a line of its own, and throw the answer away."""
        with contextlib.suppress(OSError, TimeoutError):
            source, target = await asyncio.open_connection("127.0.0.1", self._target)
            try:
                target.write(request)
                await target.drain()
                async with asyncio.timeout(2):
                    await source.read(CHUNK)
            finally:
                target.transport.abort()


class _Requests:
    """Cuts what a till sends on one connection into whole HTTP requests."""

    def __init__(self) -> None:
        self._data = b""

    def whole(self, data: bytes) -> list[bytes]:
        """Those that are complete now."""
        self._data += data
        found = []
        while b"\r\n\r\n" in self._data:
            head = self._data.index(b"\r\n\r\n")
            length = LENGTH.search(self._data[:head])
            end = head + 4 + (int(length[1]) if length else 0)
            if len(self._data) < end:
                break
            found.append(self._data[:end])
            self._data = self._data[end:]
        return found
