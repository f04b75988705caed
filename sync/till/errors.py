"""What can be wrong with the store of a till, each in a sentence that says what to do next."""

import errno

from rules.sentences import mark
from sync.sqlite_driver import DatabaseError


class StoreError(Exception):
    """The store cannot be used as asked; the text says what to do next."""

    sentence = mark("The store of this till failed: restart the till and call support if it happens again.")

    def __init__(self, sentence: str = "") -> None:
        super().__init__(sentence or self.sentence)


class StoreLocked(StoreError):
    """Another process has the store."""

    sentence = mark("Another till program is running on this folder: close it, then start again.")


class StoreReadOnly(StoreError):
    """The folder or a file in it cannot be written."""

    sentence = mark(
        "The till may not write in its folder: give this user the right to write there, then start again."
    )


class StoreDamaged(StoreError):
    """The file is cut short, has been changed from outside, or is no store at all."""

    sentence = mark(
        "The store of this till is damaged: move the folder aside, keep it for support, and pair the till again."
    )


class StoreNewer(StoreError):
    """A newer release wrote the file."""

    sentence = mark("The store was written by a newer release: install that release again, or a later one.")


class StoreFull(StoreError):
    """There is no room for another commit."""

    sentence = mark(
        "The disk of this till is full: free some space, then record the ticket again; nothing was recorded."
    )


class StoreFailing(StoreFull):
    """A read or write failed outright: a quota or file-size limit looks like this too, so it counts as full."""

    sentence = mark(
        "The disk of this till takes no more data: free space or have the drive checked; nothing was recorded."
    )


class NotEnough(Exception):
    """A slice holds less than was to be drawn: nothing was drawn, ask the member to choose again."""


class AlreadyRecorded(Exception):
    """The ticket is in the journal already: show its stored result."""


_BY_CODE: dict[int, type[StoreError]] = {
    5: StoreLocked,  # SQLITE_BUSY
    6: StoreLocked,  # SQLITE_LOCKED
    8: StoreReadOnly,  # SQLITE_READONLY
    10: StoreFailing,  # SQLITE_IOERR
    11: StoreDamaged,  # SQLITE_CORRUPT
    13: StoreFull,  # SQLITE_FULL
    14: StoreReadOnly,  # SQLITE_CANTOPEN
    26: StoreDamaged,  # SQLITE_NOTADB
}
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_NO_RIGHT = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT})


def translate(error: DatabaseError | OSError) -> StoreError:
    """The store's own error for one of SQLite or of the operating system."""
    if isinstance(error, OSError):
        return _of_system(error)
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return _by_text(str(error))
    return _BY_CODE.get(code & 0xFF, StoreError)()


def _of_system(error: OSError) -> StoreError:
    if error.errno in _FULL:
        return StoreFull()
    if error.errno in _NO_RIGHT or isinstance(error, FileExistsError | NotADirectoryError):
        return StoreReadOnly()
    return StoreError()


_BY_TEXT: tuple[tuple[str, type[StoreError]], ...] = (
    ("full", StoreFull),
    ("disk I/O error", StoreFailing),
    ("locked", StoreLocked),
    ("readonly", StoreReadOnly),
    ("unable to open", StoreReadOnly),
    ("malformed", StoreDamaged),
    ("not a database", StoreDamaged),
)


def _by_text(text: str) -> StoreError:
    for sign, kind in _BY_TEXT:
        if sign in text:
            return kind()
    return StoreError()
