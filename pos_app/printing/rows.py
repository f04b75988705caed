"""Rows of a receipt: set in letters and in the width of a printer, as text, and as its bytes."""

import unicodedata
from collections.abc import Iterable, Iterator

import msgspec

from pos_app.languages.words import Words
from pos_app.printing import escpos
from pos_app.printing.escpos import CP858, Align, CodePage
from pos_app.printing.profile import STANDARD, Profile


class Row(msgspec.Struct, frozen=True):
    """One line on paper."""

    text: str
    bold: bool = False
    align: Align = Align.LEFT


class QrRow(msgspec.Struct, frozen=True):
    """A QR code in the middle of the paper, holding `text`."""

    text: str


class Picture(msgspec.Struct, frozen=True):
    """Dots in the middle of the paper: rows of bytes, a bit for a dot."""

    dots: tuple[bytes, ...]


Line = Row | QrRow | Picture


def on_paper(words: Words, page: CodePage = CP858) -> Words:
    """`words` with the code of the currency where the printer has no sign for it."""
    return words.coded() if escpos.plain(words.sign, page) != words.sign else words


def as_text(rows: Iterable[Line], columns: int = STANDARD.columns) -> str:
    """The rows as they look on paper, for a preview and for tests."""
    return "\n".join(placed(row, columns) for row in rows) + "\n"


def as_bytes(rows: Iterable[Row | QrRow], profile: Profile = STANDARD) -> bytes:
    """The rows as ESC/POS bytes with start and cut."""
    return escpos.start(profile.page) + body(rows, profile) + escpos.end()


def body(rows: Iterable[Row | QrRow], profile: Profile) -> bytes:
    """The same without start and cut."""
    return b"".join(_bytes_of(row, profile) for row in rows)


def _bytes_of(row: Row | QrRow, profile: Profile) -> bytes:
    if isinstance(row, Row):
        return escpos.line(row.text, profile.page, bold=row.bold, align=row.align)
    if profile.qr == "native":
        return escpos.native_qr(row.text)
    from pos_app.cards.symbols import qr  # takes time to load, and most printers draw their own

    return escpos.raster(qr(row.text))


def placed(row: Line, columns: int = STANDARD.columns) -> str:
    """The row as it stands on the paper, with spaces before it."""
    if not isinstance(row, Row):
        return "[QR]".center(columns).rstrip()
    if row.align is Align.CENTRE:
        return row.text.center(columns).rstrip()
    return row.text.rjust(columns) if row.align is Align.RIGHT else row.text


class Sheet:
    """A receipt while it is set, row by row."""

    def __init__(self, words: Words, profile: Profile) -> None:
        """An empty sheet in the language of `words`."""
        self.words = words
        self.profile = profile
        self.columns = profile.columns
        self.rows: list[Row | QrRow] = []

    def rule(self) -> None:
        """A line across the paper; never two in a row."""
        row = Row("-" * self.columns)
        if self.rows and self.rows[-1] != row:
            self.rows.append(row)

    def say(self, text: str, *, bold: bool = False, align: Align = Align.LEFT) -> None:
        """A sentence, in as many rows as it needs."""
        self.rows += self._wrapped(text, bold=bold, align=align)

    def pair(self, left: str, right: str, *, bold: bool = False) -> None:
        """Left and right in one row; a long left goes on in rows before it, and nothing of it is cut."""
        right = self._clean(right)[: self.columns]
        *above, last = self._wrapped(left, bold=bold) or [Row("", bold)]
        if len(last.text) + 1 + len(right) > self.columns:
            above, last = [*above, last], Row("", bold)
        self.rows += [*above, Row(last.text + right.rjust(self.columns - len(last.text)), bold)]

    def qr(self, code: str) -> None:
        """A QR code, where the printer prints any, with what it holds below it for the keyboard."""
        self.square(code)
        self.say(code, align=Align.CENTRE)

    def square(self, code: str) -> None:
        """A QR code alone, where the printer prints any."""
        if self.profile.qr != "none":
            self.rows.append(QrRow(code))

    def _wrapped(self, words: str, *, bold: bool = False, align: Align = Align.LEFT) -> list[Row]:
        rows: list[str] = []
        for piece in self._pieces(words):
            if rows and len(rows[-1]) + 1 + len(piece) <= self.columns:
                rows[-1] += " " + piece
            else:
                rows.append(piece)
        return [Row(text, bold, align) for text in rows]

    def _pieces(self, words: str) -> Iterator[str]:
        """What stays together, as a figure and its unit do; only what is wider than the paper is broken."""
        for part in without_control(words).split(" "):
            word = self._clean(part)
            yield from (word[at : at + self.columns] for at in range(0, len(word), self.columns))

    def _clean(self, words: str) -> str:
        return clean(words, self.profile.page)


def clean(words: str, page: CodePage = CP858) -> str:
    """`words` with control and format characters as spaces, in characters the printer has."""
    return escpos.plain(without_control(words), page)


def without_control(words: str) -> str:
    """`words` with control and format characters as spaces."""
    if not escpos.has_control(words):
        return words
    return "".join(" " if unicodedata.category(sign)[0] == "C" else sign for sign in words)
