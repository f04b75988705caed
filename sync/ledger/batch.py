"""A batch of a till's entries applied in memory: its members' rows are read at once and written at once.

Only what most entries do is done here: a sale or an event of a member whom the ledger knows, what a till gives back,
and entries without an effect. Whatever asks for more is `Cold`: what came before it is written, and the entry is
applied on the database itself, from its start. So there is one way to apply an entry and two places to do it in.
"""

from collections.abc import Sequence
from typing import cast

from sync.entry import EntryKind, UnreadableEntry, decode
from sync.ledger.apply import after, apply
from sync.ledger.held_rows import Cold, HeldRows
from sync.ledger.port import Transaction
from sync.ledger.records import InboxRow
from sync.ledger.touched import Touched, touched
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
    named = touched(rows)
    await work.tx.lock(named)
    batch = _Batch(work, rows, named)
    found = [await batch.apply(row, store) for row in rows]
    await batch.write()
    return found


class _Batch:
    def __init__(self, work: Work, rows: Sequence[InboxRow], named: Touched) -> None:
        self._work, self._tx = work, work.tx
        self._rows, self._named = rows, named
        self._held: HeldRows | None = None

    async def apply(self, row: InboxRow, store: str) -> tuple[str, str]:
        if _is_hot(row):
            try:
                return await self._in_memory(row, store)
            except Cold:
                pass
        await self.write()
        done = await apply(self._work, row, store)
        await after(self._work, row, store)
        return done

    async def _in_memory(self, row: InboxRow, store: str) -> tuple[str, str]:
        if self._held is None:
            self._held = await HeldRows.read(self._tx, self._rows, self._named)
        held = self._held
        mark = held.mark()
        self._work.tx = cast(Transaction, held)
        try:
            done = await apply(self._work, row, store)
            await after(self._work, row, store)
        except BaseException:
            held.back(mark)
            raise
        finally:
            self._work.tx = self._tx
        return done

    async def write(self) -> None:
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
