"""Cards as pictures: every symbol that is drawn is read back by a decoder, from PNG, SVG and PDF."""

import io
import json
import re
from datetime import date
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from pos_app.cards.bitmap import png
from pos_app.cards.face import face
from pos_app.cards.sheet import pdf
from pos_app.cards.symbols import ean13, qr
from pos_app.cards.vector import svg
from pos_app.cli.main import main
from sync.card_code import CardCode, written
from sync.numbers import member_number
from tests.unit.cards_kit import NUMBERS, Owner

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
SIGNED = written(CardCode(123456789012, 1, 1, date(2029, 1, 1)), KEY.sign)
NUMBER = NUMBERS[0]
TITLE = "Le Fournil – Œufs & crème <5 €>"


def symbols(picture: Image.Image) -> list[tuple[str, str]]:
    """What a decoder reads in a picture, bar code first."""
    found = zxingcpp.read_barcodes(picture.convert("L"))
    return sorted((str(one.format), one.text) for one in found)


def from_svg(data: bytes) -> Image.Image:
    """The boxes of an SVG file, drawn by its own path at one dot a unit."""
    text = data.decode()
    size = re.search('viewBox="0 0 ([0-9]+) ([0-9]+)"', text)
    assert size is not None
    image = Image.new("L", (int(size[1]), int(size[2])), 255)
    draw = ImageDraw.Draw(image)
    for x, y, width, height in re.findall("M([0-9]+) ([0-9]+)h([0-9]+)v([0-9]+)h-[0-9]+z", text):
        draw.rectangle((int(x), int(y), int(x) + int(width) - 1, int(y) + int(height) - 1), fill=0)
    return image


def pages(data: bytes) -> list[Image.Image]:
    """A PDF as its pages look at 300 dots an inch."""
    return [page.render(scale=300 / 72).to_pil() for page in pypdfium2.PdfDocument(data)]


@pytest.mark.parametrize("code", ["", SIGNED])
def test_both_symbols_are_read_back_from_png_and_svg(code: str) -> None:
    """The number in the bar code, and in the QR code the number or the signed card."""
    card = face(TITLE, NUMBER, code)
    wanted = [("EAN-13", NUMBER), ("QR Code", code or NUMBER)]
    assert symbols(Image.open(io.BytesIO(png(card)))) == wanted
    drawn = svg(card)
    assert symbols(from_svg(drawn)) == wanted
    assert "crème &lt;5 €&gt;" in drawn.decode()
    assert b'width="85.60mm" height="54.02mm"' in drawn


def test_a_sheet_has_ten_cards_a_page() -> None:
    """Twelve cards are two pages; each card is where its number says, all of them readable."""
    numbers = [member_number(serial, b"k" * 32) for serial in range(12)]
    first, second = pages(pdf([face(TITLE, number, SIGNED) for number in numbers]))
    assert first.size == (2481, 3508)
    read = symbols(first)
    assert [text for kind, text in read if kind == "EAN-13"] == sorted(numbers[:10])
    assert [text for kind, text in read if kind == "QR Code"] == [SIGNED] * 10
    assert [text for kind, text in symbols(second) if kind == "EAN-13"] == sorted(numbers[10:])


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**10 - 1))
def test_every_number_can_be_drawn(serial: int) -> None:
    """95 modules that begin and end with a guard, whatever the number."""
    modules = ean13(member_number(serial, b"k" * 32))
    assert len(modules) == 95
    assert modules.startswith("101")
    assert modules.endswith("101")


def test_a_signed_code_is_version_five() -> None:
    """181 digits fill 37 x 37 modules at level M (devices.md section 4)."""
    assert len(qr(SIGNED)) == 37
    assert len(qr(NUMBER)) == 21


@pytest.mark.parametrize("number", ["2943195855871", "294319585587", "../../../etc", "٢٩٤٣١٩٥٨٥٥٨٧٢"])
def test_what_is_no_number_is_not_drawn(number: str) -> None:
    """A wrong last digit is not corrected in silence; nothing else becomes a file name."""
    with pytest.raises(ValueError, match="no card number"):
        face(TITLE, number)


def test_a_long_title_stays_beside_the_qr_code() -> None:
    """It is written smaller, so that the code can still be read."""
    card = face("Boulangerie et pâtisserie de la place du Marché aux Fleurs", NUMBER, SIGNED)
    assert ("QR Code", SIGNED) in symbols(Image.open(io.BytesIO(png(card))))


def does(*words: str) -> Result:
    return CliRunner().invoke(main, ["card", *words, "--lang", "en"])


@pytest.mark.engines("sqlite")
def test_the_owner_prints_cards(tmp_path: Path) -> None:
    """New numbers, a folder of pictures, a sheet, a signed card; faults in one sentence."""
    owner = Owner(tmp_path)
    numbers = owner.does("numbers", "3").stdout.split()
    assert len(set(numbers)) == 3
    assert owner.does("numbers", "2").stdout.split()[0] not in numbers
    done = does("draw", *numbers, "--out", str(tmp_path / "new"), "--title", TITLE)
    assert (done.exit_code, done.stdout) == (0, f"3 cards are in {tmp_path / 'new'}.\n")
    assert symbols(Image.open(tmp_path / "new" / f"{numbers[0]}.png"))[0] == ("EAN-13", numbers[0])
    assert does("draw", numbers[0], "--svg", "--out", str(tmp_path / "new")).exit_code == 0
    assert (tmp_path / "new" / f"{numbers[0]}.svg").exists()
    sheet = tmp_path / "sheet.pdf"
    assert owner.does("draw", NUMBER, "--signed", "--out", str(sheet)).exit_code == 0
    (code,) = [text for kind, text in symbols(pages(sheet.read_bytes())[0]) if kind == "QR Code"]
    signed = json.loads(owner.does("sign", NUMBER, "--json").stdout)["cards"][0]
    assert signed["text"] == code
    nobody = owner.does("draw", NUMBERS[1], "--signed", "--out", str(sheet))
    assert nobody.exit_code == 2
    assert f"Nobody has the card {NUMBERS[1]}" in nobody.stderr
    bad = does("draw", "123", "--out", str(tmp_path / "bad"))
    assert (bad.exit_code, bad.stderr) == (2, "assidu: 123 is no card number: type its 13 digits.\n")
    assert not (tmp_path / "bad").exists()
