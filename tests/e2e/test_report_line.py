"""`assidu report` beside a till: it asks the ledger for what the screen asks, whoever has looked there before."""

import json
import secrets
import subprocess
import sys
import time
from pathlib import Path

from tests.e2e.ledger_process import LedgerProcess
from tests.e2e.till_side import TillSide

ASSIDU = (sys.executable, "-c", "from pos_app.cli import main; main()")


def report(folder: Path, what: str) -> dict[str, list[dict[str, object]]]:
    """What the command prints as JSON about the till in `folder`."""
    done = subprocess.run(
        [*ASSIDU, "report", what, "--json", "--data", str(folder)],
        capture_output=True,
        timeout=60,
        check=True,
    )
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def test_the_command_tells_what_the_screen_would(
    ledger: LedgerProcess, till: TillSide, other: TillSide, tmp_path: Path
) -> None:
    """Another till's new member and who of each month still comes, on a till at work; without the ledger, its own."""
    for side, code in zip((till, other), ledger.codes, strict=True):
        side.pair(ledger.url, code)
    other.enrol(secrets.token_bytes(16))
    client = other.connect()
    while other.accepted() < other.head():
        client.push.step(time.time_ns() // 1_000_000)
    folder = tmp_path / "till-one"
    assert [one["month"] for one in report(folder, "members")["cohorts"]] == ["2026-05-01", "2024-05-01"]
    ledger.kill()
    assert report(folder, "members")["cohorts"] == []
