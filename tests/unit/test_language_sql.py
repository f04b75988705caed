"""The SQL of conditions, word for word, where equal values alone would not show a difference."""

import pytest

from rules.language.condition import compile_condition, compile_filter
from rules.language.fields import programme_schema
from rules.language.sql import LineAggregate, condition_sql, figure_sql, filter_sql, ticket_columns
from rules.language.tree import Comparison, OverLines

SCHEMA = programme_schema(("base", "gold"), {})
QTY = "CAST(l.qty * 1000 AS BIGINT)"
LINES = "CAST(t.ticket__lines AS HUGEINT)"


@pytest.mark.parametrize(
    ("source", "written"),
    [
        ("ticket.lines > 3", "(t.ticket__lines > 3)"),
        ("ticket.lines != 0", "(t.ticket__lines <> 0)"),
        ("ticket.lines > -1", "(t.ticket__lines > (-1))"),
        ("'garden' in visit.zones", "coalesce(list_contains(t.visit__zones, 'garden'), FALSE)"),
        ("member.months >= 6", "coalesce((t.member__months >= 6), FALSE)"),
        ("true", "TRUE"),
        ("!true", "FALSE"),
    ],
)
def test_a_condition_on_a_ticket(source: str, written: str) -> None:
    """Only what may be absent is made false; a number below nought stands in brackets."""
    assert condition_sql(compile_condition(source, SCHEMA)).expression == written


@pytest.mark.parametrize(
    ("source", "written"),
    [
        ("has(.sku)", "(l.sku <> '')"),
        ("has(.qty)", "TRUE"),
        (".qty > 2", f"({QTY} > 2000)"),
        ("ticket.lines < .qty", f"(({LINES} * 1000) < {QTY})"),
        (".qty > ticket.lines", f"({QTY} > ({LINES} * 1000))"),
        (".cents > 5.00", "(l.cents > 500)"),
    ],
)
def test_a_condition_on_a_line(source: str, written: str) -> None:
    """An empty text stands for none; a whole number beside a quantity counts in thousandths."""
    assert filter_sql(compile_filter(source, SCHEMA)) == written


def test_a_figure_is_an_aggregate_with_a_name() -> None:
    """The sum of a ticket without lines is 0; where a line lacks the value there is no sum."""
    tree = compile_condition("sum(lines, .qty) > sum(lines, member.months)", SCHEMA).tree
    assert isinstance(tree, Comparison)
    assert isinstance(tree.left, OverLines)
    assert isinstance(tree.right, OverLines)
    found = figure_sql(tree.left)
    ((name, aggregate),) = found.aggregates.items()
    assert found.expression == f"coalesce(a.{name}, 0)"
    assert aggregate == LineAggregate(f"sum({QTY})", reads_ticket=False)
    absent = figure_sql(tree.right)
    total, lacks = absent.aggregates
    assert absent.expression == f"(CASE WHEN a.{lacks} THEN NULL ELSE coalesce(a.{total}, 0) END)"
    assert [one.reads_ticket for one in absent.aggregates.values()] == [True, True]


def test_the_columns_of_a_ticket_have_the_types_of_its_fields() -> None:
    """Whole numbers and money, dates, times, lists and texts."""
    columns = ticket_columns(SCHEMA)
    assert len(columns) == len(SCHEMA.fields)
    names = ("ticket__lines", "ticket__total", "clock__date", "clock__time", "visit__zones", "store__id")
    types = ("BIGINT", "BIGINT", "DATE", "INTEGER", "VARCHAR[]", "VARCHAR")
    assert tuple(columns[name] for name in names) == types
    assert (columns["member__tier"], columns["member__email"]) == ("VARCHAR", "BOOLEAN")
