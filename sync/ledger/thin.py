"""Thin rows as the centre counts them, and what of them has changed since a till last read (section 5.4)."""

from collections.abc import Sequence
from datetime import date

import msgspec

from rules.account import FOREVER, POINTS
from sync.ledger.account_view import account_of_view
from sync.ledger.books import replace
from sync.ledger.records import Incarnation
from sync.ledger.scope import region_scopes
from sync.ledger.shelf import Shelf, own_seq
from sync.ledger.work import Work
from sync.shares import is_shared
from sync.snapshot import SCOPE
from sync.thin import (
    BLOCKED,
    THIN,
    Piece,
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

FEW = 500
"""So many changes a till reads at once; more of them it gets in pieces."""
LAST = 2**62
READ_AT_ONCE = 200


async def thin_rows(work: Work, members: Sequence[int]) -> tuple[list[ThinMember], list[ThinCard]]:
    """Lines of several members as of today in their own store's calendar, and their cards."""
    rows, cards = [], []
    days: dict[tuple[str, str], date] = {}
    for found, keys in await work.tx.lines([member for member in members if not is_shared(member)]):
        record = found.record
        if record.erased:  # whatever tills still hold of it is nobody's
            rows.append(ThinMember(record.member, 0, "", 0, 0))
            continue
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
    led_on = set(members) - {row.member for row in rows}
    return [
        *rows,
        *[ThinMember(member, 0, "", 0, 0) for member in sorted(led_on) if not is_shared(member)],
    ], cards


class Changes(msgspec.Struct, frozen=True):
    """Lines that changed, as they are now, with cards; read up to position `end`, and whether there is `more`."""

    rows: tuple[ThinMember, ...]
    cards: tuple[ThinCard, ...]
    end: int
    more: bool


class Listed(msgspec.Struct, frozen=True):
    """A list that tills may have: its name and, unless it is that of all members, its region."""

    scope: str
    region: str = ""


async def list_of(work: Work, store: str, bucket: str) -> Listed | None:
    """The list whose changes a till of `store` may read in `bucket`; None for one that it has not any more."""
    if bucket == THIN:
        return Listed(SCOPE)
    region = (await work.store(store)).region
    scope = (await region_scopes(work)).get(region)
    return None if scope is None or bucket != bucket_of(scope) else Listed(scope, region)


async def read_changes(
    work: Work, which: Listed, after: int, upto: int, most: int, store: str = ""
) -> Changes:
    """Net changes after a position and up to another of the members of a list; `most` of all members' are looked at.

    Those whom a `store` knows anyway are left out, but for their new cards. A region's lines bring all their cards,
    since whoever is seen there for the first time has cards from before.
    """
    region = which.region
    changes = await work.tx.changes(THIN, after, most)
    inside = [(key, pos) for key, pos in changes if pos <= upto]
    positions = {int(key): pos for key, pos in inside if card_of(key) is None}
    owners = await _owners(work, [key for key, _ in inside])
    if region:
        seen = await work.tx.regions_of((*positions, *owners.values()))
        members = {member for member, regions in seen.items() if region in regions}
        positions = {member: pos for member, pos in positions.items() if member in members}
        owners = {card: member for card, member in owners.items() if member in members or not member}
    known = await work.tx.in_scope(store, tuple(positions)) if store else set()
    asked = sorted(set(positions) - known)
    rows: list[ThinMember] = []
    for start in range(0, len(asked), READ_AT_ONCE):
        found, cards = await thin_rows(work, asked[start : start + READ_AT_ONCE])
        rows += [replace(row, pos=positions[row.member]) for row in found]
        owners |= {card.card: card.member for card in cards} if region else {}
    end = inside[-1][1] if inside else after
    told = tuple([ThinCard(card, member) for card, member in sorted(owners.items())])
    return Changes(tuple(rows), told, end, len(changes) == most and len(inside) == most)


async def thin_news(work: Work, till: Incarnation, cursor: Cursor, epoch: int, shelf: Shelf) -> PullAnswer:
    """What has changed after `cursor`: the next piece, or a few changes that are in no piece yet.

    More than a few wait for the next piece, which is made once for all tills. Changes up to the shelf's floor are
    forgotten: a till that has not read so far needs a snapshot, and so does one whose region has other stores by now.
    """
    found = await list_of(work, till.store, cursor.bucket)
    pieces = () if found is None else shelf.pieces_of(found.scope, epoch)
    piece = next((one for one in pieces if one.last > cursor.pos), None)
    gap = piece is not None and piece.first > cursor.pos
    if found is None or gap or cursor.epoch != epoch or cursor.pos < shelf.floor:
        fresh = (Cursor(cursor.bucket, epoch, 0),)
        return PullAnswer((), (), (), (), fresh, till.acc_seq, False, must_refetch=True)
    if piece is not None:
        own = await own_seq(work, piece.heads, till.dev, till.inc)
        news = squeezed(ThinNews((), (), Piece(piece.sha256, piece.last, own)))
        ends = (Cursor(cursor.bucket, epoch, piece.last),)
        return PullAnswer((), (), (), (), ends, till.acc_seq, True, thin=news)
    if len(await work.tx.changes(THIN, cursor.pos, FEW + 1)) > FEW:
        return PullAnswer((), (), (), (), (cursor,), till.acc_seq, False)
    got = await read_changes(work, found, cursor.pos, LAST, FEW, till.store)
    news = squeezed(ThinNews(got.rows, got.cards)) if got.rows or got.cards else b""
    ends = (Cursor(cursor.bucket, epoch, got.end),)
    return PullAnswer((), (), (), (), ends, till.acc_seq, False, thin=news)


async def _owners(work: Work, keys: Sequence[str]) -> dict[int, int]:
    """The members of those of `keys` that are cards, by short card."""
    found: dict[int, int] = {}
    for key in keys:
        token = card_of(key)
        owner = None if token is None else await work.tx.member_of_card(token)
        if token is not None:
            found[short(token)] = owner or 0  # of nobody, once its member was erased
    return found
