"""Thin rows as the centre counts them, and what of them has changed since a till last read (section 5.4)."""

from collections.abc import Sequence
from datetime import date

from rules.account import FOREVER, POINTS
from sync.ledger.account_view import account_of_view
from sync.ledger.records import Incarnation
from sync.ledger.scope import region_scopes
from sync.ledger.work import Work
from sync.shares import is_shared
from sync.snapshot import SCOPE
from sync.thin import (
    BLOCKED,
    THIN,
    ThinCard,
    ThinMember,
    ThinNews,
    bucket_of,
    card_of,
    day_number,
    short,
    squeezed,
)
from sync.wire import Cursor, PullAnswer

CHANGES_AT_ONCE = 5_000
READ_AT_ONCE = 200


async def thin_rows(work: Work, members: Sequence[int]) -> tuple[list[ThinMember], list[ThinCard]]:
    """Lines of several members as of today in their own store's calendar, and their cards."""
    rows, cards = [], []
    days: dict[tuple[str, str], date] = {}
    for found, keys in await work.tx.lines([member for member in members if not is_shared(member)]):
        record = found.record
        place = record.store, record.programme
        if place not in days:
            days[place] = await work.today(*place)
        today = days[place]
        account = await account_of_view(work, found, today)
        ends = min((held.last_day for held in account.holdings if held.asset == POINTS), default=FOREVER)
        flags = BLOCKED if account.blocked else 0
        points = account.balance.get(POINTS, 0)
        rows.append(ThinMember(record.member, points, account.tier, flags, day_number(ends)))
        cards += [ThinCard(short(token), record.member) for token in keys.cards]
    return rows, cards


async def thin_news(work: Work, till: Incarnation, cursor: Cursor, epoch: int, floor: int) -> PullAnswer:
    """Net changes after `cursor` of members of its list whom the till's store does not know anyway.

    Changes up to `floor` are forgotten: a till that has not read so far needs a snapshot, and so does one whose region
    has other stores by now.
    """
    region = (await work.store(till.store)).region
    scope = SCOPE if cursor.bucket == THIN else (await region_scopes(work)).get(region)
    if scope is None or cursor.bucket != bucket_of(scope) or cursor.epoch != epoch or cursor.pos < floor:
        fresh = (Cursor(cursor.bucket, epoch, 0),)
        return PullAnswer((), (), (), (), fresh, till.acc_seq, False, must_refetch=True)
    changes = await work.tx.changes(THIN, cursor.pos, CHANGES_AT_ONCE)
    positions = {int(key): pos for key, pos in changes if card_of(key) is None}
    owners = await _owners(work, [key for key, _ in changes])
    if scope != SCOPE:
        seen = await work.tx.regions_of((*positions, *owners.values()))
        inside = {member for member, regions in seen.items() if region in regions}
        positions = {member: pos for member, pos in positions.items() if member in inside}
        owners = {card: member for card, member in owners.items() if member in inside}
    members = sorted(set(positions) - await work.tx.in_scope(till.store, tuple(positions)))
    rows: list[ThinMember] = []
    for start in range(0, len(members), READ_AT_ONCE):
        found, cards = await thin_rows(work, members[start : start + READ_AT_ONCE])
        rows += [
            ThinMember(row.member, row.balance, row.tier, row.flags, row.next_expiry, positions[row.member])
            for row in found
        ]
        if scope != SCOPE:  # who is seen in the region for the first time has cards from before
            owners |= {card.card: card.member for card in cards}
    end = changes[-1][1] if changes else cursor.pos
    more = len(changes) == CHANGES_AT_ONCE
    told = tuple([ThinCard(card, member) for card, member in sorted(owners.items())])
    news = squeezed(ThinNews(tuple(rows), told)) if rows or told else b""
    return PullAnswer((), (), (), (), (Cursor(cursor.bucket, epoch, end),), till.acc_seq, more, thin=news)


async def _owners(work: Work, keys: Sequence[str]) -> dict[int, int]:
    """The members of those of `keys` that are cards, by short card."""
    found: dict[int, int] = {}
    for key in keys:
        token = card_of(key)
        owner = None if token is None else await work.tx.member_of_card(token)
        if token is not None and owner is not None:
            found[short(token)] = owner
    return found
