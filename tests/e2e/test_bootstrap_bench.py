"""The benchmark of the list of all members runs, small: its figures at full size are in docs/benchmark.md."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_benchmark_prints_its_table() -> None:
    """A ledger, a till that loads 60,000 members, look-ups and changes: every row has a figure."""
    command = [sys.executable, str(ROOT / "tests" / "bench" / "run.py"), "bootstrap", "--quick"]
    done = subprocess.run(command, capture_output=True, timeout=100, check=True)
    table = done.stdout.decode()
    assert "a new till loads 60,000 members" in table
    assert "factor between them" in table
    figures = [line.split("|")[2].strip() for line in table.splitlines()[2:]]
    assert len(figures) == 9
    assert all(figures)
