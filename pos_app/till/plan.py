"""What a close writes down, worked out from what this till holds: draws, births, full cards. Pure."""

from collections.abc import Collection, Mapping
from datetime import date

import msgspec

from rules.account import POINTS
from rules.conversions import Conversion
from rules.decision import Contribution, Decision
from sync.entry import Burned, Converted, lot_id
from sync.grants import BIRTH, HeldSlice, after, choose, usable_sums
from sync.till.errors import NotEnough


class Born(msgspec.Struct, frozen=True):
    """A lot that is at once a grant to this till."""

    lot: str
    asset: str
    quantity: int
    available_on: date
    last_day: date


class Plan(msgspec.Struct, frozen=True):
    """The effects of one ticket: redemptions with their draws, full cards, and lots born here, whole.

    Full cards may draw on the lots born: births are stored before those draws are taken.
    """

    burns: tuple[Burned, ...]
    converted: tuple[Converted, ...]
    born: tuple[Born, ...]

    @property
    def beyond(self) -> int:
        """Units burned that were not held."""
        return sum(burn.unsecured for burn in self.burns)


class Birthplace(msgspec.Struct, frozen=True):
    """Where and when the ticket is written: its future entry, its business date, its name."""

    dev: int
    inc: int
    seq: int
    bdate: date
    ticket: str

    def lot(self, n: int) -> str:
        """Name of the n-th lot of the entry."""
        return lot_id(self.dev, self.inc, self.seq, n)


def plan(
    decision: Decision,
    held: tuple[HeldSlice, ...],
    conversions: tuple[Conversion, ...],
    deficit: Mapping[str, int],
    place: Birthplace,
    beyond: int = 0,
    first: Collection[str] = (),
) -> Plan:
    """Draws for the burns, then births, then full cards out of what is held, births included.

    At most `beyond` points are burned that are not held; lots in `first` are drawn before the others.

    A lot is no grant to this till where its rule has it usable later (ledger-and-sync.md 3, Birth grant).
    Raises NotEnough when what is held does not pay a burn.
    """
    burns, held = _pay(decision, held, place, beyond, first)
    born = [
        Born(place.lot(n), given.asset, given.quantity, given.available_on, given.last_day)
        for n, given in enumerate(decision.contributions)
        if _at_once(given, place.bdate)
    ]
    held = (*held, *(_slice(lot, place) for lot in born))
    converted: list[Converted] = []
    for one in conversions:
        full = one.times(usable_sums(held, place.bdate, place.ticket).get(one.source, 0))
        if not full or deficit.get(one.source, 0) or deficit.get(one.target, 0):
            continue
        draws = choose(held, one.source, full * one.need, place.bdate, place.ticket).draws
        held = after(held, draws)
        last_day = one.last_day(place.bdate)
        lot = place.lot(len(decision.contributions) + len(converted))
        converted.append(Converted(one.rule, one.target, full, last_day, draws))
        born.append(Born(lot, one.target, full, place.bdate, last_day))
    return Plan(burns, tuple(converted), tuple(born))


def _pay(
    decision: Decision, held: tuple[HeldSlice, ...], place: Birthplace, beyond: int, first: Collection[str]
) -> tuple[tuple[Burned, ...], tuple[HeldSlice, ...]]:
    burns = []
    for burn in decision.burns:
        chosen = choose(held, burn.asset, burn.quantity, place.bdate, place.ticket, first)
        if chosen.short > (beyond if burn.asset == POINTS else 0):
            raise NotEnough(f"{chosen.short} {burn.asset} are missing here: choose the reward again")
        held, beyond = after(held, chosen.draws), beyond - chosen.short
        burns.append(
            Burned(
                burn.rule,
                burn.asset,
                burn.quantity,
                burn.steps,
                burn.cents,
                burn.allocation,
                chosen.draws,
                chosen.short,
            )
        )
    return tuple(burns), held


def _at_once(given: Contribution, bdate: date) -> bool:
    return given.quantity > 0 and given.available_on <= bdate


def _slice(lot: Born, place: Birthplace) -> HeldSlice:
    return HeldSlice(
        grant=lot.lot,
        kind=BIRTH,
        asset=lot.asset,
        lot=lot.lot,
        quantity=lot.quantity,
        last_day=lot.last_day,
        available_on=lot.available_on,
        ticket=place.ticket,
        earned_on=place.bdate,
    )
