"""What a running ledger does by itself, again and again beside its requests: leases, daily limits, business days,
snapshots and what has changed since."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable

import msgspec

from sync.ledger.daily import catch_up
from sync.ledger.deltas import make_pieces
from sync.ledger.service import Ledger
from sync.ledger.shelf import take_turn
from sync.ledger.snapshots import make_daily

SECOND = 1.0
HALF_A_MINUTE = 30.0
HOUR = 3600.0
AT_ONCE = 100  # members a transaction: a push waits no longer than these take
log = logging.getLogger("assidu.ledger")


@contextlib.asynccontextmanager
async def rounds(ledger: Ledger) -> AsyncIterator[None]:
    """Keep the rounds going while inside."""

    async def leases() -> None:
        while await ledger.review_leases(AT_ONCE) == AT_ONCE:
            pass

    async def lists() -> None:
        if await ledger.write(lambda work: take_turn(work, ledger.epoch)):
            await make_daily(ledger)
            await make_pieces(ledger)

    tasks = [
        asyncio.create_task(_again(leases, SECOND)),
        asyncio.create_task(_again(ledger.fund_days, HOUR)),
        asyncio.create_task(_again(lambda: catch_up(ledger), HALF_A_MINUTE)),
        asyncio.create_task(_again(lists, HOUR)),
        asyncio.create_task(_again(ledger.read_keys, HALF_A_MINUTE)),  # another process may have changed one
    ]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _again(work: Callable[[], Awaitable[None]], pause_s: float) -> None:
    """Do `work` for ever; what fails is logged and tried again after the pause."""
    while True:
        try:
            await work()
        except Exception as error:  # noqa: BLE001 - a fault in one round must not end the next ones
            line = {"event": "round_failed", "error": type(error).__name__}
            log.error(msgspec.json.encode(line).decode())
        await asyncio.sleep(pause_s)
