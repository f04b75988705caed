"""The programmes a shop can start from, each on a short history: every posting, every column, one explanation.

The figures in the `.golden` files were worked out by hand; ASSIDU_SNAPSHOTS=write writes them anew.
"""

import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from pos_app.cli.main import main
from rules.programme.load import check_programme

HERE = Path(__file__).parent
PROGRAMMES = HERE.parents[1] / "assets" / "programmes"
NAMES = sorted(path.stem for path in PROGRAMMES.glob("*.toml"))


def told(*words: str) -> str:
    """What a command prints; it must succeed."""
    result = CliRunner().invoke(main, list(words))
    assert result.exit_code == 0, result.output
    return result.output


def story(name: str, tmp_path: Path) -> str:
    """The postings, the row of every member, and why the last ticket earned what it did, in both languages."""
    programme, history = str(PROGRAMMES / f"{name}.toml"), str(HERE / f"{name}.ndjson")
    row, postings = tmp_path / "members.csv", tmp_path / "postings.csv"
    both = ["--programme", programme, "--tickets", history, "--redeem", "auto"]
    told("replay", *both, "--out", str(row), "--ledger", str(postings))
    parts = [postings.read_text(), row.read_text()]
    for language in ("en", "fr"):
        parts.append(
            told(
                "programme",
                "explain",
                programme,
                "--tickets",
                history,
                "--redeem",
                "auto",
                "--lang",
                language,
            )
        )
    return "\n".join(parts)


@pytest.mark.parametrize("name", NAMES)
def test_a_programme_does_what_it_says(name: str, tmp_path: Path) -> None:
    """Postings, columns and explanation of a short history, to the letter."""
    golden, found = HERE / f"{name}.golden", story(name, tmp_path)
    if os.environ.get("ASSIDU_SNAPSHOTS") == "write":
        golden.write_text(found)
    assert found == golden.read_text()


@pytest.mark.parametrize("name", NAMES)
def test_a_programme_can_be_started_from(name: str) -> None:
    """No error, no warning, and simple enough for its customers."""
    path = PROGRAMMES / f"{name}.toml"
    assert check_programme(path.read_bytes()) == ()
    assert "simple enough" in told("programme", "check", str(path), "--lang", "en")


@pytest.mark.parametrize("name", NAMES)
def test_a_programme_speaks_both_languages(name: str) -> None:
    """Every label and every comment block of a file that a shop starts from is there in French and English."""
    text = (PROGRAMMES / f"{name}.toml").read_text()
    labels = [line for line in text.splitlines() if line.startswith(("label", "name", "unit"))]
    assert labels
    assert all("fr =" in line and "en =" in line for line in labels)
