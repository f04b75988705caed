"""Points that lapsed while some that end later were drawn (ledger-and-sync.md section 3, what FIFO means).

Whoever draws takes what ends first of what it holds, not of all that there is: a till without a line spends its own
grants while older points lie at the ledger. Nothing is given back for that; it is counted, and priced as conflicts are.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from sync.ledger.books import BURNED, EXPIRED
from sync.ledger.records import Lot, Posting
from sync.ledger.work import Work


class PassedOver(NamedTuple):
    """Of what `posting` let lapse, `units` would have been drawn by somebody who had held all of it."""

    member: int
    posting: Posting
    units: int


async def passed_over(work: Work, first: date) -> list[PassedOver]:
    """What lapsed on `first` or later although units that ended later were drawn on a day it could be used."""
    found = []
    for member, asset in await work.tx.passed_over(first):
        lots = {lot.lot: lot for lot in await work.tx.all_lots(member) if lot.asset == asset}
        postings = [one for one in await work.tx.postings(member) if one.lot in lots]
        found += [PassedOver(member, *one) for one in _of(lots, postings, first)]
    return found


def _of(lots: Mapping[str, Lot], postings: Sequence[Posting], first: date) -> Iterator[tuple[Posting, int]]:
    """Each expiry with its units; those that were drawn count once, for what ends first."""
    drawn = _drawn(postings)
    gone = [one for one in postings if one.cause == "EXPIRE" and one.target == EXPIRED and one.day >= first]
    for one in sorted(gone, key=lambda one: lots[one.lot].fifo):
        lot = lots[one.lot]
        left = min(one.quantity, lot.expired)
        for (day, ticket, name), units in drawn.items():
            if lots[name].last_day > lot.last_day and lot.available_on <= day < one.day:
                part = min(left, units)
                drawn[day, ticket, name] -= part
                left -= part
        units = min(one.quantity, lot.expired) - left
        if units:
            yield one, units


def _drawn(postings: Sequence[Posting]) -> dict[tuple[date, str, str], int]:
    """Units by day, ticket and lot that were drawn, less what came back of them."""
    back: dict[tuple[str, str], int] = {}
    for one in postings:
        if one.source == BURNED:
            back[one.ticket, one.lot] = back.get((one.ticket, one.lot), 0) + one.quantity
    drawn: dict[tuple[date, str, str], int] = {}
    for one in postings:
        if one.cause == "BURN" and one.target == BURNED:
            part = min(one.quantity, back.get((one.ticket, one.lot), 0))
            if part:
                back[one.ticket, one.lot] -= part
            key = one.day, one.ticket, one.lot
            drawn[key] = drawn.get(key, 0) + one.quantity - part
    return drawn
