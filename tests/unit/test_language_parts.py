"""Where the parts of a condition stand in its text, and how they bind."""

import msgspec
import pytest

from rules.language.parser import parse
from rules.language.tree import Field, LineField, Node, walk

SOURCES = (
    "ticket.total >= 50.00 && member.tier in ['silver', 'gold'] || !has(member.since)",
    'member.visits > 3 ? clock.weekday == "mon" : -member.points + 2 * 3 - 4 / 5 < 6',
    "any(lines, .promo && .qty >= 2) && count(lines) != count(lines, .category == 'x')",
    "sum(lines, .cents) > min(5.00, ticket.total, 7.00) || max(1, 2) <= 3",
    "'garden' in visit.zones && clock.time < 14:30 && clock.date > 2026-03-01 + 14d",
    "all(lines, has(.category) || !.promo) || true",
)


def bare(node: Node) -> object:
    """A tree without its places in the text."""
    if not isinstance(node, Node):
        return tuple(map(bare, node)) if isinstance(node, tuple) else node
    fields = msgspec.structs.asdict(node)
    return type(node).__name__, [bare(value) for key, value in fields.items() if key not in ("start", "end")]


@pytest.mark.parametrize("source", SOURCES)
def test_every_part_stands_where_it_says(source: str) -> None:
    """The text from its start to its end, read alone, is the same part."""
    parts = [node for node, _ in walk(parse(source))]
    assert (parts[0].start, parts[0].end) == (0, len(source))
    assert len(parts) > 4
    for node in parts:
        text = source[node.start : node.end]
        if isinstance(node, Field | LineField):
            assert text == (node.path if isinstance(node, Field) else f".{node.name}")
        assert bare(parse(text)) == bare(node)


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("a || b && c", "a || (b && c)"),
        ("a && b || c && d", "(a && b) || (c && d)"),
        ("a == b && c", "(a == b) && c"),
        ("a + b < c - d", "(a + b) < (c - d)"),
        ("a + b * c - d", "(a + (b * c)) - d"),
        ("a - b - c", "(a - b) - c"),
        ("a / b * c", "(a / b) * c"),
        ("-a * b", "(-a) * b"),
        ("!a && b", "(!a) && b"),
        ("a || b ? c : d ? e : f", "(a || b) ? c : (d ? e : f)"),
        ("a ? b ? c : d : e", "a ? (b ? c : d) : e"),
        ("max(a ? b : c, d ? e : f)", "max((a ? b : c), (d ? e : f))"),
        ("a in [b + 1] && c", "(a in [b + 1]) && c"),
        ("a && b && c", "a && b && c"),
    ],
)
def test_what_binds_first(short: str, long: str) -> None:
    """Signs before products, sums, comparisons, and, or, choice; equal ones from the left, a choice from the right."""
    assert bare(parse(short)) == bare(parse(long))


def test_the_depth_of_every_part_is_known() -> None:
    """The root is 1 deep, its parts one more each, from left to right."""
    found = [(type(node).__name__, depth) for node, depth in walk(parse("a < 1 && has(b)"))]
    assert found == [
        ("Logic", 1),
        ("Comparison", 2),
        ("Field", 3),
        ("Const", 3),
        ("Has", 2),
        ("Field", 3),
    ]
