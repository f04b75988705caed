"""How far the first start of a till has come: one word in a file of the till's folder, so that it can be taken up."""

from enum import StrEnum
from pathlib import Path
from typing import Final

FILE_NAME: Final = "setup"


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
