"""The store of a till: one folder, one SQLite file, one process at a time (storage.md, recommended pragmas, A8).

The file holds the till's private key, so the folder is 0700 and the files in it 0600; whoever can read the folder
is the till.
"""

import contextlib
import os
import stat
import sys
import threading
from pathlib import Path
from typing import IO

from sync.sqlite_driver import STATEMENTS, Connection, DatabaseError, driver, start_warning
from sync.till import index
from sync.till.errors import (
    StoreDamaged,
    StoreError,
    StoreFull,
    StoreLocked,
    StoreNewer,
    StoreReadOnly,
    translate,
)
from sync.till.reading import Reader
from sync.till.schema import APPLICATION_ID, SCHEMA_VERSION, migrate

__all__ = [
    "Connection",
    "Store",
    "StoreDamaged",
    "StoreError",
    "StoreFull",
    "StoreLocked",
    "StoreNewer",
    "StoreReadOnly",
    "open_store",
    "start_warning",
    "translate",
]

FILE_NAME = "till.sqlite"
LOCK_NAME = "till.lock"
RESERVE_NAME = "reserve"
DAMAGED_NAME = "damaged"  # there from when a till could not read its file until a start has checked it
RESERVE_BYTES = 4 * 1024 * 1024
PAGE_BYTES = 4096
WRITER_CACHE_KIB = 8 * 1024
READER_CACHE_KIB = 16 * 1024
BUSY_MS = 5000
WAL_LIMIT = 64 * 1024 * 1024
# Above this a full check at start would take longer than a cashier waits; the journal's tail is checked instead.
QUICK_CHECK_LIMIT = 256 * 1024 * 1024


class Store:
    """An open store. `writer` belongs to the one Writer; `clean` says whether the last stop was an orderly one.

    `full` is true from the moment the reserve was given up until it could be taken again, `damaged` from the moment
    something could not be read: nothing is written any more, and the next start looks at the whole file.
    """

    def __init__(self, folder: Path, lock: IO[bytes], writer: Connection, *, clean: bool) -> None:
        self.folder = folder
        self.path = folder / FILE_NAME
        self.writer = writer
        self.clean = clean
        self.full = not _reserve(folder)
        self.damaged = False
        self._lock = lock
        self._log = folder / (FILE_NAME + "-wal")
        self._local = threading.local()
        self._index = index.in_use(writer)
        index.remove_others(folder, self._index)
        self._readers: list[Connection] = []
        self._guard = threading.Lock()

    def reader(self) -> Connection:
        """This thread's connection for reading; writing through it fails."""
        connection: Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = connect(self.path, READER_CACHE_KIB, Reader)
            assert isinstance(connection, Reader)
            connection.writer = self.writer
            connection.execute("PRAGMA query_only = ON")
            self._attach(connection)
            self._local.connection = connection
            with self._guard:
                self._readers.append(connection)
        elif self._local.index is not self._index:
            self._attach(connection)
        return connection

    def _attach(self, connection: Connection) -> None:
        used = self._index
        index.attach(connection, self.folder, used)
        self._local.index = used

    def go_by(self, used: index.InUse | None) -> None:
        """Let every reader go by another snapshot of the thin rows from its next look-up on."""
        self._index = used
        index.remove_others(self.folder, used)

    def wal_bytes(self) -> int:
        """Size of the write-ahead log."""
        try:
            return self._log.stat().st_size
        except OSError:
            return 0

    def free_reserve(self) -> None:
        """Give the reserved room to the file, so that what waits can still be sent."""
        self.full = True
        (self.folder / RESERVE_NAME).unlink(missing_ok=True)

    def take_reserve(self) -> bool:
        """Take the reserve again; false when the disk has no room for it."""
        self.full = not _reserve(self.folder)
        return not self.full

    def noticed(self, error: Exception) -> bool:
        """Whether `error` says that the file is damaged; then it is noted, also for the next start."""
        fault = translate(error) if isinstance(error, DatabaseError) else error
        if not isinstance(fault, StoreDamaged):
            return False
        self.damaged = True
        with contextlib.suppress(OSError):  # a disk that takes nothing more is found out in another way
            (self.folder / DAMAGED_NAME).touch(mode=stat.S_IRUSR | stat.S_IWUSR)
        return True

    def check(self) -> None:
        """SQLite's quick check of the whole file, on this thread's reader. Raises StoreDamaged."""
        _quick_check(self.reader())

    def close(self) -> None:
        """Close every connection and let the folder go. The last close empties the write-ahead log."""
        with self._guard:
            for connection in self._readers:
                connection.close()
            self._readers.clear()
        self.writer.close()
        self._lock.close()


def open_store(folder: Path) -> Store:
    """The store in `folder`, made if there is none. Takes the folder for this process.

    Raises StoreLocked, StoreReadOnly, StoreDamaged, StoreNewer or StoreFull.
    """
    try:
        _make_private(folder)
        lock = _lock(folder)
    except OSError as error:
        raise translate(error) from error
    try:
        return _open_locked(folder, lock)
    except BaseException as error:
        lock.close()
        if isinstance(error, DatabaseError | OSError):
            raise translate(error) from error
        raise


def is_in_use(folder: Path) -> bool:
    """Whether a till works in `folder` now. Asks by taking the folder for an instant."""
    if not (folder / LOCK_NAME).exists():
        return False
    try:
        _lock(folder).close()
    except StoreLocked:
        return True
    return False


def connect(path: Path, cache_kib: int, kind: type[Connection] = Connection) -> Connection:
    """A connection with the till's pragmas; transactions are begun and ended by hand."""
    connection = driver.connect(
        path.absolute().as_uri(),
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        factory=kind,
        cached_statements=STATEMENTS,
    )
    for pragma in (
        f"page_size = {PAGE_BYTES}",
        f"busy_timeout = {BUSY_MS}",
        f"cache_size = -{cache_kib}",
        "synchronous = FULL",
        "fullfsync = ON",
        "foreign_keys = ON",
        "trusted_schema = OFF",
        "secure_delete = FAST",
        "temp_store = MEMORY",
        "wal_autocheckpoint = 0",
        f"journal_size_limit = {WAL_LIMIT}",
    ):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _open_locked(folder: Path, lock: IO[bytes]) -> Store:
    path = folder / FILE_NAME
    wal = path.with_name(FILE_NAME + "-wal")
    clean = not (wal.exists() and wal.stat().st_size > 0)
    damaged = folder / DAMAGED_NAME
    if path.exists() and clean and _is_cut(path.stat().st_size, (folder / RESERVE_NAME).exists()):
        raise StoreDamaged
    connection = connect(path, WRITER_CACHE_KIB)
    try:
        _bring_up_to_date(connection)
        path.chmod(stat.S_IRUSR | stat.S_IWUSR)
        if damaged.exists():
            _quick_check(connection)
            _leave_index(connection)  # it may have been that file: it is fetched again
        if not clean or damaged.exists():
            _check_after_crash(connection, path)
            damaged.unlink(missing_ok=True)
    except BaseException:
        connection.close()
        raise
    return Store(folder, lock, connection, clean=clean)


def _leave_index(connection: Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    index.leave(connection)
    connection.execute("COMMIT")


def _is_cut(size: int, used_before: bool) -> bool:
    """SQLite takes an empty file for a new one and fills a last page up with zeros: a till must not."""
    return size % PAGE_BYTES != 0 or (size == 0 and used_before)


def _bring_up_to_date(connection: Connection) -> None:
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    application = int(connection.execute("PRAGMA application_id").fetchone()[0])
    tables = int(connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])
    if version > SCHEMA_VERSION:
        raise StoreNewer
    if application != APPLICATION_ID and tables:
        raise StoreDamaged
    connection.execute("PRAGMA journal_mode = WAL")
    if version < SCHEMA_VERSION:
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        migrate(connection)
    # A file that cannot be written is found now, not at the first ticket.
    connection.execute("BEGIN IMMEDIATE")
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    connection.execute("ROLLBACK")


def _check_after_crash(connection: Connection, path: Path) -> None:
    from sync.till.journal_check import verify_tail

    if path.stat().st_size <= QUICK_CHECK_LIMIT:
        _quick_check(connection)
    if not verify_tail(connection).ok:
        raise StoreDamaged


def _quick_check(connection: Connection) -> None:
    try:
        found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    except DatabaseError as error:
        raise translate(error) from error
    if found != "ok":
        raise StoreDamaged


def _make_private(folder: Path) -> None:
    folder.mkdir(mode=stat.S_IRWXU, parents=True, exist_ok=True)
    mode = stat.S_IMODE(folder.stat().st_mode)
    if mode & ~stat.S_IRWXU:
        folder.chmod(mode & stat.S_IRWXU)


def _lock(folder: Path) -> IO[bytes]:
    """Open and lock the folder's lock file; the lock ends with the process, however it ends."""
    handle = os.fdopen(os.open(folder / LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o600), "r+b")
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        handle.close()
        raise StoreLocked from error
    return handle


def _reserve(folder: Path) -> bool:
    path = folder / RESERVE_NAME
    if path.exists() and path.stat().st_size == RESERVE_BYTES:
        return True
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as handle:
            handle.write(bytes(RESERVE_BYTES))
            handle.flush()
            os.fsync(handle.fileno())
    except OSError:
        path.unlink(missing_ok=True)
        return False
    return True
