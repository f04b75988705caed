"""A checked tree to plain nested closures.

A closure takes the facts and, inside a line, that line, else the tuple of all lines. Money is cents, durations
are days, times are minutes of the day. An absent value is None; arithmetic hands it on, a comparison with it
is false.
"""

import operator
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from rules.language.lines import IndexedLines
from rules.language.narrow import Anchor, anchors_of
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
    Unary,
    children,
)

Run = Callable[[Mapping[str, Any], Any], Any]
Operation = Callable[[Any, Any], Any]

COMPARE: dict[str, Operation] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
MIRROR = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_VARIABLE = (Field, LineField, Has, OverLines)
_LAST_DAY = date.max.toordinal()


def closure_of(node: Node) -> Run:
    """The closure that computes `node`."""
    if not isinstance(node, Const) and is_constant(node):
        value = _MAKERS[type(node)](node)({}, ())
        return lambda _facts, _at: value
    return _MAKERS[type(node)](node)


def truth_of(node: Node) -> Run:
    """The closure of a condition, where absent is false."""
    run = closure_of(node)
    return (lambda facts, at: bool(run(facts, at))) if node.optional else run


def is_constant(node: Node) -> bool:
    """Whether `node` depends neither on facts nor on lines."""
    return not isinstance(node, _VARIABLE) and all(map(is_constant, children(node)))


def constant_value(node: Node) -> Any:
    """The value of a constant node."""
    return closure_of(node)({}, ())


def truncated(dividend: int, divisor: int) -> int:
    """The quotient rounded toward zero, as SQL does."""
    quotient = abs(dividend) // abs(divisor)
    return quotient if (dividend < 0) == (divisor < 0) else -quotient


def _shifted(day: date, days: int) -> date:
    return date.fromordinal(min(max(day.toordinal() + days, 1), _LAST_DAY))


def _const(node: Const) -> Run:
    value = node.value
    return lambda _facts, _at: value


def _field(node: Field) -> Run:
    path = node.path
    if node.optional:
        return lambda facts, _at: facts.get(path)
    return lambda facts, _at: facts[path]


def _line_field(node: LineField) -> Run:
    get = operator.attrgetter(node.name)
    return lambda _facts, line: get(line)


def _has(node: Has) -> Run:
    if isinstance(node.field, Field):
        path = node.field.path
        return lambda facts, _at: facts.get(path) is not None
    get = operator.attrgetter(node.field.name)
    return lambda _facts, line: get(line) != ""


def _unary(node: Unary) -> Run:
    inner = closure_of(node.operand)
    if node.op == "!":
        return lambda facts, at: not inner(facts, at)
    return _present(operator.neg, inner) if node.optional else lambda facts, at: -inner(facts, at)


def _present(function: Callable[[Any], Any], inner: Run) -> Run:
    """`function` of the inner value, or None when it is absent."""

    def run(facts: Mapping[str, Any], at: Any) -> Any:
        value = inner(facts, at)
        return None if value is None else function(value)

    return run


def _arithmetic(node: Arithmetic) -> Run:
    left, right, operation = closure_of(node.left), closure_of(node.right), _operation(node)
    if not node.optional:
        return lambda facts, at: operation(left(facts, at), right(facts, at))

    def run(facts: Mapping[str, Any], at: Any) -> Any:
        a, b = left(facts, at), right(facts, at)
        return None if a is None or b is None else operation(a, b)

    return run


def _operation(node: Arithmetic) -> Operation:
    kinds = (node.left.type.name, node.op, node.right.type.name)
    special: dict[tuple[str, str, str], Operation] = {
        ("date", "-", "date"): lambda a, b: (a - b).days,
        ("date", "-", "duration"): lambda a, b: _shifted(a, -b),
        ("date", "+", "duration"): _shifted,
        ("duration", "+", "date"): lambda a, b: _shifted(b, a),
    }
    plain: dict[str, Operation] = {
        "+": operator.add,
        "-": operator.sub,
        "*": operator.mul,
        "/": truncated,
    }
    return special.get(kinds) or plain[node.op]


def _comparison(node: Comparison) -> Run:
    if is_constant(node.right):
        return _against(node.left, COMPARE[node.op], constant_value(node.right))
    if is_constant(node.left):
        return _against(node.right, COMPARE[MIRROR[node.op]], constant_value(node.left))
    left, right, compare = closure_of(node.left), closure_of(node.right), COMPARE[node.op]
    if not (node.left.optional or node.right.optional):
        return lambda facts, at: compare(left(facts, at), right(facts, at))

    def run(facts: Mapping[str, Any], at: Any) -> bool:
        a, b = left(facts, at), right(facts, at)
        return a is not None and b is not None and bool(compare(a, b))

    return run


def _against(node: Node, compare: Operation, constant: Any) -> Run:
    """`node` compared with a constant: the shapes that most conditions have, without an inner call."""
    if isinstance(node, LineField):
        get = operator.attrgetter(node.name)
        return lambda _facts, line: compare(get(line), constant)
    if isinstance(node, Field) and not node.optional:
        path = node.path
        return lambda facts, _at: compare(facts[path], constant)
    inner = closure_of(node)
    if not node.optional:
        return lambda facts, at: compare(inner(facts, at), constant)

    def run(facts: Mapping[str, Any], at: Any) -> bool:
        value = inner(facts, at)
        return value is not None and bool(compare(value, constant))

    return run


def _in(node: In) -> Run:
    choices = frozenset(constant_value(choice) for choice in node.choices)
    if isinstance(node.item, LineField):
        get = operator.attrgetter(node.item.name)
        return lambda _facts, line: get(line) in choices
    item = closure_of(node.item)
    return lambda facts, at: item(facts, at) in choices


def _in_field(node: InField) -> Run:
    item, path = closure_of(node.item), node.field.path
    return lambda facts, at: item(facts, at) in facts.get(path, ())


def _logic(node: Logic) -> Run:
    parts = tuple(truth_of(part) for part in node.parts)
    if len(parts) == 2:
        return _and(*parts) if node.op == "&&" else _or(*parts)
    ends_on = node.op == "||"

    def run(facts: Mapping[str, Any], at: Any) -> bool:
        for part in parts:
            if bool(part(facts, at)) is ends_on:
                return ends_on
        return not ends_on

    return run


def _and(left: Run, right: Run) -> Run:
    return lambda facts, at: left(facts, at) and right(facts, at)


def _or(left: Run, right: Run) -> Run:
    return lambda facts, at: left(facts, at) or right(facts, at)


def _choose(node: Choose) -> Run:
    test, then, other = closure_of(node.test), closure_of(node.then), closure_of(node.other)
    return lambda facts, at: then(facts, at) if test(facts, at) else other(facts, at)


def _extreme(node: Extreme) -> Run:
    parts = tuple(closure_of(part) for part in node.parts)
    choose: Callable[[list[Any]], Any] = min if node.name == "min" else max

    def run(facts: Mapping[str, Any], at: Any) -> Any:
        values = [part(facts, at) for part in parts]
        return None if None in values else choose(values)

    return run


def _over_lines(node: OverLines) -> Run:
    if node.body is None:
        return lambda _facts, lines: len(lines)
    loop = _LOOPS[node.name](closure_of(node.body))
    anchors = anchors_of(node.body) if node.name in ("any", "count") else None
    return loop if anchors is None else _among(loop, anchors)


def _among(loop: Run, anchors: frozenset[Anchor]) -> Run:
    """`loop` over the lines that can pass at all, where these can be looked up."""

    def run(facts: Mapping[str, Any], lines: Any) -> Any:
        return loop(facts, lines.having(anchors) if type(lines) is IndexedLines else lines)

    return run


def _any(body: Run) -> Run:
    def run(facts: Mapping[str, Any], lines: Any) -> bool:
        for line in lines:  # noqa: SIM110 - any() over a generator costs twice as much
            if body(facts, line):
                return True
        return False

    return run


def _all(body: Run) -> Run:
    def run(facts: Mapping[str, Any], lines: Any) -> bool:
        for line in lines:  # noqa: SIM110 - all() over a generator costs twice as much
            if not body(facts, line):
                return False
        return True

    return run


def _count(body: Run) -> Run:
    return lambda facts, lines: len([1 for line in lines if body(facts, line)])


def _sum(body: Run) -> Run:
    def run(facts: Mapping[str, Any], lines: Any) -> Any:
        values = [body(facts, line) for line in lines]
        return None if None in values else sum(values)

    return run


_LOOPS: dict[str, Callable[[Run], Run]] = {"any": _any, "all": _all, "count": _count, "sum": _sum}
_MAKERS: dict[type[Node], Callable[[Any], Run]] = {
    Const: _const,
    Field: _field,
    LineField: _line_field,
    Has: _has,
    Unary: _unary,
    Arithmetic: _arithmetic,
    Comparison: _comparison,
    In: _in,
    InField: _in_field,
    Logic: _logic,
    Choose: _choose,
    Extreme: _extreme,
    OverLines: _over_lines,
}
