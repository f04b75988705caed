"""Any text is either a condition or a fault; any condition is computed; trace and closure agree."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.account import Account
from rules.errors import ProgrammeError
from rules.facts import facts_of
from rules.language.closures import truncated
from rules.language.condition import compile_condition, compile_filter
from rules.language.fields import programme_schema
from rules.language.trace import trace
from rules.language.tree import FieldSpec, enum
from rules.ticket import Line, Ticket

SCHEMA = programme_schema(
    ("gold",), {"member.diet": FieldSpec(enum("none", "vegan"), optional=True, warn=True)}
)
PIECES = (
    *(
        "ticket.total",
        "member.months",
        "member.diet",
        "member.tier",
        "clock.date",
        "member.since",
        "clock.time",
        "visit.zones",
        "visit.zone_count",
        "event.stars",
        "event.place",
        "member.email",
        "member.status",
    ),
    *(
        ".category",
        ".cents",
        ".qty",
        ".promo",
        "lines",
        "any(lines,",
        "sum(lines,",
        "count(lines,",
        "has(",
        "min(",
    ),
    *("&&", "||", "!", "==", "!=", "<", ">=", "in", "?", ":", "+", "-", "*", "/", "(", ")", "[", "]", ","),
    *("1", "0", "12.50", "14d", "2026-03-01", "14:00", "'vegan'", "'gold'", "true", "\n", "1.5", "'", "\x00"),
)

money = st.integers(0, 10_000).map(lambda cents: f"{cents // 100}.{cents % 100:02d}")
numbers = st.one_of(
    st.sampled_from(
        ["member.months", "member.days", "ticket.lines", "member.visits", "count(lines, .promo)"]
    ),
    st.integers(0, 50).map(str),
)
amounts = st.one_of(money, st.sampled_from(["ticket.total", "sum(lines, .cents)"]))


def sums(leaf):
    return st.recursive(
        leaf,
        lambda inner: st.one_of(
            st.tuples(inner, st.sampled_from("+-"), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
            st.tuples(inner, st.integers(1, 9)).map(lambda t: f"({t[0]} / {t[1]})"),
            st.tuples(inner, inner).map(lambda t: f"max({t[0]}, {t[1]})"),
            inner.map(lambda x: f"-{x}"),
        ),
        max_leaves=4,
    )


operators = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
comparisons = st.one_of(
    st.tuples(sums(numbers), operators, sums(numbers)).map(" ".join),
    st.tuples(sums(amounts), operators, sums(amounts)).map(" ".join),
    st.sampled_from(
        ["member.diet == 'vegan'", "has(member.diet)", "any(lines, .qty > 1)", "member.tier in ['gold']"]
    ),
)
conditions = st.recursive(
    comparisons,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["&&", "||"]), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        inner.map(lambda x: f"!({x})"),
        st.tuples(inner, inner, inner).map(lambda t: f"({t[0]} ? {t[1]} : {t[2]})"),
    ),
    max_leaves=6,
)
tickets = st.builds(
    Ticket,
    st.just("t"),
    st.lists(
        st.builds(
            Line,
            st.integers(-500, 5000),
            promo=st.booleans(),
            qty=st.sampled_from([Decimal(1), Decimal("2.5")]),
        ),
        max_size=5,
    ).map(tuple),
    st.dates(date(2024, 1, 1), date(2028, 12, 31)),
    st.integers(0, 1439),
    st.just("s"),
)
accounts = st.builds(
    Account,
    member=st.just(1),
    since=st.none() | st.dates(date(2020, 1, 1), date(2024, 1, 1)),
    tier=st.sampled_from(["", "gold"]),
    fields=st.sampled_from([{}, {"diet": "vegan"}, {"diet": None}]),
)


def problems_of(compile_, source):
    try:
        return compile_(source, SCHEMA).problems
    except ProgrammeError as error:
        return error.problems


def compiled_or_fault(source):
    for compile_ in (compile_condition, compile_filter):
        for problem in problems_of(compile_, source):
            assert problem.message
            assert problem.line >= 1
            assert 1 <= problem.column <= len(problem.source) + 1


@given(st.text(max_size=120))
def test_any_text(source):
    """Arbitrary text never raises anything but the language's own error."""
    compiled_or_fault(source)


@settings(max_examples=400)
@given(st.lists(st.sampled_from(PIECES), max_size=25))
def test_any_tokens(pieces):
    """Arbitrary sequences of real tokens never raise anything but the language's own error."""
    compiled_or_fault(" ".join(pieces))


@given(st.sampled_from(PIECES), st.integers(1, 2200))
def test_repetition(piece, count):
    """Long repetitions of one token hit a limit, not the interpreter's stack."""
    compiled_or_fault(piece * count)


@pytest.mark.parametrize(
    "opening", ["(", "!", "-", "has(", "any(lines,", "min(1,", "true?", "1+", "1 in [", "!(-"]
)
@pytest.mark.parametrize("core", ["", "1", "true", "visit.zones", ".promo"])
def test_nesting_meets_a_limit(opening, core):
    """However deep and however left open, nesting is refused as a fault of the condition."""
    for depth in (41, 400, 1999 // len(opening)):
        source = opening * depth + core
        for text in (source, source + ")" * depth, source + "]" * depth):
            with pytest.raises(ProgrammeError):
                compile_condition(text[:2000], SCHEMA)


_ODD = [*map(chr, range(32)), "\x7f", "\x9b", "\u202e", "\ufeff", "\ud800", "'", '"', "a", " "]


@given(st.lists(st.sampled_from(_ODD), max_size=30))
def test_control_characters(characters):
    """Control and direction characters give faults that a terminal can show as they are."""
    for problem in problems_of(compile_condition, "".join(characters)):
        assert all(line.isprintable() for line in problem.render().split("\n"))


@settings(max_examples=300)
@given(conditions, tickets, accounts)
def test_condition_is_computed_and_traced(source, ticket, account):
    """Every well-typed condition gives a bool on every ticket, the negation the opposite, the trace the same."""
    facts = facts_of(ticket, account, max(0, ticket.gross))
    checked = compile_condition(source, SCHEMA)
    value = checked.run(facts, ticket.lines)
    assert isinstance(value, bool)
    assert compile_condition(f"!({source})", SCHEMA).run(facts, ticket.lines) is not value
    clauses = trace(checked, facts, ticket.lines)
    assert all(clause.holds for clause in clauses) is value
    assert all(clause.gap is None or clause.gap.have < clause.gap.need for clause in clauses)


@given(st.integers(-(10**12), 10**12), st.integers(1, 10**6))
def test_division_mirrors_around_zero(dividend, divisor):
    """A quotient is rounded toward zero, so that a sign never changes its size."""
    assert truncated(-dividend, divisor) == -truncated(dividend, divisor)
    assert 0 <= abs(dividend) - abs(truncated(dividend, divisor)) * divisor < divisor
