"""DuckDB (the extra `backtest`), as the readers of histories and the tools open it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def database() -> Iterator[Any]:
    """An empty database of DuckDB in memory, which asks the network for nothing. Raises ImportError without DuckDB."""
    import duckdb

    link = duckdb.connect(
        config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
    )
    try:
        yield link
    finally:
        link.close()
