"""A programme that is wrong in every way at once: each fault with its line, its key and what to write instead."""

from pathlib import Path

from click.testing import CliRunner

from pos_app.cli import main
from rules.programme.load import check_programme

TEXT = """format = 1
[programme]
id = "t"
name = "T"
version = 2
supersedes = 2
effective_from = 2026-01-01
effective_to = 2027-01-01
timezone = "Europe/Pari"
currency = "EUR"
unit = "point"
colour = "red"

[[rule]]
id = "a"
kind = "earn.amount"
points = -1
per = 1.00
excludes = ["b"]

[[rule]]
id = "b"
kind = "earn.visit"
points = 3
excludes = ["a"]

[[rule]]
id = "c"
kind = "earn.amnt"
points = 3

[[rule]]
id = "d"
kind = "burn.money"
points = 100
value = 5.001

[[rule]]
id = "e"
kind = "earn.visit"
points = 3
when = "ticket.totl > 1.00"

[[rule]]
id = "f"
kind = "cap"
of = ["base"]
max = -5
per = "day"

[[rule]]
id = "g"
kind = "earn.visit"
point = 3
valid = { from = 2026-05-02, to = 2026-05-01 }

[tears]
measure = "spend"
"""


def test_every_fault_of_a_file_with_place_and_advice() -> None:
    """None hides another one, in whatever rule or table it stands."""
    assert [(one.line, one.rule, one.key, one.message) for one in check_programme(TEXT.encode())] == [
        (6, "programme", "supersedes", "name a version before this one"),
        (9, "programme", "timezone", "there is no time zone Europe/Pari; did you mean Europe/Paris?"),
        (12, "programme", "colour", "there is no key colour here"),
        (17, "a", "points", "give at least 1 point"),
        (19, "a", "excludes", "these rules exclude each other: a → b → a"),
        (29, "c", "kind", "there is no rule kind earn.amnt; did you mean earn.amount?"),
        (36, "d", "value", "write the amount with two decimals, such as 5.00, not 5.001"),
        (42, "e", "when", "there is no field ticket.totl; did you mean ticket.total?"),
        (48, "f", "max", "expected a whole number >= 1"),
        (54, "g", "point", "there is no key point here; did you mean points?"),
        (55, "g", "valid", "write a moment after from: to is the first moment without the rule"),
        (57, "tears", "", "there is no table tears; did you mean tiers?"),
    ]


def test_check_prints_each_with_its_line_and_a_caret(tmp_path: Path) -> None:
    """Twelve faults, twelve carets, one sentence at the end, exit status 2."""
    (tmp_path / "p.toml").write_text(TEXT, "utf-8")
    done = CliRunner().invoke(main, ["programme", "check", str(tmp_path / "p.toml")])
    assert done.exit_code == 2
    assert done.stderr == "assidu: 12 error(s): correct the lines named above, then check again.\n"
    lines = done.stdout.splitlines()
    assert sum(line.strip() == "^" for line in lines) == 12
    assert (
        f"{tmp_path / 'p.toml'}:36: d.value: write the amount with two decimals, such as 5.00, not 5.001"
        in lines
    )
    assert "    value = 5.001" in lines


def test_what_depends_on_a_broken_rule_waits(tmp_path: Path) -> None:
    """A voucher rule that cannot be read is not reported as missing by the rule that gives it."""
    head = TEXT[: TEXT.index("[[rule]]")].replace('colour = "red"\n', "").replace("Pari", "Paris")
    head = head.replace("supersedes = 2\n", "")
    cheque = '[[rule]]\nid = "cheque"\nkind = "convert"\npoints = 20\nvoucher = "two"\n'
    two = '[[rule]]\nid = "two"\nkind = "voucher"\nvalue = 2.005\nlife = "30d"\n'
    assert [one.rule for one in check_programme((head + cheque + two).encode())] == ["two"]
    assert [one.rule for one in check_programme((head + cheque).encode())] == ["cheque"]
