"""A few seconds of `tests/crash/long_run.py`: real tills and a real ledger over a line that harms what passes."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.crash.faulty_line import FAULTS

ROOT = Path(__file__).parents[2]


@pytest.mark.timeout(300)
def test_books_agree_after_a_bad_line() -> None:
    """Whatever was cut, truncated, slow or sent once more, every ticket that was answered counts once."""
    command = [sys.executable, "tests/crash/long_run.py", "--seconds", "4", "--rate", "0.4", "--seed", "3"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=280)
    assert done.returncode == 0, done.stdout + done.stderr
    counted = {line.split(maxsplit=1)[1] for line in done.stdout.splitlines() if line.startswith(" ")}
    assert counted & set(FAULTS), done.stdout
    assert "sale" in counted
