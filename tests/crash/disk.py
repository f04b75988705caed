"""A disk that loses power: what SQLite wrote since its last fsync may be there, in part, or not at all.

The default VFS of the SQLite library in this process is watched: its real writes go on, and beside them the bytes of
each file as of its last fsync are kept with the writes since. At a power cut a copy of the folder is made in which each
file is what was synced plus some of those writes. Files that Python writes are watched through `os.fsync`.
"""

import ctypes
import os
import random
import shutil
import stat
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sync.sqlite_driver  # noqa: F401 - the library that is watched

SECTOR = 512
PAGE = 4096
OK, IO_ERROR = 0, 10

_OPEN = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p
)
_CLOSE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p)
_WRITE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_int64)
_TRUNCATE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int64)
_SYNC = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int)


class _Vfs(ctypes.Structure):
    """The head of sqlite3_vfs (sqlite.org/c3ref/vfs.html)."""

    _fields_ = (
        ("iVersion", ctypes.c_int),
        ("szOsFile", ctypes.c_int),
        ("mxPathname", ctypes.c_int),
        ("pNext", ctypes.c_void_p),
        ("zName", ctypes.c_char_p),
        ("pAppData", ctypes.c_void_p),
        ("xOpen", ctypes.c_void_p),
    )


class _Methods(ctypes.Structure):
    """sqlite3_io_methods, version 3 (sqlite.org/c3ref/io_methods.html)."""

    _fields_ = (
        ("iVersion", ctypes.c_int),
        ("xClose", ctypes.c_void_p),
        ("xRead", ctypes.c_void_p),
        ("xWrite", ctypes.c_void_p),
        ("xTruncate", ctypes.c_void_p),
        ("xSync", ctypes.c_void_p),
        ("rest", ctypes.c_void_p * 13),
    )


Write = tuple[int, int, bytes | None]
"""A write since the last fsync: its number among all, its place, its bytes; None for a cut of the file to there."""


class Disk:
    """Everything that SQLite and Python write below `folder` from now on, as a disk would keep it."""

    def __init__(self, folder: Path) -> None:
        """Only for the driver's library, in a process that has not opened a database yet and ends by the cut."""
        self._folder = folder.resolve()
        self._synced: dict[str, bytearray] = {}
        self._since: dict[str, list[Write]] = {}
        self._paths: dict[int, str] = {}
        self._count = 0
        self._before_sync: Callable[[], None] | None = None
        self._real: dict[int, Any] = {}
        self._methods: dict[int, _Methods] = {}
        self._kept: list[Any] = []
        self._files = {path: path.stat().st_size for path in self._plain()}
        self._fsynced: dict[int, int] = {}
        self._watch_sqlite()
        self._watch_python()

    def before_next_sync(self, do: Callable[[], None]) -> None:
        """Call `do` instead of letting the next fsync happen."""
        self._before_sync = do

    def cut(self, target: Path, fault: str, rng: random.Random) -> None:
        """The disk after a power cut: `torn` keeps writes in their order up to one in part, `lost` any of them."""
        shutil.copytree(
            self._folder, target, ignore=lambda _, names: [n for n in names if n.endswith("-shm")]
        )
        left = sorted(number for writes in self._since.values() for number, _, _ in writes)
        torn = left[rng.randrange(len(left))] if left else 0
        chance = rng.choice((0.0, 0.3, 0.7))
        for path, synced in self._synced.items():
            data = bytearray(synced)
            for number, place, written in self._since[path]:
                if fault == "torn":
                    _in_order(data, place, written, number - torn, rng)
                else:
                    _by_chance(data, place, written, chance, rng)
            part = target / Path(path).relative_to(self._folder)
            if part.exists():  # else SQLite has removed it
                part.write_bytes(data)
        for path in self._plain():
            self._cut_plain(path, target / path.relative_to(self._folder), rng)

    # --- what Python writes

    def _plain(self) -> list[Path]:
        found = (path for path in self._folder.rglob("*") if path.is_file())
        return [path for path in found if str(path) not in self._synced and not path.name.endswith("-shm")]

    def _cut_plain(self, path: Path, copy: Path, rng: random.Random) -> None:
        found = path.stat()
        safe = max(self._fsynced.get(found.st_ino, 0), self._files.get(path, 0))
        if found.st_size > safe and copy.exists():
            os.truncate(copy, rng.randint(safe, found.st_size))

    def _watch_python(self) -> None:
        real = os.fsync

        def fsync(handle: int | Any) -> None:
            real(handle)
            found = os.fstat(handle if isinstance(handle, int) else handle.fileno())
            if stat.S_ISREG(found.st_mode):
                self._fsynced[found.st_ino] = found.st_size

        os.fsync = fsync

    # --- what SQLite writes

    def _watch_sqlite(self) -> None:
        inside = sys.modules.get("pysqlite3._sqlite3") or sys.modules["_sqlite3"]
        library = ctypes.CDLL(inside.__file__ or "")
        library.sqlite3_vfs_find.restype = ctypes.POINTER(_Vfs)
        library.sqlite3_vfs_find.argtypes = (ctypes.c_char_p,)
        vfs = library.sqlite3_vfs_find(None).contents
        opens = _OPEN(vfs.xOpen)

        def watched(at: int, name: int | None, file: int, flags: int, out: int) -> int:
            code = int(
                opens(at, name, file, flags, out)
            )  # the pointer itself: what lies beside it is read too
            path = os.path.realpath(os.fsdecode(ctypes.string_at(name))) if name else ""
            if code == OK and path.startswith(f"{self._folder}{os.sep}"):
                return self._guarded(lambda: self._opened(file, path))
            return code

        self._kept += [library, opens, _OPEN(watched)]
        vfs.xOpen = ctypes.cast(self._kept[-1], ctypes.c_void_p).value

    def _opened(self, file: int, path: str) -> int:
        slot = ctypes.c_void_p.from_address(file)
        methods = slot.value
        assert methods is not None
        if methods not in self._methods:
            self._methods[methods] = self._wrapped(methods)
        slot.value = ctypes.addressof(self._methods[methods])
        if path not in self._paths.values() and not self._since.get(path):
            self._synced[path] = bytearray(
                Path(path).read_bytes()
            )  # no lock is held yet that this could drop
            self._since[path] = []
        self._paths[file] = path
        return OK

    def _wrapped(self, address: int) -> _Methods:
        methods = _Methods.from_buffer_copy(_Methods.from_address(address))
        close, write = _CLOSE(methods.xClose), _WRITE(methods.xWrite)
        truncate, sync = _TRUNCATE(methods.xTruncate), _SYNC(methods.xSync)

        def closed(file: int) -> int:
            self._paths.pop(file, None)
            return int(close(file))

        def written(file: int, data: int, size: int, place: int) -> int:
            self._note(file, place, ctypes.string_at(data, size))
            return int(write(file, data, size, place))

        def truncated(file: int, size: int) -> int:
            self._note(file, size, None)
            return int(truncate(file, size))

        def synced(file: int, flags: int) -> int:
            return self._guarded(lambda: self._flush(self._paths[file])) or int(sync(file, flags))

        for name, kind, function in (
            ("xClose", _CLOSE, closed),
            ("xWrite", _WRITE, written),
            ("xTruncate", _TRUNCATE, truncated),
            ("xSync", _SYNC, synced),
        ):
            self._kept.append(kind(function))
            setattr(methods, name, ctypes.cast(self._kept[-1], ctypes.c_void_p).value)
        return methods

    def _note(self, file: int, place: int, data: bytes | None) -> None:
        self._since[self._paths[file]].append((self._count, place, data))
        self._count += 1

    def _flush(self, path: str) -> int:
        if self._before_sync is not None:
            self._before_sync()
        for _, place, data in self._since[path]:
            _put(self._synced[path], place, data)
        self._since[path].clear()
        return OK

    @staticmethod
    def _guarded(do: Callable[[], int]) -> int:
        try:
            return do()
        except Exception:  # SQLite is C: an exception would vanish here
            traceback.print_exc()
            return IO_ERROR


def _put(data: bytearray, place: int, written: bytes | None) -> None:
    if written is None:
        del data[place:]
        data.extend(bytes(place - len(data)))
        return
    data.extend(bytes(max(0, place - len(data))))
    data[place : place + len(written)] = written


def _in_order(data: bytearray, place: int, written: bytes | None, after: int, rng: random.Random) -> None:
    """A write before the cut is there, the one it fell into in part, one after it not at all."""
    if after < 0:
        _put(data, place, written)
    elif after == 0 and written is not None:
        _put(data, place, written[: rng.randint(0, len(written))])


def _by_chance(data: bytearray, place: int, written: bytes | None, chance: float, rng: random.Random) -> None:
    """Each sector of a write that crosses one, or the write as a whole, is there or not."""
    if written is None:
        if rng.random() < chance:
            _put(data, place, None)
        return
    piece = SECTOR if rng.random() < 0.2 else PAGE
    start = 0
    while start < len(written):
        end = min(len(written), (place + start) // piece * piece + piece - place)
        if rng.random() < chance:
            _put(data, place + start, written[start:end])
        start = end
