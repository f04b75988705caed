"""How far a rule that was not applied is from applying: only where one thing is missing."""

from collections.abc import Iterable

from rules.decision import Gap, Outcome, Reason
from rules.language.trace import Clause
from rules.telling.explanation import RuleTold

# One has these or has them not: nothing between is near.
_WHOLE = ("face", "absent")
# Nobody is told to stay away a little longer.
_AWAY = "earn.comeback"
_CONDITION = (Reason.CONDITION_FALSE, Reason.FIELD_ABSENT)


def gap_of(outcome: Outcome, clauses: tuple[Clause, ...]) -> Gap | None:
    """What one rule lacks: its own gap, else that of the one clause which does not hold."""
    if outcome.reason not in _CONDITION:
        return outcome.gap
    return _missing(clauses)


def nearest_first(rules: Iterable[RuleTold]) -> tuple[str, ...]:
    """The rules with a way left to go, the ones with the smallest share of it missing first."""
    ways = [
        (_share(gap), place, one.outcome.rule)
        for place, one in enumerate(rules)
        if (gap := one.gap) is not None
        and one.outcome.reason is not Reason.APPLIED
        and gap.unit not in _WHOLE
        and one.outcome.kind != _AWAY
        and gap.have < gap.need
    ]
    return tuple(rule for _, _, rule in sorted(ways))


def _missing(clauses: tuple[Clause, ...]) -> Gap | None:
    failed = [clause for clause in clauses if not clause.holds]
    if len(failed) != 1:
        return None
    [clause] = failed
    if not clause.alternatives:
        return clause.gap
    ways = [one.gap for one in clause.alternatives if one.gap is not None]
    return min(ways, key=_share, default=None)


def _share(gap: Gap) -> float:
    """What is missing, as a share of the whole."""
    return (gap.need - gap.have) / max(1, gap.need)
