"""The store of a till as commands open it: by the till's folder, also while the till works."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from .failure import Failure

if TYPE_CHECKING:
    from sync.sqlite_driver import Connection


def check_till(folder: Path) -> None:
    """Raises Failure where `folder` has no till."""
    from sync.till.database import FILE_NAME

    if not (folder / FILE_NAME).exists():
        raise Failure("there is no till in {folder}: give its folder with --data.", folder=folder)


@contextmanager
def reading(folder: Path) -> "Iterator[Connection]":
    """The till's file for reading only. Raises Failure where there is none, or while it cannot be read."""
    from sync.sqlite_driver import DatabaseError, driver
    from sync.till.database import FILE_NAME, translate

    check_till(folder)
    try:
        connection = driver.connect(f"{(folder / FILE_NAME).absolute().as_uri()}?mode=ro", uri=True)
        try:
            yield connection
        finally:
            connection.close()
    except DatabaseError as error:
        raise Failure.of(translate(error)) from error
