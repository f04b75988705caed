"""What the tests of the programme tools share: a programme's text, and a history written as JSON lines."""

import json
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from pos_app.cli.main import main

HEADER = """format = 1
[programme]
id = "t"
name = "T"
version = {version}
effective_from = 2030-01-01
effective_to = 2031-01-01
timezone = "Europe/Paris"
currency = "EUR"
unit = "point"
"""
BASE = '[[rule]]\nid = "base"\nkind = "earn.amount"\npoints = 1\nper = 1.00\n'
FIVE = '[[rule]]\nid = "five"\nkind = "burn.money"\npoints = 100\nvalue = 5.00\n'
COFFEE = (
    '[[rule]]\nid = "coffee"\nkind = "stamp"\nlines = ".category == \'coffee\'"\nneed = 10\n'
    'reward = { kind = "free_unit", lines = ".category == \'coffee\'", max_value = 4.50 }\n'
)
START = date(2026, 1, 5)


def programme_file(folder: Path, name: str, *rules: str, version: int = 1) -> Path:
    """A programme file with these rules."""
    path = folder / name
    path.write_text(HEADER.format(version=version) + "".join(rules), "utf-8")
    return path


def sold(
    day: int, member: str, cents: int, *, store: str = "s1", category: str = "food", **more: Any
) -> dict[str, Any]:
    """A ticket of one line, `day` days after the first day of all histories, at nine in the morning UTC."""
    at = f"{START + timedelta(days=day)}T09:00:00Z"
    lines = [{"sku": category.upper(), "category": category, "qty": 1, "cents": cents}]
    return {
        "ticket": f"{member}-{day}",
        "member": member,
        "store": store,
        "till": "1",
        "at": at,
        "lines": lines,
        **more,
    }


def history_file(folder: Path, tickets: Iterable[dict[str, Any]], name: str = "history.ndjson") -> Path:
    """A history file with these tickets."""
    path = folder / name
    path.write_text("".join(json.dumps(ticket) + "\n" for ticket in tickets), "utf-8")
    return path


def run(*arguments: object) -> Result:
    """`assidu programme …` in this process."""
    return CliRunner().invoke(main, ["programme", *[str(each) for each in arguments]])
