"""A checked condition in CEL, to compare ours with an engine by other people.

Money, days and thousandths of a quantity are ints, a date is its ordinal. CEL has no absent value: what may be absent
is asked for with `has` first, as our rules say that a comparison with it is false.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from cel_expr_python import cel
from cel_expr_python.ext import ext_math

from rules.language.sql import column_of
from rules.language.tree import (
    Arithmetic,
    Choose,
    Comparison,
    Const,
    Extreme,
    Field,
    Has,
    In,
    InField,
    LineField,
    Logic,
    Node,
    OverLines,
    Type,
    Unary,
    children,
)
from rules.ticket import Line

_ROW = cel.Type.Map(cel.Type.STRING, cel.Type.DYN)
_TOTAL = cel.Overload("total_list", cel.Type.INT, [cel.Type.List(cel.Type.INT)], impl=sum)
ENV = cel.NewEnv(
    variables={"f": _ROW, "l": _ROW, "lines": cel.Type.List(_ROW)},
    extensions=[ext_math.ExtMath()],
    functions=[cel.FunctionDecl("total", [_TOTAL])],
)


def truth(node: Node) -> str:
    """`node` as a CEL condition over the facts `f`, the lines `lines` and the current line `l`."""
    return f"({_present(node)} && {value(node)})" if node.optional else value(node)


def value(node: Node, wanted: Type | None = None) -> str:
    """The CEL value of `node` where it is present, in thousandths where a quantity is wanted."""
    scaled = wanted is not None and wanted.name == "quantity" and node.type.name == "int"
    return f"({_value(node)} * 1000)" if scaled else _value(node)


def data_of(facts: Mapping[str, Any], lines: tuple[Line, ...]) -> dict[str, Any]:
    """What CEL is given for one ticket."""
    row = {column_of(path): _plain(each) for path, each in facts.items() if each is not None}
    return {"f": row, "lines": [line_of(line) for line in lines]}


def line_of(line: Line) -> dict[str, Any]:
    """What CEL is given for one line."""
    return {
        "sku": line.sku,
        "category": line.category,
        "subcategory": line.subcategory,
        "qty": int(line.qty * 1000),
        "cents": line.cents,
        "promo": line.promo,
    }


def _plain(each: Any) -> Any:
    if isinstance(each, date):
        return each.toordinal()
    return list(each) if isinstance(each, tuple) else each


def _present(node: Node) -> str:
    if not node.optional:
        return "true"
    match node:
        case Field():
            return f"has(f.{column_of(node.path)})"
        case Choose():
            return f"({truth(node.test)} ? {_present(node.then)} : {_present(node.other)})"
        case OverLines(body=Node() as body):
            return f"lines.all(l, {_present(body)})"
    return "(" + " && ".join(_present(child) for child in children(node) if child.optional) + ")"


def _value(node: Node) -> str:
    return _WRITERS[type(node)](node)


def _has(node: Has) -> str:
    if isinstance(node.field, Field):
        return f"has({_value(node.field)})"
    return f"({_value(node.field)} != '')" if node.field.type.name == "string" else "true"


def _unary(node: Unary) -> str:
    return f"(!{truth(node.operand)})" if node.op == "!" else f"(-({value(node.operand)}))"


def _logic(node: Logic) -> str:
    return "(" + f" {node.op} ".join(truth(part) for part in node.parts) + ")"


def _choose(node: Choose) -> str:
    return f"({truth(node.test)} ? {value(node.then, node.type)} : {value(node.other, node.type)})"


def _extreme(node: Extreme) -> str:
    parts = ", ".join(value(part, node.type) for part in node.parts)
    return f"math.{'least' if node.name == 'min' else 'greatest'}([{parts}])"


def _in(node: In) -> str:
    listed = ", ".join(value(choice, node.item.type) for choice in node.choices)
    return _guarded(f"({value(node.item)} in [{listed}])", node.item)


def _comparison(node: Comparison) -> str:
    left, right = node.left, node.right
    return _guarded(f"({value(left, right.type)} {node.op} {value(right, left.type)})", left, right)


def _arithmetic(node: Arithmetic) -> str:
    wanted = None if node.op == "*" else node.type
    found = f"({value(node.left, wanted)} {node.op} {value(node.right, wanted)})"
    return (
        f"math.greatest([1, math.least([{date.max.toordinal()}, {found}])])"
        if node.type.name == "date"
        else found
    )


def _guarded(condition: str, *operands: Node) -> str:
    present = [_present(each) for each in operands if each.optional]
    return f"({' && '.join([*present, condition])})" if present else condition


def _over_lines(node: OverLines) -> str:
    if node.body is None:
        return "lines.size()"
    match node.name:
        case "any":
            return f"lines.exists(l, {truth(node.body)})"
        case "all":
            return f"lines.all(l, {truth(node.body)})"
        case "count":
            return f"lines.filter(l, {truth(node.body)}).size()"
    return f"total(lines.map(l, {value(node.body)}))"


def _literal(each: Any) -> str:
    if isinstance(each, bool):
        return "true" if each else "false"
    if isinstance(each, str):
        escaped = each.replace("\\", "\\\\").replace("'", "\\'")
        return f"'{escaped}'"
    return str(_plain(each))


_WRITERS: dict[type[Node], Callable[[Any], str]] = {
    Const: lambda node: _literal(node.value),
    Field: lambda node: f"f.{column_of(node.path)}",
    LineField: lambda node: f"l.{node.name}",
    Has: _has,
    Unary: _unary,
    Arithmetic: _arithmetic,
    Comparison: _comparison,
    In: _in,
    InField: lambda node: _guarded(f"({value(node.item)} in {value(node.field)})", node.item),
    Logic: _logic,
    Choose: _choose,
    Extreme: _extreme,
    OverLines: _over_lines,
}
