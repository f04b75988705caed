"""What people ask the ledger: honoured promises, entries put aside, balances."""

from collections import Counter
from collections.abc import Mapping
from datetime import date

import msgspec

from sync.ledger.apply import APPLIED, after, apply
from sync.ledger.books import Books, Origin
from sync.ledger.port import Transaction
from sync.ledger.work import Work


class Honoured(msgspec.Struct, frozen=True):
    """A promise kept beyond what the rules gave; a negative `quantity` was earned after all."""

    member: int
    ticket: str
    rule: str
    asset: str
    quantity: int
    day: date


class WrittenOff(msgspec.Struct, frozen=True):
    """A voucher or free item that was used and could not be taken back when its ticket was returned."""

    member: int
    ticket: str
    rule: str
    asset: str
    quantity: int
    day: date


class Aside(msgspec.Struct, frozen=True):
    """An entry in quarantine."""

    dev: int
    inc: int
    seq: int
    code: str


class Balances(msgspec.Struct, frozen=True):
    """Totals per asset of one member.

    `waiting` is the part of `granted` that is owed and taken as soon as it comes home: it is in `burned` or `clawed`
    already. What is owed beyond that is the deficit.
    """

    earned: Mapping[str, int]
    honoured: Mapping[str, int]
    available: Mapping[str, int]
    granted: Mapping[str, int]
    waiting: Mapping[str, int]
    burned: Mapping[str, int]
    converted: Mapping[str, int]
    expired: Mapping[str, int]
    clawed: Mapping[str, int]
    deficit: Mapping[str, int]

    def balance(self, asset: str = "points") -> int:
        """What the member holds of an asset, wherever it is; the deficit is apart."""
        return self.available.get(asset, 0) + self.granted.get(asset, 0) - self.waiting.get(asset, 0)


async def honoured(tx: Transaction, first: date, last: date) -> tuple[Honoured, ...]:
    """All HONOUR postings from `first` to `last`."""
    return tuple(
        Honoured(member, posting.ticket, posting.rule, posting.asset, posting.quantity, posting.day)
        for member, posting in await tx.posted("HONOUR", first, last)
    )


async def written_off(tx: Transaction, first: date, last: date) -> tuple[WrittenOff, ...]:
    """Vouchers and free items that were used and then taken back with their ticket, from `first` to `last`."""
    return tuple(
        WrittenOff(member, posting.ticket, posting.rule, posting.asset, posting.quantity, posting.day)
        for member, posting in await tx.posted("ADJUST", first, last)
        if posting.target == "owed"
    )


async def quarantine(tx: Transaction) -> tuple[Aside, ...]:
    """All entries that are put aside."""
    return tuple(Aside(row.dev, row.inc, row.seq, row.code) for row in await tx.quarantined())


async def retry(work: Work) -> int:
    """Apply quarantined entries again, until a round helps no further one."""
    done = 0
    while True:
        before = done
        for row in await work.tx.quarantined():
            till = await work.tx.incarnation(row.dev, row.inc)
            assert till is not None, "an entry has a till"
            if (await apply(work, row, till.store))[0] == APPLIED:
                done += 1
                await after(work, row, till.store)
        if done == before:
            return done


async def balances(tx: Transaction, member: int) -> Balances | None:
    """Totals of one member over all lots and postings."""
    record = await tx.member(member)
    if record is None:
        return None
    member = record.member
    sums = {name: Counter[str]() for name in Balances.__struct_fields__}
    for lot in await tx.all_lots(member):
        for name in ("available", "granted", "burned", "converted", "expired", "clawed"):
            sums[name][lot.asset] += getattr(lot, name)
    books = Books(await tx.member_data(member), Origin(0, 0, 0, date.min))
    for debt in books.owed.values():
        sums[debt.bucket][debt.asset] += debt.quantity
    for name, quantity in books.waiting().items():
        sums["waiting"][books.lots[name].asset] += quantity
    for posting in await tx.postings(member):
        if posting.cause in ("ACCRUE", "TOP_UP") and not posting.source:
            sums["earned"][posting.asset] += posting.quantity
        elif posting.cause == "VOID" and posting.source and not posting.target:
            sums["earned"][posting.asset] -= posting.quantity
        elif posting.cause == "HONOUR":
            sums["honoured"][posting.asset] += posting.quantity
    totals = {name: {asset: n for asset, n in sorted(held.items()) if n} for name, held in sums.items()}
    return Balances(**{**totals, "deficit": books.deficit()})
