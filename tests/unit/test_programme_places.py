"""Where the faults of a file stand in it, and what is said of values of every shape."""

from typing import Annotated, Any, Literal

import msgspec
import pytest

from rules.programme.load import check_programme
from rules.programme.locate import Path, Places
from rules.programme.source import Source
from rules.programme.tables import convert_table
from rules.programme.values import Cents
from tests.unit.history_kit import BASE, CARD, HEADER

TEXT = """[[X]]
"aX" = "]"
[[rule]]
id = 'a'
[rule.reward.item]
b = [
  "[", { c = 1 },
]
  [rule."d]"]
e = 1
[[rule]]
[rule.reward]
"""


@pytest.mark.parametrize(
    ("path", "line", "column"),
    [
        (("X", 0), 1, 1),
        (("X", 0, "aX"), 2, 1),
        (("rule", 0), 3, 1),
        (("rule", 0, "reward", "item"), 5, 1),
        (("rule", 0, "reward", "item", "b"), 6, 1),
        (("rule", 0, "d]"), 9, 3),
        (("rule", 0, "d]", "e"), 10, 1),
        (("rule", 1, "reward"), 12, 1),
        (("rule", 1, "reward", "unknown"), 12, 1),
        (("nothing",), 0, 0),
    ],
)
def test_tables_and_keys_are_found(path: Path, line: int, column: int) -> None:
    """By header and by key, quoted or not, over several lines; what is not there is found around it."""
    assert Places(TEXT).find(path)[:2] == (line, column)


@pytest.mark.parametrize(
    "written",
    [
        '"{}"',
        "'{}'",
        '"""{}"""',
        "'''{}'''",
        '"""\n{}"""',
        "'''\n{}'''",
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_fault_in_a_condition_has_its_place(written: str, end: str) -> None:
    """In every kind of quotes, whatever ends the lines."""
    text = HEADER + BASE + "when = " + written.replace("{}", "ticket.total > 1.00 && ticket.totl > 1.00")
    (one,) = [each for each in check_programme(text.replace("\n", end).encode()) if not each.warning]
    at = text.index("ticket.totl")
    assert (one.line, one.column) == (text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at))
    assert one.source == text.split("\n")[one.line - 1]


def test_a_condition_of_several_lines_may_end_them_as_windows_does() -> None:
    """The second line of it is the line of the file."""
    text = HEADER + BASE + "when = '''\nticket.total > 1.00\n&& ticket.totl > 1.00'''\n"
    (one,) = [each for each in check_programme(text.replace("\n", "\r\n").encode()) if not each.warning]
    assert (one.line, one.column) == (text[: text.index("ticket.totl")].count("\n") + 1, 4)


def test_the_same_condition_twice_has_two_places() -> None:
    """Inside an inline table it is looked for from that table on, and found in the first that has it."""
    wrong = CARD.replace('reward = { lines = ".category', 'reward = { lines = ".categry')
    other = wrong.replace('"card"', '"other"')
    told = [one for one in check_programme((HEADER + wrong + other).encode()) if not one.warning]
    lines = (HEADER + wrong + other).split("\n")
    assert [lines[one.line - 1] == one.source for one in told] == [True, True]
    assert len({one.line for one in told}) == 2


def test_a_fault_without_a_place_shows_no_line() -> None:
    """Nothing of the header is there."""
    (one,) = [each for each in check_programme(b"format = 1\nfields = {}") if each.rule == "programme"]
    assert (one.line, one.column, one.source) == (0, 0, "")


def test_what_a_kind_finds_in_an_inner_table_has_the_place_of_that_table() -> None:
    """`goodwill.max` of incidents stands under a header of its own."""
    alert = '[incidents]\nkinds = { noise = 1 }\nwindow = "30d"\nred_alert = 3\n'
    text = HEADER + BASE + alert + "[incidents.goodwill]\npresets = [10]\nmax = 0\n"
    told = [one for one in check_programme(text.encode()) if one.key == "goodwill.max"]
    assert [one.source for one in told] == ["max = 0"]


def test_a_syntax_error_says_what_is_wrong() -> None:
    """The reason is that of the reader."""
    (one,) = check_programme(b"format = \n")
    assert one.message == "correct the TOML syntax: Invalid value"


class Inner(msgspec.Struct, frozen=True):
    """A table inside a table."""

    at: int
    mode: Literal["wide", "narrow"] = "wide"
    price: Cents = Cents(100)


class Other(msgspec.Struct, frozen=True, tag="other", tag_field="kind", forbid_unknown_fields=True):
    """One of two tables."""

    mode: Literal["wide", "narrow"] = "wide"


class Another(msgspec.Struct, frozen=True, tag="another", tag_field="kind", forbid_unknown_fields=True):
    """The other one."""

    size: int = 1


class Deep(msgspec.Struct, frozen=True):
    """A table with a table."""

    inner: Inner


class Outer(msgspec.Struct, frozen=True):
    """Tables in every way in which a table can hold them."""

    alone: Inner | None = None
    several: tuple[Inner, ...] = ()
    named: dict[str, Inner] = {}
    marked: Annotated[Inner, msgspec.Meta(title="marked")] | None = None
    deep: Deep | None = None
    either: Other | Another | None = None
    way: Literal["left", "right"] = "left"


def told(**raw: Any) -> list[tuple[Path, str]]:
    """What is said of a table with these values."""
    faults: list[tuple[Path, str]] = []
    convert_table(raw, Outer, lambda path, message: faults.append((path, message)))
    return faults


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        ({"alone": {"at": 1, "moed": "wide"}}, ("alone", "moed")),
        ({"several": [{"at": 1}, {"at": 2, "moed": "wide"}]}, ("several", 1, "moed")),
        ({"named": {"a": {"at": 2, "moed": "wide"}}}, ("named", "a", "moed")),
        ({"marked": {"at": 2, "moed": "wide"}}, ("marked", "moed")),
        ({"deep": {"inner": {"at": 1, "moed": 1}}}, ("deep", "inner", "moed")),
    ],
)
def test_a_misspelt_key_of_an_inner_table_is_named(raw: dict[str, Any], path: Path) -> None:
    """Wherever the table stands; msgspec alone would pass it over."""
    ((where, message),) = told(**raw)
    assert where == path
    assert message.startswith("there is no key moed here")
    assert "mode" in message


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        ({"alone": {"at": 1, "mode": "wid"}}, ("alone", "mode")),
        ({"several": [{"at": 2, "mode": "wid"}]}, ("several", "mode")),
        ({"marked": {"at": 2, "mode": "wid"}}, ("marked", "mode")),
        ({"deep": {"inner": {"at": 1, "mode": "wid"}}}, ("deep", "inner", "mode")),
        ({"either": {"kind": "other", "mode": "wid"}}, ("either", "mode")),
    ],
)
def test_a_misspelt_choice_of_an_inner_table_is_named(raw: dict[str, Any], path: Path) -> None:
    """With the choice that is meant."""
    ((where, message),) = told(**raw)
    assert tuple(part for part in where if isinstance(part, str) and part.isalpha()) == path
    assert message.startswith("'wid' is not possible here")
    assert "wide" in message


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ({"way": "le\nft"}, "'le\\nft' is not possible here"),
        ({"several": [{}]}, "the key at is missing: add it"),
        ({"several": 3}, "expected a list, found a whole number"),
        ({"named": 3}, "expected a table, found a whole number"),
        ({"alone": {"at": 1, "price": 3}}, "write the amount with two decimals: 3.00"),
        ({"either": {"kind": "other", "size": 2}}, "Object contains unknown field size"),
    ],
)
def test_other_faults_are_told_in_words(raw: dict[str, Any], said: str) -> None:
    """Without the quotes of the library that finds them."""
    ((_, message),) = told(**raw)
    assert message.startswith(said)
    assert "`" not in message


def test_the_source_has_no_more_lines_than_the_file() -> None:
    """A fault of nothing that is known stands in no line."""
    source = Source(b"a = 1", "f.toml")
    source.report(("b",), "add b")
    assert (source.problems[0].line, source.problems[0].source) == (0, "")
