"""The figures as files in the till's folder, for a table calculation or another program; nobody else may read them."""

import os
from pathlib import Path

from pos_app.manager import pages
from pos_app.manager.dashboard import Dashboard
from pos_app.manager.member_pages import campaigns_csv, cohorts_csv, provision_csv

FOLDER = "reports"


def export(found: Dashboard, folder: Path) -> tuple[Path, ...]:
    """Write every table as CSV and all of it as JSON below `folder`; the files. Raises OSError."""
    place = folder / FOLDER
    place.mkdir(mode=0o700, exist_ok=True)
    board = found.board
    provision = found.shop.told.provision if found.shop.told is not None else ()
    texts = {
        f"{board.day}-day.csv": pages.period_csv(board.today),
        f"{board.day}-week.csv": pages.period_csv(board.week, board.days),
        f"{board.day}-patterns.csv": pages.patterns_csv(board),
        f"{board.day}-cohorts.csv": cohorts_csv(found.crowd),
        f"{board.day}-campaigns.csv": campaigns_csv(found.campaigns),
        f"{board.day}-provision.csv": provision_csv(provision),
        f"{board.day}.json": pages.as_json(
            {
                "board": board,
                "members": found.crowd,
                "campaigns": found.campaigns,
                "provision": provision,
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
