"""Tickets in order of sale, settlement, refunds and grants, in SQL."""

from collections.abc import Sequence
from datetime import date

from sync.ledger.records import (
    GrantRow,
    HoldRow,
    OutboundRow,
    Posting,
    RefundRow,
    Sale,
    SettledRow,
    SliceRow,
)
from sync.ledger.rows import columns, to_row, to_struct, to_structs, upsert
from sync.ledger.session import Session


class SqlSales(Session):
    """`port.SaleOperations` in SQL."""

    async def sale(self, ticket: str) -> Sale | None:
        """A ticket by its id."""
        row = await self._one(f"SELECT {columns(Sale)} FROM sale WHERE ticket = ?", (ticket,))
        return None if row is None else to_struct(Sale, row)

    async def sale_at(self, dev: int, inc: int, seq: int) -> Sale | None:
        """A ticket by its entry."""
        row = await self._one(
            f"SELECT {columns(Sale)} FROM sale WHERE dev = ? AND inc = ? AND seq = ?", (dev, inc, seq)
        )
        return None if row is None else to_struct(Sale, row)

    async def sales_from(self, member: int, order: str) -> tuple[Sale, ...]:
        """The member's tickets that are sold at or after `order`, in order of sale."""
        rows = await self._all(
            f"SELECT {columns(Sale)} FROM sale WHERE member = ? AND sold_order >= ? ORDER BY sold_order",
            (member, order),
        )
        return to_structs(Sale, rows)

    async def last_sales(self, member: int, most: int) -> tuple[Sale, ...]:
        """The member's last tickets, the latest sold first."""
        rows = await self._all(
            f"SELECT {columns(Sale)} FROM sale WHERE member = ? ORDER BY sold_order DESC LIMIT ?",
            (member, most),
        )
        return to_structs(Sale, rows)

    async def save_sale(self, row: Sale) -> None:
        """Write a ticket."""
        await self._do(upsert("sale", Sale, ("member", "sold_order")), to_row(row))

    async def waiting_restores(self, dev: int, inc: int) -> tuple[Sale, ...]:
        """Refunded tickets of a till whose burns are not given back yet."""
        rows = await self._all(
            f"SELECT {columns(Sale)} FROM sale WHERE dev = ? AND inc = ? AND restore_waits > 0", (dev, inc)
        )
        return to_structs(Sale, rows)

    async def settled_of(self, member: int, ticket: str) -> tuple[SettledRow, ...]:
        """Promised against settled of one ticket."""
        rows = await self._all(
            f"SELECT {columns(SettledRow)} FROM settled WHERE member = ? AND ticket = ? ORDER BY rule, asset",
            (member, ticket),
        )
        return to_structs(SettledRow, rows)

    async def settled_in(self, member: int, asset: str, scope: str) -> tuple[SettledRow, ...]:
        """Promised against settled of one netting scope, in order of sale."""
        rows = await self._all(
            f"SELECT {columns(SettledRow)} FROM settled WHERE member = ? AND asset = ? AND scope = ? "
            "ORDER BY sold_order, rule",
            (member, asset, scope),
        )
        return to_structs(SettledRow, rows)

    async def save_settled(self, member: int, rows: Sequence[SettledRow]) -> None:
        """Write promised against settled."""
        sql = upsert("settled", SettledRow, ("member", "ticket", "rule", "asset"), owner=True)
        await self._many(sql, [(member, *to_row(row)) for row in rows])

    async def save_refund(self, row: RefundRow) -> None:
        """Write a return."""
        await self._do(upsert("refund", RefundRow, ("dev", "inc", "seq")), to_row(row))

    async def refunds_of(self, ticket: str) -> tuple[RefundRow, ...]:
        """All returns of a ticket, in order."""
        rows = await self._all(
            f"SELECT {columns(RefundRow)} FROM refund WHERE ticket = ? ORDER BY sold_order", (ticket,)
        )
        return to_structs(RefundRow, rows)

    async def refunds_waiting(self, ticket: str, reference: str) -> tuple[RefundRow, ...]:
        """Returns that arrived before the ticket they are of."""
        rows = await self._all(
            f"SELECT {columns(RefundRow)} FROM refund WHERE resolved = 0 AND "
            "((ticket = ? AND ticket <> '') OR reference = ?) ORDER BY sold_order",
            (ticket, reference),
        )
        return to_structs(RefundRow, rows)

    async def claim_receipt(self, pos_ref: str, ticket: str) -> str:
        """The ticket that a register's receipt belongs to: `ticket` unless another came first, which it follows."""
        await self._do("INSERT INTO receipt VALUES (?, ?) ON CONFLICT DO NOTHING", (pos_ref, ticket))
        row = await self._one("SELECT ticket FROM receipt WHERE pos_ref = ?", (pos_ref,))
        assert row is not None
        if row[0] != ticket:
            await self._do(
                "INSERT INTO second_ticket VALUES (?, ?) ON CONFLICT DO NOTHING", (pos_ref, ticket)
            )
        return str(row[0])

    async def second_tickets(self, pos_ref: str) -> tuple[str, ...]:
        """Tickets that were rung up under a receipt of another one, by their names."""
        rows = await self._all(
            "SELECT ticket FROM second_ticket WHERE pos_ref = ? ORDER BY ticket", (pos_ref,)
        )
        return tuple(str(ticket) for (ticket,) in rows)

    async def release_receipt(self, pos_ref: str, ticket: str) -> None:
        """A register's receipt belongs to no ticket again, if it belonged to this one."""
        await self._do("DELETE FROM receipt WHERE pos_ref = ? AND ticket = ?", (pos_ref, ticket))

    async def release_receipts(self, ticket: str) -> tuple[str, ...]:
        """No receipt of a register belongs to this ticket any more; those that did."""
        rows = await self._all("DELETE FROM receipt WHERE ticket = ? RETURNING pos_ref", (ticket,))
        return tuple(sorted(str(pos_ref) for (pos_ref,) in rows))

    async def outbound_of(self, ticket: str) -> tuple[OutboundRow, ...]:
        """What a ticket has done elsewhere."""
        rows = await self._all(
            f"SELECT {columns(OutboundRow)} FROM outbound WHERE ticket = ? ORDER BY id", (ticket,)
        )
        return to_structs(OutboundRow, rows)

    async def outbound(self, what: str) -> tuple[OutboundRow, ...]:
        """Everything of a kind that waits for somebody to take it, oldest first."""
        rows = await self._all(
            f"SELECT {columns(OutboundRow)} FROM outbound WHERE what = ? AND state = 'waiting' ORDER BY day, id",
            (what,),
        )
        return to_structs(OutboundRow, rows)

    async def add_outbound(self, rows: Sequence[OutboundRow]) -> None:
        """Keep what has to be done elsewhere; what is there already stays as it is."""
        marks = ", ".join("?" * len(OutboundRow.__struct_fields__))
        sql = f"INSERT INTO outbound ({columns(OutboundRow)}) VALUES ({marks}) ON CONFLICT DO NOTHING"
        await self._many(sql, [to_row(row) for row in rows])

    async def drop_outbound(self, ids: Sequence[str]) -> None:
        """Forget what nobody has taken yet."""
        await self._many("DELETE FROM outbound WHERE id = ? AND state = 'waiting'", [(one,) for one in ids])

    async def burned(self, member: int, asset: str) -> tuple[int, ...]:
        """What each ticket of the member burned of an asset, in ascending order."""
        rows = await self._all(
            "SELECT sum(quantity) AS units FROM posting WHERE member = ? AND asset = ? AND cause = 'BURN' "
            "GROUP BY ticket ORDER BY units",
            (member, asset),
        )
        return tuple([int(units) for (units,) in rows])

    async def posted(self, cause: str, first: date, last: date) -> tuple[tuple[int, Posting], ...]:
        """Member and posting of every posting with `cause` from `first` to `last`."""
        rows = await self._all(
            f"SELECT member, {columns(Posting)} FROM posting WHERE cause = ? AND day BETWEEN ? AND ? "
            "ORDER BY day, member, n",
            (cause, first.isoformat(), last.isoformat()),
        )
        return tuple((row[0], to_struct(Posting, row[1:])) for row in rows)

    async def passed_over(self, first: date) -> tuple[tuple[int, str], ...]:
        """Members and assets of which a lot lapsed on `first` or later, and one that ends later has been drawn."""
        rows = await self._all(
            "SELECT DISTINCT gone.member, gone.asset FROM posting "
            "JOIN lot AS gone ON gone.member = posting.member AND gone.lot = posting.lot "
            "JOIN lot AS later ON later.member = gone.member AND later.asset = gone.asset "
            "WHERE posting.cause = ? AND posting.day >= ? AND later.last_day > gone.last_day AND later.burned > 0 "
            "ORDER BY gone.member, gone.asset",
            ("EXPIRE", first.isoformat()),
        )
        return tuple([(int(member), str(asset)) for member, asset in rows])


class SqlGrants(Session):
    """`port.GrantOperations` in SQL."""

    async def grant(self, grant: str) -> GrantRow | None:
        """A grant by its id."""
        row = await self._one(f'SELECT {columns(GrantRow)} FROM "grant" WHERE id = ?', (grant,))
        return None if row is None else to_struct(GrantRow, row)

    async def grants_after(
        self, dev: int, inc: int, gno: int
    ) -> tuple[tuple[GrantRow, tuple[SliceRow, ...]], ...]:
        """Grants of a till after number `gno`, in order, with their slices in the order they were filled."""
        rows = await self._all(
            f'SELECT {columns(GrantRow)} FROM "grant" WHERE dev = ? AND inc = ? AND gno > ? ORDER BY gno',
            (dev, inc, gno),
        )
        sql = f"SELECT {columns(SliceRow)} FROM grant_slice WHERE id = ? ORDER BY place"
        return tuple(
            [
                (to_struct(GrantRow, row), to_structs(SliceRow, await self._all(sql, (row[0],))))
                for row in rows
            ]
        )

    async def hold(self, dev: int, inc: int, ticket: str, content: bytes) -> HoldRow | None:
        """What was answered to this very request before."""
        row = await self._one(
            f"SELECT {columns(HoldRow)} FROM hold WHERE dev = ? AND inc = ? AND ticket = ? AND content = ?",
            (dev, inc, ticket, content),
        )
        return None if row is None else to_struct(HoldRow, row)

    async def save_hold(self, row: HoldRow) -> None:
        """Remember the answer to a request."""
        await self._do(upsert("hold", HoldRow, ("dev", "inc", "ticket", "content")), to_row(row))

    async def recall(self, dev: int, inc: int, grant: str) -> None:
        """Ask a till to return what it has left of a grant."""
        await self._do("INSERT INTO recall VALUES (?, ?, ?) ON CONFLICT DO NOTHING", (dev, inc, grant))

    async def recalled(self, dev: int, inc: int) -> tuple[str, ...]:
        """The grants that a till is asked to return."""
        rows = await self._all("SELECT id FROM recall WHERE dev = ? AND inc = ? ORDER BY id", (dev, inc))
        return tuple([str(grant) for (grant,) in rows])

    async def end_recall(self, dev: int, inc: int, grant: str) -> None:
        """The till has returned it, or need not."""
        await self._do("DELETE FROM recall WHERE dev = ? AND inc = ? AND id = ?", (dev, inc, grant))

    async def mark_due(self, member: int) -> None:
        """Something of the member has changed that leases depend on."""
        await self._do("INSERT INTO lease_due VALUES (?) ON CONFLICT DO NOTHING", (member,))

    async def due(self, most: int) -> tuple[int, ...]:
        """Members whose leases are to be looked at, at most so many."""
        rows = await self._all("SELECT member FROM lease_due ORDER BY member LIMIT ?", (most,))
        return tuple([int(member) for (member,) in rows])

    async def clear_due(self, members: Sequence[int]) -> None:
        """Their leases have been looked at."""
        await self._many("DELETE FROM lease_due WHERE member = ?", [(member,) for member in members])
