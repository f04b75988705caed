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
NAMES: Final = ("dark", "light", "ansi")


class Theme(msgspec.Struct, frozen=True):
    """A theme: its colours, and rich's style for every role. `ansi` keeps to the terminal's own 16 colours."""

    name: str
    dark: bool
    ansi: bool
    background: str
    foreground: str
    roles: Mapping[Role, Style]


def theme_for(name: str, environ: Mapping[str, str]) -> str:
    """The name of the theme to start with: "auto" is dark, or ansi on a terminal of 16 colours or fewer."""
    if name in NAMES:
        return name
    few = environ.get("TERM", "") in {"linux", "vt100", "vt220", "screen", "ansi", "dumb"}
    return "ansi" if few else "dark"


@lru_cache
def theme(name: str) -> Theme:
    """Read one theme; KeyError when `name` is none of `NAMES` or the file lacks a role."""
    table = tomllib.loads((STYLES / "themes.toml").read_text("utf-8"))[name]
    ground = Style.parse(f"on {table['background']}")
    roles = {role: ground + Style.parse(table["roles"][role]) for role in Role}
    return Theme(
        name, table["dark"], table.get("ansi", False), table["background"], table["foreground"], roles
    )
