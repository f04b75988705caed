"""Errors of a programme file, all reported at once."""

import msgspec


class Problem(msgspec.Struct, frozen=True):
    """One fault of a programme file: where it is and what to do. `line` and `column` count from 1, 0 is unknown."""

    message: str
    file: str = ""
    line: int = 0
    column: int = 0
    rule: str = ""
    key: str = ""
    source: str = ""
    warning: bool = False

    def render(self) -> str:
        """The fault as text with the source line and a caret under the column."""
        where = f"{self.file or 'programme'}:{self.line}" if self.line else (self.file or "programme")
        name = ".".join(part for part in (self.rule, self.key) if part)
        head = f"{where}: {'warning: ' if self.warning else ''}{name + ': ' if name else ''}{self.message}"
        if not self.source or not self.column:
            return head
        return f"{head}\n    {self.source}\n    {' ' * (self.column - 1)}^"


class ProgrammeError(Exception):
    """A programme file that cannot be used; `problems` holds every fault that was found."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        """Keep `problems`; the message renders them all."""
        super().__init__("\n".join(problem.render() for problem in problems))
        self.problems = problems
