"""How far the first start of a till has come: one word in a file of the till's folder, so that it can be taken up."""

from contextlib import closing
from enum import StrEnum
from pathlib import Path
from typing import Final

from sync.sqlite_driver import DatabaseError, driver

FILE_NAME: Final = "setup"
STORE_NAME: Final = "till.sqlite"


class Step(StrEnum):
    """What is asked for, in order."""

    LANGUAGE = "language"
    LEDGER = "ledger"
    CODE = "code"
    SCANNER = "scanner"
    PRINTER = "printer"
    DONE = "done"


def step_in(folder: Path) -> Step | None:
    """Where the set-up in `folder` was left; None when none was begun, or when it came to its end."""
    try:
        return Step((folder / FILE_NAME).read_text("ascii").strip())
    except (OSError, ValueError):
        return None


def note(folder: Path, step: Step) -> None:
    """`step` comes next. Raises OSError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / FILE_NAME).write_text(f"{step.value}\n", "ascii")


def finish(folder: Path) -> None:
    """The set-up is over."""
    (folder / FILE_NAME).unlink(missing_ok=True)


def is_first_start(folder: Path) -> bool:
    """Whether no till was paired in `folder` yet, or a set-up was left. A damaged file is no first start.

    Asked before anything is drawn, so it loads next to nothing.
    """
    path = folder / STORE_NAME
    if step_in(folder) is not None or not path.exists():
        return True
    try:
        with closing(driver.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            return connection.execute("SELECT 1 FROM identity").fetchone() is None
    except DatabaseError:
        return False
