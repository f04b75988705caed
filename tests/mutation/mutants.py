"""The mutants of a source file: their names, what they change, and whether that can matter to a test."""

import ast
import difflib
import textwrap
from pathlib import Path
from typing import NamedTuple

from mutmut.mutation.file_mutation import mutate_file_contents
from mutmut.utils.format_utils import get_mutant_name


class Mutant(NamedTuple):
    """`name` as mutmut knows it; `diff` as text; `idle` when only a text for people or an assertion changes."""

    name: str
    diff: str
    idle: bool


def mutants(path: Path) -> list[Mutant]:
    """All mutants of the file `path`, which lies below the working folder."""
    made = mutate_file_contents(str(path), path.read_text("utf-8"))
    lines = made.code.splitlines()

    def source(function: str) -> str:
        span = made.line_span_by_function_name[function]
        own = lines[span.start - 1 : span.end]
        return "\n".join(line.replace(function, function.partition("__mutmut")[0]) for line in own)

    found = []
    for name in made.mutant_names:
        before, after = source(name.partition("__mutmut")[0] + "__mutmut_orig"), source(name)
        found.append(Mutant(get_mutant_name(path, name), _diff(before, after), _code(before) == _code(after)))
    return found


def _diff(before: str, after: str) -> str:
    lines = difflib.unified_diff(before.strip().split("\n"), after.strip().split("\n"), lineterm="", n=1)
    return "\n".join(list(lines)[2:])


def _code(source: str) -> str:
    """A function without its texts for people and without assertions."""
    return ast.dump(_Bare().visit(ast.parse(textwrap.dedent(source))))


class _Bare(ast.NodeTransformer):
    """A text for people is a string with a space in it, formatted or not, and whatever is said by `raise`.

    An assertion is the `strict` of zip: what is zipped has one length, as the code before it made sure.
    """

    def visit_Constant(self, node: ast.Constant) -> ast.Constant:
        return ast.Constant(None) if isinstance(node.value, str) and " " in node.value else node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        texts = [part.value for part in node.values if isinstance(part, ast.Constant)]
        return ast.Constant(None) if any(" " in str(text) for text in texts) else self.generic_visit(node)

    def visit_Raise(self, node: ast.Raise) -> ast.Raise:
        if isinstance(node.exc, ast.Call):
            node.exc.args = []
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if isinstance(node.func, ast.Name) and node.func.id == "zip":
            node.keywords = []
        return self.generic_visit(node)
