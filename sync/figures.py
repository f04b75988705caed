"""Figures of a store by till and by day or week, for its manager, and the message that asks the ledger for them.

A total of several tills is the sum of their rows: a member who was at two of them that day counts at both.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta

import msgspec

from sync.patterns import Pattern
from sync.seen import Seen, Sold

DAY, WEEK = "day", "week"
COHORTS = (3, 6, 12)
"""Months after which it is asked who still comes."""
SO_FAR = "so far"
"""What a former day or week had come to at the hour it is now."""
HOURS = 24


class Now(msgspec.Struct, frozen=True, array_like=True):
    """The store's business date and minute of the day."""

    day: date
    minute: int

    @property
    def monday(self) -> date:
        """The first day of the week."""
        return monday(self.day)

    @property
    def before(self) -> date:
        """The first day of the week before: what is compared begins there."""
        return self.monday - timedelta(days=7)


class Row(msgspec.Struct, frozen=True, array_like=True):
    """What a till did in a `span` (day or week, perhaps only so far) that begins on `first`.

    `linked` of the `tickets` had a card and came to `linked_cents` of `cents`, which customers paid before `returned`
    cents went back; `off` cents were paid by rewards. Points are `given` and `redeemed`; `typed` cards were not
    scanned. `hours` counts linked tickets by the hour of the day.
    """

    span: str
    first: date
    till: str
    members: int = 0
    tickets: int = 0
    linked: int = 0
    cents: int = 0
    linked_cents: int = 0
    returned: int = 0
    off: int = 0
    given: int = 0
    redeemed: int = 0
    enrolled: int = 0
    typed: int = 0
    hours: tuple[int, ...] = (0,) * HOURS


class FiguresRequest(msgspec.Struct, frozen=True, array_like=True):
    """`POST /figures`: what a till of the store shows its manager at its store's `now`."""

    now: Now


class RuleCost(msgspec.Struct, frozen=True, array_like=True):
    """Units of `asset` that a rule of the programme has given since `first`, less what was taken back, and taken."""

    rule: str
    asset: str
    given: int
    taken: int
    first: date


class Provision(msgspec.Struct, frozen=True, array_like=True):
    """What all members of the chain hold of `asset`: `opened` at the begin of `first`, `closed` now.

    In between `issued` came (what was restored and moved in by hand among it), and `burned`, `lapsed` and `clawed`
    went: opened + issued - burned - lapsed - clawed = closed. `cents` is what `closed` is worth, -1 where nothing says.
    """

    first: date
    asset: str
    opened: int
    issued: int
    burned: int
    lapsed: int
    clawed: int
    closed: int
    cents: int = -1


class Cohort(msgspec.Struct, frozen=True, array_like=True):
    """The store's members who joined in `month` (its first day), and how many bought in month `n` after it or later.

    `still` are those for n = 3, 6, 12; -1 where that month has not come yet.
    """

    month: date
    joined: int
    still: tuple[int, int, int]


class Offers(msgspec.Struct, frozen=True, array_like=True):
    """Tickets of a till since `first` on which the reward `rule` was possible (`shown`), and on which it was taken."""

    till: str
    rule: str
    first: date
    shown: int
    taken: int


class StoreFigures(msgspec.Struct, frozen=True, array_like=True):
    """What the ledger knows at `made_ms` (UTC): rows of every till of the store, what looks wrong, the chain's books.

    The chain's books, and what was offered this month, are counted at most once an hour; the books are empty until
    that is done for the first time.
    """

    made_ms: int
    rows: tuple[Row, ...] = ()
    patterns: tuple[Pattern, ...] = ()
    provision: tuple[Provision, ...] = ()
    costs: tuple[RuleCost, ...] = ()
    cohorts: tuple[Cohort, ...] = ()
    offers: tuple[Offers, ...] = ()


def offers_of(sold: Iterable[Sold], first: date) -> tuple[Offers, ...]:
    """How often each reward was possible at each till since `first`, and how often it was taken."""
    shown: Counter[tuple[str, str]] = Counter()
    taken: Counter[tuple[str, str]] = Counter()
    for one in sold:
        shown.update({(one.till, rule) for rule in (*one.offered, *one.taken)})
        taken.update({(one.till, rule) for rule in one.taken})
    return tuple(Offers(*key, first, count, taken[key]) for key, count in sorted(shown.items()))


def cohorts_of(counts: Iterable[tuple[date, date | None, int]], today: date) -> tuple[Cohort, ...]:
    """Cohorts of (day of joining, day of the last purchase if any, members), the latest month first."""
    joined: dict[date, int] = {}
    came: dict[tuple[date, int], int] = {}
    for since, last, members in counts:
        month = since.replace(day=1)
        joined[month] = joined.get(month, 0) + members
        for after in COHORTS:
            if last is not None and months_between(month, last) >= after:
                came[month, after] = came.get((month, after), 0) + members
    return tuple(
        Cohort(
            month,
            joined[month],
            tuple(  # type: ignore[arg-type]
                came.get((month, after), 0) if months_between(month, today) >= after else -1
                for after in COHORTS
            ),
        )
        for month in sorted(joined, reverse=True)
    )


def months_between(first: date, last: date) -> int:
    """Calendar months from one day's to another's."""
    return (last.year - first.year) * 12 + last.month - first.month


def monday(day: date) -> date:
    """The first day of the week of `day`."""
    return day - timedelta(days=day.weekday())


def rows_of(seen: Seen, now: Now) -> tuple[Row, ...]:
    """A row for each till and each span in which it did something, in order."""
    sums: dict[tuple[str, date, str], dict[str, int]] = {}
    members: dict[tuple[str, date, str], set[int | str]] = {}
    hours: dict[tuple[str, date, str], list[int]] = {}
    for one in seen.sold():
        linked = one.member is not None
        for key in _keys(one.day, one.minute, one.till, now):
            _add(
                sums.setdefault(key, {}),
                tickets=1,
                linked=int(linked),
                cents=one.cents,
                linked_cents=one.cents if linked else 0,
                off=one.off,
                given=one.given,
                redeemed=one.redeemed,
                typed=int(one.typed),
            )
            if one.member is not None:
                members.setdefault(key, set()).add(one.member)
                hours.setdefault(key, [0] * HOURS)[min(one.minute // 60, HOURS - 1)] += 1
    for back in seen.returned():
        for key in _spans(back.day, back.till):
            _add(sums.setdefault(key, {}), returned=back.cents)
    for new in seen.enrolled():
        for key in _spans(new.day, new.till):
            _add(sums.setdefault(key, {}), enrolled=1)
    return tuple(
        msgspec.structs.replace(
            Row(*key, members=len(members.get(key, ())), hours=tuple(hours.get(key, (0,) * HOURS))), **found
        )
        for key, found in sorted(sums.items())
    )


def total(rows: Iterable[Row]) -> Row:
    """Rows of one span added up."""
    added = Row("", date.min, "")
    for one in rows:
        changed = {
            name: getattr(added, name) + getattr(one, name)
            for name in Row.__struct_fields__[3:]
            if name != "hours"
        }
        hours = tuple(a + b for a, b in zip(added.hours, one.hours, strict=True))
        added = Row(one.span, one.first, "", hours=hours, **changed)
    return added


def _spans(day: date, till: str) -> list[tuple[str, date, str]]:
    return [(DAY, day, till), (WEEK, monday(day), till)]


def _keys(day: date, minute: int, till: str, now: Now) -> list[tuple[str, date, str]]:
    keys = _spans(day, till)
    early = minute <= now.minute
    if early:
        keys.append((f"{DAY} {SO_FAR}", day, till))
    if day.weekday() < now.day.weekday() or (day.weekday() == now.day.weekday() and early):
        keys.append((f"{WEEK} {SO_FAR}", monday(day), till))
    return keys


def _add(sums: dict[str, int], **more: int) -> None:
    for name, value in more.items():
        sums[name] = sums.get(name, 0) + value
