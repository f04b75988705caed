"""Sheets of ten cards with cutting marks, in PDF for A4 paper: lines and boxes, so sharp at any resolution."""

import io
from collections.abc import Sequence
from typing import Final

from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from pos_app.cards.face import FONT, Face

COLUMNS, ROWS = 2, 5
A_SHEET: Final = COLUMNS * ROWS
_POINTS_AN_INCH: Final = 72
_MARK: Final = 10
"""Length of a cutting mark, and its distance from the cards, in points."""
_MARK_WIDTH: Final = 0.3


def pdf(faces: Sequence[Face]) -> bytes:
    """The whole file: as many sheets as `faces` need."""
    pdfmetrics.registerFont(TTFont(FONT, f"{FONT}.ttf"))
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=True, pageCompression=1)
    for start in range(0, len(faces), A_SHEET):
        _sheet(canvas, faces[start : start + A_SHEET])
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def _sheet(canvas: Canvas, faces: Sequence[Face]) -> None:
    at = faces[0].layout
    dot = _POINTS_AN_INCH / at.dpi
    width, height = at.width * dot, at.height * dot
    left, bottom = (A4[0] - COLUMNS * width) / 2, (A4[1] - ROWS * height) / 2
    for place, face in enumerate(faces):
        row, column = divmod(place, COLUMNS)
        canvas.saveState()
        canvas.translate(left + column * width, bottom + (ROWS - row) * height)
        canvas.scale(dot, dot)
        _card(canvas, face)
        canvas.restoreState()
    canvas.setLineWidth(_MARK_WIDTH)
    for column in range(COLUMNS + 1):
        x = left + column * width
        for y in (bottom - 2 * _MARK, bottom + ROWS * height + _MARK):
            canvas.line(x, y, x, y + _MARK)
    for row in range(ROWS + 1):
        y = bottom + row * height
        for x in (left - 2 * _MARK, left + COLUMNS * width + _MARK):
            canvas.line(x, y, x + _MARK, y)


def _card(canvas: Canvas, face: Face) -> None:
    """The card with its upper left corner at the origin; PDF counts upwards."""
    for box in face.boxes:
        canvas.rect(box.x, -box.y - box.height, box.width, box.height, stroke=0, fill=1)
    for text in face.texts:
        canvas.setFont(FONT, text.size)
        canvas.drawString(text.x, -text.y - text.size, text.words)
