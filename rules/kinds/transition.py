"""`transition`: the move from one programme to another: notice, last days, conversion, terms, and what happens after.

It stands in the new programme with `from`, where it says what becomes of the old balances (`rules.passage`). The last
version of the old programme may hold one with `to`: its last days to earn and to burn are then kept at the till.
"""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Literal

import msgspec

from rules.account import POINTS
from rules.basis import Basis, Effect, nothing
from rules.decision import Reason
from rules.errors import Problem
from rules.kinds.base import Kind, Phase, register
from rules.limits import redeemed_within
from rules.prize import VOUCHER, PlainPrize, prize_faults
from rules.programme.header import ID
from rules.programme.model import Programme, Rule
from rules.programme.values import Cents, Days, cents_fault, overrun_fault
from rules.ticket import Event

TRANSITION = "transition"
TERMS, TOLD = "terms", "terms_told"
"""Events: what a member said to the terms of a programme that comes, and that the member was told of it."""
BURN_LIMIT = "limit:transition"
SHORTEST_NOTICE = 30
_RATE = re.compile(r"([1-9][0-9]{0,5}) = ([1-9][0-9]{0,5})")


class Transition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How members come from the programme `source`, or go to the programme `to`.

    `last_earn` and `last_burn` are the last days in the old programme. Points become points at `rate` ("1 = 12": one
    old is twelve new), or the fewest `vouchers` worth at least the balance, `point_value` cents for `per_points`;
    `stamps` has the points for one stamp of each old rule, `bonus` is what everybody gets who comes along. What is not
    converted is kept or forfeited (`after`), also for who has not answered by `deadline` where the new terms must be
    accepted (`accept`); `refused` is for who said no. `burn_limit` are the points, or the money, that one store redeems
    a day while the table is in force, `overrun` what one of its tills may go beyond that on a day without a line.
    """

    source: str = msgspec.field(default="", name="from")
    to: str = ""
    notice: Days = Days(60)
    notify: tuple[Days, ...] = ()
    last_earn: date | None = None
    last_burn: date | None = None
    rate: str = ""
    stamps: dict[str, int] = {}
    vouchers: tuple[str, ...] = ()
    point_value: Cents = Cents(0)
    per_points: int = 1
    bonus: PlainPrize | None = None
    burn_limit: int | Decimal | None = None
    overrun: int | Decimal | None = None
    accept: bool = False
    deadline: date | None = None
    refused: Literal["keep", "forfeit", "voucher"] = "keep"
    after: Literal["keep", "forfeit"] = "keep"

    @property
    def factor(self) -> Fraction | None:
        """New points for one old point, or None without a rate."""
        found = _RATE.fullmatch(self.rate)
        return Fraction(int(found[2]), int(found[1])) if found else None

    def worth(self, points: int) -> int:
        """What `points` are worth in cents, rounded up for the member."""
        return -(-points * self.point_value // self.per_points)


def transition_of(programme: Programme) -> Transition | None:
    """The programme's `[transition]`, or None."""
    found: Transition | None = programme.policy(TRANSITION)
    return found


def is_about(event: Event, new: Programme, day: date) -> bool:
    """Whether an event `terms` of the business date `day` is about the terms of `new`.

    One that names no version is of any; one that names no programme too, unless nobody could be told of `new` yet.
    """
    programme, version = event.fields.get("programme"), event.fields.get("version")
    if version not in (None, new.header.version):
        return False
    if programme is not None:
        return bool(programme == new.header.id)
    told = announce_by(new)
    return told is not None and day >= min((told, *notices(new)))


def announce_by(new: Programme) -> date | None:
    """The last day on which members can be told of the move to `new` in time; None without a move to it."""
    table = transition_of(new)
    if table is None or not table.source:
        return None
    return new.header.effective_from - timedelta(days=table.notice)


def notices(new: Programme) -> tuple[date, ...]:
    """The days on which members are told of the move to `new`, the first one first."""
    table = transition_of(new)
    days = table.notify if table is not None and table.source else ()
    return tuple(sorted(new.header.effective_from - timedelta(days=before) for before in days))


def _guard(own: Rule, rule: Rule, basis: Basis, effect: Effect) -> Effect:
    """What the move leaves of the effect of another rule.

    In the old programme (`to`) nobody earns points, stamps or anything else after `last_earn`, or burns points after
    `last_burn`; of `burn_limit` a store has each day what is left in the counter `limit:transition`.
    """
    table: Transition = own.table
    late = table.to and table.last_earn is not None and basis.day > table.last_earn
    if late and effect.contributions:
        return nothing(rule, Reason.ENDED)
    if effect.option is None or effect.option.asset != POINTS:
        return effect
    if table.to and table.last_burn is not None and basis.day > table.last_burn:
        return nothing(rule, Reason.ENDED)
    return effect if table.burn_limit is None else _within(table.burn_limit, rule, basis, effect)


def _within(limit: int | Decimal, rule: Rule, basis: Basis, effect: Effect) -> Effect:
    """`effect` as far as what its store may still redeem today allows; a ticket alone never redeems more than that."""
    money = isinstance(limit, Decimal)
    left = int(limit * 100 if money else limit) - basis.drawn.get(BURN_LIMIT, 0)
    shared = basis.left(BURN_LIMIT)
    left = left if shared is None else min(left, shared)
    return redeemed_within(rule, effect, BURN_LIMIT, left, money=money)


def _check(rule: Rule, programme: Programme) -> tuple[Problem, ...]:
    table = rule.table
    faults = [*_frame_faults(table, programme), *_conversion_faults(table, programme)]
    problems = [Problem(text, key=key) for key, text in faults]
    if table.bonus is not None:
        for one in prize_faults(table.bonus, programme):
            problems.append(msgspec.structs.replace(one, key="bonus"))
    return tuple(problems)


def _frame_faults(table: Transition, programme: Programme) -> Iterator[tuple[str, str]]:
    """Which two programmes, and the days of the move."""
    other, header = table.source or table.to, programme.header
    if bool(table.source) == bool(table.to):
        yield "from", "write from in the new programme, or to in the last version of the old one"
    elif not ID.fullmatch(other) or other == header.id:
        yield "from" if table.source else "to", "name the other programme by its id"
    if table.notice < SHORTEST_NOTICE:
        yield (
            "notice",
            f'give members at least {SHORTEST_NOTICE} days: write notice = "{SHORTEST_NOTICE}d" or more',
        )
    if any(days < 1 for days in table.notify):
        yield "notify", "tell members at least one day before"
    end = header.effective_from if table.source else header.effective_to
    for key, last in (("last_earn", table.last_earn), ("last_burn", table.last_burn)):
        if last is not None and last >= end:
            yield key, f"write a day before {end}: from then on the old programme is over"
    if table.last_earn and table.last_burn and table.last_burn < table.last_earn:
        yield "last_burn", "let members burn at least as long as they earn"
    fault = _limit_fault(table.burn_limit)
    if fault:
        yield "burn_limit", fault
    else:
        fault = overrun_fault(table.overrun, table.burn_limit, "burn_limit")
        if fault:
            yield "overrun", fault


def _limit_fault(limit: int | Decimal | None) -> str:
    fault = cents_fault(limit) if isinstance(limit, Decimal) else ""
    few = limit is not None and limit <= 0
    return fault or ("write how many points, or how much money, a store redeems a day" if few else "")


def _conversion_faults(table: Transition, programme: Programme) -> Iterator[tuple[str, str]]:
    """What the old balances become."""
    converts = bool(table.rate or table.stamps or table.vouchers or table.bonus)
    if table.to and (converts or table.accept or table.deadline):
        yield "to", "say in the new programme what the old balances become"
    if table.rate and table.factor is None:
        yield "rate", 'write the rate as old points = new points, such as "1 = 12"'
    if table.rate and table.vouchers:
        yield "rate", "convert points into points or into vouchers, one of the two"
    if any(points < 1 for points in table.stamps.values()):
        yield "stamps", "give at least one point for a stamp"
    for name in table.vouchers:
        rule = programme.rule(name)
        if rule is None or rule.kind.name != VOUCHER or not rule.table.value:
            yield "vouchers", f"there is no voucher {name} with a value: add one with this id"
    if table.vouchers and (not table.point_value or table.per_points < 1):
        yield "point_value", "write what a point is worth in money, such as point_value = 0.05"
    if table.refused == "voucher" and not table.vouchers:
        yield "refused", "name the vouchers that somebody gets who refuses the new terms"
    if table.deadline is not None and table.deadline < programme.header.effective_from:
        yield "deadline", "give members time to answer: the deadline is on or after effective_from"


KIND = register(
    Kind(
        TRANSITION,
        Phase.POLICY,
        Transition,
        check=_check,
        singleton=True,
        takes=(),
        guard=_guard,
    )
)
