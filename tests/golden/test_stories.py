"""Stories that one programme cannot tell: moves from an old programme to a new one, and members who bring others in.

Every posting and every column; figures of the `told.golden` files were worked out by hand; ASSIDU_SNAPSHOTS=write
writes them anew.
"""

import csv
import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from pos_app.cli.main import main

STORIES = Path(__file__).parent / "stories"
NAMES = sorted(path.name for path in STORIES.iterdir())
EXPLAINED = {"fashion-chain": "c2", "railway": "c2", "referral": "k1/bring"}


def told(*words: str) -> str:
    """What a command prints; it must succeed."""
    result = CliRunner().invoke(main, list(words))
    assert result.exit_code == 0, result.output
    return result.output


def replayed(name: str, folder: Path) -> tuple[str, list[dict[str, str]]]:
    """The postings of a story as they are written, and the rows of its members."""
    files = [word for path in sorted((STORIES / name).glob("*.toml")) for word in ("--programme", str(path))]
    row, postings = folder / "members.csv", folder / "postings.csv"
    history = ["--tickets", str(STORIES / name / "history.ndjson"), "--redeem", "auto"]
    told("replay", *files, *history, "--out", str(row), "--ledger", str(postings))
    text = row.read_text()
    return postings.read_text() + "\n" + text, list(csv.DictReader(text.splitlines()))


@pytest.mark.parametrize("name", NAMES)
def test_a_story_goes_as_it_is_written(name: str, tmp_path: Path) -> None:
    """Postings, columns, and the explanation of one ticket."""
    golden, (found, _) = STORIES / name / "told.golden", replayed(name, tmp_path)
    files = [str(path) for path in sorted((STORIES / name).glob("*.toml"))]
    history = ["--tickets", str(STORIES / name / "history.ndjson"), "--ticket", EXPLAINED[name]]
    found += "\n" + told("programme", "explain", *files, *history, "--redeem", "auto", "--lang", "en")
    if os.environ.get("ASSIDU_SNAPSHOTS") == "write":
        golden.write_text(found)
    assert found == golden.read_text()


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_lost_on_the_way(name: str, tmp_path: Path) -> None:
    """Earned and owed is burned, converted, expired, clawed or left, for every member."""
    for row in replayed(name, tmp_path)[1]:
        got = sum(int(row[key]) for key in ("earned", "honoured", "deficit"))
        assert got == sum(int(row[key]) for key in ("burned", "converted", "expired", "clawed", "balance"))
