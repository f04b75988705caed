"""The little layout language never loses a word and never outgrows its width."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_app.widgets.clean import clean, for_console
from pos_app.widgets.rows import (
    Role,
    bar,
    boxed,
    cells,
    centred,
    fitted,
    plain,
    row,
    spread,
    width_of,
    wrapped,
)
from tests.unit.test_screens import GLYPHS

WORDS = st.lists(st.text("abcdé 12€", min_size=0, max_size=30), max_size=6)


def _letters(text: str) -> str:
    return "".join(text.split())


@settings(deadline=None)
@given(WORDS, st.integers(1, 60))
def test_wrapped_rows_keep_every_letter(texts: list[str], width: int) -> None:
    """Words go on in the next row, long ones are broken; nothing is dropped but spaces."""
    rows = wrapped(width, *((text, Role.SOFT) for text in texts))
    assert all(width_of(line) <= width for line in rows)
    assert _letters("".join(plain(rows))) == _letters("".join(texts))


@pytest.mark.parametrize("sign", [":", ";", "?", "!", "»"])
def test_a_sign_stays_with_its_word(sign: str) -> None:
    """French has a blank before it: no line begins with it, at any width that holds the word."""
    text = f"tous avec « Camille {sign} à qui ?"
    for width in range(12, 34):
        rows = plain(wrapped(width, text))
        assert " ".join(rows) == text
        assert not [row for row in rows if row[0] in ":;?!»" or row.endswith("«")], rows


@settings(deadline=None)
@given(st.text("abc de", max_size=50), st.text("xyz 12", max_size=50), st.integers(4, 60))
def test_spread_keeps_both_sides(left: str, right: str, width: int) -> None:
    """Left and right share rows when they fit and never overlap."""
    rows = spread(width, left, [(right, Role.STRONG)])
    assert all(width_of(line) <= width for line in rows)
    text = "".join(plain(rows))
    assert sorted(_letters(text)) == sorted(_letters(left + right))


@settings(deadline=None)
@given(st.text(max_size=40))
def test_clean_text_holds_nothing_that_steers_a_terminal(text: str) -> None:
    """Whatever comes in, what goes out is one line of visible characters and spaces; cleaning again changes nothing."""
    cleaned = clean(text)
    assert not any(
        ord(char) < 32 or 127 <= ord(char) < 160 or char in "\u202e\u200f\u2028" for char in cleaned
    )
    assert clean(cleaned) == cleaned


def test_clean_keeps_no_break_spaces_and_accents() -> None:
    """French amounts keep their spaces whole, as wide ones that consoles have; typographic dots become plain ones."""
    assert clean("1\u202f254,90\u00a0€ cœur…") == "1\u00a0254,90\u00a0€ cœur..."


def test_bar_is_full_only_at_the_goal() -> None:
    """A point short of the goal leaves one cell open; beyond it the bar is full, an empty goal leaves it empty."""
    assert plain([bar(10, 999, 1000)]) == ["█████████░"]
    assert plain([bar(10, 1000, 1000)]) == ["██████████"]
    assert plain([bar(10, 5, 0)]) == ["░░░░░░░░░░"]


def test_blank_rows_give_way_before_words_do() -> None:
    """A block that is too tall loses its blank rows first and then says that there is more."""
    block = [row("a"), (), row("b"), (), row("c")]
    assert plain(fitted(block, 4, "more")) == ["a", "", "b", "c"]
    assert plain(fitted(block, 3, "more")) == ["a", "b", "c"]
    assert plain(fitted(block, 2, "more")) == ["a", "more"]


def test_box_is_as_tall_and_wide_as_asked() -> None:
    """Frame lines and the blank cell beside them are counted."""
    rows = boxed([(6, [row("ab")]), (4, [])], 4, ["T"])
    assert plain(rows) == ["┌ T ───┬────┐", "│ ab   │    │", "│      │    │", "└──────┴────┘"]


def test_wide_letters_count_two_cells() -> None:
    """A name in wide letters is centred by cells, not by characters."""
    assert width_of(row("日本")) == 4
    assert plain(centred(8, "日本")) == ["  日本"]


@given(st.text())
def test_the_console_shows_letters_that_it_has_as_wide_as_they_were(text: str) -> None:
    """Names of any language on the bare Linux console: no sign that its fonts lack, and no row becomes longer."""
    shown = for_console(clean(text))
    assert cells(shown) == cells(clean(text))
    assert GLYPHS.fullmatch(shown)


def test_names_keep_their_letters_on_the_console_as_far_as_it_has_them() -> None:
    """French stays as it is; the accents of others go, and what is no Latin becomes question marks."""
    assert for_console("Zoé Lœwe, ÿ ┌─┐ 5 €") == "Zoé Lœwe, ÿ ┌─┐ 5 €"
    assert for_console("Łukasz Čapek, Đorđe Şahin, 日本, Ω") == "Lukasz Capek, Dorde Sahin, ????, ?"
