"""For those who watch a ledger: is the process alive, may it be sent requests, what has it counted."""

import asyncio
import time
from collections.abc import Sequence

from litestar import Request, Response, get
from litestar.datastructures import State

from sync.ledger.live import Wakes
from sync.ledger.meter import Meter, gauges
from sync.ledger.service import Ledger
from sync.ledger.work import Work

READY_S = 2.0
GAUGES_EVERY_S = 15.0
METRICS = "text/plain; version=0.0.4"  # litestar adds the character set
WebRequest = Request[object, object, State]


@get("/health")
async def health() -> Response[bytes]:
    """The process answers."""
    return Response(b"ok", media_type="text/plain")


@get("/ready")
async def ready(request: WebRequest) -> Response[bytes]:
    """200 while the database answers, its schema is up to date and the process is not stopping; else 503."""
    ledger: Ledger = request.app.state.ledger
    wakes: Wakes = request.app.state.wakes
    if wakes.closing:
        return Response(b"stopping", media_type="text/plain", status_code=503)
    try:
        async with asyncio.timeout(READY_S):
            await ledger.read(_look)
    except Exception:  # noqa: BLE001 - whatever the database has: it is not ready
        return Response(b"no database", media_type="text/plain", status_code=503)
    return Response(b"ready", media_type="text/plain")


async def _look(work: Work) -> int:
    return await work.tx.counter("pos")


@get("/metrics")
async def metrics(request: WebRequest) -> Response[bytes]:
    """Counts of this process, and of the books as they were at most fifteen seconds ago."""
    meter: Meter = request.app.state.meter
    text = "\n".join([*meter.lines(), *await request.app.state.books.read(), ""])
    return Response(text.encode(), media_type=METRICS)


class BookGauges:
    """Gauges of the books; they are read again after fifteen seconds, however often somebody asks."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._turn = asyncio.Lock()
        self._lines: Sequence[str] = ()
        self._until = 0.0

    async def read(self) -> Sequence[str]:
        """Them."""
        async with self._turn:
            if time.monotonic() >= self._until:
                self._lines = await self._ledger.read(lambda work: gauges(work.tx, work.now_ms))
                self._until = time.monotonic() + GAUGES_EVERY_S
        return self._lines
