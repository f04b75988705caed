"""Several programmes over the same history: totals of each, and who gains and who loses against the first."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from fractions import Fraction

import msgspec

from rules.history.record import name_key
from rules.programme.model import Programme
from rules.tools.offers import Paid, worth
from rules.tools.trial import Month, Result, Trial, joined

FIFTHS = ("1", "2", "3", "4", "5")


class Group(msgspec.Struct, frozen=True):
    """Figures of some members, or of all. Points unless said otherwise; `net`, `reward`, `liability` are cents.

    `by` is tier, store, spend or regularity, "" for all members; fifth 1 of spend spends least, fifth 1 of
    regularity comes least often. `liability` is what is outstanding at the cheapest reward's rate, `cost` reward and
    liability together. `gain` and `lose` count members who get more or less than under the first programme.
    """

    by: str
    name: str
    members: int
    tickets: int
    net: int
    issued: int
    burned: int
    converted: int
    expired: int
    clawed: int
    reward: int
    liability: int
    gain: int
    lose: int

    @property
    def cost(self) -> int:
        """Cents given and cents still owed."""
        return self.reward + self.liability


class Outcome(msgspec.Struct, frozen=True):
    """What one programme came to. `unpriced` are outstanding assets that nothing tells the value of: they count 0."""

    programme: str
    version: int
    sha256: str
    total: Group
    groups: tuple[Group, ...]
    months: Mapping[str, Month]
    held: Mapping[str, int]
    unpriced: tuple[str, ...]


class Tried(msgspec.Struct, frozen=True):
    """All results of one programme, by member, and what it all came to."""

    programme: Programme
    results: tuple[Result, ...]
    months: Mapping[str, Month]
    paid: Mapping[str, Paid]
    peaks: Mapping[str, int]


def together(programme: Programme, trials: Iterable[Trial]) -> Tried:
    """The trials of parts of the members as one; the same whatever the parts were."""
    one = joined(trials)
    results = sorted(one.results, key=lambda each: name_key(each.member))
    months, peaks = dict(sorted(one.months.items())), dict(sorted(one.peaks.items()))
    return Tried(programme, tuple(results), months, one.paid, peaks)


def compared(tried: Sequence[Tried]) -> tuple[Outcome, ...]:
    """What every programme came to, each compared with the first."""
    first = tried[0]
    base = _benefits(first)
    spend = fifths(first.results, lambda each: each.net)
    regularity = fifths(first.results, lambda each: each.visits)
    return tuple([_outcome(one, base, spend, regularity) for one in tried])


def fifths(results: Sequence[Result], measure: Callable[[Result], int]) -> dict[str, str]:
    """By member, the fifth ("1" to "5") of all members in the order of `measure`, the least first."""
    ordered = sorted(results, key=lambda each: (measure(each), name_key(each.member)))
    return {each.member: FIFTHS[place * 5 // len(ordered)] for place, each in enumerate(ordered)}


def outstanding(result: Result, rates: Mapping[str, Fraction]) -> int:
    """Cents that what a member holds is worth, each asset rounded down."""
    return sum([int(units * rates[asset]) for asset, units in result.held.items() if asset in rates])


def _benefits(tried: Tried) -> dict[str, int]:
    rates = worth(tried.programme, tried.paid)
    return {each.member: each.reward + outstanding(each, rates) for each in tried.results}


def _outcome(
    tried: Tried, base: Mapping[str, int], spend: Mapping[str, str], regularity: Mapping[str, str]
) -> Outcome:
    rates = worth(tried.programme, tried.paid)
    header = tried.programme.header

    def summed(by: str, name: str, some: Sequence[Result]) -> Group:
        owed = [outstanding(each, rates) for each in some]
        change = [
            each.reward + mine - base.get(each.member, 0) for each, mine in zip(some, owed, strict=True)
        ]
        return Group(
            by=by,
            name=name,
            members=len(some),
            tickets=sum([each.tickets for each in some]),
            net=sum([each.net for each in some]),
            issued=sum([each.issued for each in some]),
            burned=sum([each.burned for each in some]),
            converted=sum([each.converted for each in some]),
            expired=sum([each.expired for each in some]),
            clawed=sum([each.clawed for each in some]),
            reward=sum([each.reward for each in some]),
            liability=sum(owed),
            gain=sum([more > 0 for more in change]),
            lose=sum([more < 0 for more in change]),
        )

    keys: dict[str, Callable[[Result], str]] = {
        "tier": lambda each: each.tier,
        "store": lambda each: each.store,
        "spend": lambda each: spend.get(each.member, FIFTHS[0]),
        "regularity": lambda each: regularity.get(each.member, FIFTHS[0]),
    }
    groups = [
        summed(by, name, some)
        for by, key in keys.items()
        for name, some in sorted(_grouped(tried.results, key).items())
    ]
    held: dict[str, int] = {}
    for each in tried.results:
        for asset, units in each.held.items():
            held[asset] = held.get(asset, 0) + units
    return Outcome(
        programme=header.id,
        version=header.version,
        sha256=tried.programme.sha256,
        total=summed("", "", tried.results),
        groups=tuple(groups),
        months=tried.months,
        held=dict(sorted(held.items())),
        unpriced=tuple(sorted(held.keys() - rates.keys())),
    )


def _grouped(results: Sequence[Result], key: Callable[[Result], str]) -> dict[str, list[Result]]:
    groups: dict[str, list[Result]] = {}
    for each in results:
        groups.setdefault(key(each), []).append(each)
    return groups


def span(tried: Tried) -> tuple[date, date] | None:
    """First and last day on which a member came; None where nobody did."""
    days = [
        (each.first_visit, each.last_visit)
        for each in tried.results
        if each.first_visit is not None and each.last_visit is not None
    ]
    if not days:
        return None
    return min([first for first, _ in days]), max([last for _, last in days])
