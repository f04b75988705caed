"""Types of a parsed condition: the tree again with types, and every fault at once."""

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from rules.language.faults import Fault
from rules.language.tree import (
    BOOL,
    BROKEN,
    DATE,
    DURATION,
    INT,
    MONEY,
    QUANTITY,
    TEXTS,
    Arithmetic,
    Choose,
    Comparison,
    Const,
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
)
from rules.suggest import did_you_mean

Paths = frozenset[str]
NONE: Paths = frozenset()

_ORDERED = ("int", "money", "quantity", "date", "time", "duration")
_SUMMABLE = ("int", "money", "quantity", "duration")
_SUMS: dict[tuple[str, str, str], Type] = {
    ("date", "-", "date"): DURATION,
    ("date", "-", "duration"): DATE,
    ("date", "+", "duration"): DATE,
    ("duration", "+", "date"): DATE,
}
_SUMS.update({(t.name, op, t.name): t for t in (INT, MONEY, QUANTITY, DURATION) for op in "+-"})
_SUMS.update({(a, op, b): QUANTITY for a, b in (("int", "quantity"), ("quantity", "int")) for op in "+-*"})
_SUMS.update({(t.name, "*", "int"): t for t in (INT, MONEY, DURATION)})
_SUMS.update({("int", "*", t.name): t for t in (MONEY, DURATION)})


def check(tree: Node, schema: Schema, *, line_scope: bool) -> tuple[Node, list[Fault]]:
    """The typed tree and all faults and warnings. `line_scope` is for line filters, where `.field` is allowed."""
    checker = _Checker(schema, line_scope)
    typed = checker.condition(tree, NONE)
    return typed, checker.faults


def sure_if(node: Node, truth: bool) -> Paths:
    """Paths that `has()` proves present whenever `node` is `truth`."""
    match node:
        case Has(field=Field(path=path)) if truth:
            return frozenset((path,))
        case Unary(op="!"):
            return sure_if(node.operand, not truth)
        case Logic(op=op, parts=parts) if truth is (op == "&&"):
            return NONE.union(*(sure_if(part, truth) for part in parts))
    return NONE


def same(left: Type, right: Type) -> bool:
    """Whether values of both types can be compared or chosen between."""
    pair = {left.name, right.name}
    return len(pair) == 1 or pair in ({"string", "enum"}, {"int", "quantity"}) or "broken" in pair


def mismatch(left: Type, right: Type, verb: str) -> str:
    """Why two types do not go together, and what to write."""
    advice = ""
    if {left.name, right.name} == {"money", "int"}:
        advice = " (write the amount with two decimals)"
    elif {left.name, right.name} == {"duration", "int"}:
        advice = " (write the days as 14d)"
    return f"cannot {verb} {left.name} with {right.name}{advice}"


class _Checker:
    """Walks a tree; `sure` are the optional fields that are known to be present where a node stands."""

    def __init__(self, schema: Schema, line_scope: bool) -> None:
        self.faults: list[Fault] = []
        self._schema = schema
        self._line_scope = line_scope
        self._inside_lines = False

    def condition(self, node: Node, sure: Paths) -> Node:
        """`node`, which must be a bool."""
        typed = self.node(node, sure)
        if typed.type.name not in ("bool", "broken"):
            self._fault(f"expected a condition that is true or false, found {typed.type.name}", node)
        return typed

    def node(self, node: Node, sure: Paths) -> Node:
        """`node` with its type."""
        return _CHECKS[type(node)](self, node, sure)

    def _fault(self, message: str, node: Node, *, warning: bool = False) -> None:
        self.faults.append(Fault(message, node.start, warning))

    def const(self, node: Const, _sure: Paths) -> Node:
        return node

    def field(self, node: Field, sure: Paths) -> Node:
        spec = self._schema.fields.get(node.path)
        if spec is None:
            advice = did_you_mean(node.path, self._schema.fields)
            self._fault(f"there is no field {node.path}{advice}", node)
            return node
        if spec.type == TEXTS:
            self._fault(f"{node.path} holds several texts: write 'text' in {node.path}", node)
            return node
        if spec.warn and node.path not in sure:
            text = f"{node.path} may be absent, then this is false; write has({node.path}) && … to say so"
            self._fault(text, node, warning=True)
        return replace(node, type=spec.type, optional=spec.optional, unit=spec.unit)

    def line_field(self, node: LineField, _sure: Paths) -> Node:
        spec: FieldSpec | None = self._schema.line.get(node.name)
        if spec is None:
            self._fault(f"a line has no field .{node.name}{did_you_mean(node.name, self._schema.line)}", node)
            return node
        if not (self._line_scope or self._inside_lines):
            self._fault(f"write .{node.name} inside any, all, count or sum over the lines", node)
        return replace(node, type=spec.type)

    def has(self, node: Has, _sure: Paths) -> Node:
        field = self.node(node.field, frozenset(_paths(node.field)))
        return replace(node, field=field, type=BOOL)

    def unary(self, node: Unary, sure: Paths) -> Node:
        if node.op == "!":
            return replace(node, operand=self.condition(node.operand, sure), type=BOOL)
        operand = self.node(node.operand, sure)
        if operand.type.name not in (*_SUMMABLE, "broken"):
            self._fault(f"cannot negate {operand.type.name}", node)
        return replace(node, operand=operand, type=operand.type, optional=operand.optional)

    def arithmetic(self, node: Arithmetic, sure: Paths) -> Node:
        left, right = self.node(node.left, sure), self.node(node.right, sure)
        return replace(
            node,
            left=left,
            right=right,
            type=self._sum_type(node, left, right),
            optional=left.optional or right.optional,
        )

    def _sum_type(self, node: Arithmetic, left: Node, right: Node) -> Type:
        if BROKEN in (left.type, right.type):
            return BROKEN
        if node.op == "/":
            return self._quotient_type(left, right)
        found = _SUMS.get((left.type.name, node.op, right.type.name))
        if found is None:
            verb = {"+": "add", "-": "subtract", "*": "multiply"}[node.op]
            self._fault(mismatch(left.type, right.type, verb), node)
        return found or BROKEN

    def _quotient_type(self, left: Node, right: Node) -> Type:
        if not isinstance(right, Const) or right.type != INT or right.value == 0:
            self._fault("divide by a whole number other than 0, written as a constant", right)
            return BROKEN
        if left.type not in (INT, MONEY, DURATION):
            self._fault(f"cannot divide {left.type.name}", left)
            return BROKEN
        return left.type

    def comparison(self, node: Comparison, sure: Paths) -> Node:
        left, right = self.node(node.left, sure), self.node(node.right, sure)
        if not same(left.type, right.type):
            blamed = right if isinstance(right, Const) else left if isinstance(left, Const) else node
            self._fault(mismatch(left.type, right.type, "compare"), blamed)
        elif node.op not in ("==", "!=") and left.type.name not in (*_ORDERED, "broken"):
            self._fault(f"{left.type.name} has no order: compare it with == or != or in", node)
        self._known_name(left.type, right)
        self._known_name(right.type, left)
        return replace(node, left=left, right=right, type=BOOL)

    def _known_name(self, type_: Type, node: Node) -> None:
        """Whether a text next to an enum is one of its names."""
        if type_.name != "enum" or not isinstance(node, Const) or node.type.name != "string":
            return
        if node.value not in type_.values:
            advice = did_you_mean(node.value, type_.values)
            self._fault(f"'{node.value}' is not a possible value here{advice}", node)

    def membership(self, node: In, sure: Paths) -> Node:
        item = self.node(node.item, sure)
        choices = tuple(self.node(choice, sure) for choice in node.choices)
        for choice in choices:
            if not _is_constant(choice):
                self._fault("write constants in the list", choice)
            elif not same(item.type, choice.type):
                self._fault(mismatch(item.type, choice.type, "compare"), choice)
            self._known_name(item.type, choice)
        return replace(node, item=item, choices=choices, type=BOOL)

    def membership_of_field(self, node: InField, sure: Paths) -> Node:
        item = self.node(node.item, sure)
        spec = self._schema.fields.get(node.field.path)
        if spec is None:
            self.field(node.field, sure)
        elif spec.type != TEXTS:
            self._fault(f"{node.field.path} is no list: write the values in brackets", node.field)
        if item.type.name not in ("string", "enum", "broken"):
            self._fault(mismatch(item.type, TEXTS, "compare"), item)
        return replace(node, item=item, field=replace(node.field, type=TEXTS), type=BOOL)

    def logic(self, node: Logic, sure: Paths) -> Node:
        truth = node.op == "&&"
        proofs = [sure_if(part, truth) for part in node.parts]
        parts = tuple(
            self.condition(part, sure.union(*proofs[:index], *proofs[index + 1 :]))
            for index, part in enumerate(node.parts)
        )
        return replace(node, parts=parts, type=BOOL)

    def choose(self, node: Choose, sure: Paths) -> Node:
        test = self.condition(node.test, sure)
        then = self.node(node.then, sure | sure_if(node.test, True))
        other = self.node(node.other, sure | sure_if(node.test, False))
        if not same(then.type, other.type):
            self._fault(mismatch(then.type, other.type, "choose"), node)
        return replace(
            node,
            test=test,
            then=then,
            other=other,
            type=_wider(then.type, other.type),
            optional=then.optional or other.optional,
        )

    def extreme(self, node: Extreme, sure: Paths) -> Node:
        parts = tuple(self.node(part, sure) for part in node.parts)
        type_ = parts[0].type
        for part in parts:
            if part.type.name not in (*_ORDERED, "broken"):
                self._fault(f"cannot take the {node.name} of {part.type.name}", part)
            elif not same(type_, part.type):
                self._fault(mismatch(type_, part.type, "compare"), part)
            type_ = _wider(type_, part.type)
        return replace(node, parts=parts, type=type_, optional=any(part.optional for part in parts))

    def over_lines(self, node: OverLines, sure: Paths) -> Node:
        if self._line_scope or self._inside_lines:
            self._fault(f"{node.name}(lines, …) cannot stand inside a condition on lines", node)
            return node
        self._inside_lines = True
        body = node.body and (self.node if node.name == "sum" else self.condition)(node.body, sure)
        self._inside_lines = False
        if node.name != "sum":
            return replace(node, body=body, type=INT if node.name == "count" else BOOL)
        assert body is not None
        if body.type.name not in (*_SUMMABLE, "broken"):
            self._fault(f"cannot take the sum of {body.type.name}", body)
        return replace(node, body=body, type=body.type, optional=body.optional)


def _paths(field: Field | LineField) -> tuple[str, ...]:
    return (field.path,) if isinstance(field, Field) else ()


def _wider(left: Type, right: Type) -> Type:
    """The type that holds values of both: a quantity or a string rather than an int or an enum."""
    if BROKEN in (left, right):
        return BROKEN
    if left.name == right.name == "enum":
        return Type("enum", tuple(dict.fromkeys((*left.values, *right.values))))
    return right if right.name in ("quantity", "string") else left


def _is_constant(node: Node) -> bool:
    return isinstance(node, Const) or (
        isinstance(node, Unary) and node.op == "-" and _is_constant(node.operand)
    )


_CHECKS: dict[type[Node], Callable[[_Checker, Any, Paths], Node]] = {
    Const: _Checker.const,
    Field: _Checker.field,
    LineField: _Checker.line_field,
    Has: _Checker.has,
    Unary: _Checker.unary,
    Arithmetic: _Checker.arithmetic,
    Comparison: _Checker.comparison,
    In: _Checker.membership,
    InField: _Checker.membership_of_field,
    Logic: _Checker.logic,
    Choose: _Checker.choose,
    Extreme: _Checker.extreme,
    OverLines: _Checker.over_lines,
}
