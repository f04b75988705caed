"""Parts of conditions inside other parts, on tickets and on lines: their values, their types and their faults."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from rules.account import Account
from rules.errors import ProgrammeError
from rules.facts import facts_of
from rules.language.condition import compile_condition
from rules.language.faults import Fault, printable, problem_of
from rules.language.fields import programme_schema
from rules.language.lines import IndexedLines
from rules.language.tree import BOOL, INT, FieldSpec, enum
from rules.ticket import Line, Ticket

SCHEMA = programme_schema(
    ("base", "gold"),
    {
        "member.diet": FieldSpec(enum("none", "vegan"), optional=True, warn=True),
        "member.shoes": FieldSpec(INT, optional=True, warn=True),
        "member.vip": FieldSpec(BOOL, optional=True),
    },
)
LINES = (
    Line(cents=450, sku="A1", category="coffee"),
    Line(cents=1250, sku="B2", category="wine", qty=Decimal(2), promo=True),
)
TICKET = Ticket("t1", LINES, date(2026, 3, 3), 870, "lyon", "till-1", zones=("garden", "vegan"))
MEMBER = Account(member=7, since=date(2025, 9, 15), tier="gold", visits=3, balance={"points": 120})


def holds(source: str, account: Account = MEMBER, lines: Any = LINES, **facts: object) -> object:
    known = {**facts_of(TICKET, account, TICKET.gross), **facts}
    return compile_condition(source, SCHEMA).run(known, lines)


def faults(source: str) -> list[str]:
    try:
        return [one.message for one in compile_condition(source, SCHEMA).problems if not one.warning]
    except ProgrammeError as error:
        return [one.message for one in error.problems if not one.warning]


@pytest.mark.parametrize(
    "source",
    [
        "-ticket.lines < 0 && -member.months == -5",
        "any(lines, -.qty == -2) && !any(lines, -.qty == 2)",
        "any(lines, .cents + .cents == 25.00) && any(lines, .cents - .cents == 0.00)",
        "1 + ticket.lines == 3 && ticket.lines + member.months == 7",
        "90d + member.since < clock.date && 1d + clock.date == 2026-03-04",
        "any(lines, .cents * member.months == 62.50) && any(lines, member.months * .cents == 62.50)",
        "any(lines, .cents * 1 < .cents * 2) && any(lines, .cents > member.months * 2.00)",
        "any(lines, member.months * 2.00 < .cents) && any(lines, .cents * 2 > .cents * 1)",
        "any(lines, (.promo ? member.months : 1) > 4) && any(lines, -(.promo ? member.months : 1) == -5)",
        "any(lines, (.promo ? 'x' : .sku) in ['x', 'y'])",
        "any(lines, max(.cents, 5.00) == 5.00) && any(lines, min(.cents, 5.00) == 5.00)",
        "any(lines, (.promo ? 0.00 : .cents) == 4.50) && any(lines, (.promo ? .cents : 0.00) == 12.50)",
        "(false ? 1 : ticket.lines) == 2 && (ticket.lines == 2 ? ticket.lines : 1) == 2",
        "false || ticket.lines == 9 || ticket.lines == 2",
        "!(ticket.lines == 2 && ticket.lines == 9 && true)",
        "sum(lines, .qty) in [-1, 3]",
    ],
)
def test_what_a_part_is_worth_inside_another(source: str) -> None:
    """Signs, sums, choices and extremes read the ticket and the line that they stand in."""
    assert holds(source) is True


@pytest.mark.parametrize(
    "source",
    [
        "ticket.lines < member.months",
        "ticket.lines != member.months",
        "member.months < ticket.lines",
        "(ticket.lines > 0 ? member.months : 1) > 0",
        "(ticket.lines > 9 ? 1 : member.months) > 0",
        "(member.vip ? 1 : 2) == 1",
        "max(member.months, 1) > 0",
        "max(1, member.months) > 0",
        "sum(lines, member.months) > 0",
        "any(lines, (.promo ? member.vip : .promo) && true)",
        "any(lines, -member.months < 0)",
        "member.shoes in [1, 2]",
        "member.diet in visit.zones",
    ],
)
def test_what_is_absent_inside_another_part_makes_it_false(source: str) -> None:
    """Handed on by choices, extremes and sums; never taken for a number."""
    assert holds(source, account=Account()) is False


def test_a_profile_field_is_found_in_a_list() -> None:
    """Present it is compared, and a list of which nothing is known has nothing in it."""
    known = {"member.diet": "vegan", "member.vip": True}
    assert holds("member.diet in visit.zones", **known) is True
    assert holds("any(lines, (.promo ? member.vip : .promo) && .qty > 1)", **known) is True
    assert compile_condition("'garden' in visit.zones", SCHEMA).run({}, ()) is False


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("any(lines, .category == 'wine' && member.points > 100)", True),
        ("any(lines, .category == 'wine' && member.points > 200)", False),
        ("all(lines, .category == 'wine')", False),
        ("all(lines, .category in ['wine', 'coffee'])", True),
        ("any(lines, .promo)", True),
        ("count(lines, .qty >= 1) == 2 && count(lines, .category == 'wine') == 1", True),
        ("sum(lines, .category == 'wine' ? .cents : 1.00) == 13.50", True),
    ],
)
def test_lines_that_can_be_looked_up_give_the_same(source: str, value: bool) -> None:
    """An index over the lines only saves time."""
    assert holds(source) is value
    assert holds(source, lines=IndexedLines(LINES)) is value


GUARDED = [
    "-member.shoes > 1",
    "member.shoes + 1 > 2",
    "1 + member.shoes > 2",
    "member.shoes > 2",
    "2 < member.shoes",
    "member.shoes in [1]",
    "member.diet in visit.zones",
    "(member.shoes > 1 ? true : false)",
    "max(1, member.shoes) > 1",
    "(member.vip ? member.shoes > 1 : true)",
    "(member.vip ? true : member.shoes > 1)",
    "any(lines, .qty > member.shoes)",
]


@pytest.mark.parametrize("source", GUARDED)
def test_a_guard_reaches_into_every_part(source: str) -> None:
    """Where `has` stands beside it there is no warning, and without it there is one."""
    guard = "has(member.shoes) && has(member.diet)"
    assert compile_condition(f"{guard} && {source}", SCHEMA).problems == ()
    assert [one.warning for one in compile_condition(source, SCHEMA).problems] == [True]


@pytest.mark.parametrize(
    "source",
    [
        "(has(member.diet) && member.vip ? member.diet == 'vegan' : false)",
        "member.diet == 'vegan' && has(member.diet) && member.vip",
        "(!has(member.diet) ? false : member.diet == 'vegan')",
        "(!has(member.diet) || member.vip ? false : member.diet == 'vegan')",
    ],
)
def test_what_a_conjunction_or_a_choice_proves(source: str) -> None:
    """A true conjunction proves all of its parts, a false alternative the contrary of all of its own."""
    assert compile_condition(source, SCHEMA).problems == ()


def test_a_false_conjunction_proves_nothing() -> None:
    """Either part may be the false one."""
    source = "(has(member.diet) && member.vip ? true : member.diet == 'vegan')"
    assert [one.warning for one in compile_condition(source, SCHEMA).problems] == [True]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("has(member.vip) == 1", "cannot compare bool with int"),
        ("!member.vip == 1", "cannot compare bool with int"),
        ("(1 == ticket.lines) == 2", "cannot compare bool with int"),
        ("(ticket.lines in [1]) == 2", "cannot compare bool with int"),
        ("('a' in visit.zones) == 2", "cannot compare bool with int"),
        ("(member.vip && true) == 2", "cannot compare bool with int"),
        ("store.id == true", "cannot compare string with bool"),
        ("'gol' == member.tier", "'gol' is not a possible value here; did you mean gold?"),
        (
            "(member.vip ? 1 : 2) == 2.00",
            "cannot compare int with money (write the amount with two decimals)",
        ),
        ("max(1, 2) == 2.00", "cannot compare int with money (write the amount with two decimals)"),
        ("any(lines, .cents)", "expected a condition that is true or false, found money"),
        ("(member.vip ? 1 : sum(lines, .qty)) / 2 > 1", "cannot divide quantity"),
        ("(member.vip ? sum(lines, .qty) : 1) / 2 > 1", "cannot divide quantity"),
        (
            "(member.vip ? member.tier : member.diet) == 'no'",
            "'no' is not a possible value here; did you mean none?",
        ),
        ("nobody in visit.zones", "there is no field nobody"),
        ("'a' in nobody.zones", "there is no field nobody.zones"),
        ("sum(lines, .skus) > 1", "a line has no field .skus; did you mean sku?"),
        ("member.tier in [member.diet]", "write constants in the list"),
        ("any(lines, sum(lines, .qty) == 1)", "sum(lines, …) cannot stand inside a condition on lines"),
    ],
)
def test_each_fault_is_said_once_and_whole(source: str, said: str) -> None:
    """One message, from its first to its last word."""
    assert faults(source) == [said]


@pytest.mark.parametrize(
    "source",
    [
        "(member.vip ? member.tier : member.diet) == 'vegan'",
        "(member.vip ? member.tier : member.diet) == 'gold'",
        "(member.vip ? member.tier : store.id) == 'paris'",
        "(member.vip ? store.id : member.tier) == 'paris'",
    ],
)
def test_a_choice_has_the_type_that_holds_both(source: str) -> None:
    """Of two lists of names all of them, of a name and a text any text."""
    assert faults(source) == []


def test_the_line_of_a_fault_is_shown_alone() -> None:
    """In a condition that begins with an empty line, and goes on after the fault."""
    source = "\nmember.vip &&\n  nobody ||\n member.vip"
    found = problem_of(Fault("no", source.index("nobody")), source)
    assert (found.line, found.column, found.source) == (3, 3, "  nobody ||")
    first = problem_of(Fault("no", 1), source)
    assert (first.line, first.column, first.source) == (2, 1, "member.vip &&")


def test_what_a_terminal_does_not_show_is_replaced() -> None:
    """A tabulator by a blank, anything else by a question mark."""
    assert printable("a\tb\x1bc") == "a b?c"
