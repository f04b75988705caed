"""Faults of conditions: what is said, and where the caret points."""

import pytest

from rules.errors import ProgrammeError
from rules.language.condition import compile_condition, compile_filter
from rules.language.fields import programme_schema
from rules.language.tree import BOOL, FieldSpec, enum

SCHEMA = programme_schema(
    ("base", "gold"),
    {
        "member.diet": FieldSpec(enum("none", "vegan"), optional=True, warn=True),
        "member.vip": FieldSpec(BOOL, optional=True),
    },
)


def faults(source, compile_=compile_condition):
    with pytest.raises(ProgrammeError) as caught:
        compile_(source, SCHEMA)
    return caught.value.problems


def warnings(source):
    return [problem.message for problem in compile_condition(source, SCHEMA).problems]


@pytest.mark.parametrize(
    ("source", "at", "said"),
    [
        (
            "ticket.total >= 5000",
            "5000",
            "cannot compare money with int (write the amount with two decimals)",
        ),
        ("5 <= ticket.total", "5", "cannot compare int with money (write the amount with two decimals)"),
        ("ticket.total >= 50.0", "50.0", "two decimals"),
        ("ticket.total >= 50.000", "50.000", "write the amount with two decimals, such as 50.00, not 50.000"),
        ("event.cents > 20", "20", "write the amount with two decimals"),
        ("member.status == 'sleeping'", "'sleeping'", "use one of: active, at_risk, dormant"),
        ("visit.zones == 'garden'", "visit.zones", "write 'text' in visit.zones"),
        ("has(visit.zones)", "visit.zones", "holds several texts"),
        ("member.tier in visit.zonez", "visit.zonez", "did you mean visit.zones?"),
        ("'gold' in member.tier", "member.tier", "is no list: write the values in brackets"),
        ("3 in visit.zones", "3", "cannot compare int with texts"),
        ("member.points * member.days * member.points > 1", "member", "can become too large"),
        ("sum(lines, .qty * 100000) > 1", "sum", "can become too large"),
        ("any(lines, member.points * member.days > .qty)", "member", "can become too large"),
        ("ticket.totl >= 50.00", "ticket.totl", "did you mean ticket.total?"),
        ("member.tier == 'gld'", "'gld'", "did you mean gold?"),
        ("member.tier in ['gold', 'x']", "'x'", "use one of: base, gold"),
        ("member.tier > 'gold'", "member", "enum has no order"),
        ("member.months = 6", "= 6", "write == to compare"),
        ("member.vip & true", "& true", "write && for and"),
        ("member.vip and true", "and", "write && for and"),
        ("not member.vip", "not", "write ! for not"),
        ("store.id == 'lyon", "'lyon", "close the text"),
        ("anny(lines, .promo)", "anny", "did you mean any?"),
        ("any(.promo)", ".promo", "expected lines"),
        ("any(line, .promo)", "line,", "expected lines"),
        ("member.points 12 > 3", "12", "expected an operator, found 12"),
        ("member.vip true", "true", "expected an operator, found true"),
        ("ticket.total > 100000000.01", "100000000.01", "too large"),
        ("clock.date > clock.date + 36601d", "36601d", "too large"),
        ("min(1, 2] > 1", "]", "expected ), found ]"),
        ("member.points in (1, 2)", "(", "expected [, found ("),
        ("in == 3", "in", "expected a value, found in"),
        (".promo", ".promo", "inside any, all, count or sum"),
        ("any(lines, .colour == 'red')", ".colour", "a line has no field .colour"),
        ("any(lines, any(lines, .promo))", "any(lines, .", "cannot stand inside"),
        ("ticket.total / 0 > 1.00", "0 >", "divide by a whole number other than 0"),
        ("ticket.total / ticket.lines > 1.00", "ticket.lines", "divide by a whole number"),
        ("ticket.total * ticket.total > 1.00", "ticket.total *", "cannot multiply money with money"),
        ("clock.date - member.since > 14", "14", "write the days as 14d"),
        ("ticket.lines", "ticket.lines", "expected a condition that is true or false, found int"),
        ("1 < 2 < 3", "< 3", "join two comparisons with &&"),
        ("clock.date > 2026-02-30", "2026", "no day of the calendar"),
        ("clock.time > 25:00", "25:00", "no time of day"),
        ("ticket.lines > 99999999999", "999", "too large"),
        ("has('x')", "'x'", "the name of a field"),
        ("member.vip)", ")", "expected an operator"),
        ("true ? 1 : 2.00", "true", "cannot choose int with money"),
        ("min(1)", "min", "two values or more"),
        ("-member.tier == 1", "-member", "cannot negate enum"),
        ("sum(lines, .sku) == 1", ".sku", "cannot take the sum of string"),
        ("member.tier in [store.id]", "store.id", "write constants in the list"),
        ("ticket.lines in [1, -2.00]", "-2.00", "cannot compare int with money"),
        ("clock.date / 2 == clock.date", "clock.date", "cannot divide date"),
        ("ticket.lines / 2.00 == 1", "2.00", "divide by a whole number"),
        ("ticket.total - 1 > 1.00", "ticket.total", "cannot subtract money with int"),
        ("ticket.total + 14d > 1.00", "ticket.total", "cannot add money with duration"),
        ("min(1, true) == 1", "true", "cannot take the min of bool"),
        ("max(1, 2.00) == 1", "2.00", "cannot compare int with money"),
        ("min(nobody, 1) > 1", "nobody", "there is no field nobody"),
        ("sum(lines, .nothing) > 1", ".nothing", "a line has no field"),
    ],
)
def test_fault_names_its_place(source, at, said):
    """The message says what to write and the column is the one where the wrong thing starts."""
    first = faults(source)[0]
    assert said in first.message
    assert first.column == source.index(at) + 1
    assert first.render().splitlines()[1:] == [f"    {source}", "    " + " " * source.index(at) + "^"]


def test_end_of_source():
    """A condition that stops too early is reported behind its last character."""
    assert faults("member.vip &&")[0].column == len("member.vip &&") + 1
    assert "ends too early" in faults("")[0].message


def test_all_faults_at_once():
    """The checker goes on after a fault and names each one in the order of the source."""
    found = faults("ticket.total > 1 && nobody && member.tier == 'gol'")
    assert [problem.column for problem in found] == [16, 21, 46]


def test_line_of_a_long_condition():
    """In a condition over several lines the fault names its own line."""
    found = faults("ticket.total > 1.00\n  && nobody")[0]
    assert (found.line, found.column, found.source) == (2, 6, "  && nobody")


def test_limits():
    """Source length and nesting are bounded, whichever way the tree grows."""
    assert "2000 characters" in faults("true" + " " * 2000)[0].message
    for deep in ("(" * 41 + "true" + ")" * 41, "!" * 41 + "true", "1" + "+1" * 41 + " == 42", "has(" * 400):
        assert faults(deep)
    assert compile_condition("(" * 39 + "member.vip" + ")" * 39, SCHEMA).run({}, ()) is False
    assert "nested deeper" in faults("(" * 40 + "member.vip" + ")" * 40)[0].message
    assert compile_condition(" || ".join(["member.vip"] * 140), SCHEMA).run({}, ()) is False


def test_no_aggregate_in_a_filter():
    """A line filter is about one line: it has no loops over all of them."""
    assert "cannot stand inside" in faults("count(lines) > 1", compile_filter)[0].message


@pytest.mark.parametrize(
    "source",
    [
        "has(member.diet) && member.diet != 'vegan'",
        "member.diet != 'vegan' && has(member.diet)",
        "!has(member.diet) || member.diet == 'vegan'",
        "has(member.diet) ? member.diet == 'vegan' : false",
        "!(!has(member.diet) || member.vip) && member.diet == 'none'",
        "member.months > 3",
    ],
)
def test_no_warning_where_has_guards(source):
    """A guard by `has` silences the warning, on either side and through `!`, `||` and `? :`."""
    assert warnings(source) == []


@pytest.mark.parametrize(
    "source",
    [
        "member.diet != 'vegan'",
        "has(member.diet) || member.diet == 'vegan'",
        "has(member.diet) ? true : member.diet == 'none'",
    ],
)
def test_warning_where_has_is_missing(source):
    """An optional profile field without a guard is compared on purpose or by mistake: it is pointed out."""
    assert any("has(member.diet)" in message for message in warnings(source))


def test_constant_condition_is_pointed_out():
    """A condition that never depends on anything is a mistake."""
    assert warnings("1 + 1 == 2") == ["this is always true: leave it out or name a field"]


def test_nothing_unprintable_in_a_message():
    """Control characters of a file never reach the terminal through an error."""
    for source in ("\x1b[2J", "store.id == '\x1b'", "a\x07"):
        assert all(text.isprintable() for text in faults(source)[0].render().splitlines())


def test_one_fault_is_said_once():
    """What follows from a part that is broken is not told again."""
    for source in (
        "nobody + 1 > 2",
        "-nobody > 2",
        "min(nobody, 1) > 2",
        "nobody in [1]",
        "nobody / 2 > 1",
        "!nobody",
    ):
        assert len(faults(source)) == 1
    assert len(faults("(true ? nobody : 1) > 2")) == 1
