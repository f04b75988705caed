"""A batch of a till's entries applied in memory: its members' rows are read at once and written at once.

Only what most entries do is done here: a sale or an event of a member whom the ledger knows, what a till gives back,
and entries without an effect. Whatever asks for more is `Cold`: what came before it is written, and the entry is
applied on the database itself, from its start. So there is one way to apply an entry and two places to do it in.
"""

from collections.abc import Sequence
from itertools import groupby
from typing import cast

from sync.entry import EntryKind, UnreadableEntry, decode
from sync.ledger.apply import after, apply
from sync.ledger.awaited import book_awaited
from sync.ledger.held_rows import Cold, HeldRows
from sync.ledger.port import Transaction
from sync.ledger.records import InboxRow
from sync.ledger.touched import touched
from sync.ledger.work import Work

_HOT = {
    EntryKind.TICKET,
    EntryKind.EVENT,
    EntryKind.GRANT_RETURN,
    EntryKind.CLOSE_Z,
    EntryKind.CLOCK,
    EntryKind.SUPERVISOR,
}


async def apply_all(work: Work, rows: Sequence[InboxRow], store: str) -> list[tuple[str, str]]:
    """Apply the accepted entries of one till, in order; the disposition and code of each."""
    await work.tx.lock(touched(rows))
    found: list[tuple[str, str]] = []
    for hot, run in groupby(rows, _is_hot):
        if hot:
            found += await _Run(work, tuple(run), store).apply()
        else:
            found += [await _alone(work, row, store) for row in run]
    await book_awaited(work, rows)
    return found


async def _alone(work: Work, row: InboxRow, store: str) -> tuple[str, str]:
    """Apply an entry on the database itself."""
    done = await apply(work, row, store)
    await after(work, row, store)
    return done


class _Run:
    """Entries one after the other that may be applied in memory. What is read is for those that are left."""

    def __init__(self, work: Work, rows: Sequence[InboxRow], store: str) -> None:
        self._work, self._tx = work, work.tx
        self._rows, self._store = rows, store
        self._held: HeldRows | None = None

    async def apply(self) -> list[tuple[str, str]]:
        found = []
        for n, row in enumerate(self._rows):
            try:
                found.append(await self._in_memory(n, row))
            except Cold:
                await self._write()
                found.append(await _alone(self._work, row, self._store))
        await self._write()
        return found

    async def _in_memory(self, n: int, row: InboxRow) -> tuple[str, str]:
        if self._held is None:
            left = self._rows[n:]
            self._held = await HeldRows.read(self._tx, left, touched(left))
        held = self._held
        mark = held.mark()
        self._work.tx = cast(Transaction, held)
        try:
            return await _alone(self._work, row, self._store)
        except BaseException:
            held.back(mark)
            raise
        finally:
            self._work.tx = self._tx

    async def _write(self) -> None:
        """Write what was done in memory, and forget it."""
        if self._held is not None:
            await self._held.write()
            self._held = None


def _is_hot(row: InboxRow) -> bool:
    try:
        entry = decode(row.data)
    except UnreadableEntry:
        return False
    return entry.kind in _HOT and entry.orig is None
