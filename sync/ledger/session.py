"""What the ledger's statements ask of a database connection inside one transaction; each engine has its own.

Statements are written once, in the SQL that SQLite and PostgreSQL share, with `?` for each value.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any

Row = tuple[Any, ...]
Rows = list[Row]


class Session(ABC):
    """One transaction on one connection."""

    _lock = ""
    """What a query adds to hold the rows it reads until the transaction ends; nothing where only one writes."""

    _any: str
    """What follows a column that must be one of a set, which `_set` makes a value of."""

    @abstractmethod
    def _set(self, those: Sequence[int] | Sequence[str]) -> Any:
        """A set of numbers or of texts as one value."""

    @abstractmethod
    async def _all(self, sql: str, values: Sequence[Any] = ()) -> Rows:
        """Every row of a query."""

    @abstractmethod
    async def _do(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Run a statement; how many rows it touched."""

    @abstractmethod
    async def _many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run a statement for each of `rows`, if there are any."""

    async def _one(self, sql: str, values: Sequence[Any] = ()) -> Row | None:
        """The first row of a query, or of what a statement returns."""
        rows = await self._all(sql, values)
        return rows[0] if rows else None
