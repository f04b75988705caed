"""Pieces of changes, made once for all tills: one an hour, then those of a day together (ledger-and-sync.md 5.4).

A till fetches them as blobs, from whom it likes, so that thousands of tills keep up with a ledger that counts each
changed line once. Who was away gets a piece a day and then one an hour. A day is read again when it is put together:
whoever changed again later is left to a later piece.
"""

import hashlib
from collections.abc import Sequence

from sync.ledger.books import replace
from sync.ledger.scope import region_scopes
from sync.ledger.service import Ledger
from sync.ledger.shelf import (
    HOUR_MS,
    SHELF,
    SLACK_MS,
    Heads,
    KeptPiece,
    change_shelf,
    heads_now,
    keep_heads,
    read_shelf,
)
from sync.ledger.snapshots import DAY_MS
from sync.ledger.thin import FEW, LAST, Listed, read_changes
from sync.ledger.work import Work
from sync.snapshot import SCOPE
from sync.thin import THIN, ThinCard, ThinMember, ThinNews, squeezed

READ_AT_ONCE = 200  # changes a read: what tills ask waits no longer than these take
MOST_LINES = 50_000  # of a piece, which a till unpacks in memory
Made = tuple[KeptPiece, bytes]


async def make_pieces(ledger: Ledger) -> None:
    """Make the pieces of the last hour where there are more than a few changes, and those of days that are over."""
    regions = await ledger.read(region_scopes)
    for which in (Listed(SCOPE), *(Listed(scope, region) for region, scope in regions.items())):
        await _make_hour(ledger, which)
        await _join_days(ledger, which)


async def _make_hour(ledger: Ledger, which: Listed) -> None:
    shelf = await ledger.read(read_shelf)
    pieces = shelf.pieces_of(which.scope, ledger.epoch)
    if not shelf.days or (pieces and ledger.now_ms() - pieces[-1].made_ms < HOUR_MS - SLACK_MS):
        return
    first = pieces[-1].last if pieces else shelf.days[0][1]
    if len(await ledger.read(lambda work: work.tx.changes(THIN, first, FEW + 1))) > FEW:
        heads, made = await _read(ledger, which, first, LAST)
        await keep_pieces(ledger, heads, made)


async def _join_days(ledger: Ledger, which: Listed) -> None:
    """Put the hours of each day that is over together."""
    days: dict[int, list[KeptPiece]] = {}
    for one in (await ledger.read(read_shelf)).pieces_of(which.scope, ledger.epoch):
        if not one.whole_day and one.made_ms // DAY_MS < ledger.now_ms() // DAY_MS:
            days.setdefault(one.made_ms // DAY_MS, []).append(one)
    for hours in days.values():
        heads, read = await _read(ledger, which, hours[0].first, hours[-1].last)
        made = [(replace(one, made_ms=hours[-1].made_ms, whole_day=True), data) for one, data in read]
        await keep_pieces(ledger, heads, made, hours)


async def _read(ledger: Ledger, which: Listed, first: int, upto: int) -> tuple[Heads, list[Made]]:
    """The changes after one position up to another as pieces without a gap; members are read a few at a time."""
    heads = await ledger.read(heads_now)
    made: list[Made] = []
    rows: list[ThinMember] = []
    cards: list[ThinCard] = []
    start = pos = first
    more = True
    while more:
        got = await ledger.read(lambda work: read_changes(work, which, pos, upto, READ_AT_ONCE))  # noqa: B023
        rows += got.rows
        cards += got.cards
        more = got.more
        pos = upto if not more and upto != LAST else got.end
        if not more or len(rows) >= MOST_LINES:
            data = squeezed(ThinNews(tuple(rows), tuple(cards)))
            digest = hashlib.sha256(data).digest()
            made.append(
                (KeptPiece(which.scope, ledger.epoch, start, pos, ledger.now_ms(), digest, b""), data)
            )
            rows, cards, start = [], [], pos
    return heads, made


async def keep_pieces(
    ledger: Ledger, heads: Heads, made: Sequence[Made], former: Sequence[KeptPiece] = ()
) -> None:
    """Offer pieces to the tills, in place of the `former` ones; what another process did meanwhile stays as it is."""
    await ledger.write(lambda work: _put(work, heads, made, former))


async def _put(work: Work, heads: Heads, made: Sequence[Made], former: Sequence[KeptPiece]) -> None:
    await work.tx.alone(SHELF)
    shelf = await read_shelf(work)
    left = [one for one in shelf.pieces if one not in former]
    overlap = any(
        (had.scope, had.epoch) == (one.scope, one.epoch) and had.first < one.last and had.last > one.first
        for had in left
        for one, _ in made
    )
    if overlap or len(left) != len(shelf.pieces) - len(former):
        return
    digest = await keep_heads(work, heads)
    for one, data in made:
        await work.tx.save_blob(one.sha256, data)
        left.append(replace(one, heads=digest))
    left.sort(key=lambda one: (one.scope, one.epoch, one.last))
    await change_shelf(work, shelf, replace(shelf, pieces=tuple(left)))
