"""Is the ledger sound? The chain and every signature of every journal, and conservation in every account's books.

In pages, each one read, so that a running ledger answers its tills in between.
"""

from typing import ClassVar

import msgspec

from sync.chain import ChainBroken, Head, Linked, check_signature, entry_hash, link
from sync.entry import EntryKind, GrantMoveBody, UnreadableEntry, body_of, decode, reference
from sync.ledger.audit import check_member
from sync.ledger.operation import Operation
from sync.ledger.records import Incarnation
from sync.ledger.rotate import keys_before
from sync.ledger.service import Ledger
from sync.ledger.work import Work

ENTRIES_AT_ONCE = 2_000
ACCOUNTS_AT_ONCE = 200
FIRST_ACCOUNT = -(1 << 63)


Place = tuple[int, int, int]
"""A till's number, its incarnation, and an entry."""


class CheckedJournals(msgspec.Struct, frozen=True):
    """Every fault that was found, as a sentence; how many tills and entries are done with.

    `next` is where to go on, None at the end.
    """

    faults: tuple[str, ...]
    tills: int
    entries: int
    next: Place | None


class CheckJournals(Operation[CheckedJournals], frozen=True):
    """A page of all journals, by till and number. A journal is checked up to its first fault."""

    after: Place = (0, 0, 0)

    name: ClassVar[str] = "verify-journals"
    answer: ClassVar[type[msgspec.Struct]] = CheckedJournals

    async def run(self, ledger: Ledger) -> CheckedJournals:
        """Check it."""
        return await ledger.read(self._check)

    async def _check(self, work: Work) -> CheckedJournals:
        faults: list[str] = []
        tills = entries = 0
        for one in await work.tx.incarnations():
            if (one.dev, one.inc) < self.after[:2]:
                continue
            start = self.after[2] if (one.dev, one.inc) == self.after[:2] else 0
            if entries >= ENTRIES_AT_ONCE:
                return CheckedJournals(tuple(faults), tills, entries, (one.dev, one.inc, start))
            try:
                end = await _check(work, one, start)
            except ChainBroken as broken:
                faults.append(f"till {one.dev}-{one.inc}: {broken}")
                end = None
            entries += (one.acc_seq if end is None else end) - start
            if end is not None:
                return CheckedJournals(tuple(faults), tills, entries, (one.dev, one.inc, end))
            tills += 1
        return CheckedJournals(tuple(faults), tills, entries, None)


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
        await _check_givers(work, one)
    if len(rows) == ENTRIES_AT_ONCE:
        return rows[-1].seq
    end, digest = (rows[-1].seq, rows[-1].hash) if rows else (after, before)
    if (end, digest) != (till.acc_seq, till.acc_hash):
        raise ChainBroken(end + 1, f"the ledger says that it has {till.acc_seq} entries")
    return None


async def _check_givers(work: Work, one: Linked) -> None:
    """What other tills gave this one is what they wrote. Raises ChainBroken."""
    body = body_of(one.entry) if one.entry is not None and one.entry.kind == EntryKind.GRANT_MOVE else None
    for proof in body.proofs if isinstance(body, GrantMoveBody) else ():
        try:
            given = decode(proof.data)
        except UnreadableEntry:
            continue  # it moved nothing
        place = given.dev, given.inc, given.seq
        written = (await work.tx.hashes(*place, given.seq)).get(given.seq)
        if written not in (None, entry_hash(given.prev, proof.data)):
            raise ChainBroken(one.seq, f"what it was given is not what {reference(*place)} says")


class CheckedBooks(msgspec.Struct, frozen=True):
    """Every fault that was found, as a sentence; `next` is where to go on, None at the end."""

    faults: tuple[str, ...]
    next: int | None


class CheckBooks(Operation[CheckedBooks], frozen=True):
    """A page of accounts above `after`."""

    after: int = FIRST_ACCOUNT

    name: ClassVar[str] = "verify-books"
    answer: ClassVar[type[msgspec.Struct]] = CheckedBooks

    async def run(self, ledger: Ledger) -> CheckedBooks:
        """Check them."""

        async def check(work: Work) -> CheckedBooks:
            accounts = await work.tx.accounts_after(self.after, ACCOUNTS_AT_ONCE)
            faults = [fault for one in accounts for fault in await check_member(work.tx, one)]
            return CheckedBooks(tuple(faults), accounts[-1] if len(accounts) == ACCOUNTS_AT_ONCE else None)

        return await ledger.read(check)
