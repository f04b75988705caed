"""A programme that is wrong in every way at once: each fault with its line, its key and what to write instead."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from pos_app.cli import main
from rules.errors import ProgrammeError
from rules.programme.load import check_programme, load_programme
from rules.programme.locate import Places
from tests.unit.kind_kit import HEADER

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


@pytest.mark.parametrize(
    ("data", "line", "column", "shown"),
    [
        (b"", 0, 0, ""),
        (b"format = ", 1, 10, "format = "),
        (b"a = 1\nformat = = 2\n", 2, 10, "format = = 2"),
        (b"a = 1e99999999999999999999", 0, 0, ""),
        (b"\n\xff", 2, 0, ""),
        (b"a = 1\n\n# \xff\n", 3, 0, ""),
        (b"\n\n" + b"a." * 70 + b"b = 1\n\n\n", 3, 0, ""),
    ],
)
def test_what_cannot_be_read_has_its_place(data: bytes, line: int, column: int, shown: str) -> None:
    """File, line, column and text, as far as there are any."""
    first = check_programme(data, "p.toml")[0]
    assert (first.file, first.line, first.column, first.source) == ("p.toml", line, column, shown)


def test_a_file_without_a_name_is_called_programme() -> None:
    """In the check and in the loader alike."""
    assert check_programme(b"a = ")[0].file == "programme.toml"
    with pytest.raises(ProgrammeError) as caught:
        load_programme(b"a = ")
    assert caught.value.problems[0].file == "programme.toml"


def test_a_mark_of_the_byte_order_is_passed_over() -> None:
    """As some editors write it."""
    assert load_programme(b"\xef\xbb\xbf" + HEADER).header.id == "t"


@pytest.mark.parametrize(("name", "called"), [("4", "rule 1"), ('""', "rule 1"), ('"base"', "base")])
def test_a_fault_names_its_rule(name: str, called: str) -> None:
    """By its id, or by its place where it has none; what is missing is told of the rule as a whole."""
    text = f'[[rule]]\nid = {name}\nkind = "earn.amount"\nper = 1.00\n'
    (missing,) = (one for one in check_programme(HEADER + text.encode()) if "points" in one.message)
    assert (missing.rule, missing.key, missing.message) == (called, "", "the key points is missing: add it")


def test_a_condition_between_long_quotes_on_one_line() -> None:
    """The caret stands under the word."""
    text = '[[rule]]\nid = "base"\nkind = "earn.visit"\npoints = 1\n' + "lines = '''.colour == 'red' '''\n"
    (problem,) = check_programme(HEADER + text.encode())
    assert problem.source.startswith("lines = ")
    assert problem.source[problem.column - 1 :].startswith(".colour")


def test_lists_of_lists_hide_no_key() -> None:
    """A line that begins with a bracket is no heading inside of a list."""
    places = Places('a = [\n["b"],\n]\nc = 1\n')
    assert (places.find(("c",)).line, places.find(("x",)).line) == (4, 0)


@pytest.mark.parametrize(
    ("text", "key", "said"),
    [
        (
            '[tiers]\nlevels = [{ id = "a", from = 3, gives = { points = 5, pionts = 3 } }]\n',
            "levels.0.gives.pionts",
            "there is no key pionts here; did you mean points?",
        ),
        (
            '[[rule]]\nid = "x"\nkind = "earn.unit"\npoints = 1\nmax_units = "2"\n',
            "max_units",
            "expected a whole number, found a text in quotes",
        ),
    ],
)
def test_what_is_wrong_inside_of_a_value(text: str, key: str, said: str) -> None:
    """Keys of a table in a table, and what a key that may be left out takes."""
    (problem,) = check_programme(HEADER + text.encode())
    assert (problem.key, problem.message) == (key, said)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("valid", "{ from = 2026-02-01 }"),
        ("schedule", '[{ days = ["mon"] }]'),
        ("when", "'ticket.total > 1.00'"),
        ("lines", "'.promo'"),
        ("min_basket", "1.00"),
        ("stores", '["a"]'),
        ("channels", '["shop"]'),
        ("max", '{ count = 1, per = "day" }'),
        ("budget", "5"),
        ("vesting", '"1d"'),
    ],
)
def test_a_policy_holds_whatever_the_ticket(key: str, value: str) -> None:
    """Keys that would keep it from some are refused by their names."""
    found = check_programme(HEADER + f"[retention]\ninactive_months = 12\n{key} = {value}\n".encode())
    assert [(one.key, one.message.partition(":")[0]) for one in found] == [(key, f"leave {key} out")]


def test_a_condition_inside_of_a_table_on_one_line() -> None:
    """The caret stands in the line of the file, not under the same word before it."""
    text = '# .prom\n[[rule]]\nid = "card"\nkind = "stamp"\nneed = 5\nreward = { pick = "dearest", lines = ".prom" }\n'
    (problem,) = check_programme(HEADER + text.encode())
    assert problem.source == 'reward = { pick = "dearest", lines = ".prom" }'
    assert problem.source[problem.column - 1 :].startswith(".prom")
