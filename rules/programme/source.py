"""A programme file while it is read: its tables, its text, and the faults found so far."""

import re
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from rules.errors import Problem, ProgrammeError
from rules.language.faults import printable
from rules.programme.locate import Path, Places

MAX_BYTES = 1 << 20
MAX_ERRORS = 200
_ENDLESS_KEY = re.compile(
    r"(?<![A-Za-z0-9_-])(?:(?:[A-Za-z0-9_-]++|\"[^\"\n]*+\"|'[^'\n]*+')[ \t]*+\.[ \t]*+){64}"
)
"""A key of more than 64 parts: tomllib takes time that grows with the square of their number."""
_AT = re.compile(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", re.DOTALL)


class Source:
    """The raw tables of one file; `report` collects what is wrong with them, up to MAX_ERRORS errors.

    The last of them ends the reading with ProgrammeError.
    """

    def __init__(self, data: bytes, file: str) -> None:
        """Parse `data`. Raises ProgrammeError when it is no TOML file of at most 1 MiB."""
        self.file = file
        self.problems: list[Problem] = []
        self._errors = 0
        text = _decoded(data, file)
        self.raw = _parsed(text, file)
        self._places = Places(text)

    @property
    def broken(self) -> bool:
        """Whether an error (not only a warning) was found."""
        return self._errors > 0

    def report(self, path: Path, message: str, *, warning: bool = False) -> None:
        """Add a fault of the table or key at `path`."""
        place = self._places.find(path)
        problem = Problem(
            printable(message),
            file=self.file,
            line=place.line,
            column=place.column,
            rule=self._rule_of(path),
            key=_key_of(path),
            source=printable(self._places.line(place.line)) if place.line else "",
            warning=warning,
        )
        self._add(problem)

    def report_inside(self, path: Path, content: str, problem: Problem) -> None:
        """Add a fault in the condition `content`, the value of `path`, at its place in the file."""
        line, column = self._places.inside(path, content, problem.line, problem.column)
        named = replace(problem, file=self.file, rule=self._rule_of(path), key=_key_of(path))
        if line:
            shown = printable(self._places.line(line))
            self._add(replace(named, line=line, column=column, source=shown))
        else:
            self._add(replace(named, line=self._places.find(path).line))

    def _add(self, problem: Problem) -> None:
        """Keep a fault; after as many errors as anybody would read, the rest of the file is left alone."""
        self.problems.append(problem)
        self._errors += not problem.warning
        if self._errors == MAX_ERRORS:
            raise ProgrammeError(tuple(sorted(self.problems, key=lambda each: (each.line, each.column))))

    def adopt(self, path: Path, problem: Problem) -> None:
        """Add a fault that a rule kind has found in its rule at `path`; its `key` tells where."""
        here = (*path, *problem.key.split(".")) if problem.key else path
        self.report(here, problem.message, warning=problem.warning)

    def _rule_of(self, path: Path) -> str:
        """The id of the rule that `path` lies in, or the name of its table."""
        if path[:1] != ("rule",) or len(path) < 2 or not isinstance(path[1], int):
            return str(path[0])
        table = self.raw["rule"][path[1]]
        name = table.get("id") if isinstance(table, Mapping) else None
        return printable(name) if isinstance(name, str) and name else f"rule {path[1] + 1}"


def _key_of(path: Path) -> str:
    start = 2 if path[:1] == ("rule",) else 1
    return printable(".".join(str(part) for part in path[start:]))


def _decoded(data: bytes, file: str) -> str:
    if len(data) > MAX_BYTES:
        raise _only(Problem("the file is larger than 1 MiB: split or shorten it", file=file))
    try:
        return data.decode("utf-8").removeprefix("\ufeff").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _only(Problem("save the file as UTF-8 text", file=file, line=line)) from None


def _parsed(text: str, file: str) -> dict[str, Any]:
    endless = _ENDLESS_KEY.search(text)
    if endless:
        line = text.count("\n", 0, endless.start()) + 1
        raise _only(Problem("the file is nested too deeply: flatten its tables", file=file, line=line))
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except RecursionError:
        raise _only(Problem("the file is nested too deeply: flatten its tables", file=file)) from None
    except (ValueError, ArithmeticError) as error:
        raise _only(_syntax_problem(str(error), text, file)) from None


def _syntax_problem(message: str, text: str, file: str) -> Problem:
    found = _AT.fullmatch(message)
    if found is None:
        return Problem("a number of the file is too large: write a smaller one", file=file)
    said = printable(found[1])
    lines = text.split("\n")
    line = int(found[2]) if found[2] else len(lines)
    column = int(found[3]) if found[3] else len(lines[-1]) + 1
    shown = printable(lines[line - 1]) if line <= len(lines) else ""
    return Problem(f"correct the TOML syntax: {said}", file=file, line=line, column=column, source=shown)


def _only(problem: Problem) -> ProgrammeError:
    return ProgrammeError((problem,))
