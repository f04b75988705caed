"""Whatever the till says has room at 80x24, whole, in both languages, in letters that the Linux console's fonts have.

A screen is drawn as it is and as high as it likes: what the higher one says more was cut away.
"""

import re
from collections import Counter
from pathlib import Path

import msgspec
import pytest
from babel.messages.pofile import read_po

import assets
from pos_app.languages.words import LANGUAGES, Words
from pos_app.screens.desk import Desk
from pos_app.screens.menu import menu_page
from pos_app.screens.menu_items import MENU
from pos_app.screens.pages import MenuItem
from pos_app.screens.render import screen
from pos_app.till.errands.table import OPEN
from pos_app.till.notices import SENTENCES, tell
from pos_app.till.view import Level, Notice, Stage, View
from pos_app.widgets.clean import clean
from pos_app.widgets.rows import plain
from tests.unit.test_screens import GLYPHS
from tests.unit.till_kit import Shop
from tests.unit.till_views import views
from tests.unit.whole_screen import HIGH, cut, said, shortened

SIZES = ((80, 24), (120, 36))
# Lists that do not fit say how many lines there are beyond what is shown.
LISTS = {"ticket_long", "ticket_offline"}

# The longest value of every name that stands in a notice.
LONGEST = {
    "amount": "99 999,99 €",
    "field": "E-mail",
    "file": "copies/70368744177665-ledger.txt",
    "kind": "La commande n'était pas prête à l'heure promise",
    "name": "Marie-Alexandrine de S.",
    "product": "3 760 123 450 012",
    "reason": "This reward can be confirmed only online; the line has been down for some time.",
    "reference": "12-34-123456",
    "when": "22/11/2026 14:32",
    "word": "EFFACER",
    "where": "Asked back by the ledger for another till.",
    "why": "the disk is full, make room and press Enter again.",
}


def longest(words: Words) -> list[Notice]:
    """Every notice with its longest values."""
    found = []
    for code, (_, sentence) in SENTENCES.items():
        names = re.findall(r"\{(\w+)\}", sentence)
        found.append(tell(words, code, **{name: LONGEST.get(name, 123_456) for name in names}))
    return found


def prepared(language: str) -> dict[str, tuple[View, Desk]]:
    """Every prepared state that is no long list; the last tickets leave a recorded one the room."""
    return {
        name: (
            msgspec.structs.replace(view, recent=()) if view.stage is Stage.DONE else shortened(view),
            Desk(text, row),
        )
        for name, (view, text, row) in views(language).items()
        if name not in LISTS
    }


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_state_has_room_with_the_longest_notice(language: str, size: tuple[int, int]) -> None:
    """As it is, and while the longest sentence of all is said."""
    words = Words(language)
    worst = max(longest(words), key=lambda notice: len(notice.text))
    for name, (view, desk) in prepared(language).items():
        for notice in (view.notice, worst):
            lost = cut(msgspec.structs.replace(view, notice=notice), desk, words, size)
            assert lost == [], f"{name}, {notice.code if notice else 'no notice'}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_notice_is_whole_on_the_narrowest_screen(language: str) -> None:
    """With the longest name, amount and reason that can stand in it, in letters of the console."""
    words = Words(language)
    view, desk = prepared(language)["idle"]
    for notice in longest(words):
        rows = plain(screen(msgspec.structs.replace(view, notice=notice), desk, words, 80, 24))
        text = " ".join(" ".join(rows).split())
        assert " ".join(clean(notice.text).split()) in text, notice.code
        assert all(GLYPHS.fullmatch(row) for row in rows), notice.code


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_errand_opens_with_room(shop: Shop, language: str) -> None:
    """The first page of each small job, with a member on a ticket and without."""
    card = shop.member(1, name="Marie-Alexandrine de S.")
    shop.sign_in()
    shop.till.set_language(language)
    for begun in (False, True):
        for name in OPEN:
            shop.till.escape()
            if begun:
                shop.scan(card)
            shop.till.errand(name)
            lost = cut(shop.view, Desk(), Words(language), (80, 24))
            assert lost == [], f"{name}, {'ticket' if begun else 'no ticket'}"


def menus(items: tuple[MenuItem, ...]) -> list[tuple[MenuItem, ...]]:
    """A menu and all those behind its lines."""
    return [items, *(menu for item in items for menu in menus(item.items))] if items else []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_menu_has_room(language: str) -> None:
    """A digit for each line, and what is said of the scanners under them."""
    words = Words(language)
    for items in menus(MENU):
        assert len(items) <= 9
        labels, notes = [item.label(words) for item in items], ["Douchette : aucun défaut connu " * 5]
        small, high = (said(menu_page("MENU", labels, notes, words, (80, rows))) for rows in (24, HIGH))
        assert high - small == Counter(), labels


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_is_made_of_letters_of_the_console(language: str) -> None:
    """All that the catalogues hold, screens and commands alike."""
    path = Path(assets.__file__).parent / "languages" / language / "LC_MESSAGES" / "assidu.po"
    with path.open("rb") as file:
        texts = [text for entry in read_po(file) for text in _texts(entry.id) + _texts(entry.string)]
    assert len(texts) > 1000
    assert [text for text in texts if not GLYPHS.fullmatch(clean(text))] == []


def _texts(said: "str | tuple[str, ...] | list[str] | None") -> list[str]:
    return [said] if isinstance(said, str) else list(said or ())


def test_every_refusal_says_what_to_do_next() -> None:
    """Behind a colon, or as the sentence itself (till.md, principle 6)."""
    begins = {"Scan", "Type", "Press", "Finish", "To"}
    mute = [
        code
        for code, (level, text) in SENTENCES.items()
        if level is Level.REFUSAL and ": " not in text and text.split()[0] not in begins
    ]
    assert mute == []
