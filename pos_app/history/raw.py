"""Bytes of a file, plain or gzip, in lines of a bounded length, with the share of it that was read."""

import gzip
import io
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from pos_app.history.reader import HistoryError

LONGEST_LINE = 8 << 20
_GZIP = b"\x1f\x8b"


class RawFile:
    """A file that is read from its start as often as one likes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._size = 1
        self._at: BinaryIO | None = None

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """Number and bytes of every line; a line that is too long comes cut, without its end. Raises HistoryError."""
        try:
            with self.path.open("rb") as file:
                self._at = file
                self._size = max(1, self.path.stat().st_size)
                yield from _numbered(_unpacked(file))
        except (EOFError, gzip.BadGzipFile) as error:
            text = f"{self.path} is a damaged gzip file: copy it again from where it came."
            raise HistoryError(text) from error
        except OSError as error:
            text = f"{self.path} cannot be read ({error.strerror}): check the name and your rights."
            raise HistoryError(text) from error
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
