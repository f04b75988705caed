"""Statements for PostgreSQL: numbered values, and one statement for a whole batch of rows."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import msgspec

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
