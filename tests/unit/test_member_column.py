"""The member beside a ticket, more of it than a small screen has rows: what stays, and where the rest stands."""

import msgspec
import pytest

from pos_app.languages.words import LANGUAGES, Words
from pos_app.screens.desk import Desk
from pos_app.screens.help import help_lines
from pos_app.screens.render import screen
from pos_app.till.view import View
from pos_app.widgets.rows import plain
from tests.unit.till_views import views
from tests.unit.whole_screen import said

SIZE = (80, 24)
KEPT = (
    "Un café comme toujours, Marie-Antoinette ?",
    "Mangez-vous végan ?",
    "Dernier incident : accueil désagréable",
)


def full(language: str) -> View:
    """Every kind of progress, twice, with something to say, to ask and to be sorry for."""
    view = views(language)["ticket_vouchers"][0]
    assert view.member is not None
    say, question, incident = KEPT
    member = msgspec.structs.replace(
        view.member,
        ways=(*views(language)["ticket"][0].member.ways, *view.member.ways),  # type: ignore[union-attr]
        say=say,
        question=question,
        incident=incident,
        usual=("Croissant", "Baguette", "Expresso"),
    )
    return msgspec.structs.replace(view, member=member)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_to_be_said_stays_and_f1_has_the_rest(language: str) -> None:
    """The line to say, the question and the last incident stand whole at 80x24; F1 has every word of the member."""
    view, words = full(language), Words(language)
    small = screen(view, Desk(), words, *SIZE)
    left = [row[1:48].strip("│ ") for row in plain(small)]
    told = " ".join(left)
    assert all(text in told for text in KEPT)
    assert words("more: F1") in told
    whole = said(screen(view, Desk(), words, 80, 200))
    assert "Croissant," in whole - said(small)
    help_page, _ = help_lines(view, (), words, 80)
    sale = said(screen(msgspec.structs.replace(view, member=None), Desk(), words, 80, 200))
    assert list((whole - sale - said(help_page)).elements()) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_way_to_go_is_shown_by_half(language: str) -> None:
    """A sentence of two rows whose second row has no room is left to F1, whole."""
    view, words = full(language), Words(language)
    assert view.member is not None
    way = "Une visite par semaine pendant quatre semaines"
    halves = (way, "jusqu'au dernier crépuscule")
    for before in range(1, 7):
        ways = (*["En attendant"] * before, f"{halves[0]} {halves[1]}")
        member = msgspec.structs.replace(view.member, ways=ways)
        told = "\n".join(plain(screen(msgspec.structs.replace(view, member=member), Desk(), words, *SIZE)))
        assert (halves[0][:20] in told) is (halves[1][-10:] in told)


def test_help_names_every_key_of_the_guide() -> None:
    """P, S, Q and Ctrl+Q stand in F1 as they stand in the guide."""
    text = "\n".join(plain(help_lines(full("en"), (), Words("en"), 80)[0]))
    for key in ("P ", "S ", "Q ", "Ctrl+Q ", "* F4 ", "/ F2 ", "+ F3 ", "- F6 ", "F12 "):
        assert f"\n {key}" in text
