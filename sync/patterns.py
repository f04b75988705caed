"""Suspicious patterns in what a store's tills wrote, each with its reason in figures. They accuse nobody: they are
what a manager would rather look at.
"""

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

import msgspec

from sync.seen import Adjusted, Returned, Seen, Sold

VELOCITY, TWO_TILLS, OWN_CARD = "velocity", "two tills", "own card"
AFTER_USE, NO_TICKET, TYPED = "return after use", "return without ticket", "typed"
BY_HAND = "points by hand"

MINUTE_MS = 60_000
FAST_TICKETS, FAST_MS = 4, 60 * MINUTE_MS
APART_MS = 10 * MINUTE_MS
OWN_TICKETS = 5
TYPED_TICKETS, TYPED_PERCENT = 5, 30
NO_TICKET_RETURNS = 3
BY_HAND_GIFTS, BY_HAND_POINTS = 3, 500


class Pattern(msgspec.Struct, frozen=True, array_like=True):
    """Something to look at: `kind`, the last time it was seen, and how often.

    `cashier` and `till` are those it is about, "" where it is about none; `member` is 0 where it is about none.
    `percent` is a share where the kind tells one, `points` a quantity.
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


def patterns_of(seen: Seen, first: date) -> tuple[Pattern, ...]:
    """What looks wrong since `first`, the latest first."""
    sold = seen.sold(first)
    by_member: dict[int, list[Sold]] = defaultdict(list)
    for one in sold:
        if isinstance(one.member, int):
            by_member[one.member].append(one)
    found = [*_typed(sold), *_without_ticket(seen.returned(first)), *_by_hand(seen.adjusted(first))]
    for member, theirs in by_member.items():
        found += [*_velocity(member, theirs), *_two_tills(member, theirs), *_own_card(member, theirs)]
    tickets = {one.ticket: one for one in sold}
    for back in seen.returned(first):
        origin = tickets.get(back.of)
        if origin is not None and isinstance(origin.member, int):
            found += _after_use(back, origin, origin.member, by_member[origin.member])
    return tuple(sorted(found, key=lambda one: (-one.at_ms, one.kind, one.member)))


def _velocity(member: int, sold: Sequence[Sold]) -> Iterator[Pattern]:
    """One card on many tickets within an hour: the most of them."""
    begin, best = 0, (0, 0)
    for end, one in enumerate(sold):
        while one.at_ms - sold[begin].at_ms > FAST_MS:
            begin += 1
        best = max(best, (end - begin + 1, end))
    count, end = best
    if count >= FAST_TICKETS:
        last = sold[end]
        yield Pattern(VELOCITY, last.day, last.at_ms, count, last.till, last.cashier, member)


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


def _own_card(member: int, sold: Sequence[Sold]) -> Iterator[Pattern]:
    """One card always at the same cashier's, so often that it may be the cashier's own."""
    cashiers = {one.cashier for one in sold}
    if len(sold) >= OWN_TICKETS and len(cashiers) == 1:
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
    """Returns for which nothing was shown, by cashier."""
    for cashier, theirs in _by_cashier([one for one in returned if not one.of]).items():
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
