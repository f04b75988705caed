"""What a manager's figures are made of: the sales, returns and enrolments in entries of one store's tills, in short.

Pure. The till reads its own journal through it and the ledger what the tills sent, so that both count alike.
"""

from collections.abc import Iterable
from datetime import date

import msgspec

from rules.account import POINTS
from sync.adjusted import AdjustBody
from sync.entry import (
    EnrolBody,
    Entry,
    EntryKind,
    Evidence,
    RefundBody,
    TicketBody,
    UnreadableEntry,
    VoidBody,
    body_of,
    decode,
    reference,
)

KINDS = frozenset({EntryKind.TICKET, EntryKind.REFUND, EntryKind.VOID, EntryKind.ENROL, EntryKind.ADJUST})


class Sold(msgspec.Struct, frozen=True):
    """A sale: `cents` were paid after `off` cents of rewards; `given` and `redeemed` are points.

    `member` is a number, a card nobody enrolled yet as text, or None without a card; `taken` are the rewards' rules,
    `offered` those that were possible. `number` is printed on the receipt. `store` is another store's name, "" in the
    store whose figures these are.
    """

    ticket: str
    till: str
    cashier: str
    day: date
    minute: int
    at_ms: int
    member: int | str | None
    cents: int
    off: int
    given: int
    redeemed: int
    typed: bool
    taken: tuple[str, ...] = ()
    offered: tuple[str, ...] = ()
    number: str = ""
    store: str = ""


class Returned(msgspec.Struct, frozen=True):
    """A return of `cents`, of the ticket `of` ("" where the till does not have it) with the number `reference`."""

    till: str
    cashier: str
    day: date
    at_ms: int
    of: str
    cents: int
    reference: str = ""


class Enrolled(msgspec.Struct, frozen=True):
    """A new member."""

    till: str
    cashier: str
    day: date
    member: int


class Adjusted(msgspec.Struct, frozen=True):
    """Points given or taken by hand, by the manager `by`."""

    till: str
    by: str
    day: date
    at_ms: int
    quantity: int


class Seen:
    """Entries as they come, in any order and some of them twice; a sale that was undone is none."""

    def __init__(self) -> None:
        self._sold: dict[str, Sold] = {}
        self._returned: dict[str, Returned] = {}
        self._enrolled: dict[int, Enrolled] = {}
        self._adjusted: dict[str, Adjusted] = {}
        self._undone: set[str] = set()

    def add(self, till: str, data: bytes, at_ms: int | None = None) -> None:
        """An entry of `till`, byte for byte; what this release cannot read counts in nothing.

        `at_ms` (UTC) is when it was written, where somebody knows it better than the till's own clock.
        """
        try:
            entry = decode(data)
            entry = entry if at_ms is None else msgspec.structs.replace(entry, wall_ms=at_ms)
            body = body_of(entry) if entry.kind in KINDS else None
        except UnreadableEntry:
            return
        if isinstance(body, TicketBody):
            self._sold[entry.ticket or str(entry.seq)] = _sold(till, entry, body)
        elif isinstance(body, RefundBody):
            self._returned[entry.ticket or str(entry.seq)] = _returned(till, entry, body)
        elif isinstance(body, EnrolBody):
            self._enrolled[body.member] = Enrolled(till, body.cashier, entry.bdate, body.member)
        elif isinstance(body, AdjustBody):
            adjusted = Adjusted(till, body.by, entry.bdate, entry.wall_ms, body.quantity)
            self._adjusted[entry.ticket or str(entry.seq)] = adjusted
        elif isinstance(body, VoidBody):
            self._undone.add(body.of)

    def sold(self, first: date = date.min) -> tuple[Sold, ...]:
        """Sales since `first`, the oldest first."""
        kept = [one for one in self._sold.values() if one.ticket not in self._undone and one.day >= first]
        return tuple(sorted(kept, key=_order))

    def returned(self, first: date = date.min) -> tuple[Returned, ...]:
        """Returns since `first`, the oldest first."""
        return tuple(sorted(_since(self._returned.values(), first), key=lambda one: (one.at_ms, one.till)))

    def enrolled(self, first: date = date.min) -> tuple[Enrolled, ...]:
        """Members enrolled since `first`."""
        return tuple(one for one in self._enrolled.values() if one.day >= first)

    def adjusted(self, first: date = date.min) -> tuple[Adjusted, ...]:
        """Points by hand since `first`, the oldest first."""
        kept = [one for one in self._adjusted.values() if one.day >= first]
        return tuple(sorted(kept, key=lambda one: (one.at_ms, one.till)))


def _since(several: Iterable[Returned], first: date) -> list[Returned]:
    return [one for one in several if one.day >= first]


def _order(one: Sold) -> tuple[int, str]:
    return one.at_ms, one.ticket


def _sold(till: str, entry: Entry, body: TicketBody) -> Sold:
    off = sum(burn.cents for burn in body.burns)
    return Sold(
        entry.ticket or str(entry.seq),
        till,
        body.cashier,
        entry.bdate,
        body.minute,
        entry.wall_ms,
        entry.member,
        sum(line.cents for line in body.lines) - off,
        off,
        sum(one.quantity for one in body.promised if one.asset == POINTS),
        sum(burn.quantity for burn in body.burns if burn.asset == POINTS),
        entry.evidence == Evidence.TYPED,
        tuple(burn.rule for burn in body.burns),
        body.offered,
        body.number or reference(entry.dev, entry.inc, entry.seq),
    )


def _returned(till: str, entry: Entry, body: RefundBody) -> Returned:
    return Returned(till, body.cashier, entry.bdate, entry.wall_ms, body.of, body.cents, body.reference)
