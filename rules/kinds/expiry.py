"""`expiry`: how long points live. Read through `rules.lifetime` when points are given and when they lapse."""

from typing import Literal

import msgspec

from rules.account import POINTS
from rules.basis import Basis, Effect, nothing
from rules.decision import Outcome, Progress, Reason
from rules.errors import Problem
from rules.fold import drawn
from rules.kinds.base import EVENT, SALE, Kind, Phase, register
from rules.lifetime import EXPIRY, lapsing, parse_life
from rules.programme.model import Programme, Rule
from rules.programme.values import Days


class Expiry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Points earned on a day can be used for `lot_life` (`365d`, `12m`), to the end of the month or year.

    With `inactivity` all points of a member lapse who has not come for so many days. `notice` are the days before
    at which the member is told.
    """

    lot_life: str = ""
    inactivity: Days | None = None
    align: Literal["day", "month_end", "year_end"] = "day"
    burn_order: Literal["oldest_first"] = "oldest_first"
    notice: tuple[Days, ...] = ()


def _apply(rule: Rule, basis: Basis) -> Effect:
    if not any(contribution.asset == POINTS for contribution in basis.contributions):
        return nothing(rule, Reason.NO_EFFECT)
    return Effect(Outcome(rule.id, rule.kind.name, Reason.APPLIED))


def _progress(rule: Rule, basis: Basis) -> Progress | None:
    """The points that lapse first within the notice, after what this ticket spent and with today's visit."""
    if not rule.table.notice or not basis.known:
        return None
    account, day = basis.account, basis.day
    after = msgspec.structs.replace(
        account,
        holdings=drawn(account.holdings, POINTS, basis.spent.get(POINTS, 0), day),
        last_visit=day if basis.counted else account.last_visit,
    )
    for last, quantity in lapsing(after, basis.programme, day):
        return Progress("lapse", rule.id, rule.id, "points", quantity, quantity, last)
    return None


def _check(rule: Rule, _programme: Programme) -> tuple[Problem, ...]:
    table = rule.table
    problems = []
    if table.lot_life:
        try:
            parse_life(table.lot_life)
        except ValueError as error:
            problems.append(Problem(str(error), key="lot_life"))
    elif table.inactivity is None:
        text = 'write lot_life = "365d", or inactivity = "180d", or both'
        problems.append(Problem(text, key="lot_life"))
    elif table.align != "day":
        text = "leave align out: points without a lot_life lapse on the day"
        problems.append(Problem(text, key="align"))
    if table.inactivity == 0:
        problems.append(Problem("write at least one day", key="inactivity"))
    if 0 in table.notice:
        problems.append(Problem("tell members at least one day before", key="notice"))
    return tuple(problems)


KIND = register(
    Kind(
        EXPIRY,
        Phase.POLICY,
        Expiry,
        _apply,
        check=_check,
        singleton=True,
        takes=(SALE, EVENT),
        progress=_progress,
    )
)
