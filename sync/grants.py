"""Which slices pay a debit: first to expire, first used, within what this till holds (ledger-and-sync.md 3)."""

import hashlib
from collections.abc import Collection, Iterable
from datetime import date

import msgspec

from sync.entry import Draw

BIRTH = "birth"
HOLD = "hold"
LEASE = "lease"


class HeldSlice(msgspec.Struct, frozen=True):
    """`quantity` units of `asset` of `lot` inside a grant that this till holds.

    Usable from `available_on` to `last_day` inclusive; a hold only by the `ticket` it was asked for.
    `earned_on` is the business date the lot was earned (date.min where the ledger's grant does not say) and
    `place` the place of the slice in its grant, which the ledger filled in order of expiry.
    """

    grant: str
    kind: str
    asset: str
    lot: str
    quantity: int
    last_day: date
    available_on: date
    ticket: str
    earned_on: date = date.min
    place: int = 0


class Chosen(msgspec.Struct, frozen=True):
    """The draws that pay a debit, and the units for which nothing was found."""

    draws: tuple[Draw, ...]
    short: int


def fifo_key(piece: HeldSlice) -> tuple[date, date, int, bytes]:
    """Order of use: last usable day, then day earned, then place in the grant and the lot's name."""
    return piece.last_day, piece.earned_on, piece.place, piece.lot.encode()


def usable(slices: Iterable[HeldSlice], day: date, ticket: str) -> tuple[HeldSlice, ...]:
    """The slices that may pay on `day` for `ticket`, in the order in which they are used."""
    fit = (
        piece
        for piece in slices
        if piece.quantity > 0
        and piece.available_on <= day <= piece.last_day
        and (piece.kind != HOLD or piece.ticket == ticket)
    )
    return tuple(sorted(fit, key=fifo_key))


def usable_sums(slices: Iterable[HeldSlice], day: date, ticket: str) -> dict[str, int]:
    """Units per asset that may be spent on `day` for `ticket`."""
    sums: dict[str, int] = {}
    for piece in usable(slices, day, ticket):
        sums[piece.asset] = sums.get(piece.asset, 0) + piece.quantity
    return sums


def choose(
    slices: Iterable[HeldSlice],
    asset: str,
    quantity: int,
    day: date,
    ticket: str,
    first: Collection[str] = (),
) -> Chosen:
    """Draws for `quantity` units of `asset`, first to expire first; `short` is what the slices cannot pay.

    Lots in `first` go before all others: the member showed the paper of just these.
    """
    fit = [piece for piece in usable(slices, day, ticket) if piece.asset == asset]
    return _take(sorted(fit, key=lambda piece: piece.lot not in first), quantity)


def choose_lot(slices: Iterable[HeldSlice], asset: str, lot: str, quantity: int) -> Chosen:
    """Draws for a clawback: `quantity` units of one lot, whatever its days; expired units can be taken back."""
    fit = (piece for piece in slices if piece.lot == lot and piece.asset == asset and piece.quantity > 0)
    return _take(sorted(fit, key=lambda piece: piece.grant), quantity)


def after(slices: Iterable[HeldSlice], draws: Iterable[Draw]) -> tuple[HeldSlice, ...]:
    """The slices as they stand once `draws` are taken: to choose several debits of one ticket in turn."""
    taken: dict[tuple[str, str, str], int] = {}
    for one in draws:
        key = one.grant, one.asset, one.lot
        taken[key] = taken.get(key, 0) + one.quantity
    return tuple(
        msgspec.structs.replace(
            piece, quantity=piece.quantity - taken.get((piece.grant, piece.asset, piece.lot), 0)
        )
        for piece in slices
    )


def custody(member: int, dev: int) -> bytes:
    """The rank of a till among those of a store: the highest keeps the member's leases (rendezvous hashing)."""
    return hashlib.sha256(f"assidu-lease/1 {member} {dev}".encode()).digest()


def _take(slices: Iterable[HeldSlice], quantity: int) -> Chosen:
    draws = []
    left = quantity
    for piece in slices:
        if left <= 0:
            break
        part = min(left, piece.quantity)
        draws.append(Draw(piece.grant, piece.asset, piece.lot, part))
        left -= part
    return Chosen(tuple(draws), max(left, 0))
