"""Every text of every theme can be read: contrast of at least 7:1 (WCAG 2.2, 1.4.6)."""

import pytest
from rich.color import Color, ColorSystem
from rich.style import Style

from pos_app.widgets.rows import Role
from pos_app.widgets.themes import NAMES, theme, theme_for

# What the eight plain colours look like, 0 to 7: black, cyan and white of the palettes that terminals come with.
# The Linux console has that of VGA. Bold may only make a light letter lighter.
PALETTES = {
    "VGA": ("000000", "00aaaa", "aaaaaa"),
    "Windows XP": ("000000", "008080", "c0c0c0"),
    "Windows 10": ("0c0c0c", "3a96dd", "cccccc"),
    "Terminal.app": ("000000", "33bbc8", "cbcccd"),
    "PuTTY": ("000000", "00bbbb", "bbbbbb"),
    "xterm": ("000000", "00cdcd", "e5e5e5"),
    "Ubuntu": ("010101", "2cb5e9", "cccccc"),
    "Tango": ("2e3436", "06989a", "d3d7cf"),
}
PLAIN = {0: 0, 6: 1, 7: 2}


def _rgb(colour: Color, palette: str) -> tuple[int, int, int]:
    if colour.triplet is not None:
        return (colour.triplet.red, colour.triplet.green, colour.triplet.blue)
    assert colour.number in PLAIN, (
        "only black, cyan and white are measured; bright codes are wrong on some consoles"
    )
    name = PALETTES[palette][PLAIN[colour.number]]
    return (int(name[:2], 16), int(name[2:4], 16), int(name[4:], 16))


def _luminance(rgb: tuple[int, int, int]) -> float:
    parts = [c / 255 for c in rgb]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(style: Style, palette: str = "VGA") -> float:
    assert style.color is not None
    assert style.bgcolor is not None
    a, b = sorted((_luminance(_rgb(one, palette)) for one in (style.color, style.bgcolor)), reverse=True)
    return (a + 0.05) / (b + 0.05)


@pytest.mark.parametrize("name", ["dark", "light"])
def test_contrast_is_at_least_seven_to_one(name: str) -> None:
    """Each role against its own ground, in true colour and in the 256 colours that a terminal may make of it."""
    for role, style in theme(name).roles.items():
        assert _contrast(style) >= 7, role
        assert style.color is not None
        assert style.bgcolor is not None
        pair = [one.downgrade(ColorSystem.EIGHT_BIT).get_truecolor() for one in (style.color, style.bgcolor)]
        fewer = Style(color=Color.from_triplet(pair[0]), bgcolor=Color.from_triplet(pair[1]))
        assert _contrast(fewer) >= 7, f"{role} in 256 colours"


@pytest.mark.parametrize(("name", "palettes"), [("ansi", tuple(PALETTES)), ("console", ("VGA",))])
def test_contrast_of_the_terminals_own_colours(name: str, palettes: tuple[str, ...]) -> None:
    """Sixteen colours in every palette that terminals come with, the Linux console in its own."""
    assert [
        (palette, role)
        for palette in palettes
        for role, style in theme(name).roles.items()
        if _contrast(style, palette) < 7
    ] == []


def test_without_colours_there_are_none() -> None:
    """NO_COLOR: the terminal's own letters and ground, which are its owner's business."""
    for role, style in theme("mono").roles.items():
        assert {one.name for one in (style.color, style.bgcolor) if one is not None} == {"default"}, role


@pytest.mark.parametrize("name", NAMES)
def test_what_is_loud_is_not_told_by_colour_alone(name: str) -> None:
    """A refusal, a warning and a note stand out of the text around them in every theme; the word says which it is."""
    roles = theme(name).roles
    for role in (Role.REFUSAL, Role.WARNING, Role.INFO, Role.STATUS, Role.KEY, Role.CURSOR):
        assert (roles[role].bgcolor, roles[role].reverse) != (
            roles[Role.TEXT].bgcolor,
            roles[Role.TEXT].reverse,
        )


@pytest.mark.parametrize("name", ["ansi", "console"])
def test_bold_is_never_dark_in_sixteen_colours(name: str) -> None:
    """Consoles turn bold black into grey."""
    for role, style in theme(name).roles.items():
        assert not (style.bold and style.color and style.color.number == 0), role


@pytest.mark.parametrize(
    ("asked", "environ", "name"),
    [
        ("auto", {"TERM": "xterm-256color"}, "dark"),
        ("auto", {"TERM": "xterm", "COLORTERM": "truecolor"}, "dark"),
        ("auto", {"TERM": "xterm"}, "ansi"),
        ("auto", {"TERM": "linux"}, "console"),
        ("light", {"TERM": "xterm-256color"}, "light"),
        ("mono", {"TERM": "linux"}, "mono"),
        ("light", {"TERM": "linux"}, "console"),
        ("dark", {"TERM": "vt220"}, "ansi"),
    ],
)
def test_theme_follows_the_terminal_and_what_it_can_show(
    asked: str, environ: dict[str, str], name: str
) -> None:
    """The file's wish counts where the terminal has the colours for it; else the letters could not be read."""
    assert theme_for(asked, environ) == name
    assert theme_for(asked, environ, colourless=True) == "mono"
