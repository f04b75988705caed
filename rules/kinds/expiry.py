"""`expiry`: how long points live. Read through `rules.lifetime` when points are given."""

from typing import Literal

import msgspec

from rules.account import POINTS
from rules.basis import Basis, Effect, nothing
from rules.decision import Outcome, Reason
from rules.errors import Problem
from rules.kinds.base import EVENT, SALE, Kind, Phase, register
from rules.lifetime import EXPIRY, parse_life
from rules.programme.model import Programme, Rule


class Expiry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Points earned on a day can be used for `lot_life` (`365d`, `12m`), to the end of the month or year."""

    lot_life: str
    align: Literal["day", "month_end", "year_end"] = "day"
    burn_order: Literal["oldest_first"] = "oldest_first"


def _apply(rule: Rule, basis: Basis) -> Effect:
    if not any(contribution.asset == POINTS for contribution in basis.contributions):
        return nothing(rule, Reason.NO_EFFECT)
    return Effect(Outcome(rule.id, rule.kind.name, Reason.APPLIED))


def _check(rule: Rule, _programme: Programme) -> tuple[Problem, ...]:
    try:
        parse_life(rule.table.lot_life)
    except ValueError as error:
        return (Problem(str(error), rule=rule.id, key="lot_life"),)
    return ()


KIND = register(Kind(EXPIRY, Phase.POLICY, Expiry, _apply, check=_check, singleton=True, takes=(SALE, EVENT)))
