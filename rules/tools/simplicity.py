"""How simple a programme is for a customer (rules.md section 7).

What counts as a rule to understand: every rule that gives something, every redemption, each stamp card, and the tiers
as one. A gift catalogue is one rule; a voucher that other rules give belongs to them. Caps, expiry and what else only
the shop has to know do not count. Campaigns count on the days on which they run: the figure is that of the fullest day.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from fractions import Fraction

import msgspec

from rules.account import POINTS
from rules.history.record import name_key
from rules.kinds.base import Phase
from rules.kinds.tiers import TIERS
from rules.programme.model import Programme, Rule
from rules.tools.comparison import Tried, outstanding, span
from rules.tools.limits import (
    CURRENCIES,
    DEAD_END,
    FIRST_REWARD,
    LEVELS,
    MOST,
    NO_REWARD,
    RULES,
    STEPS,
    UNREACHABLE,
)
from rules.tools.offers import family, free_unit, offers, worth
from rules.tools.reach import Beyond, best_factor, beyond_anybody, never_reached

BENEFIT, CONDITION = "benefit", "condition"
_BEGIN, _END = datetime.min, datetime.max  # noqa: DTZ901 - windows are store time without zone


class Failing(msgspec.Struct, frozen=True):
    """A reason why a programme is too complicated; see `rules.tools.limits.WHY` for its words."""

    reason: str
    have: int = 0
    most: int = 0
    names: tuple[str, ...] = ()


class Share(msgspec.Struct, frozen=True):
    """What a reward gives back of spend, in hundredths of a percent: to everybody, and at best."""

    rule: str
    least: int
    best: int


class Habit(msgspec.Struct, frozen=True):
    """What a history shows: members who came again, days to the first reward in hand (None: never), days observed.

    `share` is what rewards would give back of spend if all of them were used, in hundredths of a percent.
    """

    members: int
    days: int
    median_days: int | None
    regular_days: int | None
    regular_visits: int
    share: int


class Simplicity(msgspec.Struct, frozen=True):
    """The simplicity report. `chains` go from what a purchase gives, by assets, to CONDITION and BENEFIT."""

    rules: tuple[str, ...]
    currencies: tuple[str, ...]
    chains: tuple[tuple[str, ...], ...]
    steps: int
    levels: int
    own_goods: tuple[str, ...]
    shares: tuple[Share, ...]
    habit: Habit | None
    failings: tuple[Failing, ...]


def simplicity(programme: Programme, tried: Tried | None = None) -> Simplicity:
    """The report on `programme`; `tried` is its trial on a history without any redemption."""
    rules, given = understood(programme), _given(programme)
    ways = [_chain(programme, asset) for asset in given]
    chains = tuple([chain for chain in ways if chain])
    made = [one.target for one in programme.conversions]
    habit = _habit(tried) if tried is not None else None
    levels = sum([len(rule.table.levels) for rule in programme.rules if rule.kind.name == TIERS])
    found = Simplicity(
        rules=rules,
        currencies=tuple(sorted({family(asset) for asset in (*given, *made)} - {"reward"})),
        chains=chains,
        steps=max([len(chain) for chain in chains], default=0),
        levels=levels,
        own_goods=tuple([offer.rule for offer in offers(programme) if offer.own_goods]),
        shares=tuple(_shares(programme)),
        habit=habit,
        failings=(),
    )
    dead = tuple([asset for asset, chain in zip(given, ways, strict=True) if not chain])
    return msgspec.structs.replace(
        found, failings=tuple(_failings(found, dead, _unreachable(programme, tried)))
    )


def understood(programme: Programme) -> tuple[str, ...]:
    """Ids of the rules a customer must understand, on the day on which there are most."""
    named = {name for rule in programme.rules for name in _vouchers_of(rule)}
    counted = [rule for rule in programme.rules if _counts(rule) and rule.id not in named]
    starts = [rule.valid.start or _BEGIN for rule in counted]
    fullest: tuple[str, ...] = ()
    for moment in sorted(set(starts)):
        running = [
            rule
            for rule, start in zip(counted, starts, strict=True)
            if start <= moment < (rule.valid.end or _END)
        ]
        names = tuple(sorted({_public_id(rule) for rule in running}))
        if len(names) > len(fullest):
            fullest = names
    return fullest


def _vouchers_of(rule: Rule) -> tuple[str, ...]:
    """The vouchers that a rule gives, which belong to it."""
    return (getattr(rule.table, "voucher", ""), *getattr(rule.table, "vouchers", ()))


def _counts(rule: Rule) -> bool:
    if rule.kind.conversion is not None or rule.kind.name == TIERS:
        return True
    return rule.kind.phase not in (Phase.CAP, Phase.POLICY)


def _public_id(rule: Rule) -> str:
    """The id by which a customer knows a rule: that of the catalogue for one of its gifts."""
    return rule.id.rpartition(".")[0] if rule.kind.expand is not None and "." in rule.id else rule.id


def _given(programme: Programme) -> tuple[str, ...]:
    """The assets that purchases and events give, each once, in the order of the rules."""
    found: dict[str, None] = {}
    for rule in programme.rules:
        if rule.kind.phase not in (Phase.BASE, Phase.BONUS, Phase.COUNTER) or rule.kind.name == TIERS:
            continue
        assets = rule.kind.assets(rule.id, rule.table) if rule.kind.assets is not None else ()
        found |= dict.fromkeys(asset for asset in assets if not _made(programme, asset))
    return tuple(found)


def _made(programme: Programme, asset: str) -> bool:
    return any(one.target == asset for one in programme.conversions) and family(asset) == "reward"


def _chain(programme: Programme, asset: str) -> tuple[str, ...]:
    """The shortest way from an asset to something that can be had for it, () where there is none.

    A full stamp card is its free item; a redemption that is always tied to a condition is one step more.
    """
    every = offers(programme)
    ways: list[tuple[str, ...]] = [(asset,)]
    for way in ways:
        here = [programme.rule(offer.rule) for offer in every if offer.asset == way[-1]]
        if here:
            met = any(rule is not None and rule.when is None for rule in here)
            seen = [step for step in way if family(step) != "reward" or len(way) == 1]
            return (*seen, BENEFIT) if met else (*seen, CONDITION, BENEFIT)
        ways += [
            (*way, one.target)
            for one in programme.conversions
            if one.source == way[-1] and one.target not in way
        ]
    return ()


def _shares(programme: Programme) -> Iterator[Share]:
    """What points give back of an amount spent, and each stamp card of its goods, as far as the file tells."""
    rate = worth(programme, {}).get(POINTS)
    base = [rule for rule in programme.rules if rule.kind.name == "earn.amount"]
    if rate is not None and base:
        always = [rule for rule in base if rule.lines is None and rule.when is None and rule.unlimited]
        best = best_factor(programme)
        yield Share(POINTS, _hundredths(_per_cent(always) * rate), _hundredths(_per_cent(base) * best * rate))
    for rule in programme.rules:
        if rule.kind.name == "stamp" and rule.table.per == "unit" and free_unit(rule.table) is not None:
            part = _hundredths(Fraction(1, rule.table.need + 1))
            yield Share(rule.id, 0 if rule.table.reward.max_value is not None else part, part)


def _per_cent(rules: Sequence[Rule]) -> Fraction:
    """Points for one cent of spend, all these rules together."""
    return sum([Fraction(rule.table.points, rule.table.per) for rule in rules], Fraction(0))


def _hundredths(share: Fraction) -> int:
    """A share in hundredths of a percent, half up."""
    return int(share * 10_000 + Fraction(1, 2))


def _habit(tried: Tried) -> Habit | None:
    again = [each for each in tried.results if each.visits > 1]
    days = span(tried)
    if not again or days is None:
        return None
    waits = sorted([_wait(each.first_visit, each.first_reward) for each in again])
    regular = min(again, key=lambda each: (-each.visits, name_key(each.member)))
    rates = worth(tried.programme, tried.paid)
    owed, net = sum([outstanding(each, rates) for each in again]), sum([each.net for each in again])
    return Habit(
        members=len(again),
        days=(days[1] - days[0]).days + 1,
        median_days=_days(waits[(len(waits) - 1) // 2]),
        regular_days=_days(_wait(regular.first_visit, regular.first_reward)),
        regular_visits=regular.visits,
        share=_hundredths(Fraction(owed, net)) if net > 0 else 0,
    )


_NEVER = 10**9


def _wait(first_visit: date | None, first_reward: date | None) -> int:
    """Days from the first visit to the first reward."""
    if first_visit is None or first_reward is None:
        return _NEVER
    return max(0, (first_reward - first_visit).days)


def _days(wait: int) -> int | None:
    return None if wait == _NEVER else wait


def _unreachable(programme: Programme, tried: Tried | None) -> tuple[Beyond, ...]:
    """Rewards out of reach by the file, and by a history that is long enough to tell."""
    found = {each.rule: each for each in beyond_anybody(programme)}
    if tried is not None and (days := span(tried)) and (days[1] - days[0]).days >= MOST[FIRST_REWARD]:
        for each in never_reached(programme, tried.peaks):
            found.setdefault(each.rule, each)
    return tuple([found[rule] for rule in sorted(found)])


def _failings(found: Simplicity, dead: tuple[str, ...], beyond: tuple[Beyond, ...]) -> Iterator[Failing]:
    longest = max(found.chains, key=len, default=())
    for reason, have, names in (
        (RULES, len(found.rules), found.rules),
        (CURRENCIES, len(found.currencies), found.currencies),
        (STEPS, found.steps, longest),
        (LEVELS, found.levels, ()),
    ):
        if have > MOST[reason]:
            yield Failing(reason, have, MOST[reason], names)
    if not found.chains:
        yield Failing(NO_REWARD)
    for asset in dead if found.chains else ():
        yield Failing(DEAD_END, names=(asset,))
    for each in beyond:
        yield Failing(UNREACHABLE, each.price, each.most, (each.rule,))
    habit = found.habit
    if habit is not None and habit.days >= MOST[FIRST_REWARD]:
        wait = habit.days if habit.median_days is None else habit.median_days
        if wait > MOST[FIRST_REWARD]:
            yield Failing(FIRST_REWARD, wait, MOST[FIRST_REWARD])
