"""The examples of docs/registers.md run as they are printed, against a whole till."""

import json
import subprocess
import sys
import time
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
    (tmp_path / "till" / "inbox").mkdir(parents=True, mode=0o700)
    made = Counter(tmp_path / "till", lambda shop: shop.member(1, name="Martin"), inbox="inbox")
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


def put_away(counter: Counter, name: str) -> list[tuple[str, int]]:
    """Number and total of the tickets of a file, once they are recorded."""
    answer = counter.folder / "inbox" / "done" / f"{name}.answer.json"
    end = time.monotonic() + 20
    while not (answer.exists() and not (counter.folder / "inbox" / name).exists()):
        assert time.monotonic() < end, [*(counter.folder / "inbox").rglob("*")]
        time.sleep(0.05)
    told = json.loads(answer.read_text())["tickets"]
    assert all(one["ok"] for one in told), told
    return [(one["number"].rpartition("/")[2], one["recorded"]["total"]) for one in told]


def test_files_in_the_folder(counter: Counter) -> None:
    """The program in sh, and each file as it is printed: recorded, put away, and on the member's account."""
    assert run(["sh", "-c"], blocks("sh")[0], counter) == []
    for kind, name in (("json", "day.json"), ("csv", "day.csv"), ("xml", "log.xml")):
        path = counter.folder / "inbox" / name
        path.with_suffix(".part").write_text(blocks(kind)[0], "utf-8")
        path.with_suffix(".part").chmod(0o600)
        path.with_suffix(".part").rename(path)
    assert put_away(counter, "1001.json") == [("1001", 1520)]
    assert put_away(counter, "day.json") == [("1002", 4590), ("1003", 1000), ("1004", 3590)]
    assert put_away(counter, "day.csv") == [("1005", 1520), ("1006", 1200)]
    assert put_away(counter, "log.xml") == [("1007", 300), ("1008", 300)]
    assert counter.ask(do="scan", code="2900000000018")["member"]["balance"] == 15 + 3
