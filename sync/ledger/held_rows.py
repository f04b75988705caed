"""The part of `port.Transaction` that most entries use, on rows that were read once and are written once.

What is not here, in the way of operations or of rows, raises `Cold`. Numbers that are taken stay taken.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from sync.entry import reference
from sync.ledger.books import replace
from sync.ledger.effect import Effect
from sync.ledger.memory import Memory
from sync.ledger.page import RECORD, Page
from sync.ledger.port import Transaction
from sync.ledger.records import (
    Changes,
    GrantRow,
    InboxRow,
    Lot,
    MemberData,
    MemberRecord,
    OutboundRow,
    RefundRow,
    Sale,
    SettledRow,
    Visits,
    sold_order,
)
from sync.ledger.touched import Touched

K = TypeVar("K")
V = TypeVar("V")
_THROUGH = {"value", "blob", "store", "published", "incarnation", "lives", "life", "advance"}
"""Operations of the database itself, on tables of which nothing is held here."""


class Cold(BaseException):
    """An entry needs more than what is held.

    Not an Exception, since an entry is put aside on any Exception, and this is none of the entry's doing.
    """


class HeldRows:
    """Rows of the members that a batch is about."""

    def __init__(self, tx: Transaction, rows: Sequence[InboxRow], named: Touched) -> None:
        self._tx = tx
        self._named = named
        self._own = (rows[0].dev, rows[0].inc)
        self._order = min([sold_order(row.sold_ms, row.dev, row.inc, row.seq) for row in rows])
        self._memory = Memory()
        self._new = set(named.sold)
        self._owners: dict[bytes, int] = {}
        self._pages: dict[int, Page] = {}
        self._grants: dict[str, GrantRow] = {}
        self._tickets: dict[str, Sale] = {}
        self._early: set[str] = set()
        self._scopes: set[tuple[str, str]] = set()
        self._known_applied: set[tuple[int, int]] = set()
        self._recalled: set[str] = set()
        self._restores: tuple[Sale, ...] = ()
        self._reserved: dict[str, str] = {}
        # what is only written
        self._receipts: dict[str, str] = {}
        self._seconds: dict[tuple[str, str], None] = {}
        self._applied: dict[tuple[int, int, int, int], None] = {}
        self._disposed: dict[int, tuple[str, str]] = {}
        self._ended: dict[tuple[int, int, str], None] = {}
        self._effects: dict[str, Effect] = {}
        self._logged: dict[tuple[str, str], None] = {}
        self._due: dict[int, None] = {}

    @classmethod
    async def read(cls, tx: Transaction, rows: Sequence[InboxRow], named: Touched) -> "HeldRows":
        """The rows that the entries `rows` need, which name `named`."""
        held = cls(tx, rows, named)
        await held._read(rows)
        return held

    async def _read(self, rows: Sequence[InboxRow]) -> None:
        tx, named = self._tx, self._named
        for token in named.cards:
            owner = await tx.member_of_card(token)
            if owner is not None:
                self._owners[token] = owner
        granted = await tx.grants_of(named.grants) if named.grants else ()
        self._grants = {row.id: row for row in granted}
        members = sorted({*named.members, *self._owners.values(), *(row.member for row in granted)})
        await self._read_pages(members)
        self._new -= await tx.sold(named.sold) if named.sold else set()
        seqs = [row.seq for row in rows]
        self._known_applied = await tx.applied_to([0, *members], *self._own, min(seqs), max(seqs))
        if named.grants:
            self._recalled = set(await tx.recalled(*self._own))
        self._restores = await tx.waiting_restores(*self._own)
        if named.sold:
            self._early = await tx.returned_before(named.sold, [reference(*self._own, seq) for seq in seqs])
        # a ticket that is there has its receipt or has lost it, and does not get it again
        wanted = [one for one in named.receipts if one[1] in self._new]
        if wanted:
            self._reserved = await tx.reserve_receipts(wanted)

    async def _read_pages(self, members: Sequence[int]) -> None:
        if not members:
            return
        tx, named = self._tx, self._named
        visits = await tx.visits_of(members)
        for data in await tx.open_books(members, named.lots, named.drawn):
            if data.record.alias is None:
                self._pages[data.record.member] = Page(data, visits[data.record.member])
        later = await tx.sales_since(list(self._pages), self._order)
        for sale in later:
            self._pages[sale.member].sales[sale.sold_order] = sale
            self._tickets[sale.ticket] = sale
        for member, row in await tx.settled_since(list(self._pages), self._order) if later else ():
            self._pages[member].learn_settled(row)

    def mark(self) -> int:
        """Where the rows are now."""
        return self._memory.mark()

    def back(self, mark: int) -> None:
        """Take everything back since `mark`."""
        self._memory.back(mark)

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """A part that is undone alone when it raises."""
        mark = self.mark()
        try:
            yield
        except BaseException:
            self.back(mark)
            raise

    def __getattr__(self, name: str) -> Any:
        if name in _THROUGH:
            return getattr(self._tx, name)
        raise Cold(name)

    def _page(self, member: int) -> Page:
        page = self._pages.get(member)
        if page is None:
            raise Cold("member")
        return page

    async def member(self, member: int) -> MemberRecord:
        return self._page(member).record[RECORD]

    async def save_member(self, row: MemberRecord) -> None:
        self._memory.put(self._page(row.member).record, RECORD, row)

    async def member_of_card(self, token: bytes) -> int:
        owner = self._owners.get(token)
        if owner is None:
            raise Cold("card")
        return owner

    async def member_data(
        self, member: int, lots: Sequence[str] = (), tickets: Sequence[str] = ()
    ) -> MemberData:
        page = self._page(member)
        if tickets or any(name not in page.lots and name not in self._named.lots for name in lots):
            raise Cold("lots")
        return page.data(lots)

    async def save_data(self, changes: Changes) -> None:
        self._page(changes.record.member).save(self._memory, changes)
        for grant in changes.grants:
            self._memory.put(self._grants, grant.id, grant)

    async def lots(self, member: int, tickets: Sequence[str]) -> tuple[Lot, ...]:
        """Those of tickets that came before are read now."""
        page = self._page(member)
        older = [ticket for ticket in tickets if ticket not in self._new]
        for lot in await self._tx.lots(member, older) if older else ():
            page.lots.setdefault(lot.lot, lot)
        return tuple([lot for lot in page.lots.values() if lot.ticket in tickets])

    async def mark_applied(self, member: int, dev: int, inc: int, seq: int) -> bool:
        if (member, seq) in self._known_applied:
            return False
        self._memory.put(self._applied, (member, dev, inc, seq), None)
        return True

    async def sale(self, ticket: str) -> Sale | None:
        sale = self._tickets.get(ticket)
        if sale is None and ticket not in self._new:
            raise Cold("sale")
        return sale

    async def sales_from(self, member: int, order: str) -> tuple[Sale, ...]:
        if order < self._order:
            raise Cold("order")
        sales = self._page(member).sales
        return tuple([sales[one] for one in sorted(sales) if one >= order])

    async def save_sale(self, row: Sale) -> None:
        self._memory.put(self._page(row.member).sales, row.sold_order, row)
        self._memory.put(self._tickets, row.ticket, row)

    async def settled_of(self, member: int, ticket: str) -> tuple[SettledRow, ...]:
        if ticket not in self._new and ticket not in self._tickets:
            raise Cold("settled")
        rows = self._page(member).settled.get(ticket, {})
        return tuple([rows[key] for key in sorted(rows)])

    async def settled_in(self, member: int, asset: str, scope: str) -> tuple[SettledRow, ...]:
        """Those of all members of the batch are read with the first one's."""
        if (asset, scope) not in self._scopes and scope.removeprefix("ticket:") not in self._tickets:
            self._scopes.add((asset, scope))
            for one, row in await self._tx.settled_in_all(list(self._pages), asset, scope):
                self._pages[one].learn_settled(row)
        found = [row for row in self._page(member).all_settled() if (row.asset, row.scope) == (asset, scope)]
        return tuple(sorted(found, key=lambda row: (row.sold_order, row.rule)))

    async def save_settled(self, member: int, rows: Sequence[SettledRow]) -> None:
        page = self._page(member)
        for row in rows:
            page.save_settled(self._memory, row)

    async def visits(self, member: int) -> tuple[Visits, ...]:
        visits = self._page(member).visits
        return tuple([visits[store] for store in sorted(visits)])

    async def save_visits(self, member: int, row: Visits) -> None:
        self._memory.put(self._page(member).visits, row.store, row)

    async def scopes(self, member: int) -> tuple[str, ...]:
        return tuple([row.store for row in await self.visits(member) if not row.away])

    async def grant(self, grant: str) -> GrantRow | None:
        row = self._grants.get(grant)
        if row is None and grant not in self._named.grants:
            raise Cold("grant")
        return row

    async def end_recall(self, dev: int, inc: int, grant: str) -> None:
        if grant in self._recalled or (dev, inc) != self._own:
            self._memory.put(self._ended, (dev, inc, grant), None)

    async def inbox(self, dev: int, inc: int, seq: int) -> InboxRow | None:
        row = await self._tx.inbox(dev, inc, seq)
        if row is None or (dev, inc) != self._own or seq not in self._disposed:
            return row
        disposition, code = self._disposed[seq]
        return replace(row, disposition=disposition, code=code)

    async def dispose(self, _dev: int, _inc: int, seq: int, disposition: str, code: str) -> None:
        self._memory.put(self._disposed, seq, (disposition, code))

    async def refunds_waiting(self, ticket: str, name: str) -> tuple[RefundRow, ...]:
        if ticket in self._early or name in self._early:
            raise Cold("refunds")
        return ()

    async def waiting_restores(self, _dev: int, _inc: int) -> tuple[Sale, ...]:
        if self._restores:
            raise Cold("restores")
        return ()

    async def claim_receipt(self, pos_ref: str, ticket: str) -> str:
        """Whose receipt it is; one that was reserved for another ticket of the batch is free until that claims it."""
        owner = self._receipts.get(pos_ref, self._reserved[pos_ref])
        if pos_ref not in self._receipts and owner in self._new:
            self._memory.put(self._receipts, pos_ref, ticket)
            return ticket
        self._memory.put(self._seconds, (pos_ref, ticket), None)
        return owner

    async def add_outbound(self, rows: Sequence[OutboundRow]) -> None:
        if rows:
            raise Cold("outbound")

    async def drop_outbound(self, ids: Sequence[str]) -> None:
        if ids:
            raise Cold("outbound")

    async def add_effects(self, rows: Sequence[Effect]) -> None:
        for row in rows:
            self._memory.put(self._effects, row.id, row)

    async def log(self, bucket: str, key: str) -> None:
        self._memory.put(self._logged, (bucket, key), None)

    async def mark_due(self, member: int) -> None:
        self._memory.put(self._due, member, None)

    async def write(self) -> None:
        """Write everything, one statement a table."""
        tx, changed = self._tx, self._memory.changed()
        pages = [page for page in self._pages.values() if changed.keys(page.record)]
        await tx.save_all([page.changes(changed) for page in pages])
        await tx.save_sales([row for page in pages for row in changed.rows(page.sales)])
        each = self._pages.items()
        await tx.save_all_settled([(one, row) for one, page in each for row in page.changed_settled(changed)])
        await tx.save_all_visits([(one, row) for one, page in each for row in changed.rows(page.visits)])
        await tx.mark_all_applied(tuple(self._applied))
        await tx.mark_all_due(tuple(self._due))
        await tx.add_effects(tuple(self._effects.values()))
        for bucket, keys in _by_first(changed.keys(self._logged)).items():
            await tx.log_many(bucket, keys)
        for (disposition, code), seqs in _by_first(
            (what, seq) for seq, what in self._disposed.items()
        ).items():
            await tx.dispose_all(*self._own, seqs, disposition, code)
        for dev, inc, grant in self._ended:
            await tx.end_recall(dev, inc, grant)
        await self._write_receipts()

    async def _write_receipts(self) -> None:
        """What was reserved and nobody claimed belongs to nobody again."""
        await self._tx.give_receipts(tuple(self._receipts.items()))
        await self._tx.add_seconds(tuple(self._seconds))
        for pos_ref, ticket in self._reserved.items():
            if pos_ref not in self._receipts and ticket in self._new:
                await self._tx.release_receipt(pos_ref, ticket)


def _by_first(pairs: Iterable[tuple[K, V]]) -> dict[K, list[V]]:
    """The second of each pair by the first."""
    found: dict[K, list[V]] = {}
    for first, second in pairs:
        found.setdefault(first, []).append(second)
    return found
