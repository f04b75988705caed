"""What patterns need beside a store's own tickets: its members' in other stores, and those that its returns are of."""

from collections.abc import Mapping
from datetime import date

import msgspec

from rules.account import POINTS
from sync.entry import reference
from sync.ledger.records import Sale
from sync.ledger.service import Ledger
from sync.ledger.settle import body_of
from sync.ledger.work import Work
from sync.seen import Seen, Sold

MEMBERS_AT_ONCE = 500


async def elsewhere(ledger: Ledger, store: str, seen: Seen, first: date, since_ms: int) -> tuple[Sold, ...]:
    """Sales since `since_ms` (UTC) that the store's own members made in other stores, and those of its returns since
    `first` that `seen`, which is the store's, does not have. A page of members at a time: no till waits behind it.
    """
    names = {one.store: one.name for one in await ledger.read(lambda work: work.tx.stores())}
    has = {one.number for one in seen.sold()}
    wanted = {one.reference for one in seen.returned(first)} - {"", *has}
    found = [one for number in sorted(wanted) for one in await _printed(ledger, number, store, names)]
    linked = (*seen.sold(first), *found)
    members = sorted({one.member for one in linked if isinstance(one.member, int)})
    for n in range(0, len(members), MEMBERS_AT_ONCE):
        part = members[n : n + MEMBERS_AT_ONCE]
        found += await ledger.read(lambda work, part=part: _there(work, part, store, since_ms, names))  # type: ignore[misc]
    return tuple({one.number: one for one in found}.values())


async def _printed(ledger: Ledger, number: str, store: str, names: Mapping[str, str]) -> tuple[Sold, ...]:
    """The sale behind a printed number; none where no till has sent it."""
    parts = [int(part) for part in number.split("-") if part.isdecimal()]
    if len(parts) != 3:
        return ()

    async def read(work: Work) -> tuple[Sold, ...]:
        row = await work.tx.inbox(*parts)
        life = await work.tx.incarnation(*parts[:2])
        if row is None or life is None:
            return ()
        seen = Seen()
        seen.add(life.till, row.data, row.sold_ms)
        away = "" if life.store == store else names.get(life.store, life.store)
        return tuple([msgspec.structs.replace(one, store=away) for one in seen.sold()])

    return await ledger.read(read)


async def _there(
    work: Work, members: list[int], store: str, since_ms: int, names: Mapping[str, str]
) -> list[Sold]:
    rows = await work.tx.sold_elsewhere(members, store, since_ms)
    return [one for row in rows for one in _sold(row, names)]


def _sold(row: Sale, names: Mapping[str, str]) -> tuple[Sold, ...]:
    """A ticket of a member as figures see it; what happened to a member and is no sale is none."""
    body = body_of(row)
    if body.event is not None or not row.dev:
        return ()
    off = sum(burn.cents for burn in body.burns)
    return (
        Sold(
            row.ticket,
            "",
            body.cashier,
            row.bdate,
            row.minute,
            int(row.sold_order.split(".")[0]),
            row.member,
            sum(line.cents for line in body.lines) - off,
            off,
            sum(one.quantity for one in body.promised if one.asset == POINTS),
            sum(burn.quantity for burn in body.burns if burn.asset == POINTS),
            typed=False,
            number=body.number or reference(row.dev, row.inc, row.seq),
            store=names.get(row.store, row.store),
        ),
    )
