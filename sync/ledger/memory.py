"""Tables in memory that can go back to where they were, and that know what has changed in them."""

from collections.abc import Iterable
from typing import Any, TypeVar

K = TypeVar("K")
V = TypeVar("V")
_ABSENT: Any = object()


class Memory:
    """Changes of dictionaries that stand for tables: what `put` writes can be taken back, or be asked for."""

    def __init__(self) -> None:
        self._changes: list[tuple[dict[Any, Any], Any, Any]] = []

    def put(self, table: dict[K, V], key: K, row: V) -> None:
        """Write a row."""
        self._changes.append((table, key, table.get(key, _ABSENT)))
        table[key] = row

    def mark(self) -> int:
        """Where the tables are now."""
        return len(self._changes)

    def back(self, mark: int) -> None:
        """Take everything back that was written since `mark`."""
        while len(self._changes) > mark:
            table, key, before = self._changes.pop()
            if before is _ABSENT:
                del table[key]
            else:
                table[key] = before

    def changed(self) -> "Changed":
        """What was written so far, as it is now."""
        keys: dict[int, dict[Any, None]] = {}
        for table, key, _ in self._changes:
            found = keys.setdefault(id(table), {})
            found.pop(key, None)
            found[key] = None
        return Changed(keys)


class Changed:
    """The keys that were written of each table, in the order in which they were written last."""

    def __init__(self, keys: dict[int, dict[Any, None]]) -> None:
        self._keys = keys

    def keys(self, table: dict[K, V]) -> Iterable[K]:
        """Of one table."""
        return self._keys.get(id(table), ())

    def rows(self, table: dict[K, V]) -> tuple[V, ...]:
        """The rows that were written of one table, as they are now."""
        return tuple([table[key] for key in self.keys(table)])
