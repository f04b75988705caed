"""Saving the journal of a damaged store: entries that can be read and have their hash (ledger-and-sync.md 6.19)."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec

from sync import chain
from sync.entry import UnreadableEntry, decode
from sync.sqlite_driver import Connection, DatabaseError, driver
from sync.till.database import FILE_NAME
from sync.till.errors import translate

# Rows in a row that cannot be read before the end of the table is taken to be reached.
GIVE_UP_AFTER = 2000


class SavedEntry(msgspec.Struct, frozen=True):
    """A line of the salvage file: the entry's exact bytes, its hash, and the commit's signature where it has one."""

    inc: int
    seq: int
    data: bytes
    hash: bytes
    signature: bytes | None


def salvage(folder: Path, target: Path) -> int:
    """Write the readable journal entries of the store in `folder` to `target`, one JSON object a line.

    Works on a copy and changes nothing in `folder`, which no till may be running on. Returns how many entries were
    saved; each proves itself by its hash, and `chain.verify_chain` then says where some are missing. Raises
    StoreError when the folder or the target cannot be used at all.
    """
    try:
        with tempfile.TemporaryDirectory() as aside, target.open("wb") as out:
            saved = 0
            for entry in _entries(_copy(folder, Path(aside))):
                out.write(msgspec.json.encode(entry) + b"\n")
                saved += 1
            return saved
    except OSError as error:
        raise translate(error) from error


def _copy(folder: Path, aside: Path) -> Path:
    for name in (FILE_NAME, FILE_NAME + "-wal"):
        if (folder / name).exists():
            shutil.copyfile(folder / name, aside / name)
    return aside / FILE_NAME


def _entries(path: Path) -> Iterator[SavedEntry]:
    connection = driver.connect(path, isolation_level=None)
    try:
        # Lets SQLite open a file that is shorter than its header says.
        connection.execute("PRAGMA writable_schema = ON")
        row, missed = 0, 0
        while missed < GIVE_UP_AFTER:
            row += 1
            entry = _read(connection, row)
            missed = missed + 1 if entry is None else 0
            if entry is not None:
                yield entry
    except DatabaseError:
        return
    finally:
        connection.close()


def _read(connection: Connection, row: int) -> SavedEntry | None:
    try:
        found = connection.execute(
            "SELECT inc, seq, bytes, hash, sig FROM journal NOT INDEXED WHERE rowid = ?", (row,)
        ).fetchone()
    except DatabaseError:
        return None
    if found is None:
        return None
    entry = SavedEntry(*found)
    return entry if _proves_itself(entry) else None


def _proves_itself(saved: SavedEntry) -> bool:
    try:
        entry = decode(saved.data)
    except (UnreadableEntry, TypeError):
        return False
    place = entry.inc, entry.seq
    return place == (saved.inc, saved.seq) and chain.entry_hash(entry.prev, saved.data) == saved.hash
