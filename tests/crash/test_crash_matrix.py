"""Every few points of the crash matrix, and that it can fail; `tests/crash/run.py` goes through all of them."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.timeout(300)  # 5 s of work on a quiet machine
ROOT = Path(__file__).parents[2]


def matrix(*options: str) -> subprocess.CompletedProcess[str]:
    """A run of the matrix in a process of its own, whose children live and die."""
    command = [sys.executable, "tests/crash/run.py", "--times", "1", *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=280)


def test_a_till_loses_and_doubles_nothing() -> None:
    """Killed, torn or out of power at points of a ticket, it has all of it or nothing, once."""
    done = matrix("--side", "till", "--act", "close with a reward", "--every", "4")
    assert done.returncode == 0, done.stdout + done.stderr
    assert " ok |" in done.stdout


def test_a_ledger_loses_and_doubles_nothing() -> None:
    """The same of a push, on both engines."""
    done = matrix("--side", "ledger", "--act", "push answer", "--every", "2")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "| ledger on PostgreSQL: push answer | committed | 1 ok |" in done.stdout


@pytest.mark.parametrize(
    ("mutant", "act", "fault"),
    [
        ("synchronous_normal", "close a ticket", "lost"),
        ("grant_apart", "close with a reward", "kill"),
    ],
)
def test_the_matrix_can_fail(mutant: str, act: str, fault: str) -> None:
    """A commit that is not on the disk, and a grant that is drawn beside the ticket, are found out."""
    done = matrix("--side", "till", "--act", act, "--fault", fault, "--every", "3", "--mutant", mutant)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "wrong**" in done.stdout
