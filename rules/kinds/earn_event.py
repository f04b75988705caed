"""`earn.event`: a prize for what happened elsewhere: a check-in, a review, a web order (rules.md section 3)."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any, Literal

import msgspec

from rules.allocate import rounded
from rules.basis import Basis, Effect, nothing
from rules.decision import Gap, Reason
from rules.errors import Problem
from rules.kinds.base import EVENT, Kind, Phase, register
from rules.prize import PlainPrize, Prize, award, prize_assets, prize_faults
from rules.programme.header import ID, ID_ADVICE
from rules.programme.model import Programme, Rule
from rules.programme.values import Days, cents_fault, cents_from

RESERVED = {"referral": "referral", "incident": "incidents", "enrolment": "earn.once"}
MOST_SKUS = 200
MOST_REFS = 200
_DIGITS = 16


class Match(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the event must be about; an empty list stands for anything."""

    sku: tuple[str, ...] = ()
    place: tuple[str, ...] = ()


class EarnEvent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A prize (`points`, or a `voucher`) for the event called `event`.

    With `per` the points are for every amount of money of the event (`per = 1.00`), or for every so many of its count
    (`per = 10`). `requires` purchase: only for a sku that the member bought in the last `within` days. An event with a
    ref earns once, however often it comes; the last MOST_REFS refs are remembered.
    """

    event: str
    match: Match = Match()
    points: int = 0
    voucher: str = ""
    per: int | Decimal | None = None
    requires: Literal["purchase"] | None = None
    within: Days = Days(365)


def ref_mark(ref: str) -> str:
    """What is remembered of a ref: enough to know it again."""
    return sha256(ref.encode()).hexdigest()[:_DIGITS]


def remembered(marks: list[str], mark: str) -> list[str]:
    """`marks` with `mark` as the latest; the oldest fall out."""
    return [*marks, mark][-MOST_REFS:]


def _apply(rule: Rule, basis: Basis) -> Effect:
    table: EarnEvent = rule.table
    event = basis.ticket.event
    if event is None or event.name != table.event:
        return nothing(rule, Reason.NO_EFFECT)
    state: Mapping[str, Any] = basis.state_of(rule) or {}
    mark = ref_mark(event.ref) if event.ref else ""
    if mark and mark in state.get("refs", ()):
        return nothing(rule, Reason.ALREADY_USED)
    refused = _refused(rule, basis, state)
    if refused is not None:
        return nothing(rule, refused)
    prize, gap = _prize(rule, basis)
    if prize is None:
        return nothing(rule, Reason.FIELD_ABSENT if gap is None else Reason.NO_EFFECT, gap)
    after = {**state, "refs": remembered(state.get("refs", []), mark)} if mark else None
    return award(rule, basis, prize, (), after)


def _refused(rule: Rule, basis: Basis, state: Mapping[str, Any]) -> Reason | None:
    """Why the event is not one that earns: about something else, or about what the member has not bought."""
    table: EarnEvent = rule.table
    sku, place = basis.facts.get("event.sku"), basis.facts.get("event.place")
    if (table.match.sku and sku not in table.match.sku) or (
        table.match.place and place not in table.match.place
    ):
        return Reason.NO_EFFECT
    if table.requires is None:
        return None
    if sku is None:
        return Reason.FIELD_ABSENT
    bought = state.get("bought", {}).get(sku)
    since = (basis.day - timedelta(days=table.within)).isoformat()
    return Reason.NO_ELIGIBLE_LINE if bought is None or bought < since else None


def _prize(rule: Rule, basis: Basis) -> tuple[Prize | None, Gap | None]:
    """What the event is worth; None with a gap where it is too small, without one where it does not say."""
    table: EarnEvent = rule.table
    if table.per is None:
        return table, None
    money = isinstance(table.per, Decimal)
    per, unit = (int(cents_from(table.per)), "cents") if money else (int(table.per), "count")
    have = basis.facts.get(f"event.{unit}")
    if have is None:
        return None, None
    points = rounded(max(0, have) * table.points, per, basis.programme.header.rounding)
    return (PlainPrize(points), None) if points else (None, Gap(unit, max(0, have), -(-per // table.points)))


def _remember(rule: Rule, basis: Basis) -> dict[str, Any] | None:
    """The skus bought up to now with the last day of each: the latest MOST_SKUS within the period."""
    table: EarnEvent = rule.table
    if table.requires is None or not basis.known:
        return None
    today, only = basis.day.isoformat(), table.match.sku
    found = [
        line.sku
        for line in map(basis.ticket.lines.__getitem__, basis.eligible)
        if line.sku and line.cents >= 0 and line.qty > 0 and (not only or line.sku in only)
    ]
    if not found:
        return None
    state: Mapping[str, Any] = basis.state_of(rule) or {}
    bought: dict[str, str] = dict(state.get("bought", {}))
    for sku in found:
        bought[sku] = max(today, bought.get(sku, ""))
    latest = date.fromisoformat(max(bought.values()))
    since = (latest - timedelta(days=table.within)).isoformat()
    kept = sorted([(day, sku) for sku, day in bought.items() if day >= since])[-MOST_SKUS:]
    return {**state, "bought": {sku: day for day, sku in sorted(kept, key=lambda each: each[1])}}


def _check(rule: Rule, programme: Programme) -> tuple[Problem, ...]:
    table: EarnEvent = rule.table
    found = list(prize_faults(table, programme))
    if not ID.fullmatch(table.event):
        found.append(Problem(ID_ADVICE, key="event"))
    elif table.event in RESERVED:
        text = f"write a rule of the kind {RESERVED[table.event]} for this event"
        found.append(Problem(text, key="event"))
    found += _per_faults(rule)
    for key, given in (("min_basket", rule.min_basket), ("lines", rule.lines)):
        if given:
            found.append(Problem(f"leave {key} out: an event has no lines", key=key))
    if table.within < 1:
        found.append(Problem("remember purchases for at least 1 day", key="within"))
    if (
        table.event.endswith("review")
        and rule.condition is not None
        and "event.stars" in rule.condition.fields
    ):
        text = "a review must earn the same for one star and for five: leave event.stars out"
        found.append(Problem(text, key="when", warning=True))
    return tuple(found)


def _per_faults(rule: Rule) -> list[Problem]:
    table: EarnEvent = rule.table
    if table.per is None:
        return []
    fault = "write per only with points" if table.voucher else ""
    if isinstance(table.per, Decimal):
        fault = fault or cents_fault(table.per) or ("" if table.per else "write an amount above 0.00")
    elif table.per < 1:
        fault = fault or "write a count of at least 1, or an amount with two decimals"
    return [Problem(fault, key="per")] if fault else []


KIND = register(
    Kind(
        "earn.event",
        Phase.BONUS,
        EarnEvent,
        _apply,
        check=_check,
        needs_history=True,
        netting=lambda _table: "day",
        assets=lambda _id, table: prize_assets(table),
        takes=(EVENT,),
        remembers=_remember,
    )
)
