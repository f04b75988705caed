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
AT_ONCE = 10_000

_MOVE = """
WITH taken AS (
    DELETE FROM outbox WHERE n IN (SELECT n FROM outbox ORDER BY n LIMIT $1) RETURNING n, bucket, key
), placed AS (
    SELECT bucket, key, row_number() OVER (ORDER BY n) AS place FROM taken
), numbered AS (
    INSERT INTO counter SELECT 'pos', count(*) FROM taken HAVING count(*) > 0
    ON CONFLICT (name) DO UPDATE SET value = counter.value + excluded.value
    RETURNING value - (SELECT count(*) FROM taken) AS before
)
INSERT INTO bucket_log (bucket, key, pos)
SELECT bucket, key, max(before + place) FROM placed, numbered GROUP BY bucket, key
ON CONFLICT (bucket, key) DO UPDATE SET pos = excluded.pos
"""


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
                await self._run()
                self._done = asked

    async def publish_left(self) -> None:
        """Publish if something waits that nobody published: its process died after the commit."""
        if await self._pool.fetchval("SELECT EXISTS (SELECT 1 FROM outbox)"):
            await self.publish()

    async def _run(self) -> None:
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", PUBLISHER_LOCK)
            moved = False
            while await connection.execute(_MOVE, AT_ONCE) != "INSERT 0 0":
                moved = True
            if moved:
                await connection.execute("SELECT pg_notify($1, '')", CHANNEL)
