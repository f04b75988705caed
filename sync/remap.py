"""Names of lots inside a journal entry, and the same entry with other names (ledger-and-sync.md 4.5).

An entry that is sent once more under a new incarnation gives birth to lots with new names. What later entries say of
the old names is carried over by a mapping of old name to new. Only births are named by till and centre alike before
the centre has seen them: a lot inside a lease or a hold keeps its name.
"""

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from sync.entry import (
    Body,
    Burned,
    Claw,
    Converted,
    Draw,
    EventBody,
    GrantReturnBody,
    RefundBody,
    Slice,
    TicketBody,
)

_replace = msgspec.structs.replace


def parse_lot(lot: str) -> tuple[int, int, int, int] | None:
    """Device, incarnation, seq and place of a lot born at a till; None for a lot that the centre made."""
    parts = lot.split("-")
    if len(parts) != 4 or not all(part.isascii() and part.isdigit() and len(part) < 16 for part in parts):
        return None
    dev, inc, seq, n = map(int, parts)
    return dev, inc, seq, n


def births(body: Body) -> int:
    """How many lots an entry with this body gives birth to."""
    if isinstance(body, TicketBody):
        return len(body.promised) + len(body.converted)
    return len(body.promised) if isinstance(body, EventBody) else 0


def births_named(body: Body) -> set[str]:
    """The births of other entries that `body` draws on, takes back or returns."""
    if isinstance(body, GrantReturnBody):
        return {piece.lot for piece in body.slices if piece.lot == body.grant}
    named = {claw.lot for claw in body.claws} if isinstance(body, RefundBody) else set()
    return named | {one.lot for one in draws_of(body) if one.grant == one.lot}


def renamed(body: Body, names: Mapping[str, str]) -> Body:
    """`body` with the births in `names` called by their new names; "" is a lot that nothing is drawn from."""
    if isinstance(body, TicketBody):
        return _replace(
            body,
            burns=tuple(_of_burn(one, names) for one in body.burns),
            converted=tuple(_of_card(one, names) for one in body.converted),
        )
    if isinstance(body, RefundBody):
        return _replace(body, claws=tuple(_of_claw(one, names) for one in body.claws))
    if isinstance(body, GrantReturnBody) and body.grant in names:
        return _replace(
            body,
            grant=names[body.grant],
            slices=tuple(_replace(piece, lot=_named(piece, names)) for piece in body.slices),
        )
    return body


def draws_of(body: Body) -> Iterator[Draw]:
    """Everything that an entry spends or takes back out of grants of its till."""
    if isinstance(body, TicketBody):
        for burn in body.burns:
            yield from burn.draws
        for card in body.converted:
            yield from card.draws
    elif isinstance(body, RefundBody):
        for claw in body.claws:
            yield from claw.draws


def _named(piece: Slice, names: Mapping[str, str]) -> str:
    return names.get(piece.lot, piece.lot)


def _ofdraws_of(draws: Iterable[Draw], names: Mapping[str, str]) -> tuple[Draw, ...]:
    return tuple(
        _replace(one, grant=names[one.lot], lot=names[one.lot])
        if one.grant == one.lot and one.lot in names
        else one
        for one in draws
    )


def _of_burn(burn: Burned, names: Mapping[str, str]) -> Burned:
    return _replace(burn, draws=_ofdraws_of(burn.draws, names))


def _of_card(card: Converted, names: Mapping[str, str]) -> Converted:
    return _replace(card, draws=_ofdraws_of(card.draws, names))


def _of_claw(claw: Claw, names: Mapping[str, str]) -> Claw:
    return _replace(claw, lot=names.get(claw.lot, claw.lot), draws=_ofdraws_of(claw.draws, names))
