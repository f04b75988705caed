"""The code of a new card on the terminal, read back from the cells that are drawn."""

from itertools import product

import msgspec
import pytest
import zxingcpp
from PIL import Image, ImageColor

from pos_app.languages.words import Words
from pos_app.screens.desk import Desk
from pos_app.screens.keys import press
from pos_app.screens.render import screen
from pos_app.till.view import View
from pos_app.widgets.rows import Block, Role, plain
from pos_app.widgets.themes import NAMES, has_halves, theme
from tests.unit.test_till_question import FIELDS
from tests.unit.till_kit import PROGRAMME, Shop

SIZES = [(80, 24), (80, 25), (100, 30), (120, 36)]
CELLS = [(8, 16), (9, 16), (8, 14), (10, 20)]
GREY = 170
"""What a console shows as white where nothing is bold: there is no brighter ground in 16 colours."""


def shades(name: str) -> tuple[int, int, int]:
    """The ground of theme `name`, its paper and the ink on it, from black (0) to white (255)."""
    ground, paper = theme(name).roles[Role.TEXT].bgcolor, theme(name).roles[Role.PAPER]
    if paper.reverse:
        return 0, GREY, 0
    assert ground is not None
    assert paper.bgcolor is not None
    assert paper.color is not None
    return _shade(ground.name), _shade(paper.bgcolor.name), _shade(paper.color.name)


def _shade(name: str) -> int:
    if name == "white":
        return GREY
    return 0 if name in ("black", "default") else int(ImageColor.getcolor(name, "L"))


def picture(rows: Block, name: str, cell: tuple[int, int]) -> Image.Image:
    """The cells as a terminal shows them in theme `name`; of all that is no paper only the ground."""
    (wide, high), (ground, white, black) = cell, shades(name)
    width = max(sum(len(text) for text, _ in row) for row in rows)
    image = Image.new("L", (width * wide, len(rows) * high), ground)
    for y, row in enumerate(rows):
        signs = [(sign, role) for text, role in row for sign in text]
        for x, (sign, role) in enumerate(signs):
            if role is not Role.PAPER:
                continue
            left, top, middle = x * wide, y * high, y * high + high // 2
            image.paste(white, (left, top, left + wide, top + high))
            if sign in "▀█":
                image.paste(black, (left, top, left + wide, middle))
            if sign in "▄█":
                image.paste(black, (left, middle, left + wide, top + high))
    return image


def new_card(shop: Shop) -> View:
    """The page with the number of a member who was just enrolled."""
    shop.till.open_enrol()
    shop.till.enrol_confirm()
    shop.till.errand("card_code")
    return shop.view


@pytest.mark.parametrize("halves", [True, False])
@pytest.mark.parametrize("name", NAMES)
def test_a_new_card_is_read_from_the_screen(shop: Shop, name: str, halves: bool) -> None:
    """In every theme, with half blocks and on a font that has none, in cells of several shapes."""
    view = new_card(shop)
    assert view.errand is not None
    for size, cell in product(SIZES, CELLS):
        rows = screen(view, Desk(), Words("en"), *size, halves=halves)
        assert halves or not {"▀", "▄"} & set("".join(plain(rows)))
        found = zxingcpp.read_barcodes(picture(rows, name, cell), formats=zxingcpp.BarcodeFormat.QRCode)
        assert [one.text for one in found] == [view.errand.qr], (size, cell)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_beside_a_code_as_high_as_the_screen_stands_all_that_a_page_says(shop: Shop, language: str) -> None:
    """On the Linux console of 80x24: the number, what to do with it, the keys, the state of the till, a notice."""
    shop.till.set_language(language)
    view = new_card(shop)
    view = msgspec.structs.replace(view, notice=shop.till.view().notice)
    words = Words(language)
    rows = screen(view, Desk(), words, 80, 24, halves=False)
    assert [sum(len(text) for text, _ in row) for row in rows] == [80] * 24
    beside = " ".join(" ".join(text for text, role in row if role is not Role.PAPER) for row in rows)
    told = set(beside.split())
    boxed = set(" ".join(plain(screen(view, Desk(), words, 120, 40))).translate(_LINES).split())
    assert boxed - told == set()


_LINES = {ord(sign): " " for sign in "│─┌┬┐└┴┘█▀▄"}


def test_a_text_that_is_too_long_for_the_screen_is_told(shop: Shop) -> None:
    """The number is there to be written down."""
    view = new_card(shop)
    assert view.errand is not None
    long = msgspec.structs.replace(
        view, errand=msgspec.structs.replace(view.errand, qr="https://" + "x" * 80)
    )
    text = "".join(plain(screen(long, Desk(), Words("en"), 80, 24, halves=False)))
    assert "too small for the code" in text


def test_only_the_linux_console_has_no_half_blocks() -> None:
    """118 of its fonts were looked at: 3 have them."""
    assert not has_halves({"TERM": "linux"})
    assert has_halves({"TERM": "xterm-256color"})


def test_q_shows_a_new_card_on_its_ticket_and_after_it(shop: Shop) -> None:
    """Once the next ticket is begun the number is known no more."""
    shop.till.open_enrol()
    shop.till.enrol_confirm()
    number = shop.view.member.card if shop.view.member is not None else ""
    for _ in range(2):
        stage = shop.view.stage
        assert shop.view.keys["Q"] == "QR code"
        press(shop.till, Desk(), "q", "q")
        assert shop.view.errand is not None
        assert shop.view.errand.qr == number
        press(shop.till, Desk(), "enter", None)
        assert shop.view.stage is stage
        shop.key_in("4590")
    shop.scan(shop.member(1))
    assert "Q" not in shop.view.keys
    assert press(shop.till, Desk(), "q", "q") == Desk("q")


def test_q_asks_a_new_member_the_question_first(shop: Shop) -> None:
    """The line below names what it does; once answered it shows the card."""
    shop.publish("programme", PROGRAMME + FIELDS)
    shop.till.open_enrol()
    shop.till.enrol_confirm()
    assert shop.view.keys["Q"] == "Ask"
    press(shop.till, Desk(), "q", "q")
    press(shop.till, Desk(), "0", "0")
    assert shop.view.keys["Q"] == "QR code"


def test_a_card_that_was_scanned_is_not_shown(shop: Shop) -> None:
    """The till keeps no number of it in clear."""
    shop.scan(shop.member(1))
    shop.till.errand("card_code")
    assert shop.view.notice is not None
    assert shop.view.notice.code == "card_code_nobody"


@pytest.mark.parametrize("name", NAMES)
def test_paper_is_black_on_white_in_every_theme(name: str) -> None:
    """A phone needs dark squares on a light ground, whatever the theme's own ground is."""
    style = theme(name).roles[Role.PAPER]
    if name == "mono":
        assert style.reverse
    else:
        assert style.color is not None
        assert style.bgcolor is not None
        assert (style.color.name, style.bgcolor.name) in {
            ("#000000", "#ffffff"),
            ("black", "white"),
        }
