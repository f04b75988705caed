"""What a push holds before it is applied on PostgreSQL, so that two processes never decide on the same rows.

Members are locked by their rows in ascending order. A member or card that nobody knows yet has no row, and is held by
its name; whoever waited looks again. A return whose ticket is not there yet excludes every other push, each of which
could bring the ticket.
"""

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from sync.ledger.postgres_schema import TICKETS_LOCK
from sync.ledger.session import Rows
from sync.ledger.touched import Touched

Query = Callable[[str, Sequence[Any]], Awaitable[Rows]]


async def lock(query: Query, touched: Touched) -> None:
    """Hold all that `touched` names until the transaction ends."""
    members = await _sellers(query, touched)
    cards = await _owners(query, touched.cards)
    named = sorted({*touched.members, *members, *cards.values()})
    known = {member for (member,) in await query("SELECT member FROM member WHERE member = ANY(?)", (named,))}
    unknown = [f"member {member}" for member in named if member not in known]
    unknown += [f"card {card.hex()}" for card in touched.cards if card not in cards]
    if unknown:
        await lock_names(query, unknown)
        cards = await _owners(query, touched.cards)
        named = sorted({*named, *cards.values()})
    await query(
        "SELECT member FROM member WHERE member IN (WITH RECURSIVE led (member) AS ("
        "SELECT unnest(?::bigint[]) UNION SELECT alias FROM member JOIN led USING (member) WHERE alias IS NOT NULL"
        ") SELECT member FROM led) ORDER BY member FOR UPDATE",
        (named,),
    )


async def lock_names(query: Query, names: Sequence[str]) -> None:
    """Hold what has no row by its names."""
    keys = sorted(_key(name) for name in names)
    await query("SELECT pg_advisory_xact_lock(key) FROM unnest(?::bigint[]) AS held (key)", (keys,))


async def _sellers(query: Query, touched: Touched) -> set[int]:
    """The members of returned and voided tickets, of returned grants, and those whose burns are given back now."""
    found = await _returned(query, touched)
    if any(row is None for row in found):
        await query("SELECT pg_advisory_xact_lock(?)", (TICKETS_LOCK,))
        found = await _returned(query, touched)
    else:
        await query("SELECT pg_advisory_xact_lock_shared(?)", (TICKETS_LOCK,))
    mine = await query(
        "SELECT member FROM sale WHERE dev = ? AND inc = ? AND (restore_waits > 0 OR seq = ANY(?))",
        (touched.dev, touched.inc, touched.voided),
    )
    lent = await query('SELECT member FROM "grant" WHERE id = ANY(?)', (touched.grants,))
    return {row for row in found if row is not None} | {member for (member,) in (*mine, *lent)}


async def _returned(query: Query, touched: Touched) -> list[int | None]:
    found: list[int | None] = []
    for ticket in touched.tickets:
        rows = await query("SELECT member FROM sale WHERE ticket = ?", (ticket,))
        found += [member for (member,) in rows] or [None]
    for entry in touched.entries:
        rows = await query("SELECT member FROM sale WHERE dev = ? AND inc = ? AND seq = ?", entry)
        found += [member for (member,) in rows] or [None]
    return found


async def _owners(query: Query, cards: Sequence[bytes]) -> dict[bytes, int]:
    rows = await query("SELECT token, member FROM card WHERE token = ANY(?)", (cards,)) if cards else ()
    return {bytes(token): int(member) for token, member in rows}


def _key(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
