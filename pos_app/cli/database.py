"""The options that name a ledger's database, the same for every command that works on one."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .failure import Failure

if TYPE_CHECKING:
    from sync.ledger.database import Database


def on_database(command: Callable[..., None]) -> Callable[..., None]:
    """Adds `--db` and `--key`; `command` gets what they name as `database`."""

    @click.option(
        "--db",
        default="ledger.db",
        show_default=True,
        metavar="FILE|URL",
        help="SQLite file, or postgresql://… URL, of the ledger.",
    )
    @click.option(
        "--key",
        default="ledger.key",
        show_default=True,
        type=click.Path(dir_okay=False, path_type=Path),
        help="With PostgreSQL: file of the ledger's key, the same for all its processes.",
    )
    @functools.wraps(command)
    def named(*values: Any, db: str, key: Path, **options: Any) -> None:
        command(*values, database=_database(db, key), **options)

    return named


def _database(db: str, key: Path) -> "Database":
    try:
        from sync.ledger.database import database_of
    except ImportError as error:
        raise Failure("the ledger is not installed: pip install 'assidu[ledger]'.") from error
    return database_of(db, key)
