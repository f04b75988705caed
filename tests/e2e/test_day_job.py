"""The day job inside a real ledger process, and its command beside it."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from click.testing import CliRunner

from pos_app.cli.main import main
from tests.e2e.ledger_process import LedgerProcess, write_shop

CONVERT = """
[[rule]]
id = "hundred"
kind = "convert"
points = 100
voucher = "five-off"

[[rule]]
id = "five-off"
kind = "voucher"
value = 5.00
"""
QUIET = """
[expiry]
inactivity = "40d"
"""


def assidu(*words: str) -> list[Any]:
    """A command's output, one JSON object a line."""
    done = CliRunner().invoke(main, list(words), catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_the_running_ledger_does_its_day_and_the_command_finds_it_done(tmp_path: Path) -> None:
    """What 120 opening points can become is made as the ledger starts; ahead, the rest lapses by absence."""
    db = tmp_path / "ledger.db"
    folder = write_shop(tmp_path / "shop")
    programme = folder / "programme.toml"
    programme.write_text(programme.read_text("utf-8") + CONVERT + QUIET, "utf-8")
    with LedgerProcess(db, folder) as ledger:
        told: list[Any] = []
        while [one["cause"] for one in told] != [
            "ADJUST",
            "CONVERT",
            "CONVERT",
        ]:  # the test's timeout ends it
            told = assidu("ledger", "effects", "--json", "--db", str(db))
        assert [(one["asset"], one["quantity"]) for one in told[1:]] == [
            ("points", 100),
            ("voucher:five-off", 1),
        ]
        assert assidu("ledger", "day", "--json", "--db", str(db)) == []
        ahead = date.today() + timedelta(days=50)
        days = assidu("ledger", "day", "--dry-run", "--date", ahead.isoformat(), "--json", "--db", str(db))
        lapsed = [one["done"]["expiry"] for one in days if "expiry" in one["done"]]
        assert lapsed == [{"count": 1, "points": 20}]
        assert assidu("ledger", "effects", "--json", "--db", str(db)) == told
        status, log = ledger.stop()
    lines = [json.loads(line) for line in log.splitlines()]
    [line] = [line for line in lines if line["event"] == "day"]
    assert (status, line["store"]) == (0, "halles")
    assert line["done"]["conversion"] == [1, 100]
    assert abs(date.fromisoformat(line["day"]) - datetime.now(UTC).date()) <= timedelta(days=1)


def test_the_command_prints_a_table(tmp_path: Path) -> None:
    """Store, day, what, how often and how many points; then that all is done."""
    db = tmp_path / "ledger.db"
    folder = write_shop(tmp_path / "shop")
    with LedgerProcess(db, folder):
        pass
    ahead = (datetime.now(ZoneInfo("Europe/Paris")).date() + timedelta(days=1)).isoformat()
    words = ["ledger", "day", "--dry-run", "--date", ahead, "--db", str(db)]
    done = CliRunner().invoke(main, words)
    assert (done.exit_code, "Nothing would happen" in done.stdout) == (0, True)
    late = CliRunner().invoke(main, ["ledger", "day", "--date", "2999-01-01", "--db", str(db)])
    assert (late.exit_code, "--dry-run" in late.stderr) == (2, True)
