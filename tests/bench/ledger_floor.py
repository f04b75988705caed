"""What an engine alone does with what a push leaves behind: the entries, the till's head, and the time it was given.

And, where it is asked to, with what applying them would at least change: a balance of each member among them.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sync.entry import TicketBody, body_of, decode
from sync.ledger.records import AnchorRow, InboxRow, Incarnation
from sync.ledger.rows import columns, to_row, upsert
from sync.ledger.sqlite import PRAGMAS, migrate
from sync.sqlite_driver import driver
from tests.unit.ledger_kit import TillSim

Values = tuple[Any, ...]
Batch = tuple[list[Values], Values, Values, Mapping[int, int]]
BALANCES = "CREATE TABLE balance (member bigint PRIMARY KEY, points bigint NOT NULL)"
_ADD = (
    "INSERT INTO balance VALUES (?, ?) "
    "ON CONFLICT (member) DO UPDATE SET points = balance.points + excluded.points"
)


def floor_batch(till: TillSim, after: int, size: int) -> Batch:
    """The rows of the till's entries `after` + 1 to `after` + `size`, of its head and of an anchor; and their sums."""
    part = till.written[after : after + size]
    paired, now, last = till.paired, till.shop.clock.ms, after + len(part)
    entries = [
        to_row(InboxRow(paired.dev, 1, n, digest, data, sig, now, now, n))
        for n, (data, digest, sig) in enumerate(part, after + 1)
    ]
    head = Incarnation(
        paired.dev, 1, paired.store, paired.till, paired.server_key, "open", paired.genesis, last, part[-1][1], 0, 0,
        till.ratchet, till.ratchet, " ".join([f"n{n}" for n in range(16)]), now, now, now,
    )  # fmt: skip
    anchor = AnchorRow(paired.dev, 1, f"t{paired.dev}-{last}", now, till.mono(), till.boot, last)
    return entries, to_row(head), to_row(anchor), sums_of(data for data, _, _ in part)


def sums_of(entries: Iterable[bytes]) -> Mapping[int, int]:
    """What a batch promises to each of its members, added up, in ascending order of members."""
    sums: Counter[int] = Counter()
    for entry in map(decode, entries):
        body = body_of(entry)
        if isinstance(entry.member, int) and isinstance(body, TicketBody):
            sums[entry.member] += sum([one.quantity for one in body.promised])
    return dict(sorted(sums.items()))


class SqliteFloor:
    """The same tables, driver and pragmas, and none of our code. Pages are `page_bytes` long where that is not 0.

    With `balances` a balance of each member is updated, too.
    """

    def __init__(self, path: Path, page_bytes: int = 0, *, balances: bool = False) -> None:
        self._connection = driver.connect(str(path), isolation_level=None)
        if page_bytes:
            self._connection.execute(f"PRAGMA page_size = {page_bytes}")
            self._connection.execute("VACUUM")  # the size holds from now on, whatever else is said of it
        for pragma in PRAGMAS:
            self._connection.execute(pragma)
        migrate(self._connection)
        self._balances = balances
        if balances:
            self._connection.execute(BALANCES)
        marks = ", ".join("?" * len(InboxRow.__struct_fields__))
        self._insert = f"INSERT INTO inbox ({columns(InboxRow)}) VALUES ({marks})"
        self._head = upsert("incarnation", Incarnation, ("dev", "inc"))
        self._anchor = upsert("anchor", AnchorRow, ("dev", "inc", "id"))

    def write(self, batch: Batch) -> None:
        """One durable commit."""
        entries, head, anchor, sums = batch
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.executemany(self._insert, entries)
        self._connection.execute(self._head, head)
        self._connection.execute("UPDATE counter SET value = value + 1 WHERE name = 'anchor'")
        self._connection.execute(self._anchor, anchor)
        if self._balances:
            self._connection.executemany(_ADD, sums.items())
        self._connection.execute("COMMIT")
