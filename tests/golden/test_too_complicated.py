"""A programme that is too complicated: `check` fails, and names every reason, in both languages.

ASSIDU_SNAPSHOTS=write writes the golden files anew.
"""

import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from pos_app.cli.main import main
from rules.programme.load import check_programme, load_programme
from rules.tools.limits import DEAD_END, NO_REWARD, WHY
from rules.tools.simplicity import simplicity
from tests.unit.tools_kit import history_file, sold

HERE = Path(__file__).parent
PROGRAMME = HERE / "too-complicated.toml"


def history(folder: Path) -> Path:
    """Twenty weeks of three members: 4.00 and 5.00 a week, and 40.00 twice a week with a bread or a coffee."""
    return history_file(
        folder,
        [
            ticket
            for week in range(20)
            for ticket in (
                sold(7 * week, "a", 400),
                sold(7 * week + 1, "b", 500),
                sold(7 * week + 2, "c", 4000, category="bread"),
                sold(7 * week + 4, "c", 4000, category="coffee"),
            )
        ],
    )


@pytest.mark.parametrize("language", ["en", "fr"])
def test_check_fails_with_each_reason_named(tmp_path: Path, language: str) -> None:
    """The whole report on standard output, the reasons on standard error, exit status 1: to the letter."""
    command = ["programme", "check", str(PROGRAMME), "--history", str(history(tmp_path)), "--jobs", "1"]
    done = CliRunner().invoke(main, [*command, "--lang", language])
    assert done.exit_code == 1
    found = f"{done.stdout}--\n{done.stderr}".replace(f"{HERE}{os.sep}", "")
    golden = HERE / f"too-complicated.{language}.golden"
    if os.environ.get("ASSIDU_SNAPSHOTS") == "write":
        golden.write_text(found, "utf-8")
    assert found == golden.read_text("utf-8")


def test_every_reason_there_is(tmp_path: Path) -> None:
    """With the golden programme, one without any reward and one with points for nothing, no reason is left out."""
    assert check_programme(PROGRAMME.read_bytes()) == ()
    command = [
        "programme",
        "check",
        str(PROGRAMME),
        "--history",
        str(history(tmp_path)),
        "--jobs",
        "1",
        "--lang",
        "en",
    ]
    named = CliRunner().invoke(main, command).stderr.splitlines()
    assert len(named) == len(WHY) - 2
    text = PROGRAMME.read_text("utf-8")
    head, stamp = text[: text.index("[expiry]")], text.index('[[rule]]\nid = "coffee"')
    base = text[text.index('[[rule]]\nid = "base"') : text.index('[[rule]]\nid = "bread"')]
    card = text[stamp : text.index("# Points become a voucher")]
    for rules, reason in ((base, NO_REWARD), (base + card, DEAD_END)):
        found = simplicity(load_programme((head + rules).encode()))
        assert [one.reason for one in found.failings] == [reason]
