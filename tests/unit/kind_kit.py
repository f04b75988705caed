"""What the tests of the rule kinds share: a programme around their rules, and a sale of a day."""

from datetime import date

import rules.kinds.all  # noqa: F401
from rules.decision import Decision, Reason
from rules.kinds.base import find_kind, kind_names
from rules.programme.load import check_programme, load_programme
from rules.programme.model import Programme
from rules.programme.rule import COMMON_KEYS
from rules.ticket import Line, Ticket

HEADER = b"""format = 1
[programme]
id = "t"
name = "T"
version = 1
effective_from = 2026-01-01
effective_to = 2029-01-01
timezone = "Europe/Paris"
currency = "EUR"
unit = "point"
"""
KEYS = {
    *COMMON_KEYS,
    *(key for kind in map(find_kind, kind_names()) if kind for key in kind.table.__struct_encode_fields__),
}
DAY = date(2026, 5, 6)


def programme(text: str, header: str = "") -> Programme:
    """The programme with these rules and further header lines."""
    return load_programme(HEADER + header.encode() + b"\n" + text.encode())


def faults(text: str) -> str:
    """What the loader says of these rules; each names a line and a key that rules have."""
    problems = check_programme(HEADER + text.encode())
    for problem in problems:
        assert problem.line > HEADER.count(b"\n"), problem
        assert problem.key.partition(".")[0] in KEYS or "is missing" in problem.message, problem
    return "\n".join(problem.message for problem in problems)


def sale(day: date, *lines: Line, name: str = "") -> Ticket:
    """A ticket of a day at ten; ten euros when no lines are given."""
    return Ticket(name or day.isoformat(), lines or (Line(1000, "x", "x"),), day, 600, "s1")


def reason(decision: Decision, rule: str) -> Reason:
    """Why a rule did what it did."""
    return next(each.reason for each in decision.outcomes if each.rule == rule)
