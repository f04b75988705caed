"""What this till's own journal says for its manager's figures."""

from datetime import date, timedelta

from sync.seen import KINDS, Seen
from sync.sqlite_driver import Connection

AT_ONCE = 500
ONE_DAY_MS = 86_400_000
SLACK_DAYS = 2  # between the business date of a ticket and the clock in UTC


def own_seen(connection: Connection, till: str, first: date, today: date, now_ms: int) -> Seen:
    """What the till called `till` has written since the business date `first`; `today` is at `now_ms` (UTC).

    What was sent once more after the till was paired again counts once.
    """
    days = (today - first) // timedelta(days=1) + SLACK_DAYS
    seen = Seen()
    for (inc,) in connection.execute("SELECT DISTINCT inc FROM journal").fetchall():
        _read(connection, seen, till, inc, now_ms - days * ONE_DAY_MS)
    return seen


def _read(connection: Connection, seen: Seen, till: str, inc: int, since_ms: int) -> None:
    """Backwards through a life of the till, until a whole page of it is older than `since_ms`."""
    before = 1 << 62
    while True:
        rows = connection.execute(
            "SELECT seq, kind, wall_ms, bytes FROM journal WHERE inc = ? AND seq < ? ORDER BY seq DESC LIMIT ?",
            (inc, before, AT_ONCE),
        ).fetchall()
        for _, kind, _, data in rows:
            if kind in KINDS:
                seen.add(till, data)
        if len(rows) < AT_ONCE or all(row[2] < since_ms for row in rows):
            return
        before = rows[-1][0]
