"""Positions on PostgreSQL, given out by one publisher at a time (ledger-and-sync.md section 5.4).

Transactions commit in another order than they draw numbers, and a till that has read up to a number never comes back
for a lower one. So a transaction only notes what changed (`outbox`); once it is committed, whoever holds the
publisher's lock gives the noted changes their positions and moves them to the log. What a process left behind when it
died is moved by the next one that publishes.
"""

import asyncio
from typing import Any

from sync.ledger.postgres_schema import PUBLISHER_LOCK

CHANNEL = "assidu_changed"
LONGEST = 8000  # bytes of a notification (PostgreSQL manual, NOTIFY)

_PUBLISH = (
    """
SELECT pg_advisory_xact_lock(:lock);
WITH taken AS (
    DELETE FROM outbox RETURNING n, bucket, key
), placed AS (
    SELECT bucket, key, row_number() OVER (ORDER BY n) AS place FROM taken
), numbered AS (
    INSERT INTO counter SELECT 'pos', count(*) FROM taken HAVING count(*) > 0
    ON CONFLICT (name) DO UPDATE SET value = counter.value + excluded.value
    RETURNING value - (SELECT count(*) FROM taken) AS before
), logged AS (
    INSERT INTO bucket_log (bucket, key, pos)
    SELECT bucket, key, max(before + place) FROM placed, numbered GROUP BY bucket, key
    ON CONFLICT (bucket, key) DO UPDATE SET pos = excluded.pos
    RETURNING bucket, pos
), moved AS (
    SELECT string_agg(bucket || '=' || last, chr(10)) AS told
    FROM (SELECT bucket, max(pos) AS last FROM logged GROUP BY bucket) AS each
)
SELECT pg_notify(':channel', CASE WHEN octet_length(told) < :longest THEN told ELSE '' END)
FROM moved WHERE told IS NOT NULL;
""".replace(":lock", str(PUBLISHER_LOCK))
    .replace(":channel", CHANNEL)
    .replace(":longest", str(LONGEST))
)
"""One transaction in one message. Each statement sees what is committed when it begins, the second thus everything
that the former holder of the lock has left."""


def moved(payload: str) -> dict[str, int] | None:
    """Positions by bucket in a notification; None when there were too many to tell."""
    told = [line.rpartition("=") for line in payload.splitlines()]
    return {bucket: int(pos) for bucket, _, pos in told} or None


class Publisher:
    """Gives positions on connections of `pool`; calls that come together share one run."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool
        self._turn = asyncio.Lock()
        self._asked = self._done = 0

    async def publish(self) -> None:
        """When it returns, everything committed before the call has its position. Wakes all processes' tills."""
        self._asked += 1
        mine = self._asked
        async with self._turn:
            if self._done < mine:
                asked = self._asked
                await self._pool.execute(_PUBLISH)
                self._done = asked

    async def publish_left(self) -> None:
        """Publish if something waits that nobody published: its process died after the commit."""
        if await self._pool.fetchval("SELECT EXISTS (SELECT 1 FROM outbox)"):
            await self.publish()
