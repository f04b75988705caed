"""What a batch of entries reads and writes at once, in SQL: one statement a table, however many members it is about."""

from collections.abc import Collection, Mapping, Sequence

from sync.ledger.records import (
    Changes,
    Cover,
    GrantRow,
    Lot,
    MemberData,
    MemberRecord,
    Owed,
    Posting,
    Sale,
    SettledRow,
    SliceRow,
    Visits,
)
from sync.ledger.rows import columns, to_row, to_struct, to_structs, upsert
from sync.ledger.session import Rows
from sync.ledger.sql_feed import SqlFeed
from sync.ledger.sql_views import OWED, R, SqlViews

_RECEIPT = "INSERT INTO receipt VALUES (?, ?) ON CONFLICT "


class SqlBatch(SqlViews, SqlFeed):
    """`port.BatchOperations` in SQL."""

    async def open_books(
        self, members: Sequence[int], lots: Sequence[str], grants: Sequence[str]
    ) -> tuple[MemberData, ...]:
        """The open books of those of these members that exist, with `lots` and with all that is in `grants`."""
        records = await self._each(MemberRecord, "member", members, "1 = 1")
        owed = await self._each(Owed, "owed", members, OWED)
        covers = await self._each(Cover, "cover", members, "quantity > 0")
        pledged = [one.lot for debts in owed.values() for one in debts]
        pledged += [one.lot for held in covers.values() for one in held]
        open_lots = await self._each(Lot, "lot", members, "available > 0 OR granted > 0")
        open_slices = await self._each(SliceRow, "grant_slice", members, "rem > 0")
        holding = f"id IN (SELECT s.id FROM grant_slice s WHERE s.member {self._any} AND s.rem > 0)"
        free = {lot.lot for held in open_lots.values() for lot in held}
        open_grants = await self._each(GrantRow, '"grant"', members, holding, (self._set(members),))
        named_lots = await self._named(Lot, "lot", "lot", members, {*lots, *pledged} - free)
        named_slices = await self._named(SliceRow, "grant_slice", "id", members, grants)
        named_grants = await self._named(GrantRow, '"grant"', "id", members, grants)
        return tuple(
            [
                MemberData(
                    record,
                    tuple(dict.fromkeys((*open_lots[one], *named_lots[one]))),
                    tuple(dict.fromkeys((*open_grants[one], *named_grants[one]))),
                    tuple(dict.fromkeys((*open_slices[one], *named_slices[one]))),
                    owed[one],
                    covers[one],
                )
                for one in members
                for record in records[one]
            ]
        )

    async def _named(
        self, struct: type[R], table: str, column: str, members: Sequence[int], names: Collection[str]
    ) -> Mapping[int, tuple[R, ...]]:
        """Rows of these members with one of these names."""
        which, values = f"{column} {self._any}", (self._set(sorted(set(names))),)
        return await self._each(struct, table, members if names else (), which, values)

    async def sales_since(self, members: Sequence[int], order: str) -> tuple[Sale, ...]:
        """Tickets of these members that are sold at or after `order`."""
        sql = f"SELECT {columns(Sale)} FROM sale WHERE member {self._any} AND sold_order >= ?"
        return to_structs(Sale, await self._all(sql, (self._set(members), order)))

    async def sold(self, tickets: Sequence[str]) -> set[str]:
        """Which of these tickets are there."""
        sql = f"SELECT ticket FROM sale WHERE ticket {self._any}"
        return {str(ticket) for (ticket,) in await self._all(sql, (self._set(tickets),))}

    async def settled_since(self, members: Sequence[int], order: str) -> tuple[tuple[int, SettledRow], ...]:
        """Promised against settled of the tickets of `sales_since`, with the member."""
        fields = ", ".join(f"settled.{name}" for name in SettledRow.__struct_fields__)
        rows = await self._all(
            f"SELECT settled.member, {fields} FROM sale JOIN settled ON settled.member = sale.member "
            f"AND settled.ticket = sale.ticket WHERE sale.member {self._any} AND sale.sold_order >= ?",
            (self._set(members), order),
        )
        return _owned(rows)

    async def settled_in_all(
        self, members: Sequence[int], asset: str, scope: str
    ) -> tuple[tuple[int, SettledRow], ...]:
        """Promised against settled of one netting scope, with the member."""
        rows = await self._all(
            f"SELECT member, {columns(SettledRow)} FROM settled WHERE member {self._any} AND asset = ? AND scope = ?",
            (self._set(members), asset, scope),
        )
        return _owned(rows)

    async def visits_of(self, members: Sequence[int]) -> Mapping[int, tuple[Visits, ...]]:
        """Stores whose tills know each of these members."""
        return await self._each(Visits, "scope", members, "1 = 1")

    async def applied_to(
        self, members: Sequence[int], dev: int, inc: int, first: int, last: int
    ) -> set[tuple[int, int]]:
        """Member and number of the entries of a till from `first` to `last` that were applied to these members."""
        rows = await self._all(
            f"SELECT member, seq FROM applied WHERE member {self._any} "
            "AND dev = ? AND inc = ? AND seq BETWEEN ? AND ?",
            (self._set(members), dev, inc, first, last),
        )
        return {(int(member), int(seq)) for member, seq in rows}

    async def grants_of(self, ids: Sequence[str]) -> tuple[GrantRow, ...]:
        """The grants with these ids that exist."""
        sql = f'SELECT {columns(GrantRow)} FROM "grant" WHERE id {self._any}'
        return to_structs(GrantRow, await self._all(sql, (self._set(ids),)))

    async def returned_before(self, tickets: Sequence[str], references: Sequence[str]) -> set[str]:
        """Tickets and references whose returns wait for their sale."""
        sql = (
            "SELECT ticket, reference FROM refund WHERE resolved = 0 AND "
            f"((ticket {self._any} AND ticket <> '') OR reference {self._any})"
        )
        rows = await self._all(sql, (self._set(tickets), self._set(references)))
        return {str(name) for row in rows for name in row}

    async def reserve_receipts(self, wanted: Sequence[tuple[str, str]]) -> dict[str, str]:
        """Whose receipts of a register are: those of nobody are given to the tickets that want them, first come."""
        await self._many(f"{_RECEIPT}DO NOTHING", sorted(wanted, key=lambda one: one[0]))
        sql = f"SELECT pos_ref, ticket FROM receipt WHERE pos_ref {self._any}"
        return dict(await self._all(sql, (self._set([ref for ref, _ in wanted]),)))

    async def give_receipts(self, owners: Sequence[tuple[str, str]]) -> None:
        """These receipts belong to these tickets from now on."""
        await self._many(f"{_RECEIPT}(pos_ref) DO UPDATE SET ticket = excluded.ticket", owners)

    async def add_seconds(self, tickets: Sequence[tuple[str, str]]) -> None:
        """Of these receipts these tickets wait in turn."""
        await self._many("INSERT INTO second_ticket VALUES (?, ?) ON CONFLICT DO NOTHING", tickets)

    async def save_all(self, changes: Sequence[Changes]) -> None:
        """Write what changed in the books of several members."""
        each = [(one.record.member, one) for one in changes]
        await self._many(upsert("member", MemberRecord, ("member",)), [to_row(one.record) for one in changes])
        grants = [to_row(row) for one in changes for row in one.grants]
        await self._many(upsert('"grant"', GrantRow, ("id",)), grants)
        for sql, rows in (
            (upsert("lot", Lot, ("member", "lot"), owner=True), [(m, one.lots) for m, one in each]),
            (
                upsert("grant_slice", SliceRow, ("id", "lot"), owner=True),
                [(m, one.slices) for m, one in each],
            ),
            (upsert("owed", Owed, ("member", "n"), owner=True), [(m, one.owed) for m, one in each]),
            (
                upsert("cover", Cover, ("member", "n", "lot"), owner=True),
                [(m, one.covers) for m, one in each],
            ),
            (upsert("posting", Posting, ("member", "n"), owner=True), [(m, one.postings) for m, one in each]),
        ):
            await self._many(sql, [(member, *to_row(row)) for member, held in rows for row in held])

    async def save_sales(self, rows: Sequence[Sale]) -> None:
        """Write tickets."""
        await self._many(upsert("sale", Sale, ("member", "sold_order")), [to_row(row) for row in rows])

    async def save_all_settled(self, rows: Sequence[tuple[int, SettledRow]]) -> None:
        """Write promised against settled of several members."""
        sql = upsert("settled", SettledRow, ("member", "ticket", "rule", "asset"), owner=True)
        await self._many(sql, [(member, *to_row(row)) for member, row in rows])

    async def save_all_visits(self, rows: Sequence[tuple[int, Visits]]) -> None:
        """Write how often members come to stores."""
        sql = upsert("scope", Visits, ("member", "store"), owner=True)
        await self._many(sql, [(member, *to_row(row)) for member, row in rows])

    async def mark_all_applied(self, rows: Sequence[tuple[int, int, int, int]]) -> None:
        """Entries (member, dev, inc, seq) that were applied for the first time."""
        await self._many("INSERT INTO applied VALUES (?, ?, ?, ?)", rows)

    async def mark_all_due(self, members: Sequence[int]) -> None:
        """Something of these members has changed that leases depend on."""
        sql = "INSERT INTO lease_due VALUES (?) ON CONFLICT DO NOTHING"
        await self._many(sql, [(member,) for member in members])

    async def dispose_all(self, dev: int, inc: int, seqs: Sequence[int], disposition: str, code: str) -> None:
        """The same became of these entries of a till."""
        await self._do(
            f"UPDATE inbox SET disposition = ?, code = ? WHERE dev = ? AND inc = ? AND seq {self._any}",
            (disposition, code, dev, inc, self._set(seqs)),
        )


def _owned(rows: Rows) -> tuple[tuple[int, SettledRow], ...]:
    return tuple([(int(row[0]), to_struct(SettledRow, row[1:])) for row in rows])
