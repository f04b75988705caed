"""How much of a member's assets a store keeps for a day without a line (ledger-and-sync.md section 4.7). Pure."""

import math
from collections.abc import Sequence

from sync.ledger.records import Visits

DAY_MS = 86_400_000
HALF_LIFE_MS = 30 * DAY_MS
SEEN_MS = 90 * DAY_MS
VISIT = 1000
MOST_STORES = 2
UNLEASED = 30
"""Of a hundred units so many stay free for whatever store the member comes to next."""
NEARLY_ALL = 90
"""A store with more than so many of a hundred visits may hold everything."""


def visited(row: Visits | None, store: str, at_ms: int) -> Visits:
    """`row` with one more visit at `at_ms` UTC, which may lie before the last one."""
    if row is None:
        return Visits(store, at_ms, VISIT)
    if at_ms < row.last_ms:
        return Visits(store, row.last_ms, row.weight + _decayed(VISIT, row.last_ms - at_ms))
    return Visits(store, at_ms, _decayed(row.weight, at_ms - row.last_ms) + VISIT)


def homes(rows: Sequence[Visits], now_ms: int) -> tuple[tuple[str, int], ...]:
    """The stores that lease, the most visited first, each with its share of all visits in hundredths."""
    weights = {row.store: _decayed(row.weight, max(0, now_ms - row.last_ms)) for row in rows}
    whole = sum(weights.values())
    recent = [row for row in rows if now_ms - row.last_ms <= SEEN_MS and weights[row.store]]
    recent.sort(key=lambda row: (-weights[row.store], row.store))
    return tuple([(row.store, weights[row.store] * 100 // whole) for row in recent[:MOST_STORES]])


def shares(
    total: int, cheapest: int, burned: Sequence[int], at: Sequence[tuple[int, int]], cap: int | None = None
) -> list[int]:
    """Units for each home: enough for what the member usually redeems.

    `total` is all that is free or leased already, `cheapest` the price of the cheapest reward, `burned` what earlier
    tickets burned in ascending order, `at` each home's share of the visits in hundredths and its number of tills.
    A store with one till keeps the cheapest reward also where less would stay free: it has no neighbour to ask. No home
    has more than `cap`; nothing where that buys no reward.
    """
    usual = max(cheapest, burned[len(burned) * 9 // 10] if burned else 0)
    if cap is not None:
        usual = min(usual, cap)
    given: list[int] = []
    for share, tills in at:
        free = total - sum(given)
        room = free if share > NEARLY_ALL else total * (100 - UNLEASED) // 100 - sum(given)
        units = min(max(room, min(free, cheapest)) if tills == 1 else room, usual)
        given.append(units if units >= cheapest else 0)
    return given


def _decayed(weight: int, for_ms: int) -> int:
    return round(weight * math.exp2(-for_ms / HALF_LIFE_MS))
