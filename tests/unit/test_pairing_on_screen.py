"""The pairing code as the ledger's owner sees it in a terminal: a scanner at the till reads it from there."""

import pytest
import zxingcpp
from PIL import Image

from pos_app.cli.ledger import _qr
from sync.pairing_code import make_code

DOT = 4
UPPER, LOWER = "█▀", "█▄"


def picture(text: str, *, light_on_dark: bool) -> Image.Image:
    """The half blocks as dots, in the colours of the terminal."""
    rows = text.splitlines()
    ink, paper = (255, 0) if light_on_dark else (0, 255)
    drawn = Image.new("L", (DOT * (len(rows[0]) + 8), DOT * (2 * len(rows) + 8)), paper)
    for y, row in enumerate(rows):
        for x, sign in enumerate(row):
            for half, signs in enumerate((UPPER, LOWER)):
                if sign in signs:
                    left, top = DOT * (x + 4), DOT * (2 * y + half + 4)
                    drawn.paste(ink, (left, top, left + DOT, top + DOT))
    return drawn


@pytest.mark.parametrize("light_on_dark", [True, False], ids=["dark terminal", "light terminal"])
def test_it_is_read_back(light_on_dark: bool) -> None:
    """All 32 characters, in a terminal of either kind."""
    code = make_code(bytes(range(32)), bytes(range(10)))
    found = zxingcpp.read_barcodes(picture(_qr(code), light_on_dark=light_on_dark))
    assert [one.text for one in found] == [code]
