"""`referral`: a member brings another one in, and both get points (rules.md section 3).

The sponsored member's side is a sale; it tells the sponsor's account by an outbound `referral`. The sponsor's side is
the event that comes of it: named `referral`, its ref names the sponsored member, its fields are the outbound's.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from rules.account import POINTS
from rules.basis import Basis, Effect, applied, nothing
from rules.calendar import scope_key
from rules.decision import Gap, Outbound, Progress, Reason
from rules.errors import Problem
from rules.kinds.base import EVENT, SALE, Kind, Phase, register
from rules.kinds.earn_event import ref_mark, remembered
from rules.programme.model import Programme, Rule
from rules.programme.values import Days

REFERRAL = "referral"
_QUALIFIES = "qualifies"
_PERIODS_KEPT = 3


class PerSponsor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """So many sponsored members count for one sponsor in a period."""

    count: Annotated[int, Meta(ge=1)]
    per: Literal["day", "week", "month", "year", "ever"]


class Referral(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`sponsor_points` and `sponsored_points` for the sponsored member's first qualifying purchase.

    A ticket qualifies when it fulfils `qualifies` (any counted one without it) within `within` days of the enrolment.
    With `distinct_household` a sponsor gets nothing for somebody of the same household.
    """

    sponsor_points: int
    within: Days
    sponsored_points: int = 0
    qualifies: str = ""
    max_per_sponsor: PerSponsor | None = None
    distinct_household: bool = False


def _apply(rule: Rule, basis: Basis) -> Effect:
    event = basis.ticket.event
    if event is None:
        return _sponsored(rule, basis)
    return _sponsor(rule, basis) if event.name == REFERRAL else nothing(rule, Reason.NO_EFFECT)


def _sponsored(rule: Rule, basis: Basis) -> Effect:
    """The side of the member who was brought in."""
    table: Referral = rule.table
    account, state = basis.account, basis.state_of(rule) or {}
    if account.sponsor is None or account.sponsor == account.member:
        return nothing(rule, Reason.NO_EFFECT)
    if "day" in state:
        return nothing(rule, Reason.ALREADY_USED)
    late = _too_late(rule, basis)
    if late is not None:
        return nothing(rule, late)
    condition = rule.conditions.get(_QUALIFIES)
    if condition is not None and not condition.run(basis.facts, basis.ticket.lines):
        absent = not condition.fields <= basis.facts.keys()
        return nothing(rule, Reason.FIELD_ABSENT if absent else Reason.CONDITION_FALSE)
    lines = basis.lines_of(rule)
    given = basis.points(rule, table.sponsored_points, lines)
    effect = applied(rule, given, lines)
    return Effect(
        effect.outcome,
        effect.contributions if table.sponsored_points else (),
        state={**state, "day": basis.day.isoformat()},
        outbound=(_told(rule, basis),) if table.sponsor_points else (),
    )


def _too_late(rule: Rule, basis: Basis) -> Reason | None:
    since = basis.account.since
    if since is None:
        return Reason.FIELD_ABSENT
    return Reason.ENDED if basis.day > since + timedelta(days=rule.table.within) else None


def _told(rule: Rule, basis: Basis) -> Outbound:
    """What the sponsor's account is told: the event to make of it has these fields."""
    account = basis.account
    fields: dict[str, str | int | bool] = {"sponsored": account.member or 0}
    if account.household:
        fields["household"] = account.household
    points: int = rule.table.sponsor_points
    return Outbound(rule.id, REFERRAL, quantity=points, member=account.sponsor, fields=fields)


def _sponsor(rule: Rule, basis: Basis) -> Effect:
    """The side of the member who brought somebody in."""
    table: Referral = rule.table
    event, account = basis.ticket.event, basis.account
    state: Mapping[str, Any] = basis.state_of(rule) or {}
    if event is None or not table.sponsor_points:
        return nothing(rule, Reason.NO_EFFECT)
    same = (
        table.distinct_household and account.household and event.fields.get("household") == account.household
    )
    if same or event.fields.get("sponsored") == account.member:
        return nothing(rule, Reason.CONDITION_FALSE)
    mark = ref_mark(event.ref) if event.ref else ""
    if mark and mark in state.get("refs", ()):
        return nothing(rule, Reason.ALREADY_USED)
    limit, counts = table.max_per_sponsor, dict(state.get("counts", {}))
    period = scope_key(limit.per, basis.day) if limit is not None else "ever"
    used = counts.get(period, 0)
    if limit is not None and used >= limit.count:
        return nothing(rule, Reason.CAP_REACHED, Gap("uses", used, limit.count))
    counts[period] = used + 1
    after = {**state, "counts": dict(sorted(counts.items())[-_PERIODS_KEPT:])}
    if mark:
        after["refs"] = remembered(state.get("refs", []), mark)
    return applied(rule, basis.points(rule, table.sponsor_points, ()), (), state=after)


def _progress(rule: Rule, basis: Basis) -> Progress | None:
    """By when the sponsored member's purchase must come."""
    account, within = basis.account, int(rule.table.within)
    if (
        not basis.known
        or account.sponsor is None
        or account.since is None
        or account.sponsor == account.member
    ):
        return None
    gone = (basis.day - account.since).days
    if gone > within or "day" in (basis.state_of(rule) or {}):
        return None
    return Progress(
        REFERRAL, rule.id, rule.id, "days", max(0, gone), within, account.since + timedelta(days=within)
    )


def _check(rule: Rule, _programme: Programme) -> tuple[Problem, ...]:
    table: Referral = rule.table
    problems = []
    for key in ("sponsor_points", "sponsored_points"):
        if getattr(table, key) < 0:
            problems.append(Problem("write 0 points or more", key=key))
    if not table.sponsor_points and not table.sponsored_points:
        text = "give at least one of the two members points"
        problems.append(Problem(text, key="sponsor_points"))
    if table.within < 1:
        text = "leave the sponsored member at least 1 day for the purchase"
        problems.append(Problem(text, key="within"))
    on_ticket = rule.condition is not None and rule.condition.fields & {"ticket.total", "ticket.lines"}
    for key, given in (("min_basket", rule.min_basket), ("lines", rule.lines), ("when", on_ticket)):
        if given:
            text = f"leave {key} out, the sponsor has no ticket: write what counts into qualifies"
            problems.append(Problem(text, key=key))
    return tuple(problems)


KIND = register(
    Kind(
        REFERRAL,
        Phase.BONUS,
        Referral,
        _apply,
        check=_check,
        needs_history=True,
        netting=lambda _table: "ever",
        assets=lambda _id, _table: (POINTS,),
        progress=_progress,
        takes=(SALE, EVENT),
        conditions=lambda table: {_QUALIFIES: table.qualifies} if table.qualifies else {},
    )
)
