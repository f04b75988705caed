"""What a bonus gives: points, or a voucher of the programme (bounce-back, birthday, the n-th visit…)."""

from datetime import date, timedelta
from typing import Protocol

import msgspec

from rules.account import FOREVER, POINTS, voucher_asset
from rules.basis import Basis, Effect, applied
from rules.decision import Contribution
from rules.errors import Problem
from rules.programme.model import Programme, Rule

VOUCHER = "voucher"


class Prize(Protocol):
    """The keys of a table that gives a prize: exactly one of them is set."""

    @property
    def points(self) -> int:
        """Points, 0 where a voucher is given."""

    @property
    def voucher(self) -> str:
        """Id of a voucher rule, "" where points are given."""


class PlainPrize(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A prize and nothing else: either `points` or a `voucher`."""

    points: int = 0
    voucher: str = ""


def award(
    rule: Rule, basis: Basis, prize: Prize, counted: tuple[int, ...] = (), state: object = None
) -> Effect:
    """The effect of giving `prize` for the lines `counted`, with the rule's counters after it."""
    return applied(rule, awarded(rule, basis, prize, counted), counted, state=state)


def awarded(rule: Rule, basis: Basis, prize: Prize, counted: tuple[int, ...] = ()) -> Contribution:
    """`prize` as a contribution of `rule`; a voucher belongs to the ticket as a whole."""
    if prize.points:
        return basis.points(rule, prize.points, counted)
    first, last = voucher_days(basis.programme, prize.voucher, basis.day)
    first += timedelta(days=rule.vesting)
    given = basis.whole(rule, voucher_asset(prize.voucher), 1, max(first, last))
    return msgspec.structs.replace(given, available_on=first)


def voucher_days(programme: Programme, voucher: str, day: date) -> tuple[date, date]:
    """First and last usable day of a voucher given on `day`."""
    rule = programme.rule(voucher)
    if rule is None:
        return day, FOREVER
    table = rule.table
    first = day + timedelta(days=table.starts)
    return first, FOREVER if table.life is None else day + timedelta(days=table.life)


def prize_faults(prize: Prize, programme: Programme) -> tuple[Problem, ...]:
    """What is wrong with a prize: one of the two, and a voucher that the programme has."""
    if (prize.points > 0) == bool(prize.voucher) or prize.points < 0:
        return (Problem("give either points or a voucher, one of the two", key="points"),)
    fault = voucher_fault(prize.voucher, programme) if prize.voucher else ""
    return (Problem(fault, key="voucher"),) if fault else ()


def voucher_fault(name: str, programme: Programme) -> str:
    """What is wrong where `name` must be the id of a voucher of the programme, or an empty text."""
    named = programme.rule(name)
    if named is not None and named.kind.name == VOUCHER:
        return ""
    return f"there is no voucher {name}: add a rule of the kind voucher with this id"


def prize_assets(prize: Prize) -> tuple[str, ...]:
    """The assets that `prize` is given in."""
    return (voucher_asset(prize.voucher),) if prize.voucher else (POINTS,)
