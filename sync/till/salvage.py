"""Saving the journal of a damaged store: entries that can be read and have their hash (ledger-and-sync.md 6.19).

The file also holds who the till was, with its private key, and sealed blobs: it is the till, and readable by its owner
alone. Put into an empty folder, it is a till that has to be paired again, and then sends what the ledger lacks.
"""

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec

from sync import chain
from sync.entry import UnreadableEntry, decode
from sync.sqlite_driver import Connection, DatabaseError, driver
from sync.till import cursors, journal, slices
from sync.till.births import births_left
from sync.till.database import FILE_NAME
from sync.till.errors import translate
from sync.till.identity import Identity, identity, save_identity
from sync.till.vouched import vouched
from sync.wire import Blob

# Rows in a row that cannot be read before the end of the table is taken to be reached.
GIVE_UP_AFTER = 2000


class SavedTill(msgspec.Struct, frozen=True, tag="till"):
    """The first line of a salvage file, where it could be read: who the till was.

    `former_keys` are the public keys that it had before in this life, with the last entry that each has signed.
    """

    identity: Identity
    former_keys: tuple[tuple[int, bytes], ...] = ()


class SavedBlob(msgspec.Struct, frozen=True, tag="blob"):
    """A line of the salvage file: a sealed blob and the entry that it travels beside."""

    inc: int
    seq: int
    blob: Blob


class SavedEntry(msgspec.Struct, frozen=True, tag="entry"):
    """A line of the salvage file: the entry's exact bytes, its hash, and the commit's signature where it has one."""

    inc: int
    seq: int
    data: bytes
    hash: bytes
    signature: bytes | None


Saved = SavedTill | SavedBlob | SavedEntry


class Salvaged(msgspec.Struct, frozen=True):
    """What was saved: so many entries, and whether the till itself, without which they cannot be sent."""

    entries: int
    till: bool


def salvage(folder: Path, target: Path) -> Salvaged:
    """Write the readable journal entries of the store in `folder` to `target`, one JSON object a line.

    Works on a copy and changes nothing in `folder`, which no till may be running on. Each entry proves itself by its
    hash. Raises StoreError when the folder or the target cannot be used at all.
    """
    try:
        with tempfile.TemporaryDirectory() as aside, open(target, "wb", opener=_private) as out:
            lines, till = 0, False
            for line in _lines(_copy(folder, Path(aside))):
                out.write(msgspec.json.encode(line) + b"\n")
                lines += isinstance(line, SavedEntry)
                till = till or isinstance(line, SavedTill)
            return Salvaged(lines, till)
    except OSError as error:
        raise translate(error) from error


def put_into(connection: Connection, file: Path) -> int:
    """Make the empty store of `connection` the till of a salvage file, to be paired again; how many entries it has.

    Entries that no signature of the till vouches for are left out. What is left of the lots that the others gave is the
    till's again, as far as it will send them once more. Raises NotSalvaged for a file without a till.
    """
    lines = [_line(line) for line in file.read_bytes().splitlines()]
    till = next((line for line in lines if isinstance(line, SavedTill)), None)
    if till is None or identity(connection) is not None:
        raise NotSalvaged
    who = till.identity
    save_identity(connection, who)
    state = cursors.SyncState(epoch=who.ledger_epoch, fenced=True, former_keys=till.former_keys)
    cursors.save_sync_state(connection, state)
    mine = [line for line in lines if isinstance(line, SavedEntry) and line.inc == who.inc]
    rows = [(decode(one.data), one.hash, one.signature) for one in mine]
    keys = chain.public_key_of(who.private_key), *(key for _, key in till.former_keys)
    good = vouched(keys, sorted(rows, key=lambda row: row[0].seq))
    for one, (entry, _, _) in zip(mine, rows, strict=True):
        if entry.seq in good:
            journal.put_back(connection, entry, one.data, one.hash, one.signature)
    kept = sorted([entry for entry, _, _ in rows if entry.seq in good], key=lambda entry: entry.seq)
    for birth in births_left(kept):
        slices.keep_birth(connection, birth.holder, birth.piece)
    for line in lines:
        if isinstance(line, SavedBlob) and line.seq in good and line.inc == who.inc:
            journal.put_back_blob(connection, line.inc, line.seq, line.blob)
    return len(good)


class NotSalvaged(Exception):
    """The file does not say which till it is of, or the folder is not empty."""


def _line(data: bytes) -> Saved | None:
    try:
        line: Saved = msgspec.json.decode(data, type=Saved)
    except (msgspec.DecodeError, ValueError):
        return None
    return None if isinstance(line, SavedEntry) and not _proves_itself(line) else line


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, stat.S_IRUSR | stat.S_IWUSR)


def _copy(folder: Path, aside: Path) -> Path:
    for name in (FILE_NAME, FILE_NAME + "-wal"):
        if (folder / name).exists():
            shutil.copyfile(folder / name, aside / name)
    return aside / FILE_NAME


def _lines(path: Path) -> Iterator[Saved]:
    connection = driver.connect(path, isolation_level=None)
    try:
        # Lets SQLite open a file that is shorter than its header says.
        connection.execute("PRAGMA writable_schema = ON")
        yield from _till(connection)
        yield from _blobs(connection)
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


def _till(connection: Connection) -> Iterator[SavedTill]:
    try:
        who = identity(connection)
    except (DatabaseError, msgspec.ValidationError):
        return
    if who is not None:
        yield SavedTill(who, _former_keys(connection))


def _former_keys(connection: Connection) -> tuple[tuple[int, bytes], ...]:
    try:
        return cursors.sync_state(connection).former_keys
    except (DatabaseError, msgspec.DecodeError, msgspec.ValidationError):
        return ()


def _blobs(connection: Connection) -> Iterator[SavedBlob]:
    try:
        for inc, seq, *blob in connection.execute("SELECT inc, seq, sha256, salt, what, sealed FROM blob"):
            yield SavedBlob(inc, seq, Blob(*blob))
    except DatabaseError:
        return


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
