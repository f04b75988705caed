"""The examples of docs/registers.md run as they are printed, against a whole till."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.register_kit import Counter

DOC = Path(__file__).parents[2] / "docs" / "registers.md"


def blocks(kind: str) -> list[str]:
    """The fenced blocks of one kind, in their order."""
    return [part.split("```")[0] for part in DOC.read_text("utf-8").split(f"```{kind}\n")[1:]]


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    made = Counter(tmp_path / "till", lambda shop: shop.member(1, name="Martin"))
    yield made
    made.stop()


def run(command: list[str], program: str, counter: Counter) -> list[str]:
    """What a printed program says, with the places of this till in it."""
    program = program.replace("/var/lib/assidu/till", str(counter.folder)).replace("8767", str(counter.port))
    done = subprocess.run([*command, program], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_http_from_python(counter: Counter) -> None:
    """The program that asks over HTTP records its sale, and run once more it records nothing."""
    program = blocks("python")[0]
    assert run([sys.executable, "-c"], program, counter) == ["0", "3"]
    counter.ask(do="cancel")
    assert run([sys.executable, "-c"], program, counter) == ["3", "3"]
    assert len(counter.ask(do="tickets")["tickets"]) == 1
