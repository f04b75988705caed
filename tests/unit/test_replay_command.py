"""`assidu replay`: what it prints, writes and says when something is wrong."""

import csv
import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from pos_app.cli import main
from tests.unit.history_kit import BASE, EXPIRY, HEADER, PAY, STREAK, TIERS


def ticket(name: str, at: str, cents: int = 1000, **more: Any) -> dict[str, Any]:
    """A ticket of member m with one line."""
    return {"ticket": name, "member": "m", "at": at, "lines": [{"sku": "x", "cents": cents}], **more}


YEAR = [
    ticket("1", "2026-03-02T09:00:00Z"),
    ticket("2", "2026-03-09T09:00:00Z", 2500),
    ticket("3", "2026-03-10T09:00:00Z", 500, refund_of="2"),
]


class Folder:
    """A folder with a programme and a history, and the command run in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        (path / "p.toml").write_text(HEADER + BASE + PAY + STREAK + TIERS + EXPIRY, encoding="utf-8")
        self.history(*YEAR)

    def history(self, *lines: object) -> None:
        """Write the history; texts are written as they are."""
        texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
        (self.path / "t.ndjson").write_text("\n".join(texts) + "\n", encoding="utf-8")

    def run(self, *more: str) -> Result:
        """Run the command."""
        files = ["--programme", str(self.path / "p.toml"), "--tickets", str(self.path / "t.ndjson")]
        return CliRunner().invoke(main, ["replay", *files, "--out", str(self.path / "o.csv"), *more])

    def rows(self, name: str = "o.csv") -> list[dict[str, str]]:
        """What it wrote."""
        with (self.path / name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_a_row_a_member_and_the_columns_of_the_programme(folder: Folder) -> None:
    """The columns of docs/replay.md, in their order."""
    done = folder.run("--redeem", "auto", "--as-of", "2026-04-01")
    assert done.exit_code == 0, done.output
    [row] = folder.rows()
    assert ",".join(row) == (
        "member,tickets,qualifying,visit_days,net_cents,reward_cents,paid_cents,earned,honoured,burned,"
        "converted,expired,clawed,deficit,balance,rewards,vouchers_issued,vouchers_used,vouchers_expired,"
        "tier,since:gold,earned:base,earned:tiers,earned:weeks,longest:weeks"
    )
    assert ",".join(row.values()) == ("m,2,2,2,3000,80,2920,41,0,8,0,0,6,0,27,1,0,0,0,blue,,34,0,7,2")


def test_the_ledger_of_a_replay(folder: Folder) -> None:
    """Every movement with what caused it; a tier has a line of its own."""
    assert folder.run("--redeem", "auto", "--ledger", str(folder.path / "l.csv")).exit_code == 0
    text = (folder.path / "l.csv").read_text(encoding="utf-8").splitlines()
    assert text[:5] == [
        "member,ticket,at,bdate,kind,rule,points,cents,lot,balance_after",
        "m,1,2026-03-02T09:00:00Z,2026-03-02,ACCRUE,base,10,0,1:0,10",
        "m,,2026-03-02T09:00:00Z,2026-03-02,TIER,blue,0,0,,10",
        "m,2,2026-03-09T09:00:00Z,2026-03-09,BURN,pay,-10,100,1:0,0",
        "m,2,2026-03-09T09:00:00Z,2026-03-09,ACCRUE,base,24,0,2:0,24",
    ]
    sums: dict[str, int] = {}
    for row in folder.rows("l.csv"):
        sums[row["kind"]] = sums.get(row["kind"], 0) + int(row["points"])
    [member] = folder.rows()
    assert sums["ACCRUE"] == int(member["earned"])
    assert sums["BURN"] + sums["RESTORE"] == -int(member["burned"])
    assert sums["CLAWBACK"] == -int(member["clawed"])


def test_points_die_at_the_beginning_of_their_day_in_the_shop(folder: Folder) -> None:
    """90 days after 2 March and a day: 1 June begins in Paris at 22:00 UTC the day before."""
    assert folder.run("--as-of", "2027-01-01", "--ledger", str(folder.path / "l.csv")).exit_code == 0
    dead = [row for row in folder.rows("l.csv") if row["kind"] == "EXPIRE"]
    assert (dead[0]["at"], dead[0]["bdate"]) == ("2026-05-31T22:00:00Z", "2026-06-01")
    assert folder.rows()[0]["balance"] == "0"


def test_totals_for_people_and_for_machines(folder: Folder) -> None:
    """The same figures as a table and as JSON."""
    printed = folder.run().stdout
    assert "net_cents" in printed
    assert "3,000" in printed
    told = json.loads(folder.run("--json", "--redeem", "auto").stdout)
    assert (told["members"], told["net_cents"], told["refunds"]) == (1, 3000, 1)
    assert (told["tiers"], told["ever"], told["left_out"]) == ({"blue": 1}, {"gold": 0}, 0)


def test_a_bad_line_is_named_the_rest_goes_on_and_the_status_tells(folder: Folder) -> None:
    """The rows are written, the line is named on standard error, exit status 2."""
    folder.history(YEAR[0], '{"ticket": 5}', YEAR[1], ticket("9", "2026-03-11T09:00:00Z", refund_of="7"))
    done = folder.run("--json")
    assert done.exit_code == 2
    assert "line 2: Expected `str`, got `int` - at `$.ticket`" in done.stderr
    assert "line 4: the ticket 7 of this member is not in the history before it" in done.stderr
    assert "2 line(s) were left out" in done.stderr
    assert json.loads(done.stdout)["left_out"] == 2
    assert folder.rows()[0]["tickets"] == "2"


def test_a_thousand_bad_lines_are_counted_not_listed(folder: Folder) -> None:
    """Twenty are named."""
    folder.history(*["{"] * 1000, YEAR[0])
    done = folder.run()
    assert "1000 line(s) were left out" in done.stderr
    assert done.stderr.count("\n") < 25


def test_names_of_a_file_cannot_draw_on_the_terminal(folder: Folder) -> None:
    """Escape sequences of a hostile file are shown as question marks."""
    folder.history(ticket("1", "2026-03-02T09:00:00Z", refund_of="\x1b[2J\x07"))
    done = folder.run()
    assert "\x1b" not in done.output
    assert "the ticket ?[2J? of this member" in done.stderr


def test_going_back_in_time_stops_before_anything_is_written(folder: Folder) -> None:
    """The line is named; with --sort the file is fine."""
    folder.history(YEAR[1], YEAR[0])
    done = folder.run("--ledger", str(folder.path / "l.csv"))
    assert done.exit_code == 2
    assert "line 2: the ticket 1 of member m" in done.stderr
    assert sorted(path.name for path in folder.path.iterdir()) == ["p.toml", "t.ndjson"]
    assert folder.run("--sort").exit_code == 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("--tickets", "none.ndjson"), "cannot be read"),
        (("--programme", "none.toml"), "cannot be read"),
        (("--out", "no/such/folder.csv"), "cannot be written"),
    ],
)
def test_files_that_are_not_there(folder: Folder, change: tuple[str, str], said: str) -> None:
    """One sentence, exit status 2, no traceback."""
    done = folder.run(change[0], str(folder.path / change[1]))
    assert (done.exit_code, done.stderr.count("\n")) == (2, 1)
    assert said in done.stderr


def test_a_broken_programme_is_not_used(folder: Folder) -> None:
    """All its errors, then one sentence."""
    (folder.path / "p.toml").write_text(HEADER + BASE.replace("earn.amount", "earn.amnt"), encoding="utf-8")
    done = folder.run()
    assert done.exit_code == 2
    assert "has errors" in done.stderr
    assert "earn.amount" in done.stderr


def test_a_progress_bar_on_a_terminal(folder: Folder) -> None:
    """Standard error is a terminal: the bar goes to the end there, and standard output holds the totals alone."""
    ours, theirs = pty.openpty()
    try:
        done = subprocess.run(
            [
                *(sys.executable, "-c", "from pos_app.cli import main; main()", "replay", "--json"),
                *("--programme", str(folder.path / "p.toml"), "--tickets", str(folder.path / "t.ndjson")),
                *("--out", str(folder.path / "o.csv")),
            ],
            stdout=subprocess.PIPE,
            stderr=theirs,
            timeout=60,
            check=True,
        )
        os.close(theirs)
        shown = os.read(ours, 65536).decode()
    finally:
        os.close(ours)
    assert "100%" in shown
    assert json.loads(done.stdout)["members"] == 1
