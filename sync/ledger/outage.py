"""The report after an outage: what was accepted offline, what conflicted, what it cost, which members to call.

It goes by when entries arrived, not by when they were written: an outage is over when its journals are here.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import ClassVar

import msgspec

from rules.tools.offers import worth
from sync.entry import EntryKind, Risk, TicketBody, UnreadableEntry, body_of, decode, reference
from sync.ledger.books import BURNED
from sync.ledger.floors import in_force
from sync.ledger.operation import Operation
from sync.ledger.overruns import unit_worth
from sync.ledger.passed_over import passed_over
from sync.ledger.records import InboxRow, Incarnation, Posting
from sync.ledger.service import Ledger
from sync.ledger.settle import VOIDED
from sync.ledger.unbooked import unbooked
from sync.ledger.work import Work
from sync.shares import is_shared

LIVES_AT_ONCE = 50
WESTERNMOST = timedelta(days=1)  # a store's business date may be so much behind the date in UTC
ROWS_AT_ONCE = 500
Span = tuple[int, int]


class OfflineTill(msgspec.Struct, frozen=True):
    """What one life of a till wrote without a line: tickets, their cents, and the spans (ms UTC) without one.

    A span lasts from the sale of a ticket until it arrived. `first` is the first entry that arrived since the day
    asked for, 0 for none, sold on `day` or later in whatever zone its store is.
    """

    dev: int
    inc: int
    store: str
    till: str
    tickets: int
    cents: int
    spans: tuple[Span, ...]
    first: int
    day: date


class OfflineTills(msgspec.Struct, frozen=True):
    """Some lives of tills in the order of their numbers; `more` after the last of them."""

    tills: tuple[OfflineTill, ...]
    more: bool


class ReadOffline(Operation[OfflineTills], frozen=True):
    """What arrived since `since_ms` (UTC) from the tills after (dev, inc)."""

    since_ms: int
    after: tuple[int, int] = (0, 0)

    name: ClassVar[str] = "outage-offline"
    answer: ClassVar[type[msgspec.Struct]] = OfflineTills

    async def run(self, ledger: Ledger) -> OfflineTills:
        """It."""

        async def look(work: Work) -> OfflineTills:
            lives = [one for one in await work.tx.incarnations() if (one.dev, one.inc) > self.after]
            part = lives[:LIVES_AT_ONCE]
            return OfflineTills(
                tuple([await _offline(work, one, self.since_ms) for one in part]), len(lives) > len(part)
            )

        return await ledger.read(look)


async def _offline(work: Work, till: Incarnation, since_ms: int) -> OfflineTill:
    tickets = cents = first = 0
    spans: list[Span] = []
    day = date.max
    before = till.acc_seq + 1
    while rows := await work.tx.inbox_before(till.dev, till.inc, before, ROWS_AT_ONCE):
        fresh = [row for row in rows if row.recv_ms >= since_ms]
        for row in fresh:
            first = row.seq
            day = min(day, datetime.fromtimestamp(row.sold_ms / 1000, UTC).date() - WESTERNMOST)
            body = _offline_ticket(row)
            if body is not None:
                tickets += 1
                cents += sum(line.cents for line in body.lines)
                spans.append((row.sold_ms, row.recv_ms))
        before = rows[-1].seq
        spans = merged(spans)
        if len(fresh) < len(rows):
            break
    return OfflineTill(till.dev, till.inc, till.store, till.till, tickets, cents, tuple(spans), first, day)


def _offline_ticket(row: InboxRow) -> TicketBody | None:
    """The ticket in an entry that was written without a line; None for anything else."""
    if b'"TICKET"' not in row.data or b'"offline"' not in row.data:
        return None
    try:
        entry = decode(row.data)
        body = body_of(entry) if entry.kind == EntryKind.TICKET and Risk.OFFLINE in entry.risk else None
    except UnreadableEntry:
        return None
    return body if isinstance(body, TicketBody) else None


def merged(spans: Sequence[Span]) -> list[Span]:
    """The same spans of time, none of which overlaps another, in order."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((start, end))
    return found


class Since(msgspec.Struct, frozen=True):
    """Entries of a till from `first` on."""

    dev: int
    inc: int
    first: int


class Conflict(msgspec.Struct, frozen=True):
    """Something that was promised or given and would not have been with a line.

    `what` is honoured (kept although the rules gave less), overrun (given beyond what was owned: `quantity` is still
    owed), floor (given beyond grants within the floor limits, owned or not; `code` is the manager who allowed it beyond
    them), lost (a voucher or free item used and taken back), waits (an entry in quarantine), unbooked (what such an
    entry spent), fork (two lives of a till), freed (taken out of a grant by an override), lapsed (while units that end
    later were drawn). `cents` is what it is worth, None where nothing tells. `member` is 0 where it is nobody's.
    """

    what: str
    member: int = 0
    store: str = ""
    till: str = ""
    ticket: str = ""
    rule: str = ""
    asset: str = ""
    quantity: int = 0
    cents: int | None = None
    day: date | None = None
    code: str = ""


class Conflicts(msgspec.Struct, frozen=True):
    """All of them, by kind. Amounts are of `currency`, "" where no programme in force tells."""

    conflicts: tuple[Conflict, ...]
    currency: str = ""


class ReadConflicts(Operation[Conflicts], frozen=True):
    """What conflicted in these entries, none of which was sold before `day`.

    Of closed tills, of entries that wait and of overrides those from `since_ms` on.
    """

    since_ms: int
    day: date
    entries: tuple[Since, ...]

    name: ClassVar[str] = "outage-conflicts"
    answer: ClassVar[type[msgspec.Struct]] = Conflicts

    async def run(self, ledger: Ledger) -> Conflicts:
        """Them."""

        async def look(work: Work) -> Conflicts:
            found = [*await self._postings(work), *await self._tills(work), *await self._lapsed(work)]
            programmes = await in_force(work)
            return Conflicts(tuple(found), programmes[0].header.currency if programmes else "")

        return await ledger.read(look)

    async def _postings(self, work: Work) -> list[Conflict]:
        first = {(one.dev, one.inc): one.first for one in self.entries}
        priced = Prices(work)
        kept: dict[tuple[int, str, str, str], Conflict] = {}
        overrun: dict[tuple[int, str], Conflict] = {}
        floored: list[Conflict] = []
        for cause in ("HONOUR", "BURN", "ADJUST"):
            for member, one in await work.tx.posted(cause, self.day, date.max):
                if not one.dev or one.seq < first.get((one.dev, one.inc), 1 << 62):
                    continue
                if cause == "BURN" and not one.lot and one.source == "owed":
                    overrun[member, one.asset] = await _owed(work, priced, member, one)
                    floored.append(await _floored(work, priced, member, one))
                elif cause == "HONOUR" or (cause == "ADJUST" and one.target == "owed"):
                    key = member, one.ticket, one.rule, one.asset
                    what = "honoured" if cause == "HONOUR" else "lost"
                    units = one.quantity + (kept[key].quantity if key in kept else 0)
                    kept[key] = await _conflict(priced, what, member, one, units)
        return [one for one in (*kept.values(), *overrun.values(), *floored) if one.quantity]

    async def _lapsed(self, work: Work) -> list[Conflict]:
        priced, first = Prices(work), datetime.fromtimestamp(self.since_ms / 1000, UTC).date()
        return [
            await _conflict(priced, "lapsed", one.member, one.posting, one.units)
            for one in await passed_over(work, first)
        ]

    async def _tills(self, work: Work) -> list[Conflict]:
        lives = {(one.dev, one.inc): one for one in await work.tx.incarnations()}
        found = [
            Conflict("fork", store=one.store, till=one.till, code=f"{one.dev}-{one.inc}")
            for one in lives.values()
            if one.state == "closed" and one.seen_ms >= self.since_ms
        ]
        priced = Prices(work)
        found += await self._aside(work, priced, lives)
        for freed in await work.tx.freed():
            if freed.at_ms >= self.since_ms:
                till = lives[freed.dev, freed.inc]
                cents = await priced.cents(freed.member, freed.asset, freed.quantity)
                found.append(
                    Conflict(
                        "freed",
                        0 if is_shared(freed.member) else freed.member,
                        till.store,
                        till.till,
                        asset=freed.asset,
                        quantity=freed.quantity,
                        cents=cents,
                        code=freed.why,
                    )
                )
        return found

    async def _aside(
        self, work: Work, priced: "Prices", lives: Mapping[tuple[int, int], Incarnation]
    ) -> list[Conflict]:
        """The entries that wait, each followed by what it spent."""
        rows = [row for row in await work.tx.quarantined() if row.recv_ms >= self.since_ms]
        spent, found = unbooked(rows), []
        for row in rows:
            till, member = lives[row.dev, row.inc], _member(row)
            name = reference(row.dev, row.inc, row.seq)
            waits = Conflict("waits", member, till.store, till.till, ticket=name, code=row.code)
            found.append(waits)
            for asset, units in spent.get((row.dev, row.inc, row.seq), {}).items():
                cents = await priced.cents(member, asset, units)
                found.append(
                    msgspec.structs.replace(waits, what="unbooked", asset=asset, quantity=units, cents=cents)
                )
        return found


class Prices:
    """What units of an asset are worth to a member, by the programme that the account goes by."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._worth: dict[str, Mapping[str, Fraction]] = {}

    async def cents(self, member: int, asset: str, quantity: int, ticket: str = "") -> int | None:
        """Cents, halves away from zero; None where the programme does not tell.

        What members share is worth what the programme of the `ticket` says that took it.
        """
        shared = is_shared(member)
        unit = await (unit_worth(self._work, ticket, asset) if shared else self._unit(member, asset))
        if unit is None:
            return None
        exact = unit * abs(quantity)
        cents = (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)
        return cents if quantity >= 0 else -cents

    async def _unit(self, member: int, asset: str) -> Fraction | None:
        record = await self._work.tx.member(member)
        if record is None:
            return None
        if record.programme not in self._worth:
            programme = await self._work.programme(record.programme)
            self._worth[record.programme] = {} if programme is None else worth(programme, {})
        return self._worth[record.programme].get(asset)


async def _conflict(priced: Prices, what: str, member: int, one: Posting, units: int) -> Conflict:
    cents = await priced.cents(member, one.asset, units, one.ticket)
    return Conflict(
        what,
        0 if is_shared(member) else member,
        ticket=one.ticket,
        rule=one.rule,
        asset=one.asset,
        quantity=units,
        cents=cents,
        day=one.day,
    )


async def _owed(work: Work, priced: Prices, member: int, one: Posting) -> Conflict:
    """What an account still owes of an asset of which more was given than it had, goods that were returned apart."""
    record = await work.tx.member(member)
    assert record is not None, "a posting is an account's"
    data = await work.tx.member_data(record.member)
    units = sum([debt.quantity for debt in data.owed if (debt.asset, debt.bucket) == (one.asset, BURNED)])
    return await _conflict(priced, "overrun", record.member, one, units)


async def _floored(work: Work, priced: Prices, member: int, one: Posting) -> Conflict:
    """What a redemption took beyond grants by its till's own word; of none that was undone."""
    row = await work.tx.inbox(one.dev, one.inc, one.seq)
    entry = decode(row.data) if row is not None else None
    body = body_of(entry) if entry is not None and Risk.FLOOR in entry.risk else None
    sale = await work.tx.sale(one.ticket)
    if entry is None or not isinstance(body, TicketBody) or sale is None or sale.state == VOIDED:
        return Conflict("floor")
    units = sum([burn.unsecured for burn in body.burns if burn.rule == one.rule])
    allowed = [bit.partition(":")[2] for bit in entry.risk if bit.startswith(f"{Risk.SUPERVISOR}:")]
    found = await _conflict(priced, "floor", member, one, units)
    till = await work.tx.incarnation(one.dev, one.inc)
    assert till is not None, "an entry has a till"
    return msgspec.structs.replace(found, store=till.store, till=till.till, code="".join(allowed))


def _member(row: InboxRow) -> int:
    try:
        named = decode(row.data).member
    except UnreadableEntry:
        return 0
    return named if isinstance(named, int) else 0
