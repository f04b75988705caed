"""`[incidents]`: what went wrong adds up in a customer's memory, up to a red alert (rules.md section 3)."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

import msgspec

from rules.account import Account
from rules.basis import Basis, Effect, nothing
from rules.decision import Outcome, Progress, Reason
from rules.errors import Problem
from rules.kinds.base import EVENT, Kind, Phase, register
from rules.programme.header import ID, ID_ADVICE
from rules.programme.model import Programme, Rule
from rules.programme.values import MAX_DAYS, Days
from rules.ticket import Ticket

INCIDENTS, INCIDENT = "incidents", "incident"
ROLES = ("cashier", "manager")
_MOST = 200


class Goodwill(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Points given to make up for an incident: `presets` to choose from, `max` at once, who may and why."""

    presets: tuple[int, ...]
    max: int
    reason_required: bool = True
    needs_role: str = "manager"


class Incidents(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The weight of each kind of incident; those of the last `window` days add up, `red_alert` is reached at once."""

    kinds: dict[str, int]
    window: Days
    red_alert: int
    goodwill: Goodwill | None = None


class Alert(msgspec.Struct, frozen=True):
    """What the incidents of the last days weigh, and from what weight on cashier and manager are told."""

    weight: int
    threshold: int

    @property
    def red(self) -> bool:
        """Whether the threshold is reached."""
        return self.weight >= self.threshold


def alert_of(account: Account, programme: Programme, day: date) -> Alert | None:
    """The alert of a member on `day`; None where the programme counts no incidents."""
    table = programme.policy(INCIDENTS)
    return None if table is None else _alert(table, account.state.get(INCIDENTS), day)


def noted(account: Account, programme: Programme, day: date) -> tuple[tuple[date, str], ...]:
    """The incidents of a member that still count on `day`, each with its day and kind, the latest first."""
    table: Incidents | None = programme.policy(INCIDENTS)
    state = account.state.get(INCIDENTS)
    if table is None or state is None:
        return ()
    return tuple((date.fromisoformat(on), kind) for on, kind in reversed(_within(state["seen"], day, table)))


def goodwill_of(programme: Programme) -> Goodwill | None:
    """What may be given to make up for an incident, or None."""
    table: Incidents | None = programme.policy(INCIDENTS)
    return None if table is None else table.goodwill


def _alert(table: Incidents, state: Mapping[str, Any] | None, day: date) -> Alert:
    seen = _within(state["seen"], day, table) if state is not None else []
    until = day.isoformat()
    return Alert(sum([table.kinds.get(kind, 0) for on, kind in seen if on <= until]), table.red_alert)


def _within(seen: Iterable[list[str]], day: date, table: Incidents) -> list[list[str]]:
    """The incidents, day and kind, that are not older than the window that ends on `day`."""
    before = (day - timedelta(days=table.window)).isoformat()
    return [each for each in seen if each[0] > before]


def _apply(rule: Rule, basis: Basis) -> Effect:
    table: Incidents = rule.table
    event = basis.ticket.event
    if event is None or event.name != INCIDENT:
        return nothing(rule, Reason.NO_EFFECT)
    kind = event.fields.get("kind")
    if not isinstance(kind, str) or kind not in table.kinds:
        return nothing(rule, Reason.FIELD_ABSENT)
    state = basis.state_of(rule)
    seen = sorted([*(state["seen"] if state is not None else ()), [basis.day.isoformat(), kind]])
    latest = date.fromisoformat(seen[-1][0])
    kept = _within(seen, latest, table)[-_MOST:]
    return Effect(Outcome(rule.id, rule.kind.name, Reason.APPLIED), state={"seen": kept})


def _facts(rule: Rule, ticket: Ticket, account: Account) -> Mapping[str, Any]:
    if account.member is None or account.known != "full":
        return {}
    return {"member.alert": _alert(rule.table, account.state.get(rule.id), ticket.bdate).red}


def _progress(rule: Rule, basis: Basis) -> Progress | None:
    """A red alert; before it is red there is nothing to tell."""
    if not basis.known:
        return None
    alert = _alert(rule.table, basis.state_of(rule), basis.day)
    return Progress("alert", rule.id, rule.id, "weight", alert.weight, alert.threshold) if alert.red else None


def _check(rule: Rule, _programme: Programme) -> tuple[Problem, ...]:
    table: Incidents = rule.table
    found = []
    if not table.kinds:
        found.append(Problem("name at least one kind of incident with its weight", key="kinds"))
    for name, weight in table.kinds.items():
        if not ID.fullmatch(name):
            found.append(Problem(f"{name}: {ID_ADVICE}", key="kinds"))
        if weight < 1:
            found.append(Problem(f"give {name} a weight of at least 1", key="kinds"))
    if not 1 <= table.window <= MAX_DAYS:
        found.append(Problem("look back at least 1 day", key="window"))
    if table.red_alert < 1:
        found.append(Problem("write a threshold of at least 1", key="red_alert"))
    for key, given in (("min_basket", rule.min_basket), ("lines", rule.lines)):
        if given:
            found.append(Problem(f"leave {key} out: an incident has no lines", key=key))
    return (*found, *(_goodwill_faults(table.goodwill) if table.goodwill is not None else ()))


def _goodwill_faults(goodwill: Goodwill) -> list[Problem]:
    found = []
    if goodwill.max < 1:
        found.append(Problem("allow at least 1 point", key="goodwill.max"))
    presets = goodwill.presets
    if (
        not presets
        or list(presets) != sorted(set(presets))
        or not 1 <= presets[0] <= presets[-1] <= goodwill.max
    ):
        text = f"list amounts from 1 to {goodwill.max} points, rising"
        found.append(Problem(text, key="goodwill.presets"))
    if goodwill.needs_role not in ROLES:
        text = f"write one of the roles {' and '.join(ROLES)}"
        found.append(Problem(text, key="goodwill.needs_role"))
    return found


KIND = register(
    Kind(
        INCIDENTS,
        Phase.POLICY,
        Incidents,
        _apply,
        check=_check,
        singleton=True,
        needs_history=True,
        takes=(EVENT,),
        facts=_facts,
        progress=_progress,
        gated=True,
    )
)
