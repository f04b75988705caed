"""One checked condition, three products: closure, trace and SQL give the same value on every ticket and line."""

from collections.abc import Iterable, Iterator

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.language.sql import LINE_COLUMNS, condition_sql, filter_sql, ticket_columns
from rules.language.trace import trace
from rules.language.tree import (
    Arithmetic,
    Comparison,
    Extreme,
    Field,
    LineField,
    Logic,
    Node,
    OverLines,
    Unary,
    walk,
)
from tests.property.condition_kit import SCHEMA, conditions, filters, sales

SALES = sales(seed=3, number=120)
COLUMNS = ticket_columns(SCHEMA)
PATHS = tuple(SCHEMA.fields)


@pytest.fixture(scope="module")
def base() -> Iterator[duckdb.DuckDBPyConnection]:
    """The relations `t` and `l` with every sale of the kit."""
    with duckdb.connect() as base:
        base.execute("SET threads = 1")
        base.execute(f"CREATE TABLE t (ticket INTEGER, {', '.join(f'{n} {c}' for n, c in COLUMNS.items())})")
        lines = ", ".join(f"{name} {type_}" for name, type_ in LINE_COLUMNS.items())
        base.execute(f"CREATE TABLE l (ticket INTEGER, place INTEGER, {lines})")
        _fill(base, "t", [_row(n, facts) for n, (facts, _) in enumerate(SALES)])
        _fill(
            base,
            "l",
            [
                (n, place, *(getattr(line, name) for name in LINE_COLUMNS))
                for n, (_, lines) in enumerate(SALES)
                for place, line in enumerate(lines)
            ],
        )
        yield base


def _row(number: int, facts: dict[str, object]) -> tuple[object, ...]:
    return number, *(list(v) if isinstance(v := facts.get(path), tuple) else v for path in PATHS)


def _fill(base: duckdb.DuckDBPyConnection, table: str, rows: list[tuple[object, ...]]) -> None:
    base.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)


def by_ticket(base, checked):
    """The value of each condition on each ticket, by SQL."""
    written = [condition_sql(each) for each in checked]
    wanted = {name: made for each in written for name, made in each.aggregates.items()}
    listed = ", ".join(f"{made.expression} AS {name}" for name, made in wanted.items()) or "count(*) AS none"
    lines = "l JOIN t USING (ticket)" if any(made.reads_ticket for made in wanted.values()) else "l"
    grouped = f"(SELECT ticket, {listed} FROM {lines} GROUP BY ticket)"
    values = ", ".join(each.expression for each in written)
    return base.execute(
        f"SELECT {values} FROM t LEFT JOIN {grouped} a USING (ticket) ORDER BY ticket"
    ).fetchall()


def by_line(base, checked):
    """The value of each filter on each line, by SQL."""
    values = ", ".join(filter_sql(each) for each in checked)
    return base.execute(f"SELECT {values} FROM l JOIN t USING (ticket) ORDER BY ticket, place").fetchall()


@settings(max_examples=100, deadline=None)
@given(checked=st.lists(conditions, min_size=4, max_size=8))
def test_conditions_have_one_value(base, checked):
    """On every ticket a condition is true or false alike for the till, the explanation and the back-test."""
    rows = by_ticket(base, checked)
    assert len(rows) == len(SALES)
    for n, each in enumerate(checked):
        found = [row[n] for row in rows]
        ran = [each.run(facts, lines) for facts, lines in SALES]
        assert found == ran, each.source
        assert all(type(value) is bool for value in (*found, *ran)), each.source
        told = [all(clause.holds for clause in trace(each, facts, lines)) for facts, lines in SALES[::3]]
        assert told == ran[::3], each.source


@settings(max_examples=100, deadline=None)
@given(checked=st.lists(filters, min_size=4, max_size=8))
def test_line_filters_have_one_value(base, checked):
    """A line passes a filter at the till if and only if it does in the back-test."""
    rows = by_line(base, checked)
    for n, each in enumerate(checked):
        ran = [each.run(facts, line) for facts, lines in SALES for line in lines]
        assert [row[n] for row in rows] == ran, each.source
        assert all(type(value) is bool for value in ran), each.source


@settings(max_examples=450, deadline=None, derandomize=True, database=None)
@given(checked=st.lists(conditions, min_size=6, max_size=8))
def _collect(seen: set[object], checked) -> None:
    for each in checked:
        seen.update(_signs(node for node, _ in walk(each.tree)))


def _signs(nodes: Iterable[Node]) -> Iterator[object]:
    for node in nodes:
        yield type(node).__name__
        match node:
            case Field(path=sign) | OverLines(name=sign) | Extreme(name=sign):
                yield sign
            case LineField(name=sign):
                yield f".{sign}"
            case Comparison(op=sign) | Unary(op=sign) | Logic(op=sign):
                yield sign
            case Arithmetic():
                yield node.left.type.name, node.op, node.right.type.name


def test_the_conditions_name_everything():
    """The random conditions reach every field, every function and every operator with every type it takes."""
    seen: set[object] = set()
    _collect(seen)
    sums = {(kind, op, kind) for kind in ("int", "money", "quantity", "duration") for op in "+-"}
    sums |= {("int", "*", kind) for kind in ("int", "money", "quantity", "duration")}
    sums |= {(kind, "*", "int") for kind in ("money", "quantity", "duration")}
    sums |= {(kind, "/", "int") for kind in ("int", "money", "duration")}
    sums |= {
        ("date", "-", "date"),
        ("date", "-", "duration"),
        ("date", "+", "duration"),
        ("duration", "+", "date"),
    }
    sums |= {("int", "+", "quantity"), ("int", "-", "quantity")}
    lines = {f".{name}" for name in SCHEMA.line}
    functions = {"any", "all", "count", "sum", "min", "max", "In", "InField", "Has", "Choose"}
    operators = {"==", "!=", "<", "<=", ">", ">=", "!", "-", "&&", "||"}
    assert (sums | lines | functions | operators | set(PATHS)) - seen == set()
