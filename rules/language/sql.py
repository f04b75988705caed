"""A checked condition to DuckDB SQL: the same value as its closure has, for every ticket of a back-test at once.

A query has the facts of its tickets in a relation `t`, one row a ticket, and their lines in a relation `l`.
Columns of `t` are named by the path with `__` for the dot (`t.member__tier`) and have the types of
`ticket_columns`; NULL is absent. Columns of `l` are those of `LINE_COLUMNS`, none of them NULL: an empty text stands
for none, as in `rules.ticket.Line`, and a quantity has at most three decimals.

Nothing in an expression can fail: whole numbers are computed in 128 bits, which `rules.language.bounds` makes
sufficient at load, days outside the calendar stop at its ends, and divisors are constants. Quantities are computed in
thousandths. DuckDB's `//` rounds toward zero like `rules.language.closures.truncated`.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import msgspec

from rules.language.closures import constant_value, is_constant
from rules.language.condition import Checked, CheckedFilter
from rules.language.tree import (
    BOOL,
    DATE,
    INT,
    MONEY,
    QUANTITY,
    TEXTS,
    TIME,
    Arithmetic,
    Choose,
    Comparison,
    Extreme,
    Field,
    FieldSpec,
    Has,
    In,
    InField,
    LineField,
    Logic,
    Node,
    OverLines,
    Schema,
    Type,
    Unary,
    walk,
)

LINE_COLUMNS: Mapping[str, str] = {
    "sku": "VARCHAR",
    "category": "VARCHAR",
    "subcategory": "VARCHAR",
    "qty": "DECIMAL(18,3)",
    "cents": "BIGINT",
    "promo": "BOOLEAN",
}
_TYPES = {
    BOOL.name: "BOOLEAN",
    DATE.name: "DATE",
    INT.name: "BIGINT",
    MONEY.name: "BIGINT",
    TEXTS.name: "VARCHAR[]",
    TIME.name: "INTEGER",
}
_COMPARE = {"==": "=", "!=": "<>"}
_DAY_ONE = "DATE '0001-01-01'"
_LAST_DAY = 3_652_058
"""9999-12-31, in days after the first of all."""


class LineAggregate(msgspec.Struct, frozen=True):
    """An aggregate over the lines of one ticket; `reads_ticket` tells that it names columns of `t` as well."""

    expression: str
    reads_ticket: bool


class ConditionSql(msgspec.Struct, frozen=True):
    """A condition on tickets: a BOOLEAN, never NULL.

    `expression` names columns of `t`, and of a relation `a` that has each of `aggregates` under its name. `a` is made
    with one GROUP BY ticket over the lines (joined to their `t` where an aggregate reads it) and joined to `t` with
    LEFT JOIN, so that tickets without lines stay. Equal aggregates of several conditions have equal names: all
    conditions of a programme can share one `a`.
    """

    expression: str
    aggregates: Mapping[str, LineAggregate]


def condition_sql(checked: Checked) -> ConditionSql:
    """The SQL of a condition on a ticket (`when`)."""
    writer = _Writer()
    return ConditionSql(writer.truth(checked.tree), writer.aggregates)


def filter_sql(checked: CheckedFilter) -> str:
    """The SQL of a condition on one line (`lines`): a BOOLEAN over `l` and `t`, never NULL."""
    return _Writer().truth(checked.tree)


def figure_sql(node: OverLines) -> ConditionSql:
    """The SQL of a figure over the lines, NULL where it is absent; a quantity comes in thousandths."""
    writer = _Writer()
    return ConditionSql(writer.value(node), writer.aggregates)


def ticket_columns(schema: Schema) -> dict[str, str]:
    """The columns of `t` with their DuckDB types, for all fields of a programme."""
    return {column_of(path): _column_type(spec) for path, spec in schema.fields.items()}


def column_of(path: str) -> str:
    """The column of `t` that holds the field `path`."""
    return path.replace(".", "__")


def quoted(text: str) -> str:
    """`text` as an SQL literal. DuckDB knows no escape in it but the doubled quote."""
    return "'" + text.replace("'", "''") + "'"


def _column_type(spec: FieldSpec) -> str:
    return _TYPES.get(spec.type.name, "VARCHAR")


class _Writer:
    """Writes expressions and collects the aggregates that they need. Every expression can stand as an operand."""

    def __init__(self) -> None:
        self.aggregates: dict[str, LineAggregate] = {}

    def truth(self, node: Node) -> str:
        """`node` as a condition, where absent is false."""
        return _present(self.value(node), node.optional)

    def value(self, node: Node) -> str:
        """The value of `node`, NULL where it is absent."""
        if is_constant(node):
            return _literal(constant_value(node))
        written: str = getattr(self, f"_{type(node).__name__.lower()}")(node)
        return written

    def _of_type(self, node: Node, wanted: Type) -> str:
        """The value of `node`, in thousandths where a quantity is wanted and `node` is a whole number."""
        if wanted.name != "quantity" or node.type.name != "int":
            return self.value(node)
        return _literal(1000 * constant_value(node)) if is_constant(node) else f"({self._wide(node)} * 1000)"

    def _wide(self, node: Node, wanted: Type = BOOL) -> str:
        return f"CAST({self._of_type(node, wanted)} AS HUGEINT)"

    def _field(self, node: Field) -> str:
        return f"t.{column_of(node.path)}"

    def _linefield(self, node: LineField) -> str:
        return "CAST(l.qty * 1000 AS BIGINT)" if node.type == QUANTITY else f"l.{node.name}"

    def _has(self, node: Has) -> str:
        if isinstance(node.field, Field):
            return f"({self._field(node.field)} IS NOT NULL)"
        return f"(l.{node.field.name} <> '')" if node.field.type.name == "string" else "TRUE"

    def _unary(self, node: Unary) -> str:
        return f"(NOT {self.truth(node.operand)})" if node.op == "!" else f"(- {self._wide(node.operand)})"

    def _arithmetic(self, node: Arithmetic) -> str:
        left, right = node.left, node.right
        if node.type == DATE:
            day, days = (left, right) if left.type == DATE else (right, left)
            return self._shifted(node, day, days)
        if left.type == DATE:
            return f"({self.value(left)} - {self.value(right)})"
        if node.op == "/":
            return f"({self._wide(left)} // {self.value(right)})"
        wanted = BOOL if node.op == "*" else node.type
        return f"({self._wide(left, wanted)} {node.op} {self._wide(right, wanted)})"

    def _shifted(self, node: Arithmetic, day: Node, days: Node) -> str:
        moved = f"({self.value(day)} - {_DAY_ONE} {node.op} {self._wide(days)})"
        inside = _extreme("max", [moved, "0"], node.optional)
        inside = _extreme("min", [inside, str(_LAST_DAY)], node.optional)
        return f"({_DAY_ONE} + CAST({inside} AS INTEGER))"

    def _comparison(self, node: Comparison) -> str:
        wanted = QUANTITY if QUANTITY in (node.left.type, node.right.type) else node.left.type
        left, right = self._of_type(node.left, wanted), self._of_type(node.right, wanted)
        compared = f"({left} {_COMPARE.get(node.op, node.op)} {right})"
        return _present(compared, node.left.optional or node.right.optional)

    def _in(self, node: In) -> str:
        choices = ", ".join(self._of_type(choice, node.item.type) for choice in node.choices)
        return _present(f"({self.value(node.item)} IN ({choices}))", node.item.optional)

    def _infield(self, node: InField) -> str:
        return _present(f"list_contains({self._field(node.field)}, {self.value(node.item)})", optional=True)

    def _logic(self, node: Logic) -> str:
        joint = " AND " if node.op == "&&" else " OR "
        return f"({joint.join(self.truth(part) for part in node.parts)})"

    def _choose(self, node: Choose) -> str:
        then, other = self._of_type(node.then, node.type), self._of_type(node.other, node.type)
        return f"(CASE WHEN {self.truth(node.test)} THEN {then} ELSE {other} END)"

    def _extreme(self, node: Extreme) -> str:
        return _extreme(node.name, [self._of_type(part, node.type) for part in node.parts], node.optional)

    def _overlines(self, node: OverLines) -> str:
        body = node.body
        if node.name == "count":
            only = f" FILTER (WHERE {self.truth(body)})" if body is not None else ""
            return f"coalesce({self._aggregate(node, f'count(*){only}')}, 0)"
        assert body is not None
        if node.name == "any":
            return _present(self._aggregate(node, f"bool_or({self.truth(body)})"), optional=True)
        if node.name == "all":
            return f"coalesce({self._aggregate(node, f'bool_and({self.truth(body)})')}, TRUE)"
        added = self.value(body)
        total = f"coalesce({self._aggregate(node, f'sum({added})')}, 0)"
        if not body.optional:
            return total
        lacks = self._aggregate(node, f"bool_or({added} IS NULL)")
        return f"(CASE WHEN {lacks} THEN NULL ELSE {total} END)"

    def _aggregate(self, node: OverLines, expression: str) -> str:
        """The column of `a` with this aggregate."""
        name = f"{node.name}_{sha256(expression.encode()).hexdigest()[:16]}"
        reads_ticket = any(isinstance(each, Field) for each, _ in walk(node))
        self.aggregates[name] = LineAggregate(expression, reads_ticket)
        return f"a.{name}"


def _present(condition: str, optional: bool) -> str:
    return f"coalesce({condition}, FALSE)" if optional else condition


def _extreme(name: str, parts: list[str], optional: bool) -> str:
    """The least or greatest of `parts`; least() and greatest() pass over NULL, which here makes all absent."""
    if not optional:
        return f"{'least' if name == 'min' else 'greatest'}({', '.join(parts)})"
    order = "ASC" if name == "min" else "DESC"
    return f"list_sort([{', '.join(parts)}], '{order}', 'NULLS FIRST')[1]"


def _literal(value: Any) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int):
        return f"({value})" if value < 0 else str(value)
    return quoted(value) if isinstance(value, str) else f"DATE {quoted(value.isoformat())}"
