"""Tickets as `assidu replay` reads them (docs/replay.md), without anything that says who a member is.

Members are their numbers in the books. Events keep what rules count; what they are about (`ref`) is a keyed hash, and
what they say of the person (birthday, sponsor, household, profile) is left out. So are cashiers.
"""

import hashlib
import hmac
from datetime import UTC, datetime
from typing import ClassVar

import msgspec

from rules.ticket import Event, Line
from sync.entry import RefundBody
from sync.ledger.books import replace
from sync.ledger.operation import Operation
from sync.ledger.records import RefundRow, Sale
from sync.ledger.service import Ledger
from sync.ledger.settle import VOIDED, Sold, body_of
from sync.ledger.verify import FIRST_ACCOUNT
from sync.ledger.work import Work

ACCOUNTS_AT_ONCE = 100
PERSONAL = ("birthday", "sponsor", "household")
_refunds = msgspec.json.Decoder(RefundBody)


class Exported(msgspec.Struct, frozen=True, omit_defaults=True):
    """A line of the history: a sale, a return (`refund_of`) or an event. `at` is UTC."""

    ticket: str
    member: str
    at: datetime
    store: str
    till: str
    channel: str = "shop"
    lines: tuple[Line, ...] = ()
    refund_of: str = ""
    zones: tuple[str, ...] = ()
    event: Event | None = None


class ExportPage(msgspec.Struct, frozen=True):
    """Lines (JSON, one a line) of some members, each member's in order of time; `next` is where to go on."""

    lines: bytes
    count: int
    next: int | None


class ReadHistory(Operation[ExportPage], frozen=True):
    """The tickets of the members above `after`."""

    after: int = FIRST_ACCOUNT

    name: ClassVar[str] = "export"
    answer: ClassVar[type[msgspec.Struct]] = ExportPage

    async def run(self, ledger: Ledger) -> ExportPage:
        """They."""

        async def read(work: Work) -> ExportPage:
            members = await work.tx.accounts_after(self.after, ACCOUNTS_AT_ONCE)
            records = [one for member in members for one in await _records(work, member)]
            lines = b"".join(msgspec.json.encode(one) + b"\n" for one in records)
            last = members[-1] if len(members) == ACCOUNTS_AT_ONCE else None
            return ExportPage(lines, len(records), last)

        return await ledger.read(read)


async def _records(work: Work, member: int) -> list[Exported]:
    """All records of a member in order of sale."""
    found: list[tuple[str, Exported]] = []
    for sale in await work.tx.sales_from(member, ""):
        if sale.state == VOIDED:
            continue
        body = body_of(sale)
        found.append((sale.sold_order, _sold(work, sale, body)))
        found += [
            (row.sold_order, _returned(sale, body, row))
            for row in await work.tx.refunds_of(sale.ticket)
            if row.resolved
        ]
    return [one for _, one in sorted(found, key=lambda each: each[0])]


def _sold(work: Work, sale: Sale, body: Sold) -> Exported:
    return Exported(
        sale.ticket,
        str(sale.member),
        _at(sale.sold_order),
        sale.store,
        body.till or str(sale.dev),
        body.channel,
        body.lines,
        zones=body.zones,
        event=None if body.event is None else _bare(work, body.event),
    )


def _returned(sale: Sale, body: Sold, row: RefundRow) -> Exported:
    back = _refunds.decode(row.body)
    lines = tuple(
        [
            replace(body.lines[part.index], cents=part.cents, qty=part.qty)
            for part in back.lines
            if part.index < len(body.lines)
        ]
    )
    return Exported(
        f"{sale.ticket}/{row.dev}-{row.inc}-{row.seq}",
        str(sale.member),
        _at(row.sold_order),
        back.store,
        str(row.dev),
        lines=lines or (Line(back.cents),),
        refund_of=sale.ticket,
    )


def _bare(work: Work, event: Event) -> Event:
    """`event` without what says who the member is."""
    digest = hmac.digest(work.keys.lookup, b"assidu-export/1\0" + event.ref.encode(), hashlib.sha256)
    fields = {
        name: value
        for name, value in event.fields.items()
        if name not in PERSONAL and not name.startswith("member.")
    }
    return replace(event, ref=digest.hex()[:16] if event.ref else "", fields=fields)


def _at(order: str) -> datetime:
    return datetime.fromtimestamp(int(order.partition(".")[0]) / 1000, UTC)
