"""Suspicious patterns in what a store's tills wrote, each with its reason in figures. They accuse nobody: they are
what a manager would rather look at.
"""

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

import msgspec

from sync.seen import Adjusted, Returned, Seen, Sold

VELOCITY, TWO_TILLS, TWO_STORES, OWN_CARD = "velocity", "two tills", "two stores", "own card"
AFTER_USE, NO_TICKET, TYPED = "return after use", "return without ticket", "typed"
BY_HAND = "points by hand"

MINUTE_MS = 60_000
FAST_TICKETS, FAST_MS = 4, 60 * MINUTE_MS
APART_MS = 10 * MINUTE_MS
OWN_TICKETS, OWN_CHANCE = 5, 0.01
TYPED_TICKETS, TYPED_PERCENT = 5, 30
NO_TICKET_RETURNS = 3
BY_HAND_GIFTS, BY_HAND_POINTS = 3, 500


class Pattern(msgspec.Struct, frozen=True, array_like=True):
    """Something to look at: `kind`, the last time it was seen, and how often.

    `cashier` and `till` are those it is about, "" where it is about none; `member` is 0 where it is about none.
    `percent` is a share where the kind tells one, `points` a quantity, `store` the name of another store, "" for none.
    """

    kind: str
    day: date
    at_ms: int
    count: int
    till: str = ""
    cashier: str = ""
    member: int = 0
    percent: int = 0
    points: int = 0
    store: str = ""


def patterns_of(seen: Seen, first: date, elsewhere: Sequence[Sold] = ()) -> tuple[Pattern, ...]:
    """What looks wrong since `first`, the latest first.

    `elsewhere` are sales that `seen` does not have: its members' in other stores, and older ones that were returned.
    """
    sold = seen.sold(first)
    by_member: dict[int, list[Sold]] = defaultdict(list)
    for one in sold:
        if isinstance(one.member, int):
            by_member[one.member].append(one)
    tickets = {name: one for one in (*elsewhere, *seen.sold()) for name in (one.number, one.ticket)}
    returned = seen.returned(first)
    unknown = [back for back in returned if not back.of and back.reference not in tickets]
    found = [*_typed(sold), *_without_ticket(unknown), *_by_hand(seen.adjusted(first))]
    cashiers = Counter(one.cashier for one in sold)
    away: dict[int, list[Sold]] = defaultdict(list)
    for one in elsewhere:
        if isinstance(one.member, int) and one.store:
            away[one.member].append(one)
    for member, theirs in by_member.items():
        all_theirs = sorted((*theirs, *away[member]), key=lambda one: one.at_ms)
        found += [*_velocity(member, all_theirs), *_two_stores(member, all_theirs)]
        found += [*_two_tills(member, theirs), *_own_card(member, theirs, cashiers)]
    for back in returned:
        origin = tickets.get(back.of or back.reference)
        if origin is not None and isinstance(origin.member, int):
            found += _after_use(
                back, origin, origin.member, (*by_member[origin.member], *away[origin.member])
            )
    return tuple(sorted(found, key=lambda one: (-one.at_ms, one.kind, one.member)))


def _velocity(member: int, sold: Sequence[Sold]) -> Iterator[Pattern]:
    """One card on many tickets within an hour, one of them here: the most of them."""
    begin, best = 0, (0, 0)
    for end, one in enumerate(sold):
        while one.at_ms - sold[begin].at_ms > FAST_MS:
            begin += 1
        if not all(other.store for other in sold[begin : end + 1]):
            best = max(best, (end - begin + 1, end))
    count, end = best
    if count >= FAST_TICKETS:
        fast = sold[end - count + 1 : end + 1]
        last = [one for one in fast if not one.store][-1]
        store = next((one.store for one in reversed(fast) if one.store), "")
        yield Pattern(VELOCITY, last.day, fast[-1].at_ms, count, last.till, last.cashier, member, store=store)


def _two_stores(member: int, sold: Sequence[Sold]) -> Iterator[Pattern]:
    """One card here and in another store within ten minutes."""
    close = [
        (before, after)
        for before, after in itertools.pairwise(sold)
        if bool(before.store) != bool(after.store) and after.at_ms - before.at_ms <= APART_MS
    ]
    if close:
        here, there = sorted(close[-1], key=lambda one: bool(one.store))
        at_ms, count = close[-1][1].at_ms, len(close)
        yield Pattern(TWO_STORES, here.day, at_ms, count, here.till, here.cashier, member, store=there.store)


def _two_tills(member: int, sold: Sequence[Sold]) -> Iterator[Pattern]:
    """One card at two tills within ten minutes."""
    close = [
        after
        for before, after in itertools.pairwise(sold)
        if before.till != after.till and after.at_ms - before.at_ms <= APART_MS
    ]
    if close:
        last = close[-1]
        yield Pattern(TWO_TILLS, last.day, last.at_ms, len(close), last.till, last.cashier, member)


def _own_card(member: int, sold: Sequence[Sold], tickets: Counter[str]) -> Iterator[Pattern]:
    """One card always at the same cashier's, so often that it may be the cashier's own.

    `tickets` are those of the store by cashier: who rings up most of them has most regulars, and where one alone
    does, it says nothing.
    """
    cashiers = {one.cashier for one in sold}
    chance = (tickets[sold[0].cashier] / tickets.total()) ** len(sold)
    if len(sold) >= OWN_TICKETS and len(cashiers) == 1 and chance <= OWN_CHANCE:
        last = sold[-1]
        points = sum(one.given for one in sold)
        yield Pattern(
            OWN_CARD, last.day, last.at_ms, len(sold), last.till, last.cashier, member, points=points
        )


def _after_use(back: Returned, origin: Sold, member: int, sold: Iterable[Sold]) -> Iterator[Pattern]:
    """A return of a ticket, points of whose member were used on another one since."""
    later = [one for one in sold if one is not origin and origin.at_ms <= one.at_ms <= back.at_ms]
    used = sum(one.redeemed for one in later)
    if used and origin.given:
        yield Pattern(AFTER_USE, back.day, back.at_ms, 1, back.till, back.cashier, member, points=used)


def _without_ticket(returned: Iterable[Returned]) -> Iterator[Pattern]:
    """Returns of tickets that nobody knows, by cashier."""
    for cashier, theirs in _by_cashier(returned).items():
        if len(theirs) >= NO_TICKET_RETURNS:
            last = theirs[-1]
            yield Pattern(NO_TICKET, last.day, last.at_ms, len(theirs), last.till, cashier)


def _by_hand(adjusted: Iterable[Adjusted]) -> Iterator[Pattern]:
    """A manager who gives points often, or many."""
    gifts: dict[str, list[Adjusted]] = defaultdict(list)
    for one in adjusted:
        if one.quantity > 0:
            gifts[one.by].append(one)
    for manager, theirs in gifts.items():
        points, last = sum(one.quantity for one in theirs), theirs[-1]
        if len(theirs) >= BY_HAND_GIFTS or points >= BY_HAND_POINTS:
            yield Pattern(BY_HAND, last.day, last.at_ms, len(theirs), last.till, manager, points=points)


def _by_cashier(returned: Iterable[Returned]) -> dict[str, list[Returned]]:
    found: dict[str, list[Returned]] = defaultdict(list)
    for one in returned:
        found[one.cashier].append(one)
    return found


def _typed(sold: Sequence[Sold]) -> Iterator[Pattern]:
    """A cashier who types many card numbers instead of scanning cards."""
    linked = Counter(one.cashier for one in sold if one.member is not None)
    last = {one.cashier: one for one in sold if one.typed}
    typed = Counter(one.cashier for one in sold if one.typed)
    for cashier, count in typed.items():
        percent = 100 * count // linked[cashier] if linked[cashier] else 0
        if count >= TYPED_TICKETS and percent >= TYPED_PERCENT:
            one = last[cashier]
            yield Pattern(TYPED, one.day, one.at_ms, count, one.till, cashier, percent=percent)
