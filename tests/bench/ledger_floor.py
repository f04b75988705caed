"""What an engine alone does with what a push leaves behind: the entries, the till's head, and the time it was given."""

from pathlib import Path
from typing import Any

from sync.ledger.records import AnchorRow, InboxRow, Incarnation
from sync.ledger.rows import columns, to_row, upsert
from sync.ledger.sqlite import PRAGMAS, migrate
from sync.sqlite_driver import driver
from tests.unit.ledger_kit import TillSim

Values = tuple[Any, ...]
Batch = tuple[list[Values], Values, Values]


def floor_batch(till: TillSim, after: int, size: int) -> Batch:
    """The rows of the till's entries `after` + 1 to `after` + `size`, of its head and of an anchor."""
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
    return entries, to_row(head), to_row(anchor)


class SqliteFloor:
    """The same tables, driver and pragmas, and none of our code. Pages are `page_bytes` long where that is not 0."""

    def __init__(self, path: Path, page_bytes: int = 0) -> None:
        self._connection = driver.connect(str(path), isolation_level=None)
        if page_bytes:
            self._connection.execute(f"PRAGMA page_size = {page_bytes}")
            self._connection.execute("VACUUM")  # the size holds from now on, whatever else is said of it
        for pragma in PRAGMAS:
            self._connection.execute(pragma)
        migrate(self._connection)
        marks = ", ".join("?" * len(InboxRow.__struct_fields__))
        self._insert = f"INSERT INTO inbox ({columns(InboxRow)}) VALUES ({marks})"
        self._head = upsert("incarnation", Incarnation, ("dev", "inc"))
        self._anchor = upsert("anchor", AnchorRow, ("dev", "inc", "id"))

    def write(self, batch: Batch) -> None:
        """One durable commit."""
        entries, head, anchor = batch
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.executemany(self._insert, entries)
        self._connection.execute(self._head, head)
        self._connection.execute("UPDATE counter SET value = value + 1 WHERE name = 'anchor'")
        self._connection.execute(self._anchor, anchor)
        self._connection.execute("COMMIT")
