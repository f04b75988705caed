"""The folder of a till: whose it is, how much room there is, and how long a commit takes to reach the disk."""

import os
import shutil
import statistics
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from pos_app.doctor.finding import Finding, fault, good, look
from rules.sentences import said

LEAST_FREE = 200 * 1024 * 1024
TRIES = 20
SLOW_MS = 50
BLOCK = b"\0" * 4096


def folder_rights(folder: Path) -> Iterator[Finding]:
    """The folder is there, writable, and nobody else's: it holds the till's key."""
    name, shown = said("folder"), _shown(folder)
    if not folder.is_dir():
        yield look(
            name, said("There is no till in {folder} yet: pair one, or name its folder.", folder=shown)
        )
        return
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        yield fault(name, said("{folder} cannot be written: give this user the rights on it.", folder=shown))
        return
    if os.name == "posix" and folder.stat().st_uid != os.geteuid():
        yield look(name, said("Another user owns {folder}: run this as the till's user.", folder=shown))
        return
    if os.name == "posix" and folder.stat().st_mode & 0o077:
        yield fault(
            name,
            said("Others can read {folder}, which holds the till's key: chmod 700 {folder}.", folder=shown),
        )
        return
    yield good(name, said("{folder}, this user's alone", folder=shown))


def room(folder: Path) -> Iterator[Finding]:
    """Free bytes where the till writes."""
    free = shutil.disk_usage(folder).free
    mebibytes = free // (1024 * 1024)
    name = said("room")
    if free < LEAST_FREE:
        yield fault(
            name, said("Only {free} MiB are free: make room before tickets are refused.", free=mebibytes)
        )
    else:
        yield good(name, said("{free} MiB free", free=mebibytes))


def commits(folder: Path, seconds: Callable[[], float]) -> Iterator[Finding]:
    """How long a small write takes until the disk has it, the median of some; `seconds` is a monotonic clock."""
    name = said("disk")
    taken: list[float] = []
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            for _ in range(TRIES):
                before = seconds()
                file.write(BLOCK)
                file.flush()
                os.fsync(file.fileno())
                taken.append((seconds() - before) * 1000)
    except OSError as error:
        yield fault(name, said("The disk takes nothing ({reason}): check it.", reason=error.strerror))
        return
    median = f"{statistics.median(taken):.1f}"
    if float(median) > SLOW_MS:
        yield look(name, said("A write takes {ms} ms: sales wait for it. Use another disk.", ms=median))
    else:
        yield good(name, said("a write takes {ms} ms", ms=median))


def _shown(folder: Path) -> str:
    """The folder without the name of whoever has it as a home: a report may be sent to strangers."""
    path, home = folder.absolute(), Path.home()
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)
