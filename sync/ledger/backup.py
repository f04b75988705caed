"""A consistent copy of a ledger's SQLite file and key, and its way back (failure table of ledger-and-sync.md, 27)."""

import os
import shutil
from pathlib import Path

from rules.sentences import mark, said
from sync.crash import Crash, no_crash
from sync.ledger import recovery
from sync.ledger.database import Database, coming, key_file, storage_of
from sync.ledger.durable import CopiedHead
from sync.ledger.port import StorageFault
from sync.ledger.sqlite import leased
from sync.sqlite_driver import DatabaseError, driver

PARTS = ("", "-wal", "-shm", ".key")


def back_up(database: Path, copy: Path, crash: Crash = no_crash) -> tuple[CopiedHead, ...]:
    """Write a copy of `database`, which may be in use, to `copy` and its key to `copy`.key; what the copy holds.

    Both are there whole or not at all, and only their owner may read them. Raises StorageFault.
    """
    if not database.exists():
        raise StorageFault(
            said("There is no ledger at {database}: name its file with --db.", database=database.name)
        )
    part = copy.with_name(copy.name + ".part")
    try:
        _private(part)
        connection = driver.connect(f"file:{database}?mode=ro", uri=True)
        try:
            connection.execute("VACUUM INTO ?", (str(part),))
        finally:
            connection.close()
        heads = heads_in(part)
        crash("copied")
        _copy(key_file(database), copy.with_name(copy.name + ".key"))
        crash("key kept")
        _settle(part, copy)
        crash("kept")
    except (OSError, DatabaseError) as error:
        part.unlink(missing_ok=True)
        raise StorageFault(
            said(
                "The copy {copy} cannot be written ({error}): check its folder and the room there.",
                copy=copy.name,
                error=error,
            )
        ) from error
    return heads


def heads_in(copy: Path) -> tuple[CopiedHead, ...]:
    """How far a copy holds each till's journal. Raises StorageFault for a file that is no ledger."""
    connection = driver.connect(f"file:{copy}?mode=ro", uri=True)
    try:
        rows = connection.execute("SELECT dev, inc, acc_seq, acc_hash FROM incarnation").fetchall()
    except DatabaseError as error:
        raise StorageFault(
            said("{copy} is no copy of a ledger ({error}): name another file.", copy=copy.name, error=error)
        ) from error
    finally:
        connection.close()
    return tuple([CopiedHead(dev, inc, seq, bytes(digest)) for dev, inc, seq, digest in rows])


async def restore(
    copy: Path, database: Path, now_ms: int, *, replace: bool, crash: Crash = no_crash
) -> Path | None:
    """Put a copy in the place of `database`, in recovery mode; where the file that was there lies now.

    Without `replace` there must be none. Raises StorageFault; until the end, what was there stays there. One that was
    cut off is done again; until then no ledger starts.
    """
    key = copy.with_name(copy.name + ".key")
    if not copy.exists() or not key.exists():
        raise StorageFault(
            said("{copy} or its key {key} is not there: both make a copy.", copy=copy.name, key=key.name)
        )
    if database.exists() and not replace:
        raise StorageFault(
            said(
                "There is a ledger at {database}: add --replace, which puts it aside.", database=database.name
            )
        )
    part, swapping = coming(database), False
    try:
        _remove(part)  # of a restore that was cut off
        _copy(copy, part)
        _check(part)
        await begin_recovery(part, now_ms, used_in(database))
        with leased(database):
            crash("ready")
            swapping = True
            aside = _put_aside(database, now_ms, crash)
            _copy(key, key_file(database))
            crash("key put back")
            _settle(part, database)
            swapping = False
            crash("put back")
    except (OSError, DatabaseError) as error:
        raise StorageFault(
            said(
                "The copy {copy} cannot be put back ({error}): check the folder and the room there.",
                copy=copy.name,
                error=error,
            )
        ) from error
    finally:
        if not swapping:  # else the file says to a ledger that is started that something is missing here
            _remove(part)
    return aside


def _remove(part: Path) -> None:
    for name in (part.name, f"{part.name}-wal", f"{part.name}-shm", f"{part.name}.lock"):
        part.with_name(name).unlink(missing_ok=True)


def used_in(database: Path) -> recovery.Used:
    """What the ledger at `database` has numbered; nothing where there is none that can be read."""
    if not database.exists():
        return recovery.Used()
    connection = driver.connect(f"file:{database}?mode=ro", uri=True)
    try:
        [(epoch,)] = connection.execute("SELECT value FROM meta WHERE name = 'ledger_epoch'").fetchall() or [
            (0,)
        ]
        return recovery.Used(
            int(epoch), dict(connection.execute("SELECT name, value FROM counter").fetchall())
        )
    except DatabaseError:
        return recovery.Used()
    finally:
        connection.close()


async def begin_recovery(database: Database, now_ms: int, used: recovery.Used = recovery.Used()) -> int:  # noqa: B008 - immutable
    """Begin a new epoch in recovery mode on a database that rests; its number. Raises StorageFault.

    No number of `used` is given again.
    """
    storage = storage_of(database)
    await storage.open()
    try:
        return await storage.write(lambda tx: recovery.begin(tx, now_ms, used))
    finally:
        await storage.close()


def _check(part: Path) -> None:
    """Raises StorageFault for a copy that is damaged or something else."""
    heads_in(part)
    connection = driver.connect(str(part))
    try:
        [(verdict,)] = connection.execute("PRAGMA quick_check(1)").fetchall()
    finally:
        connection.close()
    if verdict != "ok":
        raise StorageFault(mark("The copy is damaged: restore an older one."))


def _put_aside(database: Path, now_ms: int, crash: Crash) -> Path | None:
    """What is there, also without its database: a log that stayed behind would be written over the restored one."""
    was_there = database.exists()
    aside = database.with_name(f"{database.name}.before-{now_ms // 1000}")
    for part in PARTS:
        old = database.with_name(database.name + part)
        if old.exists():
            old.rename(aside.with_name(aside.name + part))
            crash("put aside")
    return aside if was_there else None


def _private(path: Path) -> None:
    path.unlink(missing_ok=True)
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def _copy(source: Path, target: Path) -> None:
    """`target` is `source`, whole or not at all."""
    part = target.with_name(target.name + ".part")
    _private(part)
    shutil.copyfile(source, part)
    _settle(part, target)


def _settle(part: Path, target: Path) -> None:
    """Give a finished file its name, on the disk."""
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.replace(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
