"""How one printer prints, and what a shop wants on its receipts (assets/receipts/receipt.toml)."""

import functools
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec

from pos_app.config import TillConfig
from pos_app.printing.escpos import CP858, CP1252, CodePage
from rules.sentences import said

Block = Literal[
    "shop",
    "contact",
    "title",
    "lines",
    "card",
    "notes",
    "why",
    "balance",
    "lapses",
    "next",
    "later",
    "vouchers",
    "passage",
    "news",
    "reference",
    "code",
]
Qr = Literal["native", "raster", "none"]
ByLanguage = Mapping[
    Annotated[str, msgspec.Meta(pattern="^(fr|en)$")], Annotated[str, msgspec.Meta(max_length=200)]
]
NEEDED: Final[tuple[Block, ...]] = ("title", "lines", "reference")


class BadLayout(Exception):
    """The file of the receipt's layout cannot be used; the text says what to write."""


class ReceiptLayout(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The blocks in their order, and the shop's own two lines by language, "" for none.

    With `catima` the slip of a new card has a link for the phone beside its number.
    """

    blocks: tuple[Block, ...]
    contact: ByLanguage = {}
    news: ByLanguage = {}
    catima: bool = False


def read_layout(path: Path) -> ReceiptLayout:
    """The layout in the file `path`. Raises BadLayout."""
    try:
        return _layout(path.read_bytes())
    except OSError as error:
        raise BadLayout(
            said(
                "{path} cannot be read ({reason}): check your rights on it.", path=path, reason=error.strerror
            )
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise BadLayout(said("{path}: {fault}", path=path, fault=str(error))) from error


@functools.cache
def standard_layout() -> ReceiptLayout:
    """The layout that comes with the product."""
    return _layout(files("assets").joinpath("receipts", "receipt.toml").read_bytes())


def _layout(data: bytes) -> ReceiptLayout:
    layout = msgspec.convert(tomllib.loads(data.decode()), ReceiptLayout)
    for block in NEEDED:
        if block not in layout.blocks:
            raise msgspec.ValidationError(said("write the block {block} into blocks", block=block))
    return layout


class Profile(msgspec.Struct, frozen=True):
    """A printer: characters a line, letters, who draws a QR code (`none`: nobody), and the layout of its receipts."""

    columns: int = 42
    page: CodePage = CP858
    qr: Qr = "native"
    layout: ReceiptLayout = msgspec.field(default_factory=standard_layout)


STANDARD: Final = Profile()


def profile_of(config: TillConfig, folder: Path) -> Profile:
    """The printer of a till whose files are in `folder`. Raises BadLayout."""
    codec, _, number = config.printer_page.partition(":")
    page = CP1252 if codec == CP1252.codec else CP858
    return Profile(
        config.printer_columns,
        CodePage(codec, int(number)) if number else page,
        config.printer_qr,
        read_layout(folder / config.receipt) if config.receipt else standard_layout(),
    )
