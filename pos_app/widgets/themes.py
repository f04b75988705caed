"""The till's own themes: what each role of a text looks like, from assets/styles/themes.toml."""

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final

import msgspec
from rich.style import Style

import assets
from pos_app.widgets.rows import Role

STYLES: Final = Path(assets.__file__).parent / "styles"
NAMES: Final = ("dark", "light", "ansi", "console", "mono")
_COLOURFUL: Final = frozenset({"truecolor", "24bit"})


class Theme(msgspec.Struct, frozen=True):
    """A theme: its colours, and rich's style for every role. `ansi` keeps to the terminal's own colours, `latin` to the
    letters of the Linux console's fonts.
    """

    name: str
    dark: bool
    ansi: bool
    latin: bool
    background: str
    foreground: str
    roles: Mapping[Role, Style]


def offered(environ: Mapping[str, str], *, colourless: bool = False) -> tuple[str, ...]:
    """The themes that can be read on this terminal, the fitting one first; `colourless` is what NO_COLOR asks for."""
    if colourless:
        return ("mono",)
    if _is_console(environ):
        return ("console", "mono")
    if _many(environ):
        return ("dark", "light", "ansi", "mono")
    return ("ansi", "mono")


def has_halves(environ: Mapping[str, str]) -> bool:
    """Whether the terminal's font has half blocks: those of the Linux console have none (till.md section 2, Glyphs)."""
    return not _is_console(environ)


def _is_console(environ: Mapping[str, str]) -> bool:
    return environ.get("TERM") == "linux"


def _many(environ: Mapping[str, str]) -> bool:
    """Whether the terminal says that it has 256 colours or more."""
    kind = environ.get("TERM", "").rpartition("-")[2]
    return environ.get("COLORTERM", "").strip().lower() in _COLOURFUL or kind in {"256color", "kitty"}


def theme_for(name: str, environ: Mapping[str, str], *, colourless: bool = False) -> str:
    """The theme to start with: `name` where this terminal can show it, else (and for "auto") the fitting one."""
    names = offered(environ, colourless=colourless)
    return name if name in names else names[0]


@lru_cache
def theme(name: str) -> Theme:
    """Read one theme; KeyError when `name` is none of `NAMES` or the file lacks a role."""
    table = tomllib.loads((STYLES / "themes.toml").read_text("utf-8"))[name]
    ground = Style.parse(f"on {table['background']}")
    roles = {role: ground + Style.parse(table["roles"][role]) for role in Role}
    return Theme(
        name,
        table["dark"],
        table.get("ansi", False),
        table.get("latin", False),
        table["background"],
        table["foreground"],
        roles,
    )
