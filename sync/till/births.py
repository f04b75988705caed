"""What is left of the lots that a till gave, worked out from its journal alone (ledger-and-sync.md 3, Birth grant)."""

from collections.abc import Iterable, Iterator

import msgspec

from sync.entry import (
    Body,
    Draw,
    Entry,
    EventBody,
    GrantReturnBody,
    MoveTicketBody,
    TicketBody,
    UnreadableEntry,
    VoidBody,
    body_of,
    lot_id,
)
from sync.grants import BIRTH, HeldSlice
from sync.remap import draws_of
from sync.till import slices


class Birth(msgspec.Struct, frozen=True):
    """What is left of a lot that an entry gave, in the grant to its own till; `holder` as in the table of slices."""

    holder: int
    piece: HeldSlice


def births_left(entries: Iterable[Entry]) -> tuple[Birth, ...]:
    """What the entries of one life, in their order, gave at once and have not spent, given back or undone since."""
    left: dict[str, Birth] = {}
    before, ticket = left, ""
    for entry in entries:
        try:
            body = body_of(entry)
        except UnreadableEntry:
            continue
        if isinstance(body, VoidBody):  # of the ticket right before it, if that one is there
            left = before if body.of == ticket else left
            continue
        if isinstance(body, MoveTicketBody):  # what it gave to the wrong member is gone here
            left = {lot: one for lot, one in left.items() if one.piece.ticket != entry.ticket}
        if isinstance(body, TicketBody):
            before, ticket = dict(left), entry.ticket or ""
        left |= {one.piece.lot: one for one in _given(entry, body)}
        names = {one.old: one.new for one in entry.remap}
        for draw in _drawn(body):
            lot = names.get(draw.lot, draw.lot)
            # Else a lease of the same lot, which came home and was lent.
            if names.get(draw.grant, draw.grant) == lot:
                _take(left, lot, draw.quantity)
    return tuple([one for one in left.values() if one.piece.quantity > 0])


def _given(entry: Entry, body: Body) -> Iterator[Birth]:
    """Names as the ledger gives them: promised lots, then full cards; what is usable later is no grant to the till."""
    if not isinstance(body, TicketBody | EventBody) or entry.member is None:
        return
    cards = body.converted if isinstance(body, TicketBody) else ()
    given = [(one.asset, one.quantity, one.available_on, one.last_day) for one in body.promised]
    given += [(one.asset, one.quantity, entry.bdate, one.last_day) for one in cards]
    for n, (asset, quantity, available_on, last_day) in enumerate(given):
        if available_on > entry.bdate:
            continue
        lot = lot_id(entry.dev, entry.inc, entry.seq, n)
        piece = HeldSlice(
            lot, BIRTH, asset, lot, quantity, last_day, available_on, entry.ticket or "", entry.bdate
        )
        yield Birth(slices.holder_of(entry.member), piece)


def _drawn(body: Body) -> Iterator[Draw]:
    """What an entry takes out of slices; what it gives back leaves them, too."""
    yield from draws_of(body)
    if isinstance(body, GrantReturnBody):
        for piece in body.slices:
            yield Draw(body.grant, piece.asset, piece.lot, piece.quantity)


def _take(left: dict[str, Birth], lot: str, quantity: int) -> None:
    """An entry that is not there may have put back what this one took: nothing falls below zero."""
    one = left.get(lot)
    if one is not None:
        piece = msgspec.structs.replace(one.piece, quantity=max(0, one.piece.quantity - quantity))
        left[lot] = msgspec.structs.replace(one, piece=piece)
