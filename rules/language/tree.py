"""Nodes of a condition. The parser makes them without types; the checker rebuilds them with types.

`start` and `end` are offsets in the source text.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec


class Type(msgspec.Struct, frozen=True):
    """A type of the language; `values` are the names that an enum may have."""

    name: str
    values: tuple[str, ...] = ()


BROKEN = Type("broken")
INT = Type("int")
MONEY = Type("money")
QUANTITY = Type("quantity")
STRING = Type("string")
BOOL = Type("bool")
DATE = Type("date")
TIME = Type("time")
DURATION = Type("duration")
TEXTS = Type("texts")


def enum(*values: str) -> Type:
    """The type of a name out of `values`."""
    return Type("enum", values)


class FieldSpec(msgspec.Struct, frozen=True):
    """A field that conditions may name.

    `optional` fields may be absent; `warn` asks for a warning where one is compared without `has()`.
    `unit` is what a gap on the field is counted in (cents, points, visits, days). `ask` are the words by language in
    which members are asked for it at the counter, none where nobody asks.
    """

    type: Type
    optional: bool = False
    warn: bool = False
    unit: str = ""
    ask: Mapping[str, str] = {}


class Schema(msgspec.Struct, frozen=True):
    """All fields of a programme by dotted path, and the fields of a ticket line by name."""

    fields: Mapping[str, FieldSpec]
    line: Mapping[str, FieldSpec]


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """What all nodes have. `optional` tells that the value may be absent (None)."""

    start: int
    end: int
    type: Type = BROKEN
    optional: bool = False


class Const(Node, frozen=True):
    """A literal: int, cents, text, bool, date, minutes of the day, or days."""

    value: Any


class Field(Node, frozen=True):
    """A field of the facts, such as `member.tier`, counted in `unit` where it has one."""

    path: str
    unit: str = ""


class LineField(Node, frozen=True):
    """A field of the current line, such as `.category`; no line lacks one."""

    name: str


class Has(Node, frozen=True):
    """`has(field)`."""

    field: Field | LineField


class Unary(Node, frozen=True):
    """`!x` or `-x`."""

    op: str
    operand: Node


class Arithmetic(Node, frozen=True):
    """`+ - * /`."""

    op: str
    left: Node
    right: Node


class Comparison(Node, frozen=True):
    """`== != < <= > >=`."""

    op: str
    left: Node
    right: Node


class In(Node, frozen=True):
    """`item in [choices]`."""

    item: Node
    choices: tuple[Node, ...]


class InField(Node, frozen=True):
    """`item in field`, for a field that holds several texts."""

    item: Node
    field: Field


class Logic(Node, frozen=True):
    """`a && b && c` or `a || b || c`."""

    op: str
    parts: tuple[Node, ...]


class Choose(Node, frozen=True):
    """`test ? then : other`."""

    test: Node
    then: Node
    other: Node


class Extreme(Node, frozen=True):
    """`min(a, b, …)` or `max(a, b, …)`."""

    name: str
    parts: tuple[Node, ...]


class OverLines(Node, frozen=True):
    """`any`, `all`, `count` or `sum` of `body` over the ticket's lines; `count(lines)` has no body."""

    name: str
    body: Node | None


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below `node`, left to right."""
    below = _BELOW.get(type(node))
    return below(node) if below else ()


def walk(node: Node) -> Iterator[tuple[Node, int]]:
    """Every node of the tree with its depth; the root has depth 1. Does not recurse."""
    waiting = [(node, 1)]
    while waiting:
        current, depth = waiting.pop()
        yield current, depth
        waiting.extend((child, depth + 1) for child in reversed(children(current)))


_BELOW: dict[type[Node], Callable[[Any], tuple[Node, ...]]] = {
    Unary: lambda node: (node.operand,),
    Arithmetic: lambda node: (node.left, node.right),
    Comparison: lambda node: (node.left, node.right),
    In: lambda node: (node.item, *node.choices),
    InField: lambda node: (node.item, node.field),
    Logic: lambda node: node.parts,
    Extreme: lambda node: node.parts,
    Choose: lambda node: (node.test, node.then, node.other),
    OverLines: lambda node: () if node.body is None else (node.body,),
    Has: lambda node: (node.field,),
}
