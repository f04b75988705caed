"""The figures as files in the till's folder, for a table calculation or another program; nobody else may read them."""

import os
from pathlib import Path

from pos_app.manager import pages
from pos_app.manager.dashboard import Dashboard

FOLDER = "reports"


def export(found: Dashboard, folder: Path) -> tuple[Path, ...]:
    """Write today, the week and everything as CSV and JSON below `folder`; the files. Raises OSError."""
    place = folder / FOLDER
    place.mkdir(mode=0o700, exist_ok=True)
    board = found.board
    texts = {
        f"{board.day}-day.csv": pages.period_csv(board.today),
        f"{board.day}-week.csv": pages.period_csv(board.week, board.days),
        f"{board.day}-patterns.csv": pages.patterns_csv(board),
        f"{board.day}.json": pages.as_json(
            {
                "board": board,
                "members": found.crowd,
                "campaigns": found.campaigns,
                "provision": found.shop.told.provision if found.shop.told is not None else (),
            }
        ),
    }
    return tuple(_write(place / name, text) for name, text in texts.items())


def _write(path: Path, text: str) -> Path:
    with os.fdopen(
        os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
    ) as file:
        file.write(text)
    return path
