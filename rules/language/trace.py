"""Why a condition holds or not, clause by clause: what the ticket has, what is needed, and how far it is."""

from math import floor
from typing import Any

import msgspec

from rules.decision import Gap
from rules.language.closures import MIRROR, closure_of, is_constant
from rules.language.condition import Checked, Facts
from rules.language.tree import Comparison, Field, Logic, Node, OverLines, walk
from rules.ticket import Line

Lines = tuple[Line, ...]

_UNITS = {"money": "cents", "duration": "days", "quantity": "units", "time": "time"}
_COUNTED = ("int", "money", "duration", "quantity")


class Clause(msgspec.Struct, frozen=True):
    """One clause of those that `&&` joins; one that `||` joins further has its `alternatives`.

    `have` and `need` are the two sides of a comparison as run-time values of the language (a constant is always
    `need`), None elsewhere; `unit` is what they are counted in (cents, days, points …, or time). `absent` tells that
    a field it names is absent. `gap` is set where more of something would make the clause true.
    """

    text: str
    holds: bool
    have: Any = None
    need: Any = None
    absent: bool = False
    gap: Gap | None = None
    unit: str = ""
    alternatives: tuple["Clause", ...] = ()


def trace(checked: Checked, facts: Facts, lines: Lines) -> tuple[Clause, ...]:
    """The clauses of `checked` on one ticket, in the order of the source."""
    tree = checked.tree
    parts = tree.parts if isinstance(tree, Logic) and tree.op == "&&" else (tree,)
    return tuple(_clause(part, checked.source, facts, lines) for part in parts)


def _clause(node: Node, source: str, facts: Facts, lines: Lines) -> Clause:
    clause = Clause(
        source[node.start : node.end],
        bool(closure_of(node)(facts, lines)),
        absent=_lacks_a_field(node, facts),
    )
    if isinstance(node, Logic) and node.op == "||":
        alternatives = tuple(_clause(part, source, facts, lines) for part in node.parts)
        return msgspec.structs.replace(clause, alternatives=alternatives)
    return _compared(node, clause, facts, lines) if isinstance(node, Comparison) else clause


def _compared(node: Comparison, clause: Clause, facts: Facts, lines: Lines) -> Clause:
    left, op, right = node.left, node.op, node.right
    if is_constant(left):
        left, op, right = right, MIRROR[op], left
    have, need = closure_of(left)(facts, lines), closure_of(right)(facts, lines)
    gap = None
    if op in (">", ">=") and not clause.holds and left.type.name in _COUNTED and None not in (have, need):
        gap = Gap(_unit(left), floor(have), floor(need) + (op == ">"))
    return msgspec.structs.replace(clause, have=have, need=need, gap=gap, unit=_unit(left))


def _unit(node: Node) -> str:
    """What `node` is counted in: by its type, by `count` over lines, or by the first field that says so."""
    if node.type.name in _UNITS:
        return _UNITS[node.type.name]
    for each, _ in walk(node):
        if isinstance(each, OverLines) and each.name == "count":
            return "lines"
        if isinstance(each, Field) and each.unit:
            return each.unit
    return ""


def _lacks_a_field(node: Node, facts: Facts) -> bool:
    return any(
        isinstance(each, Field) and each.optional and facts.get(each.path) is None for each, _ in walk(node)
    )
