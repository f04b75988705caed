"""A receipt as a picture: every character in a cell of its own, as a thermal printer sets it."""

import functools
import io
from importlib.resources import as_file, files
from typing import Final

from PIL import Image, ImageDraw, ImageFont, ImageOps

from pos_app.cards.symbols import qr
from pos_app.printing.escpos import QR_DOTS
from pos_app.printing.rows import Line, Picture, QrRow, Row, placed
from pos_app.printing.viewer import Paper

CELL: Final = 12, 24
"""Dots of font A at 203 dots an inch."""
MARGIN: Final = 36
FONT_SIZE: Final = 19
WHITE, BLACK = 1, 0


def png(paper: Paper, columns: int) -> bytes:
    """The whole file, one bit a dot; `columns` characters stand on a line."""
    width = columns * CELL[0] + 2 * MARGIN
    image = Image.new("1", (width, sum(map(_height, paper.rows)) + 2 * MARGIN), WHITE)
    draw = ImageDraw.Draw(image)
    draw.fontmode = "1"
    top = MARGIN
    for row in paper.rows:
        if isinstance(row, Row):
            _draw(draw, placed(row, columns), top, bold=row.bold)
        else:
            picture = _symbol(row)
            image.paste(picture, ((width - picture.width) // 2, top))
        top += _height(row)
    out = io.BytesIO()
    image.save(out, "PNG", dpi=(203, 203))
    return out.getvalue()


def _height(row: Line) -> int:
    """Dots that the row takes of the paper's length."""
    return CELL[1] if isinstance(row, Row) else _symbol(row).height


def _draw(draw: ImageDraw.ImageDraw, text: str, top: int, *, bold: bool) -> None:
    width, height = CELL
    for column, sign in enumerate(text):
        middle = MARGIN + column * width + width // 2
        draw.text(
            (middle, top + height - 5),
            sign,
            fill=BLACK,
            font=_font("VeraBd" if bold else "Vera"),
            anchor="ms",
        )


def _symbol(row: QrRow | Picture) -> Image.Image:
    """The dots of a picture; a QR code as the printer draws it."""
    if isinstance(row, Picture):
        image = Image.frombytes("1", (len(row.dots[0]) * 8, len(row.dots)), b"".join(row.dots))
        return ImageOps.invert(image)
    modules = qr(row.text)
    image = Image.new("1", (len(modules), len(modules)), WHITE)
    image.putdata([BLACK if dark else WHITE for line in modules for dark in line])
    return image.resize((image.width * QR_DOTS, image.height * QR_DOTS), Image.Resampling.NEAREST)


@functools.cache
def _font(name: str) -> ImageFont.FreeTypeFont:
    with as_file(files("reportlab").joinpath("fonts", f"{name}.ttf")) as path:
        return ImageFont.truetype(io.BytesIO(path.read_bytes()), FONT_SIZE)
