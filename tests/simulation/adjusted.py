"""Points that managers gave and took by hand (ADJUST): each once, and nobody else's."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Awaitable, Callable, Iterable

from sync.entry import AdjustBody, Entry, body_of
from sync.ledger.port import Transaction
from sync.ledger.records import Lot, Posting
from tests.simulation.facts import Applied
from tests.simulation.sold import Found

CAUSE, RULE = "ADJUST", "adjust"
Adjusted = dict[int, Tally[str]]
"""By member what was "given" and "taken", in points."""


async def by_hand(
    tx: Transaction, booked: Iterable[Applied], member_of: Callable[[Transaction, Entry], Awaitable[int]]
) -> Adjusted:
    """What the journals say of it."""
    found: Adjusted = {}
    for one in booked:
        body = body_of(one.entry) if one.entry.kind == CAUSE else None
        if isinstance(body, AdjustBody):
            mine = found.setdefault(await member_of(tx, one.entry), Tally())
            mine["given" if body.quantity > 0 else "taken"] += abs(body.quantity)
    return found


def check_adjusted(
    member: int,
    mine: Tally[str],
    lots: Iterable[Lot],
    postings: Iterable[Posting],
    found: Found,
) -> None:
    """What was given is in lots of its own, what was taken was posted, both as the journals say."""
    given = sum(lot.quantity for lot in lots if lot.rule == RULE)
    found.must(given == mine["given"], f"member {member}: {given} given by hand, journals say {mine}")
    ways = Tally[tuple[str, str]]()
    for one in postings:
        if one.cause == CAUSE and one.rule == RULE:
            ways[one.source, one.target] += one.quantity
    taken = ways["owed", "burned"]
    found.must(taken == mine["taken"], f"member {member}: {taken} taken by hand, journals say {mine}")
