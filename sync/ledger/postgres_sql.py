"""Statements for PostgreSQL: numbered values, and one statement for a whole batch of rows."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import msgspec

from sync.ledger.records import AnchorRow, InboxRow, Incarnation
from sync.ledger.rows import columns, upsert

Columns = Mapping[str, Mapping[str, str]]
"""Types of the columns of each table, in their order."""

_INSERT = re.compile(
    r'INSERT INTO "?(?P<table>\w+)"?(?: \((?P<columns>[^)]*)\))? VALUES \((?:\?, )*\?\)(?P<rest>.*)',
    re.DOTALL,
)
_CHANGES = re.compile(r" ON CONFLICT \(([^)]*)\) DO UPDATE")


class Batch(msgspec.Struct, frozen=True):
    """A statement that takes a column of each value, and the places of the key by which rows replace each other."""

    sql: str
    key: tuple[int, ...] = ()

    def values(self, rows: Iterable[Sequence[Any]]) -> list[tuple[Any, ...]]:
        """The columns of `rows`; of rows with the same key the last, as when they come one by one."""
        if self.key:
            rows = {tuple(row[n] for n in self.key): row for row in rows}.values()
        return list(zip(*rows, strict=True))


@cache
def numbered(sql: str) -> str:
    """`sql` with $1, $2… in place of each question mark."""
    first, *rest = sql.split("?")
    return first + "".join(f"${n}{part}" for n, part in enumerate(rest, 1))


def batch_of(sql: str, columns: Columns) -> Batch | None:
    """The batch of an INSERT of values alone; None for any other statement."""
    found = _INSERT.fullmatch(sql)
    if found is None:
        return None
    types = columns[found["table"]]
    names = found["columns"].split(", ") if found["columns"] else list(types)
    arrays = ", ".join(f"${n}::{types[name]}[]" for n, name in enumerate(names, 1))
    changes = _CHANGES.match(found["rest"])
    key = tuple(names.index(name) for name in changes[1].split(", ")) if changes else ()
    into = f'INSERT INTO "{found["table"]}" ({", ".join(names)})'
    return Batch(f"{into} SELECT * FROM unnest({arrays}){found['rest']}", key)


def taking() -> str:
    """The statement that writes a till's row as `upsert` does and its new entries, whose shared values come once.

    Values: the till's, then dev, inc and time of arrival, then columns of seq, hash, data, signature, time of sale and
    the commit's last seq.
    """
    head = upsert("incarnation", Incarnation, ("dev", "inc"))
    types = "bigint", "bytea", "bytea", "bytea", "bigint", "bigint"
    return (
        f"WITH head AS ({head}) INSERT INTO inbox ({columns(InboxRow)}) "
        "SELECT ?::bigint, ?::bigint, e.seq, e.hash, e.data, e.sig, ?::bigint, e.sold_ms, e.commit_end, '', '' "
        f"FROM unnest({', '.join(f'?::{kind}[]' for kind in types)}) "
        "AS e(seq, hash, data, sig, sold_ms, commit_end)"
    )


def anchors_named() -> str:
    """The statement that finds a till's anchors of some names and then the first one of each of some boots.

    Values: dev, the names, dev, the boots.
    """
    chosen = columns(AnchorRow)
    return (
        f"SELECT {chosen} FROM (SELECT 1 AS part, anchor.* FROM anchor WHERE dev = ? AND id = ANY(?::text[]) "
        "UNION ALL SELECT 2, first.* FROM unnest(?::text[]) AS begun(boot), "
        "LATERAL (SELECT * FROM anchor WHERE dev = ? AND anchor.boot = begun.boot ORDER BY server_ms LIMIT 1) AS first"
        ") AS found ORDER BY part, id"
    )
