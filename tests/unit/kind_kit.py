"""What the tests of the rule kinds share: a programme around their rules, and a sale of a day."""

from collections.abc import Iterable, Mapping
from datetime import date

import msgspec

import rules.evaluate
import rules.kinds.all
from rules.account import Account
from rules.decision import Burn, Choice, Decision, Reason
from rules.fold import fold
from rules.kinds.base import find_kind, kind_names
from rules.programme.load import check_programme, load_programme
from rules.programme.model import Programme
from rules.programme.rule import COMMON_KEYS
from rules.ticket import Event, Line, Ticket

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


def evaluate(
    ticket: Ticket,
    account: Account,
    loaded: Programme,
    choices: tuple[Choice, ...] = (),
    burns: tuple[Burn, ...] | None = None,
    stock: Mapping[str, int] | None = None,
) -> Decision:
    """The evaluation, with a look at what every decision has to be, whatever a test asks of it."""
    decision = rules.evaluate.evaluate(ticket, account, loaded, choices, burns, stock)
    assert msgspec.json.decode(msgspec.json.encode(decision), type=Decision) == decision
    known = [(rule.id, rule.kind.name) for rule in loaded.rules]
    assert [(one.rule, one.kind) for one in decision.outcomes] == known
    for one in decision.outcomes:
        assert set(one.lines) <= set(range(len(ticket.lines)))
    for one in decision.outcomes:
        mine = [burn for burn in decision.burns if burn.rule == one.rule]
        assert one.cents == sum(burn.cents for burn in mine)
        assert not mine or one.reason is Reason.APPLIED
        if one.asset in {burn.asset for burn in mine}:
            assert one.quantity == sum(burn.quantity for burn in mine)
    return decision


def in_turn(
    tickets: Iterable[Ticket],
    loaded: Programme,
    account: Account | None = None,
    stock: Mapping[str, int] | None = None,
) -> tuple[Account, list[Decision]]:
    """The account after these tickets, one after another, and what each of them gave."""
    account, given = account or Account(member=1), []
    for ticket in tickets:
        decision = evaluate(ticket, account, loaded, stock=stock)
        account = fold(account, ticket, decision)
        given.append(decision)
    return account, given


def sale(day: date, *lines: Line, name: str = "") -> Ticket:
    """A ticket of a day at ten; ten euros when no lines are given."""
    return Ticket(name or day.isoformat(), lines or (Line(1000, "x", "x"),), day, 600, "s1")


def happened(event: Event, day: date = DAY, name: str = "e") -> Ticket:
    """An event of a day, as the ticket without lines that it is to the rules."""
    return Ticket(name, (), day, 600, "s1", event=event)


def reason(decision: Decision, rule: str) -> Reason:
    """Why a rule did what it did."""
    return next(each.reason for each in decision.outcomes if each.rule == rule)
