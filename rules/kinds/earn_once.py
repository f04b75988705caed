"""`earn.once`: a prize that a member gets once: first purchase, enrolment, profile completed."""

from typing import Literal

import msgspec

from rules.basis import Basis, Effect, nothing
from rules.decision import Gap, Outcome, Progress, Reason
from rules.errors import Problem
from rules.kinds.base import EVENT, SALE, Kind, Phase, register
from rules.language.fields import programme_schema
from rules.prize import award, prize_assets, prize_faults
from rules.programme.model import Programme, Rule
from rules.suggest import did_you_mean

ENROLMENT, PROFILE = "enrolment", "profile"


class EarnOnce(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A prize (`points`, or a `voucher`) once in a member's life.

    `on` first_purchase: a ticket of the first day that has a counted one. enrolment: the event of that name or, where
    it never came, such a first ticket or the first one since the member enrolled. profile: the first ticket or event
    (of enrolment or profile) that finds all `fields` known.
    """

    on: Literal["first_purchase", "enrolment", "profile"]
    fields: tuple[str, ...] = ()
    points: int = 0
    voucher: str = ""


def _is_first(rule: Rule, basis: Basis) -> bool:
    """Whether this ticket or event is the first purchase, or the first sign of a new member."""
    account, event, day = basis.account, basis.ticket.event, basis.day
    enrolled = rule.table.on == ENROLMENT
    if event is not None:
        return enrolled and event.name == ENROLMENT
    first, last, since = account.first_visit, account.last_visit, account.since
    if first is None or last is None or first >= day:
        return True
    return enrolled and since is not None and last <= since


def _profile_gap(rule: Rule, basis: Basis) -> Outcome | None:
    event, fields = basis.ticket.event, rule.table.fields
    if event is not None and event.name not in (ENROLMENT, PROFILE):
        return nothing(rule, Reason.NO_EFFECT).outcome
    known = sum([field in basis.facts for field in fields])
    if known == len(fields):
        return None
    return nothing(rule, Reason.FIELD_ABSENT, Gap("fields", known, len(fields))).outcome


def _apply(rule: Rule, basis: Basis) -> Effect:
    if basis.state_of(rule) is not None:
        return nothing(rule, Reason.ALREADY_USED)
    if rule.table.on == PROFILE:
        gap = _profile_gap(rule, basis)
        if gap is not None:
            return Effect(gap)
    elif not _is_first(rule, basis):
        return nothing(rule, Reason.NO_EFFECT)
    return award(rule, basis, rule.table, basis.lines_of(rule), {"day": basis.day.isoformat()})


def _progress(rule: Rule, basis: Basis) -> Progress | None:
    """How many of the fields of a profile are known."""
    fields = rule.table.fields
    if not basis.known or basis.state_of(rule) is not None:
        return None
    known = sum([field in basis.facts for field in fields])
    return Progress("once", rule.id, rule.id, "fields", known, len(fields)) if known < len(fields) else None


def _check(rule: Rule, programme: Programme) -> tuple[Problem, ...]:
    table: EarnOnce = rule.table
    problems = list(prize_faults(table, programme))
    if (table.on == PROFILE) is not bool(table.fields):
        text = 'list the fields that on = "profile" asks for, and only then'
        problems.append(Problem(text, key="fields"))
    if rule.lines is not None and table.on != "first_purchase":
        problems.append(Problem("leave lines out: an enrolment has none", key="lines"))
    known = {**programme_schema().fields, **programme.fields}
    askable = [name for name, spec in known.items() if name.startswith("member.") and spec.optional]
    for name in table.fields:
        if name not in askable:
            text = f"there is no field {name} to ask a member for{did_you_mean(name, askable)}"
            problems.append(Problem(text, key="fields"))
    return tuple(problems)


KIND = register(
    Kind(
        "earn.once",
        Phase.BONUS,
        EarnOnce,
        _apply,
        check=_check,
        needs_history=True,
        netting=lambda _table: "ever",
        assets=lambda _id, table: prize_assets(table),
        progress=_progress,
        takes=(SALE, EVENT),
    )
)
