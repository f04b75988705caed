"""What another printer prints: its letters, its width, its QR codes, read back as a scanner reads them."""

import io
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from pos_app.config import TillConfig
from pos_app.doctor.test_page import LETTERS, SAMPLE, page
from pos_app.printing import escpos
from pos_app.printing.escpos import CP858, CP1252, CodePage
from pos_app.printing.picture import png
from pos_app.printing.profile import BadLayout, Profile, profile_of, standard_layout
from pos_app.printing.rows import QrRow, Row, as_bytes
from pos_app.printing.viewer import Unreadable, viewed

CODE = "V-2-1-1843-0-ABCDEFGH23456"


@pytest.mark.parametrize("qr", ["native", "raster"])
def test_a_qr_code_is_read_back_from_the_paper(qr: str) -> None:
    """Drawn by the printer or sent as dots: a scanner reads the same, in the middle of the paper, text below it."""
    profile = Profile(columns=32, qr=qr)  # type: ignore[arg-type]
    data = as_bytes((Row("above"), QrRow(CODE), Row("below")), profile)
    assert data.count(b"\x1dv0") == (qr == "raster")
    paper = viewed(data)
    texts = [row.text for row in paper.rows if isinstance(row, Row) and row.text]
    with Image.open(io.BytesIO(png(paper, profile.columns))) as image:
        (found,) = zxingcpp.read_barcodes(image.convert("L"))
        middle = (found.position.top_left.x + found.position.top_right.x) / 2
        assert abs(middle - image.width / 2) <= 8
    assert (found.text, texts) == (CODE, ["above", "below"])


@pytest.mark.parametrize(
    "data", [b"\x1dv0\x00\x02\x00\x02\x00abc", b"\x1d(k\x03\x001Q", b"\x1d(k\x03\x001R0"]
)
def test_half_a_symbol_is_not_shown(data: bytes) -> None:
    """Dots or a code that end too early, a function of another symbol: refused, not guessed."""
    with pytest.raises(Unreadable):
        viewed(data)


def test_windows_letters() -> None:
    """cp1252 has every French letter; its number is the printer's own, and follows each initialisation."""
    name = "Cœur d’œuf – 5 €…"
    assert escpos.plain(name, CP1252) == name
    assert escpos.plain(name, CP858) == "Coeur d'oeuf - 5 €..."
    profile = Profile(page=CodePage("cp1252", 71))
    data = as_bytes((Row(name),), profile)
    assert data.startswith(b"\x1b@\x1bt\x47")
    assert data.count(b"\x1b@") == data.count(b"\x1b@\x1bt\x47") == 1
    assert viewed(data, profile.page).rows[0] == Row(name)
    with pytest.raises(Unreadable):
        viewed(data)


@pytest.mark.parametrize("codec", ["cp858", "cp1252"])
def test_the_test_page_shows_every_letter(codec: str) -> None:
    """Each letter as it is, or as the page can write it, never a question mark; the QR code can be scanned."""
    profile = profile_of(TillConfig(printer_page=codec, printer_columns=32), Path())
    paper = viewed(page("Assidu", profile), profile.page)
    text = "".join(row.text for row in paper.rows if isinstance(row, Row))
    assert "?" not in text
    assert ("œ" in text) == (codec == "cp1252")
    assert all(sign in text for sign in LETTERS if sign not in "œŒŸ ")
    assert text.count(SAMPLE) == 2
    assert all(f"{name} {SAMPLE}" in text for name in ("cp858:19", "cp1252:16"))
    (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(png(paper, 32))).convert("L"))
    assert found.text == "ASSIDU"


def test_a_layout_of_the_shops_own(tmp_path: Path) -> None:
    """Named in the configuration, it stands in the till's folder; without a name the one of the product."""
    file = tmp_path / "mine.toml"
    file.write_text('blocks = ["title", "lines", "reference", "contact"]\n[contact]\nfr = "01 23"\n')
    mine = profile_of(TillConfig(receipt="mine.toml"), tmp_path).layout
    assert (mine.blocks[-1], mine.contact["fr"]) == ("contact", "01 23")
    assert profile_of(TillConfig(), tmp_path).layout is standard_layout()


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ('blocks = ["title", "lines"]', "reference"),
        ('blocks = ["title", "lines", "reference", "colour"]', "colour"),
        ('blocks = ["title", "lines", "reference"]\n[news]\nde = "x"', "news"),
        ("blocks =", "mine.toml"),
        (None, "cannot be read"),
    ],
)
def test_a_layout_that_cannot_be_used(text: str | None, part: str, tmp_path: Path) -> None:
    """The till says which file and what to write in it."""
    if text is not None:
        (tmp_path / "mine.toml").write_text(text)
    with pytest.raises(BadLayout, match=part):
        profile_of(TillConfig(receipt="mine.toml"), tmp_path)
