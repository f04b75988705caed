"""Every fault put in on purpose replaces something that is there: after a change of names it would break nothing."""

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator

import pytest

from tests.simulation.mutants import MUTANTS


def replaced(mutant: Callable[[], object]) -> Iterator[tuple[object, str]]:
    """The module or class, and the name in it, of everything that `mutant` assigns to."""
    [function] = ast.parse(textwrap.dedent(inspect.getsource(mutant))).body
    assert isinstance(function, ast.FunctionDef)
    imports = [node for node in function.body if isinstance(node, ast.Import | ast.ImportFrom)]
    names = dict(mutant.__globals__)
    exec(compile(ast.Module(list(imports), []), mutant.__name__, "exec"), names)
    for node in function.body:
        for target in node.targets if isinstance(node, ast.Assign) else ():
            if isinstance(target, ast.Attribute):
                yield eval(ast.unparse(target.value), names), target.attr


@pytest.mark.parametrize("name", sorted(MUTANTS))
def test_a_mutant_replaces_what_is_there(name: str) -> None:
    """Whoever renames a function sees here which fault was put into it."""
    gone = [f"{place}.{attr}" for place, attr in replaced(MUTANTS[name]) if not hasattr(place, attr)]
    assert gone == []
