"""The code of a new card on the terminal, read back from the cells that are drawn."""

import pytest
import zxingcpp
from PIL import Image

from pos_app.languages.words import Words
from pos_app.screens.errand import job_box
from pos_app.widgets.rows import Block, Role
from pos_app.widgets.themes import NAMES, theme
from tests.unit.till_kit import Shop

WIDE, HIGH = 8, 16


def picture(rows: Block, width: int) -> Image.Image:
    """The cells as a terminal with a dark ground shows them: paper is black on white."""
    image = Image.new("L", (width * WIDE, len(rows) * HIGH), 10)
    for y, row in enumerate(rows):
        x = 0
        for text, role in row:
            for char in text:
                paper = role is Role.PAPER
                box = (x * WIDE, y * HIGH, (x + 1) * WIDE, (y + 1) * HIGH)
                image.paste(255 if paper else 10, box)
                upper, lower = char in "▀█", char in "▄█"
                ink = 0 if paper else 240
                if upper:
                    image.paste(ink, (box[0], box[1], box[2], box[1] + HIGH // 2))
                if lower:
                    image.paste(ink, (box[0], box[1] + HIGH // 2, box[2], box[3]))
                x += 1
    return image


@pytest.mark.parametrize(("term", "size"), [("xterm-256color", (80, 19)), ("linux", (120, 31))])
@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_new_card_is_read_from_the_screen(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, term: str, size: tuple[int, int], language: str
) -> None:
    """Half blocks at 80x24, whole ones on the Linux console where it is high enough."""
    monkeypatch.setenv("TERM", term)
    shop.till.set_language(language)
    shop.till.open_enrol()
    shop.till.enrol_confirm()
    shop.till.errand("card_code")
    page = shop.view.errand
    assert page is not None
    rows = job_box(page, "", Words(language), *size)
    assert len(rows) == size[1]
    if term == "linux":
        assert not {"▀", "▄"} & set("".join(text for row in rows for text, _ in row))
    found = zxingcpp.read_barcodes(picture(rows, size[0]))
    assert [one.text for one in found] == [page.qr]
    assert page.qr in page.title


def test_a_screen_that_is_too_small_says_so(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A console of 80x24: the number is there to be written down."""
    monkeypatch.setenv("TERM", "linux")
    shop.till.open_enrol()
    shop.till.enrol_confirm()
    shop.till.errand("card_code")
    page = shop.view.errand
    assert page is not None
    text = "".join(text for row in job_box(page, "", Words("en"), 80, 19) for text, _ in row)
    assert "too small for the code" in text
    assert page.qr in text


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
