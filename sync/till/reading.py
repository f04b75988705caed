"""A reading connection that knows what it has read: between two commits a till asks for the same few rows many times.

A scan asks a dozen times for the clock's anchor and for the programme of the day. Nothing writes to the store but its
one writing connection, which counts every row that it changes; as long as that count stands, what was read holds.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from sync.sqlite_driver import Connection, driver

F = TypeVar("F", bound=Callable[..., Any])


class Reader(driver.Connection):
    """A connection for one thread. `writer`, to be set first, is the only connection that changes what it reads."""

    writer: Connection

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self._counted = -1
        self._kept: dict[Any, Any] = {}

    def remember(self, read: Callable[..., Any], asked: tuple[Any, ...]) -> Any:
        """What `read` finds for `asked` on this connection, looked up again only after a change."""
        writer = self.writer
        counted = writer.total_changes
        if writer.in_transaction:  # asked after the count: without one, all that was counted is decided
            return read(self, *asked)
        if counted != self._counted:
            self._counted, self._kept = counted, {}
        kept, key = self._kept, (read, asked)
        if key not in kept:
            kept[key] = read(self, *asked)
        return kept[key]


def remembered(read: F) -> F:
    """`read(connection, *asked)` with an immutable result; a Reader remembers it until something is written."""

    @wraps(read)
    def once(connection: Connection, *asked: Any) -> Any:
        return (
            connection.remember(read, asked) if isinstance(connection, Reader) else read(connection, *asked)
        )

    return cast(F, once)
