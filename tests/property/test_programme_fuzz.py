"""Any bytes are a programme or a list of problems; every key of a TOML file is found where it stands."""

import tomllib

from hypothesis import given, settings
from hypothesis import strategies as st

from rules.programme.load import check_programme
from rules.programme.locate import Places

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
