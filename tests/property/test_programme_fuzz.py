"""Any bytes are a programme or a list of problems; every key of a TOML file is found where it stands."""

import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.programme.load import check_programme
from rules.programme.locate import Places
from rules.programme.source import MAX_BYTES, MAX_ERRORS

GOOD = b"""format = 1
[programme]
id = "p"
name = "P"
version = 1
effective_from = 2026-01-01
effective_to = 2027-01-01
timezone = "Europe/Paris"
currency = "EUR"
unit = "point"
[groups]
base = "sum"
[[rule]]
id = "a"
kind = "x"
group = "base"
when = "ticket.total >= 5.00 && any(lines, .promo)"
schedule = [{ days = ["mon"], from = 10:00:00 }]
excludes = ["a"]
"""

HEADER = GOOD.partition(b"[groups]")[0]
RULE = b'[[rule]]\nid = "r"\nkind = "earn.amount"\npoints = 1\nper = 1.00\n'


@pytest.mark.parametrize(
    ("head", "unit", "tail"),
    [
        (b"a = ", b"[", b""),
        (b"a = ", b"{a=", b""),
        (b"a = ", b"[[],", b""),
        (b"a", b".a", b" = 1\n"),
        (b"[a", b'."a"', b"]\n"),
        (HEADER, b"[[rule]]\n", b""),
        (HEADER, RULE.replace(b"amount", b"amont"), b""),
        (HEADER, RULE + b'when = "nobody || ((("\n', b""),
        (HEADER + RULE + b'when = "', b"!(", b'"\n'),
        (HEADER + RULE + b'when = "', b"ticket.totl || ", b'"\n'),
        (b"format = ", b"9", b"\n"),
        (b"format = 1.", b"9", b"\n"),
        (b"", b'"', b""),
        (b"", b'"""a', b""),
        (b"", b"\x00", b""),
        (b"format = 1\n", b"\x1b[2J", b""),
        (b"# ", b"\xc3\xa9", b"\n"),
        (b"", b"a.", b""),
    ],
)
@pytest.mark.timeout(30)
def test_hostile_file_of_one_mebibyte(head, unit, tail):
    """The largest file, filled with the same thing over and over, is refused soon and with a list one can read."""
    room = MAX_BYTES - len(head) - len(tail)
    problems = check_programme(head + unit * (room // len(unit)) + tail)
    assert 0 < len(problems) <= 2 * MAX_ERRORS
    assert all(line.isprintable() for problem in problems for line in problem.render().split("\n"))


def test_a_larger_file_is_not_read():
    """One byte over the limit is one fault, whatever stands in the file."""
    (problem,) = check_programme(b"#" * (MAX_BYTES + 1))
    assert "1 MiB" in problem.message


scalars = st.one_of(
    st.integers(),
    st.booleans(),
    st.just("1.5"),
    st.text(max_size=5).map(repr),
    st.just("2026-01-01"),
    st.just("[]"),
).map(str)
names = st.sampled_from(
    ["id", "kind", "when", "rule", "tiers", "valid", "label", "stores", "x-y", '"a.b"', "levels"]
)


@given(st.binary(max_size=200))
def test_any_bytes(data):
    """Arbitrary bytes never raise; they always have problems."""
    assert check_programme(data)


@settings(max_examples=200)
@given(st.integers(0, len(GOOD)), st.integers(0, 12), st.text("[]{}=\"'\n.,#a1\\", max_size=6))
def test_damaged_file(at, cut, put):
    """A file with a piece cut out or put in never raises, and each problem lies inside the file."""
    data = GOOD[:at] + put.encode() + GOOD[at + cut :]
    lines = data.decode().count("\n") + 1
    assert all(0 <= problem.line <= lines and problem.message for problem in check_programme(data))


@settings(max_examples=200)
@given(
    st.lists(
        st.tuples(st.sampled_from(["", "[[rule]]\n", "[tiers]\n", "[rule.valid]\n"]), names, scalars),
        max_size=12,
    )
)
def test_any_tables(parts):
    """Known keys with values of wrong types never raise."""
    text = "".join(f"{head}{name} = {value}\n" for head, name, value in parts)
    check_programme(text.encode())


values = st.sampled_from(
    [
        "1",
        '"a = 1"',
        "'''\n[x]\ny = 2\n'''",
        '"""\\"\\"\\" # = [\n"""',
        "[1, [2], # ]\n 3]",
        "{ a = { b = ']' } }",
        "'#'",
    ]
)


@given(st.lists(st.tuples(st.booleans(), values), min_size=1, max_size=8))
def test_every_key_is_located(parts):
    """Whatever strings, comments and brackets stand between them, keys and tables are found on their lines."""
    text, expected, index = "# start\n", {}, -1
    for number, (new_table, value) in enumerate(parts):
        if new_table or index < 0:
            index += 1
            expected["rule", index] = text.count("\n") + 1
            text += "[[rule]] # comment\n"
        expected["rule", index, f"k{number}"] = text.count("\n") + 1
        text += f"k{number} = {value}\n\n"
    tomllib.loads(text)
    places = Places(text)
    assert {path: places.find(path).line for path in expected} == expected
