"""Is the ledger sound? The chain and every signature of every journal, and conservation in every account's books.

In pages, each one read, so that a running ledger answers its tills in between.
"""

from typing import ClassVar

import msgspec

from sync.chain import ChainBroken, Head, check_signature, link
from sync.ledger.audit import check_member
from sync.ledger.operation import Operation
from sync.ledger.records import Incarnation
from sync.ledger.rotate import keys_before
from sync.ledger.service import Ledger, LedgerRefusal
from sync.ledger.work import Work

ENTRIES_AT_ONCE = 2_000
ACCOUNTS_AT_ONCE = 200
FIRST_ACCOUNT = -(1 << 63)


class Journal(msgspec.Struct, frozen=True):
    """One till's journal in the inbox: `entries` are accepted."""

    dev: int
    inc: int
    entries: int


class Journals(msgspec.Struct, frozen=True):
    """All of them."""

    journals: tuple[Journal, ...]


class JournalList(Operation[Journals], frozen=True):
    """Which journals there are to check."""

    name: ClassVar[str] = "verify-journals"
    answer: ClassVar[type[msgspec.Struct]] = Journals

    async def run(self, ledger: Ledger) -> Journals:
        """They."""

        async def look(work: Work) -> tuple[Journal, ...]:
            return tuple([Journal(one.dev, one.inc, one.acc_seq) for one in await work.tx.incarnations()])

        return Journals(await ledger.read(look))


class Checked(msgspec.Struct, frozen=True):
    """Every fault that was found, as a sentence; `next` is where to go on, None at the end."""

    faults: tuple[str, ...]
    next: int | None


class CheckJournal(Operation[Checked], frozen=True):
    """A page of one journal after entry `after`. A journal is checked up to its first fault."""

    dev: int
    inc: int
    after: int = 0

    name: ClassVar[str] = "verify-journal"
    answer: ClassVar[type[msgspec.Struct]] = Checked

    async def run(self, ledger: Ledger) -> Checked:
        """Check it. Raises LedgerRefusal for a till that nobody knows."""

        async def check(work: Work) -> Checked:
            till = await work.tx.incarnation(self.dev, self.inc)
            if till is None:
                raise LedgerRefusal("unknown_device", f"There is no till number {self.dev}: list them first.")
            try:
                return Checked((), await _check(work, till, self.after))
            except ChainBroken as broken:
                return Checked((f"till {self.dev}-{self.inc}: {broken}",), None)

        return await ledger.read(check)


async def _check(work: Work, till: Incarnation, after: int) -> int | None:
    """Where to go on after the page that begins after `after`. Raises ChainBroken."""
    rows = await work.tx.inbox_after(till.dev, till.inc, after, ENTRIES_AT_ONCE)
    before = (await work.tx.hashes(till.dev, till.inc, after, after)).get(after, till.genesis)
    former = await keys_before(work, till.dev, till.inc)
    base = Head(till.dev, till.inc, after, before)
    for one, row in zip(link(base, [row.data for row in rows]), rows, strict=True):
        if (one.seq, one.hash) != (row.seq, row.hash):
            raise ChainBroken(one.seq, "an entry before it is missing or was changed")
        if row.sig is not None or row.seq == till.acc_seq:
            check_signature(till.public_key, base, one, row.sig, former)
    if len(rows) == ENTRIES_AT_ONCE:
        return rows[-1].seq
    end, digest = (rows[-1].seq, rows[-1].hash) if rows else (after, before)
    if (end, digest) != (till.acc_seq, till.acc_hash):
        raise ChainBroken(end + 1, f"the ledger says that it has {till.acc_seq} entries")
    return None


class CheckBooks(Operation[Checked], frozen=True):
    """A page of accounts above `after`."""

    after: int = FIRST_ACCOUNT

    name: ClassVar[str] = "verify-books"
    answer: ClassVar[type[msgspec.Struct]] = Checked

    async def run(self, ledger: Ledger) -> Checked:
        """Check them."""

        async def check(work: Work) -> Checked:
            accounts = await work.tx.accounts_after(self.after, ACCOUNTS_AT_ONCE)
            faults = [fault for one in accounts for fault in await check_member(work.tx, one)]
            return Checked(tuple(faults), accounts[-1] if len(accounts) == ACCOUNTS_AT_ONCE else None)

        return await ledger.read(check)
