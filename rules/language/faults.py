"""Faults found in a condition, and how they become problems of a programme file."""

from collections.abc import Iterable

import msgspec

from rules.errors import Problem


class Fault(msgspec.Struct, frozen=True):
    """One fault at offset `start` of the source."""

    message: str
    start: int
    warning: bool = False


class ConditionFault(Exception):
    """Ends the parsing of a condition at its first syntax fault."""

    def __init__(self, message: str, start: int) -> None:
        """Keep the fault; `start` is an offset in the source."""
        super().__init__(message)
        self.fault = Fault(message, start)


def printable(text: str) -> str:
    """`text` with everything that a terminal would not show as one character replaced by a blank or `?`."""
    return "".join(c if c.isprintable() else " " if c.isspace() else "?" for c in text)


def problem_of(fault: Fault, source: str) -> Problem:
    """The problem, with the line of the source that holds it and its line and column in the source."""
    start = min(fault.start, len(source))
    line_start = source.rfind("\n", 0, start) + 1
    line_end = source.find("\n", start)
    line = source[line_start : len(source) if line_end < 0 else line_end]
    return Problem(
        fault.message,
        line=source.count("\n", 0, start) + 1,
        column=start - line_start + 1,
        source=printable(line),
        warning=fault.warning,
    )


def problems_of(faults: Iterable[Fault], source: str) -> tuple[Problem, ...]:
    """The problems of all faults, by place in the source, each once."""
    ordered = sorted(set(faults), key=lambda fault: (fault.start, fault.message))
    return tuple(problem_of(fault, source) for fault in ordered)
