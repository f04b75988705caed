"""`dormancy`: after how many days without a visit a member is at risk, or dormant, and what is offered then."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

import msgspec

from rules.account import Account
from rules.basis import Basis, Effect, nothing
from rules.decision import Gap, Outcome, Reason
from rules.errors import Problem
from rules.kinds.base import EVENT, SALE, Kind, Phase, register
from rules.prize import voucher_fault
from rules.programme.model import Programme, Rule
from rules.programme.values import Days
from rules.ticket import Ticket

DORMANCY = "dormancy"
Status = Literal["active", "at_risk", "dormant"]


class Dormancy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """At risk after `at_risk` days without a visit, dormant after `dormant`; `offer` is a voucher of the programme."""

    at_risk: Days
    dormant: Days
    offer: str = ""


def status_of(account: Account, programme: Programme, day: date) -> Status | None:
    """Whether the member is active, at risk or dormant on `day`, counted from the last visit, or from enrolment.

    None where the programme has no `[dormancy]`, or where neither day is known.
    """
    table = programme.policy(DORMANCY)
    return _status(table, account, day) if table is not None else None


def offer_of(account: Account, programme: Programme, day: date) -> str:
    """The voucher for a member who is at risk or dormant on `day`, or ""."""
    table = programme.policy(DORMANCY)
    if table is None or _status(table, account, day) in (None, "active"):
        return ""
    return str(table.offer)


def _status(table: Dormancy, account: Account, day: date) -> Status | None:
    last = account.last_visit or (account.since if account.known == "full" else None)
    if last is None:
        return None
    absent = (day - last).days
    if absent < table.at_risk:
        return "active"
    return "at_risk" if absent < table.dormant else "dormant"


def _facts(rule: Rule, ticket: Ticket, account: Account) -> Mapping[str, Any]:
    status = _status(rule.table, account, ticket.bdate)
    return {} if status is None else {"member.status": status}


def _apply(rule: Rule, basis: Basis) -> Effect:
    last = basis.account.last_visit
    if last is None or _status(rule.table, basis.account, basis.day) == "active":
        return nothing(rule, Reason.NO_EFFECT)
    gap = Gap("absent", (basis.day - last).days, int(rule.table.at_risk))
    return Effect(Outcome(rule.id, rule.kind.name, Reason.APPLIED, gap=gap))


def _check(rule: Rule, programme: Programme) -> tuple[Problem, ...]:
    table, problems = rule.table, []
    if not 0 < table.at_risk < table.dormant:
        text = "write at least one day for at_risk, and more days for dormant"
        problems.append(Problem(text, key="dormant"))
    fault = voucher_fault(table.offer, programme) if table.offer else ""
    if fault:
        problems.append(Problem(fault, key="offer"))
    return tuple(problems)


KIND = register(
    Kind(
        DORMANCY,
        Phase.POLICY,
        Dormancy,
        _apply,
        check=_check,
        singleton=True,
        takes=(SALE, EVENT),
        facts=_facts,
    )
)
