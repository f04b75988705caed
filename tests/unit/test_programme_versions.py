"""Several versions of one programme: every day belongs to one of them; faults name both files and the days."""

from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pos_app.cli import main
from rules.errors import ProgrammeError
from rules.history.replay import Replay
from rules.programme.load import load_programme
from rules.programme.versions import VersionFile, clashes, gaps, overlap
from tests.unit.tools_kit import history_file, run, sold

FROM, UNTIL = "effective_from = ", "effective_to = "


def text(version: int, begin: str, end: str, *more: str, name: str = "t") -> str:
    """A version of the programme `name`, one point an euro."""
    return "\n".join(
        (
            "format = 1",
            "[programme]",
            f'id = "{name}"',
            'name = "T"',
            f"version = {version}",
            FROM + begin,
            UNTIL + end,
            *more,
            'timezone = "Europe/Paris"',
            'currency = "EUR"',
            'unit = "point"',
            '[[rule]]\nid = "base"\nkind = "earn.amount"\npoints = 1\nper = 1.00',
            '[[rule]]\nid = "pay"\nkind = "burn.money"\npoints = 10\nvalue = 1.00\n',
        )
    )


FIRST = text(1, "2026-01-01", "2026-07-01")
SECOND = text(2, "2026-07-01", "2027-01-01", "supersedes = 1")


def files(*texts: str) -> list[VersionFile]:
    """Version files called a.toml, b.toml and so on."""
    return [
        VersionFile(f"{chr(97 + n)}.toml", each.encode(), load_programme(each.encode()).header)
        for n, each in enumerate(texts)
    ]


def said(*texts: str) -> list[tuple[str, str, int, str, bool]]:
    """All problems between these versions: file, key, line, message, and whether it is a warning."""
    found = (*clashes(files(*texts)), *gaps(files(*texts)))
    return [(one.file, one.key, one.line, one.message, one.warning) for one in found]


def test_versions_that_follow_each_other() -> None:
    """One ends on the day the next begins; the order of the files makes no difference."""
    assert said(FIRST, SECOND) == said(SECOND, FIRST) == []


@pytest.mark.parametrize(
    ("second", "days", "advice"),
    [
        (
            text(2, "2026-06-30", "2027-01-01"),
            "on 2026-06-30",
            "effective_to = 2026-06-30 in a.toml, or effective_from = 2026-07-01 here",
        ),
        (
            text(2, "2026-02-01", "2026-03-01"),
            "from 2026-02-01 to 2026-02-28",
            "effective_to = 2026-02-01 in a.toml, or effective_from = 2026-07-01 here",
        ),
        (text(2, "2026-01-01", "2027-01-01"), "from 2026-01-01 to 2026-06-30", "effective_from = 2026-07-01 here"),
    ],
)  # fmt: skip
def test_overlapping_versions(second: str, days: str, advice: str) -> None:
    """The later file is told which days the earlier one claims too, and both ways to part them."""
    assert said(FIRST, second) == [
        ("b.toml", "effective_from", 6, f"{days} a.toml is in force too: write {advice}", False)
    ]


def test_a_long_version_overlaps_all_later_ones() -> None:
    """The second lies inside the first, the third begins before the first ends: three pairs, three faults."""
    long = text(1, "2026-01-01", "2027-01-01")
    second, third = text(2, "2026-02-01", "2026-06-01"), text(3, "2026-05-01", "2028-01-01")
    assert [(one[0], one[3][:40]) for one in said(long, second, third)] == [
        ("b.toml", "from 2026-02-01 to 2026-05-31 a.toml is "),
        ("c.toml", "from 2026-05-01 to 2026-12-31 a.toml is "),
        ("c.toml", "from 2026-05-01 to 2026-05-31 b.toml is "),
    ]


def test_a_hole_between_versions() -> None:
    """The days without any version are named with both files."""
    later = text(2, "2026-07-04", "2027-01-01")
    assert said(FIRST, later) == [
        (
            "b.toml",
            "effective_from",
            6,
            "from 2026-07-01 to 2026-07-03 neither a.toml nor this file is in force: "
            "write effective_from = 2026-07-01 here, or effective_to = 2026-07-04 in a.toml",
            False,
        )
    ]
    assert "on 2026-07-01 neither" in said(FIRST, text(2, "2026-07-02", "2027-01-01"))[0][3]


def test_the_same_number_twice() -> None:
    """Two files that both say version 1, whatever their dates."""
    assert said(FIRST, text(1, "2026-07-01", "2027-01-01")) == [
        ("b.toml", "version", 5, "a.toml is version 1 too: give each version a number of its own", False)
    ]


@pytest.mark.parametrize(
    ("second", "third", "message"),
    [
        (SECOND, text(4, "2027-01-01", "2028-01-01", "supersedes = 3"), "version 3 is not among these files"),
        (
            SECOND,
            text(4, "2027-01-01", "2028-01-01", "supersedes = 1"),
            "b.toml (version 2) is the one before",
        ),
    ],
)
def test_a_succession_that_is_none(second: str, third: str, message: str) -> None:
    """`supersedes` names the version before, and nothing else."""
    assert said(FIRST, second, third) == [
        ("c.toml", "supersedes", 8, f"{message}: write supersedes = 2", False)
    ]


def test_the_first_version_may_follow_one_that_was_put_away() -> None:
    """A warning where it names no file here; an error where it names a later one."""
    third = text(3, "2027-01-01", "2028-01-01", "supersedes = 2")
    assert said(SECOND) == []
    assert [(one[2:]) for one in said(SECOND, third)] == [
        (8, "version 1 is not among these files: add it to have its days checked", True)
    ]
    turned = text(3, "2026-01-01", "2026-07-01", "supersedes = 2")
    assert [(one[1], one[3]) for one in said(text(2, "2026-07-01", "2027-01-01"), turned)] == [
        ("supersedes", "version 2 begins later: name the one before, or none")
    ]


def test_other_programmes_are_not_concerned() -> None:
    """Two programmes of one chain may run on the same days."""
    assert said(FIRST, text(1, "2026-01-01", "2027-01-01", name="other")) == []


def test_days_that_two_versions_share() -> None:
    """First and last day inclusive; None where one begins when the other ends."""
    one, two = (file.header for file in files(FIRST, text(2, "2026-06-01", "2026-08-01")))
    assert overlap(one, two) == overlap(two, one) == (date(2026, 6, 1), date(2026, 6, 30))
    assert overlap(*(file.header for file in files(FIRST, SECOND))) is None


def test_a_replay_of_overlapping_versions_is_refused() -> None:
    """Also where no command looked at the files before."""
    both = [load_programme(each.encode()) for each in (FIRST, text(2, "2026-06-30", "2027-01-01"))]
    with pytest.raises(ProgrammeError, match="version 2 begins before version 1 ends, on 2026-06-30"):
        Replay(both)


class Folder:
    """A folder with versions of a programme, and a history of three tickets: May, 2 July and August."""

    def __init__(self, path: Path, *texts: str) -> None:
        self.path = path
        self.versions = [path / f"v{n}.toml" for n in range(1, len(texts) + 1)]
        for file, each in zip(self.versions, texts, strict=True):
            file.write_text(each, "utf-8")
        self.history = history_file(path, [sold(day, "m", 1000) for day in (120, 178, 220)])

    def replay(self) -> Result:
        """`assidu replay` with all versions."""
        named = [part for file in self.versions for part in ("--programme", str(file))]
        out = ["--tickets", str(self.history), "--out", str(self.path / "o.csv")]
        return CliRunner().invoke(main, ["replay", *named, *out])


def test_check_names_every_fault_between_the_files_at_once(tmp_path: Path) -> None:
    """Overlap, hole, number and succession, each on its line with a caret; exit status 2."""
    third = text(8, "2027-02-01", "2028-01-01", "supersedes = 7")
    folder = Folder(tmp_path, FIRST, text(1, "2026-06-30", "2027-01-01"), third)
    done = run("check", *folder.versions)
    assert done.exit_code == 2
    assert "v2.toml:6: programme.effective_from: on 2026-06-30 " in done.stdout
    assert "v3.toml:6: programme.effective_from: from 2027-01-01 to 2027-01-31 neither" in done.stdout
    assert "v2.toml:5: programme.version: " in done.stdout
    assert "v3.toml:8: programme.supersedes: version 7 is not among these files" in done.stdout
    assert done.stdout.count("    ^") == 4
    assert done.stderr == "assidu: 4 error(s): correct the lines named above, then check again.\n"


def test_check_of_versions_that_follow_each_other(tmp_path: Path) -> None:
    """Nothing to say but the report of each."""
    done = run("check", *Folder(tmp_path, FIRST, SECOND).versions, "--lang", "en")
    assert done.exit_code == 0, done.output
    assert "2 programme file(s) without errors" in done.stdout


def test_a_broken_file_does_not_hide_what_is_wrong_between_the_others(tmp_path: Path) -> None:
    """One file with an error of its own, two that overlap: both are told."""
    broken = text(3, "2027-01-01", "2028-01-01").replace("earn.amount", "earn.amnt")
    folder = Folder(tmp_path, FIRST, text(2, "2026-06-30", "2027-01-01"), broken)
    done = run("check", *folder.versions)
    assert "v3.toml:" in done.stdout
    assert "v2.toml:6: " in done.stdout
    assert "2 error(s)" in done.stderr


@pytest.mark.parametrize("command", ["replay", "explain"])
def test_nothing_is_counted_under_versions_that_overlap(tmp_path: Path, command: str) -> None:
    """Both files and the day are named, exit status 2, and no file is written."""
    folder = Folder(tmp_path, FIRST, text(2, "2026-06-30", "2027-01-01"))
    done = (
        folder.replay()
        if command == "replay"
        else run("explain", *folder.versions, "--tickets", folder.history)
    )
    assert done.exit_code == 2
    assert "v2.toml:6: programme.effective_from: on 2026-06-30 " in done.stderr
    assert "v1.toml is in force too" in done.stderr
    assert "1 error(s) between the versions: correct the lines named above." in done.stderr
    assert not (tmp_path / "o.csv").exists()


def test_a_ticket_in_a_hole_is_named_and_the_rest_counts(tmp_path: Path) -> None:
    """The hole is told before, the ticket by its line and business date; the others have their row; exit status 2."""
    folder = Folder(tmp_path, FIRST, text(2, "2026-07-04", "2027-01-01"))
    done = folder.replay()
    assert done.exit_code == 2
    assert (
        "v2.toml:6: warning: programme.effective_from: from 2026-07-01 to 2026-07-03 neither" in done.stderr
    )
    assert "line 2: no version of the programme is in force on its business date, 2026-07-02" in done.stderr
    assert "1 line(s) were left out" in done.stderr
    assert (tmp_path / "o.csv").read_text("utf-8").splitlines()[1].startswith("m,2,2,")


def test_a_ticket_in_a_hole_is_not_explained(tmp_path: Path) -> None:
    """One sentence with its business date; the ticket after the hole is explained, the one in it is named."""
    folder = Folder(tmp_path, FIRST, text(2, "2026-07-04", "2027-01-01"))
    done = run("explain", *folder.versions, "--tickets", folder.history, "--ticket", "m-178")
    assert done.exit_code == 2
    assert "in force on its business date, 2026-07-02" in done.stderr
    done = run("explain", *folder.versions, "--tickets", folder.history, "--ticket", "m-220", "--lang", "en")
    assert "20" in done.stdout
    assert "line 2: no version of the programme is in force" in done.stderr


def test_a_first_version_that_follows_nobody_hides_no_other_fault() -> None:
    """The succession of the versions after it is looked at all the same."""
    last = text(4, "2027-01-01", "2028-01-01", "supersedes = 2")
    first = text(3, "2026-07-01", "2027-01-01", "supersedes = 1")
    assert [(one[0], one[4]) for one in said(first, last)] == [("a.toml", True), ("b.toml", False)]
