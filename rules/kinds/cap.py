"""`cap`: at most so many points of the rules it names, a ticket or a period; it says what it cuts."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from rules.account import POINTS
from rules.basis import Basis, Effect
from rules.calendar import scope_key
from rules.decision import Gap, Outcome, Reason
from rules.errors import Problem
from rules.kinds.base import EVENT, SALE, Kind, Phase, register
from rules.programme.model import DEFAULT_GROUPS, Programme, Rule
from rules.suggest import did_you_mean

EVERYTHING = "*"


class Cap(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """At most `max` points `per` period for one member, over the rules and groups in `of` ("*": all of them)."""

    of: tuple[str, ...]
    max: Annotated[int, Meta(ge=1)]
    per: Literal["ticket", "day", "week", "month", "year", "ever"]


def _apply(rule: Rule, basis: Basis) -> Effect:
    """Cut what is above the cap, the last contribution first; what earlier caps cut is not counted.

    A till that does not know the member's history counts this ticket alone: it promises at most the cap. One that holds
    only a share of it promises no more than that, and leaves the rest to settlement.
    """
    table: Cap = rule.table
    places, given = _seen(table.of, basis)
    before = _counted(rule, basis)
    due = min(given, max(0, table.max - before))
    share = None if table.per == "ticket" else basis.share(cap_counter(rule))
    kept = due if share is None else min(due, share)
    gap = Gap("points", before + kept, table.max)
    kind = rule.kind.name
    if kept == given:
        return Effect(Outcome(rule.id, kind, Reason.NO_EFFECT, gap=gap))
    reason = Reason.SETTLED_LATER if kept < due else Reason.APPLIED
    outcome = Outcome(rule.id, kind, reason, POINTS, cut=given - kept, gap=gap)
    return Effect(outcome, cuts=_cuts(places, given - kept, basis))


def _count(rule: Rule, basis: Basis) -> Effect:
    """Remember what came under the cap, once every cap has cut its part, and take it of the share."""
    table: Cap = rule.table
    _, given = _seen(table.of, basis)
    if table.per == "ticket" or not given:
        return Effect(None)
    counter = cap_counter(rule)
    drawn = {} if basis.share(counter) is None else {counter: given}
    state = {"in": scope_key(table.per, basis.day), "n": _counted(rule, basis) + given}
    return Effect(None, state=state if basis.known else None, drawn=drawn)


def cap_counter(rule: Rule) -> str:
    """Name of the counter of which tills hold shares."""
    return f"cap:{rule.id}"


def _seen(of: tuple[str, ...], basis: Basis) -> tuple[list[int], int]:
    """The contributions of points that the cap looks at, by their place, and their sum."""
    places, given = [], 0
    all_of_them = EVERYTHING in of
    for place, one in enumerate(basis.contributions):
        if one.asset != POINTS or one.quantity <= 0:
            continue
        if not all_of_them:
            name, group = basis.givers(place)
            if name not in of and group not in of:
                continue
        places.append(place)
        given += one.quantity
    return places, given


def _counted(rule: Rule, basis: Basis) -> int:
    """Points that earlier tickets of the period brought under the cap."""
    before: Any = basis.account.state.get(rule.id)
    if before is None or before["in"] != scope_key(rule.table.per, basis.day):
        return 0
    return int(before["n"])


def _cuts(places: list[int], lost: int, basis: Basis) -> tuple[tuple[int, int], ...]:
    cuts = []
    for place in reversed(places):
        part = min(lost, basis.contributions[place].quantity)
        cuts.append((place, basis.contributions[place].quantity - part))
        lost -= part
        if not lost:
            break
    return tuple(cuts)


def _check(rule: Rule, programme: Programme) -> tuple[Problem, ...]:
    problems = []
    names = {each.id for each in programme.rules} | set(programme.groups) | set(DEFAULT_GROUPS.values())
    for name in rule.table.of:
        if name != EVERYTHING and name not in names:
            advice = did_you_mean(name, names) or ': name one of them, or "*" for all'
            problems.append(Problem(f"{name} is neither a rule nor a group{advice}", key="of"))
    if not rule.table.of:
        problems.append(Problem('name rules or groups, or "*" for all', key="of"))
    if rule.lines is not None:
        text = "a cap looks at whole tickets: leave lines out, or cap a rule that has this filter"
        problems.append(Problem(text, key="lines"))
    return tuple(problems)


KIND = register(
    Kind(
        "cap",
        Phase.CAP,
        Cap,
        _apply,
        also=((Phase.COUNTER, _count),),
        check=_check,
        netting=lambda table: table.per,
        assets=lambda _id, _table: (POINTS,),
        takes=(SALE, EVENT),
    )
)
