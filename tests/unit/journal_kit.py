"""What a till writes: entries of every kind in a real journal, with its chain and signatures."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec

from rules.calendar import store_time
from rules.decision import Contribution, Outbound
from rules.ticket import Event, Line
from sync.chain import Head, entry_hash, sign_commit
from sync.entry import (
    ENTRY_VERSION,
    Burned,
    Converted,
    Draw,
    EnrolBody,
    Entry,
    EntryKind,
    EventBody,
    GrantReturnBody,
    LinkBody,
    RefundBody,
    RefundLine,
    Slice,
    TicketBody,
    VoidBody,
    encode,
    encode_body,
    lot_id,
)
from sync.wire import (
    PairAnswer,
)

ZONE = "Europe/Paris"
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday
FOREVER = date(9999, 12, 31)


class Written(msgspec.Struct, frozen=True):
    """An entry a till wrote."""

    seq: int
    ticket: str
    dev: int
    inc: int
    lots: tuple[str, ...] = ()


def line(cents: int, category: str = "bread", qty: int = 1) -> Line:
    """A line of a ticket."""
    return Line(cents, category, category, qty=qty)  # type: ignore[arg-type]


def promise(rule: str, quantity: int, day: date, asset: str = "points", **more: Any) -> Contribution:
    """A promised contribution of a ticket with one line."""
    last = FOREVER if asset != "points" else day + timedelta(days=365)
    fields = {"available_on": day, "last_day": last, "allocation": (quantity,), **more}
    return Contribution(rule, asset, quantity, **fields)


def draw(grant: str, lot: str, quantity: int, asset: str = "points") -> Draw:
    """A draw."""
    return Draw(grant, asset, lot, quantity)


def burn(quantity: int, *draws: Draw, cents: int = 500, unsecured: int = 0, rule: str = "five") -> Burned:
    """A redemption on a ticket with one line."""
    asset = draws[0].asset if draws else "points"
    return Burned(rule, asset, quantity, 1, cents, (cents,), tuple(draws), unsecured)


class Pen:
    """The journal of a till: what stands in it, and how more is written."""

    def __init__(self, shop: Any, paired: PairAnswer, seed: bytes) -> None:
        self.shop, self.paired, self.seed = shop, paired, seed
        self.head = Head(paired.dev, paired.inc, 0, paired.genesis)
        self.written: list[tuple[bytes, bytes, bytes | None]] = []  # data, hash after, signature
        self.anchor, self.boot = "", "boot-1"
        self.copy = 0  # of a folder: what tells its tickets from those of the other

    @property
    def today(self) -> date:
        """The business date of the store: midnight is that of ZONE."""
        return store_time(datetime.fromtimestamp(self.shop.clock.ms / 1000, UTC), ZONE).bdate

    def mono(self) -> int:
        return self.shop.clock.ms - int(START.timestamp() * 1000) + 5_000

    def write(
        self, kind: str, body: Any, *, ticket: str | None = None, sign: bool = True, **fields: Any
    ) -> Written:
        """Append one entry; `sign` ends the commit."""
        raw = body if isinstance(body, msgspec.Raw) else encode_body(body)
        values: dict[str, Any] = {
            "v": ENTRY_VERSION,
            "dev": self.head.dev,
            "inc": self.head.inc,
            "seq": self.head.seq + 1,
            "prev": self.head.hash,
            "kind": str(kind),
            "body": raw,
            "bdate": self.today,
            "wall_ms": self.shop.clock.ms,
            "mono_ms": self.mono(),
            "boot": self.boot,
            "anchor": self.anchor,
            "ticket": ticket,
            **fields,
        }
        entry = Entry(**values)
        return self.append(encode(entry), ticket, sign)

    def append(self, data: bytes, ticket: str | None = None, sign: bool = True) -> Written:
        digest = entry_hash(self.head.hash, data)
        self.head = Head(self.head.dev, self.head.inc, self.head.seq + 1, digest)
        signature = sign_commit(self.seed, self.head, ticket) if sign else None
        self.written.append((data, digest, signature))
        return Written(self.head.seq, ticket or "", self.head.dev, self.head.inc)

    def sale(
        self,
        member: int | str | None,
        lines: tuple[Line, ...],
        promised: tuple[Contribution, ...] = (),
        burns: tuple[Burned, ...] = (),
        converted: tuple[Converted, ...] = (),
        programme: str | None = None,
        sign: bool = True,
        outbound: tuple[Outbound, ...] = (),
        points: int = 0,
        till: str = "",
        shared: tuple[Draw, ...] = (),
        offered: tuple[str, ...] = (),
        said: str = "",
        **fields: Any,
    ) -> Written:
        """A ticket; its id follows from the till and the sequence number."""
        ticket = f"{self.head.dev:08x}{self.copy:08x}{self.head.seq + 1:016x}"
        body = TicketBody(
            self.paired.store,
            "camille",
            self.shop.programme if programme is None else programme,
            600,
            lines,
            burns,
            promised,
            converted,
            outbound=outbound,
            points=points,
            till=till,
            shared=shared,
            offered=offered,
            said=said,
        )
        done = self.write(EntryKind.TICKET, body, ticket=ticket, member=member, sign=sign, **fields)
        count = len(promised) + len(converted)
        lots = tuple(lot_id(done.dev, done.inc, done.seq, n) for n in range(count))
        return msgspec.structs.replace(done, lots=lots)

    def euros(self, member: int | str | None, euros: int, **more: Any) -> Written:
        """A sale of bread that promises a point per euro."""
        given = (promise("base", euros, self.today),) if euros else ()
        return self.sale(member, (line(euros * 100),), given, **more)

    def event(
        self, member: int | str | None, event: Event, promised: tuple[Contribution, ...] = (), **more: Any
    ) -> Written:
        """Something that happened at this till; its lots are named as those of a ticket."""
        ticket = f"{self.head.dev:08x}{self.copy:08x}{self.head.seq + 1:016x}"
        body = EventBody(self.paired.store, "camille", self.shop.programme, 600, event, promised, **more)
        done = self.write(EntryKind.EVENT, body, ticket=ticket, member=member)
        lots = tuple(lot_id(done.dev, done.inc, done.seq, n) for n in range(len(promised)))
        return msgspec.structs.replace(done, lots=lots)

    def void(self, of: Written) -> Written:
        return self.write(EntryKind.VOID, VoidBody(of.ticket, of.seq, "camille"), ticket=of.ticket)

    def refund(self, of: Written | str, cents: int, *lines: RefundLine, **more: Any) -> Written:
        known = isinstance(of, Written)
        body = RefundBody(
            self.paired.store,
            "camille",
            of.ticket if known else "",
            f"{of.dev}-{of.inc}-{of.seq}" if known else of,
            cents,
            tuple(lines),
            **more,
        )
        return self.write(EntryKind.REFUND, body, ticket=f"r{self.head.dev}-{self.head.seq + 1}")

    def give_back(self, grant: str, *slices: tuple[str, str, int]) -> Written:
        """GRANT_RETURN of (asset, lot, quantity)."""
        pieces = tuple(Slice(asset, lot, quantity, FOREVER) for asset, lot, quantity in slices)
        return self.write(EntryKind.GRANT_RETURN, GrantReturnBody(grant, pieces, "accepted"))

    def enrol(self, member: int, *cards: bytes, **more: Any) -> Written:
        body = EnrolBody(self.paired.store, "camille", member, tuple(cards), self.today, **more)
        return self.write(EntryKind.ENROL, body, member=member)

    def link(self, member: int, card: bytes) -> Written:
        return self.write(EntryKind.LINK, LinkBody(member, card, "camille"), member=member)
