"""Draw the pictures of the README anew: `python docs/pictures/draw.py` from the root of the repository."""

import io
import re
import sys
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1]))

from pos_app.languages.words import Words  # noqa: E402
from pos_app.screens.desk import Desk  # noqa: E402
from pos_app.screens.render import screen  # noqa: E402
from pos_app.widgets.themes import theme  # noqa: E402
from tests.unit.till_views import views  # noqa: E402

PICTURES = (
    ("idle", "en", "dark", (80, 24)),
    ("ticket", "en", "dark", (80, 24)),
    ("done", "fr", "light", (80, 24)),
    ("ticket_offline", "fr", "dark", (120, 36)),
)
# No font is fetched from anywhere: the reader's own monospaced one is used.
FORMAT = re.sub(r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL).replace(
    "Fira Code", "monospace"
)


def draw(state: str, language: str, name: str, size: tuple[int, int]) -> str:
    """One screen as SVG."""
    view, text, row = views(language)[state]
    roles = theme(name).roles
    console = Console(
        record=True, width=size[0], file=io.StringIO(), color_system="truecolor", force_terminal=True
    )
    for line in screen(view, Desk(text, row), Words(language), *size):
        console.print(
            Text.assemble(*((part, roles[role]) for part, role in line)), overflow="crop", no_wrap=True
        )
    return console.export_svg(
        title="Assidu", theme=MONOKAI, code_format=FORMAT, unique_id=f"{state}-{language}"
    )


def main() -> None:
    """Write every picture beside this file."""
    for state, language, name, size in PICTURES:
        path = HERE / f"{state}-{language}-{size[0]}x{size[1]}.svg"
        path.write_text(draw(state, language, name, size), "utf-8")


if __name__ == "__main__":
    main()
