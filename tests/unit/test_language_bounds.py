"""How large the numbers of a condition may be, as they are written and as they are worked out."""

import pytest

from rules.errors import ProgrammeError
from rules.language.bounds import check_size
from rules.language.condition import compile_condition
from rules.language.fields import programme_schema

SCHEMA = programme_schema(("base",), {})


@pytest.mark.parametrize(
    ("source", "bits"),
    [
        ("member.tier == 'base'", 0),
        ("clock.date == 2026-01-01", 0),
        ("member.points == 0", 63),
        ("-member.points == 0", 63),
        ("ticket.total == 0.00", 63),
        ("ticket.lines * 8 == 0", 67),
        ("ticket.total + 1.00 == 0.00", 64),
        ("ticket.total - ticket.total == 0.00", 64),
        ("ticket.total / 2 == 0.00", 63),
        ("(ticket.lines > 1 ? 3 : 1000) == ticket.lines", 10),
        ("min(3, 1000, ticket.lines) == 0", 63),
        ("count(lines) == 0", 20),
        ("count(lines, .promo) == 0", 20),
        ("sum(lines, .cents) == 0.00", 83),
        ("sum(lines, .qty) == 0", 80),
        ("sum(lines, .qty * 3) == 0", 82),
        ("sum(lines, .qty + 1) == 0", 81),
        ("sum(lines, 1 + .qty) == 0", 81),
        ("clock.date - 2026-01-01 == 3d", 22),
        ("clock.date + 3d == 2026-01-01", 22),
    ],
)
def test_the_size_of_a_value(source: str, bits: int) -> None:
    """A field has 63 bits, a quantity 60; a sum over the lines has 20 more, a date holds what the calendar does."""
    tree = compile_condition(source, SCHEMA).tree
    assert check_size(tree.left) == bits  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("fits", "too_large"),
    [
        ("member.points * member.points > 1", "member.points * member.points * 1 > 1"),
        ("sum(lines, .qty * 2048) > 1", "sum(lines, .qty * 4096) > 1"),
        ("ticket.lines > 1000000000", "ticket.lines > 1000000001"),
        ("ticket.total > 100000000.00", "ticket.total > 100000000.01"),
        ("clock.date > clock.date + 36600d", "clock.date > clock.date + 36601d"),
        ("clock.time < 23:59", "clock.time < 24:00"),
        ("clock.time < 00:59", "clock.time < 00:60"),
        ("ticket.lines > 1".ljust(2000), "ticket.lines > 1".ljust(2001)),
    ],
)
def test_the_largest_there_is(fits: str, too_large: str) -> None:
    """On both sides of every limit."""
    compile_condition(fits, SCHEMA)
    with pytest.raises(ProgrammeError, match=r"too large|no time|shorten"):
        compile_condition(too_large, SCHEMA)
