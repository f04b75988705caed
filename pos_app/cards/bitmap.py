"""A card as PNG: black and white dots."""

import functools
import io
from importlib.resources import as_file, files
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from pos_app.cards.face import FONT, Face

WHITE: Final = 1
BLACK: Final = 0


def png(face: Face) -> bytes:
    """The whole file, with its dots an inch written into it."""
    at = face.layout
    image = Image.new("1", (at.width, at.height), WHITE)
    draw = ImageDraw.Draw(image)
    draw.fontmode = "1"
    for box in face.boxes:
        draw.rectangle((box.x, box.y, box.x + box.width - 1, box.y + box.height - 1), fill=BLACK)
    for text in face.texts:
        draw.text((text.x, text.y + text.size), text.words, fill=BLACK, font=_font(text.size), anchor="ls")
    out = io.BytesIO()
    image.save(out, "PNG", dpi=(at.dpi, at.dpi))
    return out.getvalue()


@functools.cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    """The font of the PDF library, which has all letters of French and English."""
    with as_file(files("reportlab").joinpath("fonts", f"{FONT}.ttf")) as path:
        return ImageFont.truetype(io.BytesIO(path.read_bytes()), size)
