"""The books of one member while one entry is applied: every movement is a posting, and no column goes below 0.

Pure: what is read came from the storage before, what changed is handed to it afterwards. Buckets of a lot are
available, burned, converted, expired, clawed and `granted:ID`; "" is the world outside the books.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from operator import attrgetter, itemgetter
from typing import Any

import msgspec

from sync.ledger.effect import Effect, effect_id
from sync.ledger.records import (
    Changes,
    Cover,
    GrantRow,
    Lot,
    MemberData,
    MemberRecord,
    Owed,
    Posting,
    SliceRow,
)

AVAILABLE, BURNED, CONVERTED, EXPIRED, CLAWED = "available", "burned", "converted", "expired", "clawed"
GRANTED = "granted"
OUTSIDE = ""
replace = msgspec.structs.replace


class Origin(msgspec.Struct, frozen=True):
    """The entry on whose account something is posted, and the store's date of its sale.

    `before` are closed lives of the till, on whose grants an entry draws that is sent once more; `twins` births that
    another copy of the till brought first, and this one knew by another name.
    """

    dev: int
    inc: int
    seq: int
    day: date
    before: tuple[int, ...] = ()
    twins: tuple[str, ...] = ()

    def may_return(self, grant: GrantRow) -> bool:
        """Whether `grant` is the till's to give back."""
        return grant.dev == self.dev and (grant.inc == self.inc or grant.inc in self.before)

    def may_draw(self, grant: GrantRow) -> bool:
        """Whether the entry may draw on `grant`."""
        return self.may_return(grant) or grant.id in self.twins


class Why(msgspec.Struct, frozen=True):
    """Cause of a posting, the ticket, rule and settlement it belongs to, and its day when not the entry's."""

    cause: str
    ticket: str = ""
    rule: str = ""
    settlement: int = 0
    day: date | None = None


def granted(grant: str) -> str:
    """The bucket of a lot that a grant holds."""
    return f"{GRANTED}:{grant}"


_KEY = itemgetter(0)


class Books:
    """One member's lots, grants and debts, and the postings made to them since they were read.

    Each table is in the order of its keys, so that postings come in the same order on every engine.
    """

    def __init__(self, data: MemberData, origin: Origin) -> None:
        self.record: MemberRecord = data.record
        self.origin = origin
        self.lots = dict(sorted([(lot.lot, lot) for lot in data.lots], key=_KEY))
        self.grants = dict(sorted([(grant.id, grant) for grant in data.grants], key=_KEY))
        self.slices = dict(sorted([((piece.id, piece.lot), piece) for piece in data.slices], key=_KEY))
        self.owed = dict(sorted([(debt.n, debt) for debt in data.owed], key=_KEY))
        self.covers = dict(sorted([((cover.n, cover.lot), cover) for cover in data.covers], key=_KEY))
        self.postings: list[Posting] = []
        self.told: list[Effect] = []
        self._read: tuple[dict[object, object], ...] = tuple(map(dict, self._tables()))

    def _tables(self) -> Iterator[dict[object, object]]:
        yield from (self.lots, self.grants, self.slices, self.owed, self.covers)  # type: ignore[misc]

    @property
    def member(self) -> int:
        """Whose books these are."""
        return self.record.member

    def learn(self, lots: Iterable[Lot]) -> None:
        """Add lots that are needed and were not read before."""
        for lot in sorted(lots, key=attrgetter("lot")):
            if lot.lot not in self.lots:
                self.lots[lot.lot] = lot
                self._read[0][lot.lot] = lot

    def changes(self) -> Changes:
        """What has to be written."""
        lots, grants, slices, owed, covers = (
            tuple(row for key, row in table.items() if read.get(key) != row)
            for table, read in zip(self._tables(), self._read, strict=True)
        )
        return Changes(
            self.record,
            lots,  # type: ignore[arg-type]
            grants,  # type: ignore[arg-type]
            slices,  # type: ignore[arg-type]
            owed,  # type: ignore[arg-type]
            covers,  # type: ignore[arg-type]
            tuple(self.postings),
        )

    def note(
        self, why: Why, asset: str, lot: str, quantity: int, *, source: str = "", target: str = ""
    ) -> None:
        """Write a posting that moves nothing between buckets by itself."""
        at, n = self.origin, self.record.next_posting
        self.record = replace(self.record, next_posting=n + 1)
        self.postings.append(
            Posting(
                n,
                why.cause,
                asset,
                lot,
                source,
                target,
                quantity,
                why.ticket,
                why.rule,
                why.settlement,
                why.day or at.day,
                at.dev,
                at.inc,
                at.seq,
            )
        )

    def tell(self, what: str, day: date, **more: Any) -> None:
        """Something that readers of the effects are told besides what is posted; `more` are fields of `Effect`."""
        n = self.record.next_posting
        self.record = replace(self.record, next_posting=n + 1)
        self.told.append(Effect(self.member, effect_id(self.member, n), what, day, **more))

    def issue(self, lot: Lot, target: str, why: Why) -> None:
        """A new lot whose whole quantity begins in `target`."""
        self.lots[lot.lot] = replace(lot, quantity=0)
        self.move(lot.lot, OUTSIDE, target, lot.quantity, why)

    def move(self, lot_id: str, source: str, target: str, quantity: int, why: Why) -> None:
        """Move `quantity` of a lot between two buckets, and write it down."""
        assert quantity >= 0, "a movement is never negative"
        if quantity == 0:
            return
        self._shift(lot_id, source, -quantity)
        self._shift(lot_id, target, quantity)
        self.note(why, self.lots[lot_id].asset, lot_id, quantity, source=source, target=target)

    def _shift(self, lot_id: str, bucket: str, delta: int) -> None:
        lot = self.lots[lot_id]
        if bucket == OUTSIDE:
            self.lots[lot_id] = replace(lot, quantity=lot.quantity - delta)
            return
        column, _, grant = bucket.partition(":")
        left = getattr(lot, column) + delta
        assert left >= 0, f"{column} of a lot would fall below 0"
        self.lots[lot_id] = replace(lot, **{column: left})
        if grant:
            self._shift_slice(grant, lot, delta)

    def _shift_slice(self, grant: str, lot: Lot, delta: int) -> None:
        piece = self.slices.get((grant, lot.lot))
        if piece is None:
            place = sum(1 for held, _ in self.slices if held == grant)
            piece = SliceRow(grant, lot.lot, lot.asset, lot.last_day, delta, 0, place)
        assert piece.rem + delta >= 0, "a slice would fall below 0"
        self.slices[grant, lot.lot] = replace(piece, rem=piece.rem + delta)

    def add_grant(self, grant: GrantRow) -> None:
        """A new grant; its slices come by `move`."""
        self.grants[grant.id] = grant

    def in_grant(self, grant: str, lot_id: str) -> int:
        """What the centre still counts of a lot inside a grant."""
        piece = self.slices.get((grant, lot_id))
        return 0 if piece is None else piece.rem

    def owe(self, debt: Owed, why: Why) -> Owed:
        """A new debt: taken or to be taken from the member without a lot that bears it now."""
        debt = replace(debt, n=self.record.next_owed)
        self.record = replace(self.record, next_owed=debt.n + 1)
        self.owed[debt.n] = debt
        if debt.quantity:
            self.note(why, debt.asset, "", debt.quantity, source="owed", target=debt.bucket)
        return debt

    def forgive(self, n: int, quantity: int, why: Why) -> None:
        """Take back a part of a debt that no lot has borne yet."""
        debt = self.owed[n]
        self.owed[n] = replace(debt, quantity=debt.quantity - quantity)
        self.note(why, debt.asset, "", quantity, source=debt.bucket, target="owed")

    def bear(self, n: int, lot_id: str, source: str, quantity: int, why: Why) -> None:
        """A lot's `quantity` bears a part of debt `n`: it lands in the debt's bucket, and the debt falls."""
        debt = self.owed[n]
        self.owed[n] = replace(debt, quantity=debt.quantity - quantity)
        self.move(lot_id, source, debt.bucket, quantity, why)
        if lot_id != debt.lot:
            held = self.covers.get((n, lot_id), Cover(n, lot_id, 0))
            self.covers[n, lot_id] = replace(held, quantity=held.quantity + quantity)

    def uncover(self, n: int, lot_id: str, quantity: int, why: Why) -> None:
        """A lot that bore a part of debt `n` gets it back."""
        held = self.covers[n, lot_id]
        self.covers[n, lot_id] = replace(held, quantity=held.quantity - quantity)
        self.move(lot_id, self.owed[n].bucket, AVAILABLE, quantity, why)

    def free_lots(self, asset: str) -> list[Lot]:
        """Lots of an asset with something available, in the order in which they are taken."""
        free = [lot for lot in self.lots.values() if lot.asset == asset and lot.available]
        return sorted(free, key=lambda lot: lot.fifo)

    def debts(self, ticket: str, rule: str, asset: str, bucket: str) -> list[Owed]:
        """Debts of one rule of one ticket, oldest first."""
        wanted = ticket, rule, asset, bucket
        found = [d for d in self.owed.values() if (d.ticket, d.rule, d.asset, d.bucket) == wanted]
        return sorted(found, key=lambda debt: debt.n)

    def booked_on(self, lot_id: str) -> int:
        """Debts that wait for this lot to come back from a grant."""
        return sum(debt.quantity for debt in self.owed.values() if debt.lot == lot_id)

    def borne_by(self, lot_id: str, bucket: str) -> int:
        """What of a lot's `bucket` it bears for debts."""
        covers = [cover for cover in self.covers.values() if cover.lot == lot_id]
        return sum(cover.quantity for cover in covers if self.owed[cover.n].bucket == bucket)

    def waiting(self) -> dict[str, int]:
        """What lots inside grants will bear of what is owed when they return, by lot: it is the member's no more."""
        return {
            lot: min(self.booked_on(lot), self.lots[lot].granted)
            for lot in sorted({debt.lot for debt in self.owed.values() if debt.quantity})
            if lot in self.lots and self.lots[lot].granted
        }

    def deficit(self) -> dict[str, int]:
        """What the member owes per asset, less what lots inside grants will bear when they return."""
        sums: dict[str, int] = {}
        for debt in self.owed.values():
            sums[debt.asset] = sums.get(debt.asset, 0) + debt.quantity
        for lot, quantity in self.waiting().items():
            sums[self.lots[lot].asset] -= quantity
        return {asset: quantity for asset, quantity in sums.items() if quantity}
