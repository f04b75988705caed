"""Every text of every theme can be read: contrast of at least 7:1 (WCAG 2.2, 1.4.6)."""

import pytest
from rich.color import Color

from pos_app.widgets.rows import Role
from pos_app.widgets.themes import NAMES, theme, theme_for

# The Linux console's own palette (VGA), colours 0 to 7; bold may only make a light letter lighter.
VGA = ("000000", "aa0000", "00aa00", "aa5500", "0000aa", "aa00aa", "00aaaa", "aaaaaa")


def _rgb(colour: Color) -> tuple[int, int, int]:
    if colour.triplet is not None:
        return (colour.triplet.red, colour.triplet.green, colour.triplet.blue)
    assert colour.number is not None
    assert colour.number < 8, "bright codes are wrong on some consoles"
    name = VGA[colour.number]
    return (int(name[:2], 16), int(name[2:4], 16), int(name[4:], 16))


def _luminance(rgb: tuple[int, int, int]) -> float:
    parts = [c / 255 for c in rgb]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("name", NAMES)
def test_contrast_is_at_least_seven_to_one(name: str, role: Role) -> None:
    """Each role against its own ground."""
    style = theme(name).roles[role]
    assert style.color is not None
    assert style.bgcolor is not None
    a, b = sorted((_luminance(_rgb(style.color)), _luminance(_rgb(style.bgcolor))), reverse=True)
    assert (a + 0.05) / (b + 0.05) >= 7


def test_bold_is_never_dark_in_sixteen_colours() -> None:
    """Consoles turn bold black into grey."""
    for role, style in theme("ansi").roles.items():
        assert not (style.bold and style.color and style.color.number == 0), role


@pytest.mark.parametrize(
    ("asked", "term", "name"),
    [
        ("auto", "xterm-256color", "dark"),
        ("auto", "linux", "ansi"),
        ("light", "linux", "light"),
        ("odd", "", "dark"),
    ],
)
def test_theme_follows_the_terminal_unless_told(asked: str, term: str, name: str) -> None:
    """The Linux console gets the 16-colour theme by itself."""
    assert theme_for(asked, {"TERM": term}) == name
