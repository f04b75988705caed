"""Bytes of a file, plain or gzip, in lines of a bounded length, with the share of it that was read."""

import gzip
import io
import zlib
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import BinaryIO, cast

from pos_app.history.reader import HistoryError, unreadable
from rules.sentences import mark, said

LONGEST_LINE = 8 << 20
DAMAGED = b"\0"
"""Comes in place of the first line that cannot be unpacked; no format has such a line."""
DAMAGE = mark("the gzip file is damaged from here on: copy it again from where it came")
_GZIP = b"\x1f\x8b"


class RawFile:
    """A file that is read from its start as often as one likes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._size = 1
        self._at: BinaryIO | None = None

    def lines(self) -> Generator[tuple[int, bytes], None, None]:
        """Number and bytes of every line; a line that is too long comes cut, without its end.

        A gzip file that is damaged further on ends with DAMAGED. Raises HistoryError.
        """
        number = 0
        try:
            with self.path.open("rb") as file:
                self._at = file
                self._size = max(1, self.path.stat().st_size)
                for number, line in _numbered(_unpacked(file)):
                    yield number, line
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            if number:
                yield number + 1, DAMAGED
                return
            raise HistoryError(
                said("{path} is a damaged gzip file: copy it again from where it came.", path=self.path)
            ) from error
        except OSError as error:
            raise unreadable(self.path, error) from error
        finally:
            self._at = None

    def fraction(self) -> float:
        """How much of the file was read, from 0 to 1."""
        return 1.0 if self._at is None else min(1.0, self._at.tell() / self._size)


def _unpacked(file: BinaryIO) -> BinaryIO:
    packed = file.read(2) == _GZIP
    file.seek(0)
    return cast(BinaryIO, io.BufferedReader(gzip.GzipFile(fileobj=file), 1 << 17)) if packed else file


def _numbered(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    number = 0
    while line := file.readline(LONGEST_LINE):
        number += 1
        yield number, line
        while len(line) == LONGEST_LINE and not line.endswith(b"\n"):
            line = file.readline(LONGEST_LINE)
