"""The watched folder: nobody else may write it, no link leads out of it, and what was read is put away in it."""

import contextlib
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from pos_app.headless.input import Refused
from rules.sentences import mark, said

DONE, REFUSED = "done", "refused"
LARGEST = 4 << 20
LONGEST_NAME = 120
_UNFINISHED = (".part", ".tmp")


NO_FOLDER = mark(
    "{port} is not to be read as the folder for tickets: make it, for the till's user alone (mode 0700)."
)
NOT_OWN = mark(
    "{port}, the folder for tickets, is another user's or others can write it: give it to the till's user."
)


class BadFolder(Exception):
    """The folder cannot be watched; the text, about {port}, says what to do."""


class Seen(msgspec.Struct, frozen=True):
    """A file as it stands in the folder: equal as long as nobody writes it."""

    name: str
    modified_ns: int
    size: int
    inode: int


class Folder:
    """The folder at `path`, opened for one look; it and its files belong to this user, and nobody else writes them."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @contextlib.contextmanager
    def opened(self) -> Iterator["Opened"]:
        """Open it with its two folders. Raises BadFolder."""
        numbers: list[int] = []
        try:
            numbers.append(_own_folder(str(self._path), None))
            for name in (DONE, REFUSED):
                with contextlib.suppress(FileExistsError):
                    os.mkdir(name, 0o700, dir_fd=numbers[0])
                numbers.append(_own_folder(name, numbers[0]))
            yield Opened(numbers[0], {DONE: numbers[1], REFUSED: numbers[2]})
        except OSError as error:
            raise BadFolder(NO_FOLDER) from error
        finally:
            for number in numbers:
                os.close(number)


def glance(path: Path) -> tuple[int, int]:
    """How many files lie in the folder at `path` to be read, and how many in its refused/; it makes nothing there.

    Raises BadFolder.
    """
    numbers: list[int] = []
    places: dict[str, int] = {}
    try:
        numbers.append(_own_folder(str(path), None))
        for name in (DONE, REFUSED):
            with contextlib.suppress(FileNotFoundError):
                numbers.append(_own_folder(name, numbers[0]))
                places[name] = numbers[-1]
        opened = Opened(numbers[0], places)
        return len(opened.files()), opened.refused() if REFUSED in places else 0
    except OSError as error:
        raise BadFolder(NO_FOLDER) from error
    finally:
        for number in numbers:
            os.close(number)


def _own_folder(name: str, place: int | None) -> int:
    number = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=place)
    about = os.fstat(number)
    if about.st_uid != os.geteuid() or about.st_mode & 0o022:
        os.close(number)
        raise BadFolder(NOT_OWN)
    return number


class Opened:
    """The folder while it is open: everything goes by its number, so that nothing is swapped under a name."""

    def __init__(self, number: int, places: dict[str, int]) -> None:
        self._number = number
        self._places = places

    def files(self) -> list[Seen]:
        """What lies there to be read, the oldest first; files that are still being written under another name not."""
        found = []
        for name in os.listdir(self._number):  # noqa: PTH208 (by number)
            if name in self._places or name.startswith(".") or name.endswith(_UNFINISHED):
                continue
            with contextlib.suppress(FileNotFoundError):
                about = os.stat(name, dir_fd=self._number, follow_symlinks=False)
                if not stat.S_ISDIR(about.st_mode):
                    found.append(_seen(name, about))
        return sorted(found, key=lambda one: (one.modified_ns, one.name))

    def read(self, seen: Seen) -> bytes:
        """The bytes of a file. Raises Refused for what is no file of this user's alone, or too large."""
        if not seen.name.isprintable() or len(os.fsencode(seen.name)) > LONGEST_NAME:
            raise Refused(
                "bad_name", said("A file's name has at most {most} printable characters.", most=LONGEST_NAME)
            )
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        try:
            number = os.open(seen.name, flags, dir_fd=self._number)
        except OSError as error:
            raise Refused(
                "no_file", said("This cannot be read as a file ({reason}).", reason=error.strerror)
            ) from error
        with os.fdopen(number, "rb") as file:
            about = os.fstat(number)
            if not stat.S_ISREG(about.st_mode):
                raise Refused("no_file", mark("This is no file."))
            if about.st_uid != os.geteuid() or about.st_mode & 0o022:
                raise Refused(
                    "not_own", mark("Another user owns this file or can write it: write it with mode 0600.")
                )
            data = file.read(LARGEST + 1)
        if len(data) > LARGEST:
            raise Refused(
                "too_large",
                said("A file has at most {most} MiB: cut it into more files.", most=LARGEST >> 20),
            )
        return data

    def put_away(self, seen: Seen, place: str, stamp: int, beside: dict[str, bytes]) -> None:
        """Move a file to `place` with what is said of it `beside`, by ending; nothing there is written over.

        What is said comes first: a power cut between leaves the file to be read again. Where another file has taken the
        name since it was seen, only what is said goes there, and that one stays to be read.
        """
        there = self._places[place]
        name = self._free(seen.name, there, stamp, beside)
        for ending, data in beside.items():
            _write(name + ending, data, there)
        if _found(seen.name, self._number) == seen:
            os.rename(seen.name, name, src_dir_fd=self._number, dst_dir_fd=there)
            if _found(name, there, seen.name) != seen:  # taken in this very moment
                self._put_back(name, there, seen.name)
        os.fsync(there)

    def _put_back(self, name: str, there: int, as_name: str) -> None:
        """Move `name` out of `there` to be read, under its former name unless a third file has that by now."""
        stem, ending = Path(as_name).stem, Path(as_name).suffix
        free, n = as_name, 0
        while True:
            with contextlib.suppress(FileExistsError):
                os.link(name, free, src_dir_fd=there, dst_dir_fd=self._number, follow_symlinks=False)
                break
            free, n = f"{stem}.{n}{ending}", n + 1
        os.unlink(name, dir_fd=there)

    def refused(self) -> int:
        """How many files wait in refused/ for somebody to look at them."""
        names = os.listdir(self._places[REFUSED])  # noqa: PTH208 (by number)
        return sum(not name.endswith((".why.txt", ".answer.json")) for name in names)

    @staticmethod
    def _free(name: str, there: int, stamp: int, endings: Iterable[str]) -> str:
        """A name that neither a file there nor what is said of one has."""
        plain = name if name.isprintable() and len(os.fsencode(name)) <= LONGEST_NAME else f"unnamed-{stamp}"
        stem, ending = Path(plain).stem, Path(plain).suffix
        free, n = plain, 0
        while any(_found(free + ending, there) for ending in ("", *endings)):
            free, n = f"{stem}.{stamp + n}{ending}", n + 1
        return free


def _seen(name: str, about: os.stat_result) -> Seen:
    return Seen(name, about.st_mtime_ns, about.st_size, about.st_ino)


def _found(name: str, place: int, as_name: str = "") -> Seen | None:
    """What has the name now, told as of `as_name`; None for nothing."""
    with contextlib.suppress(FileNotFoundError):
        return _seen(as_name or name, os.stat(name, dir_fd=place, follow_symlinks=False))
    return None


def _write(name: str, data: bytes, place: int) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(name, flags, 0o600, dir_fd=place), "wb") as file:
        file.write(data)
