"""Source text to a checked condition: the one door of the language."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from rules.errors import Problem, ProgrammeError
from rules.language.bounds import check_size
from rules.language.checker import check
from rules.language.closures import constant_value, is_constant, truth_of
from rules.language.faults import ConditionFault, Fault, problems_of
from rules.language.narrow import Anchor, anchors_of
from rules.language.parser import parse
from rules.language.tree import Field, Node, Schema, walk
from rules.ticket import Line

Facts = Mapping[str, Any]
Condition = Callable[[Facts, tuple[Line, ...]], bool]
LineFilter = Callable[[Facts, Line], bool]


class Checked(msgspec.Struct, frozen=True):
    """A condition on a ticket (`when`). `fields` are the paths it reads, `problems` its warnings."""

    source: str
    tree: Node
    run: Condition
    fields: frozenset[str]
    problems: tuple[Problem, ...] = ()


class CheckedFilter(msgspec.Struct, frozen=True):
    """A condition on one line (`lines`). `fields` are the paths it reads, `problems` its warnings.

    A line passes only with one of `anchors` (field and text); None where the filter names none.
    """

    source: str
    tree: Node
    run: LineFilter
    fields: frozenset[str]
    problems: tuple[Problem, ...] = ()
    anchors: frozenset[Anchor] | None = None


def compile_condition(source: str, schema: Schema) -> Checked:
    """Check `source` as a condition on a ticket. Raises ProgrammeError with every fault."""
    tree, problems = _checked(source, schema, line_scope=False)
    return Checked(source, tree, truth_of(tree), _fields(tree), problems)


def compile_filter(source: str, schema: Schema) -> CheckedFilter:
    """Check `source` as a condition on one line. Raises ProgrammeError with every fault."""
    tree, problems = _checked(source, schema, line_scope=True)
    return CheckedFilter(source, tree, truth_of(tree), _fields(tree), problems, anchors_of(tree))


def _checked(source: str, schema: Schema, *, line_scope: bool) -> tuple[Node, tuple[Problem, ...]]:
    try:
        tree, faults = check(parse(source), schema, line_scope=line_scope)
        if all(fault.warning for fault in faults):
            check_size(tree)
    except ConditionFault as error:
        raise ProgrammeError(problems_of([error.fault], source)) from None
    problems = problems_of(faults, source)
    if any(not fault.warning for fault in faults):
        raise ProgrammeError(problems)
    if is_constant(tree):
        always = "true" if constant_value(tree) else "false"
        fault = Fault(f"this is always {always}: leave it out or name a field", tree.start, warning=True)
        problems += problems_of([fault], source)
    return tree, problems


def _fields(tree: Node) -> frozenset[str]:
    return frozenset(node.path for node, _ in walk(tree) if isinstance(node, Field))
