"""One member's book: lots, what was moved between their parts, and the sums of it all.

The rules are those of ledger-and-sync.md section 3, without grants: nothing is held by a till in a history.
"""

from collections.abc import Callable, Iterable
from datetime import date, timedelta

import msgspec

from rules.account import FOREVER, POINTS, Holding

AVAILABLE, BURNED, CONVERTED, EXPIRED, CLAWED = "available", "burned", "converted", "expired", "clawed"


class Why(msgspec.Struct, frozen=True, gc=False):
    """Cause of a posting (ledger-and-sync.md section 2.1), ticket and rule it belongs to, its day, cents of a burn."""

    cause: str
    day: date
    ticket: str = ""
    rule: str = ""
    cents: int = 0


class Posting(msgspec.Struct, frozen=True, gc=False):
    """A line of the replay ledger: `quantity` is signed, `balance` what is available of the asset after it."""

    why: Why
    asset: str
    lot: str
    quantity: int
    balance: int


class Lot(msgspec.Struct):
    """One contribution, and where all of it is: the five parts always sum to what was given."""

    lot: str
    asset: str
    earned_on: date
    available_on: date
    last_day: date
    ticket: str = ""
    rule: str = ""
    available: int = 0
    burned: int = 0
    converted: int = 0
    expired: int = 0
    clawed: int = 0
    seen: Holding | None = None

    @property
    def fifo(self) -> tuple[date, date, bytes]:
        """The order in which lots are taken."""
        return self.last_day, self.earned_on, self.lot.encode()

    def usable(self, day: date) -> bool:
        """Whether the lot can be spent on `day`."""
        return self.available_on <= day <= self.last_day

    def holding(self) -> Holding:
        """What is left of the lot, as the rules see it."""
        if self.seen is None:
            self.seen = Holding(
                self.asset, self.lot, self.available, self.earned_on, self.available_on, self.last_day
            )
        return self.seen


class Sums(msgspec.Struct):
    """Totals of one asset. issued + owed = available + burned + converted + expired + clawed, always."""

    earned: int = 0
    honoured: int = 0
    available: int = 0
    burned: int = 0
    converted: int = 0
    expired: int = 0
    clawed: int = 0
    owed: int = 0


class Debt(msgspec.Struct):
    """What had to be taken back and no lot could bear: `lot` should, and `covers` tells which others did."""

    asset: str
    quantity: int
    lot: str
    ticket: str
    rule: str
    covers: dict[str, int]


class Book:
    """Lots, debts and sums of one member. With `keep` used-up lots stay, since a refund may bring them back."""

    def __init__(self, post: Callable[[Posting], None] | None, *, keep: bool) -> None:
        self.post = post
        self.keep = keep
        self.lots: dict[str, Lot] = {}
        self.open: dict[str, list[Lot]] = {}
        self.debts: list[Debt] = []
        self.sums: dict[str, Sums] = {}
        self.by_ticket: dict[tuple[str, str, str], list[Lot]] = {}
        self._soonest = FOREVER
        self._all_begun = date.min

    def total(self, asset: str) -> Sums:
        """The sums of an asset."""
        found = self.sums.get(asset)
        if found is None:
            found = self.sums[asset] = Sums()
        return found

    def issue(self, lot: Lot, quantity: int, why: Why) -> None:
        """Give a new lot of `quantity`, all of it available."""
        if self.keep:
            self.lots[lot.lot] = lot
            self.by_ticket.setdefault((lot.ticket, lot.rule, lot.asset), []).append(lot)
        sums = self.total(lot.asset)
        sums.earned += quantity
        lot.available = quantity
        sums.available += quantity
        self._all_begun = max(self._all_begun, lot.available_on)
        self._reopen(lot)
        self.note(why, lot.asset, lot.lot, quantity)

    def _reopen(self, lot: Lot) -> None:
        self.open.setdefault(lot.asset, []).append(lot)
        self._soonest = min(self._soonest, lot.last_day)

    def move(self, lot: Lot, source: str, target: str, quantity: int) -> None:
        """Move `quantity` of a lot between two of its parts."""
        if not quantity:
            return
        left = getattr(lot, source) - quantity
        assert left >= 0, f"{source} of a lot would fall below 0"
        setattr(lot, source, left)
        setattr(lot, target, getattr(lot, target) + quantity)
        sums = self.total(lot.asset)
        setattr(sums, source, getattr(sums, source) - quantity)
        setattr(sums, target, getattr(sums, target) + quantity)
        if AVAILABLE in (source, target):
            lot.seen = None
            if target == AVAILABLE and lot.available == quantity:
                self._reopen(lot)

    def note(self, why: Why, asset: str, lot: str, quantity: int) -> None:
        """Write a line of the replay ledger."""
        if self.post is not None and quantity:
            self.post(Posting(why, asset, lot, quantity, self.total(asset).available))

    def note_tier(self, tier: str, day: date) -> None:
        """Write down that the tier changed."""
        if self.post is not None:
            self.post(Posting(Why("TIER", day, rule=tier), "", "", 0, self.total(POINTS).available))

    def tidy(self) -> None:
        """Let go of lots that have nothing left."""
        for asset, lots in self.open.items():
            if not all(lot.available for lot in lots):
                self.open[asset] = [lot for lot in lots if lot.available]

    def free(self, asset: str, day: date | None = None) -> list[Lot]:
        """Lots of an asset with something available, usable on `day`, in the order in which they are taken."""
        lots = [lot for lot in self.open.get(asset, ()) if lot.available and (day is None or lot.usable(day))]
        return sorted(lots, key=lambda lot: lot.fifo)

    def draw(self, asset: str, target: str, quantity: int, why: Why) -> dict[str, int]:
        """Take `quantity` of an asset, first to lapse first, into `target`; what each lot gave."""
        drawn: dict[str, int] = {}
        for lot in self.free(asset, why.day):
            part = min(quantity, lot.available)
            self.move(lot, AVAILABLE, target, part)
            self.note(why if not drawn else msgspec.structs.replace(why, cents=0), asset, lot.lot, -part)
            drawn[lot.lot] = part
            quantity -= part
            if not quantity:
                break
        assert not quantity, "the rules spend no more than there is"
        self.tidy()
        return drawn

    def expire(self, day: date) -> None:
        """Everything whose last day lies before `day` is gone, each lot on the day after its last one."""
        if self._soonest >= day:
            return
        dead = [(lot, lot.last_day) for lots in self.open.values() for lot in lots if lot.last_day < day]
        self._bury(dead)
        self._soonest = min([lot.last_day for lots in self.open.values() for lot in lots], default=FOREVER)

    def abandon(self, until: Callable[[date], date], day: date) -> None:
        """Points of a member who stays away are gone where the last day, `until` of the day earned, is before `day`."""
        points = [(lot, until(lot.earned_on)) for lot in self.open.get(POINTS, ())]
        self._bury([(lot, last) for lot, last in points if last < day])

    def _bury(self, dead: Iterable[tuple[Lot, date]]) -> None:
        """Lots with their last day: what is left of each is gone on the day after it."""
        for lot, last in sorted(dead, key=lambda one: (one[1], one[0].fifo)):
            quantity = lot.available
            self.move(lot, AVAILABLE, EXPIRED, quantity)
            why = Why("EXPIRE", last + timedelta(days=1), lot.ticket, lot.rule)
            self.note(why, lot.asset, lot.lot, -quantity)
        self.tidy()

    def holdings(self) -> tuple[Holding, ...]:
        """What is left of all lots, as the rules see it."""
        return tuple([lot.seen or lot.holding() for lots in self.open.values() for lot in lots])

    def usable(self, day: date) -> dict[str, int] | None:
        """What can be spent on `day` of every asset, once what lapsed before is gone; None where only the lots tell."""
        return self.balance() if self._all_begun <= day else None

    def balance(self) -> dict[str, int]:
        """Quantity of every asset that the member ever had."""
        return {asset: sums.available for asset, sums in self.sums.items()}

    def deficit(self) -> dict[str, int]:
        """What is owed of every asset of which something is."""
        return {asset: sums.owed for asset, sums in self.sums.items() if sums.owed}

    def of_ticket(self, ticket: str, rule: str, asset: str) -> list[Lot]:
        """The lots that a rule gave on a ticket, in the order in which they were given."""
        return self.by_ticket.get((ticket, rule, asset), [])

    def debts_of(self, ticket: str, rule: str) -> Iterable[Debt]:
        """Debts that a rule left on a ticket, oldest first."""
        return [debt for debt in self.debts if (debt.ticket, debt.rule) == (ticket, rule)]
