"""What operators look at and decide, in SQL."""

from collections.abc import Sequence

from sync.ledger.operation_rows import ExpectedRow, FreedRow, HeldRow, PresentedRow
from sync.ledger.records import InboxRow, Incarnation
from sync.ledger.rows import columns, to_row, to_structs, upsert
from sync.ledger.session import Session


class SqlOperation(Session):
    """`port.OperationOperations` in SQL."""

    async def incarnations(self, dev: int = 0) -> tuple[Incarnation, ...]:
        """Every life of a till, those of all tills for 0, oldest first."""
        where, values = (" WHERE dev = ?", (dev,)) if dev else ("", ())
        rows = await self._all(
            f"SELECT {columns(Incarnation)} FROM incarnation{where} ORDER BY dev, inc", values
        )
        return to_structs(Incarnation, rows)

    async def inbox_after(self, dev: int, inc: int, seq: int, limit: int) -> tuple[InboxRow, ...]:
        """Accepted entries of one life of a till after `seq`, in order."""
        rows = await self._all(
            f"SELECT {columns(InboxRow)} FROM inbox WHERE dev = ? AND inc = ? AND seq > ? ORDER BY seq LIMIT ?",
            (dev, inc, seq, limit),
        )
        return to_structs(InboxRow, rows)

    async def inbox_before(self, dev: int, inc: int, seq: int, limit: int) -> tuple[InboxRow, ...]:
        """Accepted entries of one life of a till before `seq`, the last one first."""
        rows = await self._all(
            f"SELECT {columns(InboxRow)} FROM inbox WHERE dev = ? AND inc = ? AND seq < ? "
            "ORDER BY seq DESC LIMIT ?",
            (dev, inc, seq, limit),
        )
        return to_structs(InboxRow, rows)

    async def accounts_after(self, member: int, limit: int) -> tuple[int, ...]:
        """Accounts above `member` that are not merged into another, in order; those of stores and campaigns too."""
        rows = await self._all(
            "SELECT member FROM member WHERE member > ? AND state <> 'merged' ORDER BY member LIMIT ?",
            (member, limit),
        )
        return tuple([int(found) for (found,) in rows])

    async def held(self) -> tuple[tuple[int, int, str, str, int], ...]:
        """What all tills hold: device, incarnation, kind of grant, asset, units."""
        rows = await self._all(
            "SELECT g.dev, g.inc, g.kind, s.asset, sum(s.rem) FROM grant_slice s "
            'JOIN "grant" g ON g.id = s.id WHERE s.rem > 0 GROUP BY g.dev, g.inc, g.kind, s.asset '
            "ORDER BY g.dev, g.inc, g.kind, s.asset"
        )
        return tuple([(dev, inc, kind, asset, int(units)) for dev, inc, kind, asset, units in rows])

    async def held_by(self, dev: int) -> tuple[HeldRow, ...]:
        """Every slice that one device holds, by member."""
        rows = await self._all(
            "SELECT g.dev, g.inc, s.member, s.id, s.lot, s.asset, s.rem FROM grant_slice s "
            'JOIN "grant" g ON g.id = s.id WHERE g.dev = ? AND s.rem > 0 ORDER BY s.member, s.id, s.lot',
            (dev,),
        )
        return to_structs(HeldRow, rows)

    async def add_freed(self, rows: Sequence[FreedRow]) -> None:
        """Write down what an override took out of grants; more of the same slice is added to it."""
        marks = ", ".join("?" * len(FreedRow.__struct_fields__))
        await self._many(
            f"INSERT INTO freed ({columns(FreedRow)}) VALUES ({marks}) ON CONFLICT (member, id, lot) "
            "DO UPDATE SET quantity = freed.quantity + excluded.quantity, at_ms = excluded.at_ms",
            [to_row(row) for row in rows],
        )

    async def freed(self) -> tuple[FreedRow, ...]:
        """Everything that overrides took out of grants."""
        rows = await self._all(f"SELECT {columns(FreedRow)} FROM freed ORDER BY dev, inc, member, id, lot")
        return to_structs(FreedRow, rows)

    async def expect(self, rows: Sequence[ExpectedRow]) -> None:
        """Write who is expected after a restore, or that they have come."""
        await self._many(upsert("expected", ExpectedRow, ("dev", "inc")), [to_row(row) for row in rows])

    async def expected(self, dev: int = 0, inc: int = 0) -> tuple[ExpectedRow, ...]:
        """Who was expected after the last restore: one life of a till, or all."""
        where, values = (" WHERE dev = ? AND inc = ?", (dev, inc)) if dev else ("", ())
        rows = await self._all(
            f"SELECT {columns(ExpectedRow)} FROM expected{where} ORDER BY dev, inc", values
        )
        return to_structs(ExpectedRow, rows)

    async def present(self, rows: Sequence[PresentedRow]) -> None:
        """Keep grants that tills show and the books do not know yet."""
        await self._many(
            upsert("presented", PresentedRow, ("dev", "inc", "gno")), [to_row(row) for row in rows]
        )

    async def presented(self) -> tuple[PresentedRow, ...]:
        """The grants that tills showed and that are not in the books yet."""
        rows = await self._all(f"SELECT {columns(PresentedRow)} FROM presented ORDER BY dev, inc, gno")
        return to_structs(PresentedRow, rows)

    async def drop_presented(self, row: PresentedRow) -> None:
        """It is in the books now, or counted as missing."""
        await self._do(
            "DELETE FROM presented WHERE dev = ? AND inc = ? AND gno = ?", (row.dev, row.inc, row.gno)
        )

    async def forget_expected(self) -> None:
        """A restore begins: who was expected after an earlier one no longer matters.

        What its tills presented does, where the copy was made before it was back in the books: they were heard with it.
        """
        await self._do("DELETE FROM expected")
