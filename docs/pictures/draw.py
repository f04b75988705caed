"""Draw the pictures of the README anew from the running demo: `python docs/pictures/draw.py` at the repository's root.

Each picture is the demo itself, started, driven by keys and scans, and written down as SVG: one rectangle for every
coloured run of cells and one text for every run of characters, in the reader's own monospaced font.
"""

import asyncio
import os
import re
import sys
from collections.abc import Callable
from html import escape
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1]))

from pos_app.app import TillApp  # noqa: E402
from pos_app.compose import RunningTill  # noqa: E402
from pos_app.demo.panel import MANAGER  # noqa: E402
from pos_app.demo.run import Demo  # noqa: E402
from pos_app.till.till import Till  # noqa: E402
from pos_app.till.view import View  # noqa: E402
from pos_app.widgets.board import Board  # noqa: E402
from pos_app.widgets.rows import Block, cells  # noqa: E402
from pos_app.widgets.themes import Theme  # noqa: E402
from sync.till.client import Client  # noqa: E402
from sync.till.offline import OfflineReason  # noqa: E402

WIDE, HIGH, FONT = 10, 19, 16.6  # a cell and its letters, in pixels
EDMUND = 2  # the demo's member with points for a reward
os.environ["COLORTERM"] = "truecolor"  # so that the dark theme can be shown


class Session:
    """One demo on a terminal of so many columns and rows."""

    def __init__(self, language: str, theme: str, size: tuple[int, int]) -> None:
        self.demo = Demo(language, theme)
        self.size = size
        self.running: list[RunningTill] = []
        self.app = TillApp(self._start, language=language, theme=theme)

    def _start(self) -> Till:
        self.running.append(self.demo.start())
        return self.running[-1].till

    async def picture(self, *steps: "Callable[[Session], None] | str") -> str:
        """The screen after `steps`: keys by name, or something to do with the session."""
        async with self.app.run_test(size=self.size) as pilot:
            await self.until(lambda view: view.status.online)
            for step in steps:
                if isinstance(step, str):
                    await pilot.press(step)
                    await pilot.pause(0.2)
                else:
                    step(self)
                    await pilot.pause(1.5)
            rows = self.app.screen.query_one(Board).rows
            return svg(rows, self.app.palette, self.size)

    async def until(self, what: Callable[[View], bool]) -> None:
        """Wait for the view to be so."""
        while self.app.view is None or not what(self.app.view):
            await asyncio.sleep(0.1)

    def close(self) -> None:
        """End till and demo."""
        for one in self.running:
            one.close()
        self.demo.close()


def scan(session: Session) -> None:
    """Scan Edmund's card."""
    session.demo.scan(session.demo.members[EDMUND].number)


def badge(session: Session) -> None:
    """Scan the manager's badge."""
    session.demo.scan(MANAGER[1])


def counted(_session: Session) -> None:
    """Wait until the figures are there."""


def cut(session: Session) -> None:
    """End the connection: from here on the till is offline."""
    client = session.running[0].till.parts.network
    assert isinstance(client, Client)
    client.stop()
    client.context.contact.lost(OfflineReason.UNREACHABLE)


def svg(rows: Block, theme: Theme, size: tuple[int, int]) -> str:
    """Rows of text with their roles as SVG."""
    width, height = size[0] * WIDE, size[1] * HIGH
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}">',
        f'<rect width="{width}" height="{height}" fill="{theme.background}"/>',
        f'<g font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="{FONT}">',
    ]
    for y, line in enumerate(rows):
        x = 0
        for text, role in line:
            style = theme.roles[role]
            ground = style.bgcolor.name if style.bgcolor else theme.background
            colour = style.color.name if style.color else theme.foreground
            if ground != theme.background:
                box = f'x="{x * WIDE}" y="{y * HIGH}" width="{cells(text) * WIDE}" height="{HIGH}"'
                parts.append(f'<rect {box} fill="{ground}"/>')
            weight = ' font-weight="bold"' if style.bold else ""
            for word in re.finditer(r"\S+(?: \S+)*", text):
                at = (x + cells(text[: word.start()])) * WIDE
                long = cells(word[0]) * WIDE
                place = f'x="{at}" y="{y * HIGH + 15}" textLength="{long}" lengthAdjust="spacingAndGlyphs"'
                parts.append(f'<text {place} fill="{colour}"{weight}>{escape(word[0])}</text>')
            x += cells(text)
    return "\n".join([*parts, "</g>", "</svg>", ""])


PICTURES: "dict[str, tuple[str, str, tuple[int, int], tuple[Callable[[Session], None] | str, ...]]]" = {
    "idle-en-80x24": ("en", "dark", (80, 24), ()),
    "ticket-en-80x24": ("en", "dark", (80, 24), (scan, "1", "2", "3", "0")),
    "offline-fr-120x36": (
        "fr",
        "dark",
        (120, 36),
        (scan, "1", "2", "3", "0", "asterisk", "1", "enter", cut),
    ),
    "enrol-en-80x24": ("en", "dark", (80, 24), ("f3", "down", *"0612345678", "down", "2")),
    "manager-en-80x24": (
        "en",
        "dark",
        (80, 24),
        (scan, *"1230", "enter", *"450", "enter", "f12", badge, *MANAGER[2], "enter", "f9", "7", counted),
    ),
}


def main() -> None:
    """Write every picture beside this file."""
    for name, (language, theme, size, steps) in PICTURES.items():
        session = Session(language, theme, size)
        try:
            drawn = asyncio.run(session.picture(*steps))
        finally:
            session.close()
        (HERE / f"{name}.svg").write_text(drawn, "utf-8")


if __name__ == "__main__":
    main()
