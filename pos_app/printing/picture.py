"""A receipt as a picture: every character in a cell of its own, as a thermal printer sets it."""

import functools
import io
from importlib.resources import as_file, files
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from pos_app.printing.receipt import COLUMNS, Row, placed
from pos_app.printing.viewer import Paper

CELL: Final = 12, 24
"""Dots of font A at 203 dots an inch."""
MARGIN: Final = 36
FONT_SIZE: Final = 19
WHITE, BLACK = 1, 0


def png(paper: Paper) -> bytes:
    """The whole file, one bit a dot."""
    width, height = CELL
    image = Image.new("1", (COLUMNS * width + 2 * MARGIN, len(paper.rows) * height + 2 * MARGIN), WHITE)
    draw = ImageDraw.Draw(image)
    draw.fontmode = "1"
    for number, row in enumerate(paper.rows):
        _draw(draw, row, MARGIN + number * height)
    out = io.BytesIO()
    image.save(out, "PNG", dpi=(203, 203))
    return out.getvalue()


def _draw(draw: ImageDraw.ImageDraw, row: Row, top: int) -> None:
    width, height = CELL
    for column, sign in enumerate(placed(row)):
        middle = MARGIN + column * width + width // 2
        draw.text(
            (middle, top + height - 5),
            sign,
            fill=BLACK,
            font=_font("VeraBd" if row.bold else "Vera"),
            anchor="ms",
        )


@functools.cache
def _font(name: str) -> ImageFont.FreeTypeFont:
    with as_file(files("reportlab").joinpath("fonts", f"{name}.ttf")) as path:
        return ImageFont.truetype(io.BytesIO(path.read_bytes()), FONT_SIZE)
