"""A kind that this release does not know is added by one file: its struct, its function, one registration."""

from datetime import date
from typing import Any

import msgspec
import pytest

import rules.kinds.all  # noqa: F401
from rules.account import POINTS, Account
from rules.basis import Basis, Effect, applied, nothing
from rules.decision import Reason
from rules.errors import Problem
from rules.evaluate import evaluate
from rules.fold import fold
from rules.kinds.base import Kind, Phase, find_kind, kind_names, register
from rules.programme.load import check_programme, load_programme
from rules.programme.model import Programme, Rule
from rules.ticket import Line, Ticket


class Lucky(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Points when the cents of the ticket end in `digits`, each time worth more."""

    digits: int
    points: int


def _apply(rule: Rule, basis: Basis) -> Effect:
    if basis.gross % 100 != rule.table.digits:
        return nothing(rule, Reason.NO_EFFECT)
    times = (basis.state_of(rule) or 0) + 1
    given = basis.points(rule, rule.table.points * times, basis.lines_of(rule))
    effect = applied(rule, given, basis.lines_of(rule))
    return msgspec.structs.replace(effect, state=times)


def _check(rule: Rule, programme: Programme) -> tuple[Problem, ...]:
    return (Problem("lucky digits end at 99", key="digits"),) if rule.table.digits > 99 else ()


TOY = Kind("toy.lucky", Phase.BONUS, Lucky, _apply, check=_check, assets=lambda _id, _table: (POINTS,))
TEXT = """format = 1
[programme]
id = "toy"
name = "Toy"
version = 1
effective_from = 2026-01-01
effective_to = 2027-01-01
timezone = "Europe/Paris"
currency = "EUR"
unit = "point"
[[rule]]
id = "lucky"
kind = "toy.lucky"
digits = 77
points = 7
"""


@pytest.fixture(autouse=True)
def registered() -> Any:
    """The toy is known while these tests run, and forgotten after them."""
    from rules.kinds import base

    register(TOY)
    yield
    del base._KINDS["toy.lucky"]


def test_a_toy_kind_loads_evaluates_and_keeps_its_state() -> None:
    """1.77 wins 7 points, the second time 14; its state travels through the fold."""
    programme, account, earned = load_programme(TEXT.encode()), Account(member=1), []
    for n, cents in enumerate((177, 178, 577)):
        ticket = Ticket(str(n), (Line(cents),), date(2026, 5, 6), 600, "s1")
        decision = evaluate(ticket, account, programme)
        account = fold(account, ticket, decision)
        earned.append((decision.earned(), decision.outcomes[0].reason))
    assert earned == [(7, Reason.APPLIED), (0, Reason.NO_EFFECT), (14, Reason.APPLIED)]
    assert account.state == {"lucky": 2}


def test_its_own_check_and_keys_are_load_errors() -> None:
    """The toy's check and its unknown keys are reported like those of any kind."""
    wrong = check_programme(TEXT.replace("77", "177").encode())
    assert [problem.message for problem in wrong] == ["lucky digits end at 99"]
    stray = check_programme(TEXT.replace("digits", "digit").encode())
    assert any("digit" in problem.message for problem in stray)


def test_a_name_is_taken_once() -> None:
    """A second kind of the same name is refused; the same kind again is not."""
    assert register(TOY) is TOY
    assert find_kind("toy.lucky") is TOY
    assert "toy.lucky" in kind_names()
    with pytest.raises(ValueError, match="registered twice"):
        register(msgspec.structs.replace(TOY, singleton=True))
