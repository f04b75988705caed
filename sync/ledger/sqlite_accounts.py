"""Members and their books, on SQLite."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec

from sync.ledger.records import (
    Arrival,
    Changes,
    ConsentRow,
    Cover,
    GrantRow,
    Lot,
    MemberCard,
    MemberData,
    MemberRecord,
    Owed,
    Posting,
    SliceRow,
)
from sync.ledger.rows import columns, to_row, to_struct, to_structs, upsert
from sync.ledger.session import Session

OWNED = (
    "lot",
    "grant_slice",
    '"grant"',
    "sale",
    "settled",
    "scope",
    "applied",
    "consent",
    "card",
    "contact",
    "refund",
    "pii",
    "outbound",
)


class SqliteAccounts(Session):
    """`port.AccountOperations` on SQLite, whose single writer is the lock on the member."""

    async def member_of_card(self, token: bytes) -> int | None:
        """Whose card this is."""
        row = await self._one("SELECT member FROM card WHERE token = ?", (token,))
        return None if row is None else int(row[0])

    async def bind_card(self, token: bytes, member: int) -> None:
        """The card belongs to `member` from now on."""
        await self._do(
            "INSERT INTO card VALUES (?, ?) ON CONFLICT (token) DO UPDATE SET member = excluded.member",
            (token, member),
        )

    async def add_contacts(self, member: int, keys: Sequence[bytes]) -> None:
        """Hardened keyed hashes by which the member may be found."""
        await self._many(
            "INSERT INTO contact VALUES (?, ?) ON CONFLICT DO NOTHING", ((k, member) for k in keys)
        )

    async def member(self, member: int) -> MemberRecord | None:
        """The member's row, the one it was merged into if so."""
        sql = f"SELECT {columns(MemberRecord)} FROM member WHERE member = ?"
        row = await self._one(sql, (member,))
        found = None if row is None else to_struct(MemberRecord, row)
        if found is not None and found.alias is not None:
            return await self.member(found.alias)
        return found

    async def save_member(self, row: MemberRecord) -> None:
        """Write the member's row."""
        await self._do(upsert("member", MemberRecord, ("member",)), to_row(row))

    async def member_data(
        self, member: int, lots: Sequence[str] = (), tickets: Sequence[str] = ()
    ) -> MemberData:
        """The open books of a member, with the named lots and those of the named tickets.

        Raises KeyError when the member is unknown.
        """
        return await self._run(lambda connection: _member_data(connection, member, lots, tickets))

    async def views(self, members: Sequence[int]) -> tuple[tuple[MemberData, MemberCard], ...]:
        """Open books and keyed hashes of several members, without those that were merged away."""

        def read(connection: Any) -> tuple[tuple[MemberData, MemberCard], ...]:
            found = []
            for member in members:
                data = _member_data(connection, member, (), ())
                if data.record.alias is None:
                    found.append((data, _member_card(connection, member)))
            return tuple(found)

        return await self._run(read)

    async def known(self, members: Sequence[int]) -> set[int]:
        """Which of these members exist."""

        def read(connection: Any) -> set[int]:
            sql = "SELECT 1 FROM member WHERE member = ?"
            return {member for member in members if connection.execute(sql, (member,)).fetchone()}

        return await self._run(read)

    async def add_members(self, rows: Sequence[Arrival], at_ms: int) -> None:
        """Add many members at once; a card that is taken stays where it is."""

        def write(connection: Any) -> None:
            many = connection.executemany
            many(upsert("member", MemberRecord, ("member",)), [to_row(row.record) for row in rows])
            each = [(row.record.member, row) for row in rows]
            ignore = "ON CONFLICT DO NOTHING"
            many(f"INSERT INTO card VALUES (?, ?) {ignore}", [(c, m) for m, row in each for c in row.cards])
            many(
                f"INSERT INTO contact VALUES (?, ?) {ignore}",
                [(c, m) for m, row in each for c in row.contacts],
            )
            many(
                f"INSERT INTO scope VALUES (?, ?, ?) {ignore}",
                [(m, row.record.store, at_ms) for m, row in each],
            )
            lots = [(m, *to_row(lot)) for m, row in each for lot in row.lots]
            many(upsert("lot", Lot, ("member", "lot"), owner=True), lots)
            postings = [(m, *to_row(posting)) for m, row in each for posting in row.postings]
            many(upsert("posting", Posting, ("member", "n"), owner=True), postings)

        await self._run(write)

    async def lots(self, member: int, tickets: Sequence[str]) -> tuple[Lot, ...]:
        """The lots that were born of the named tickets."""
        sql = f"SELECT {columns(Lot)} FROM lot WHERE member = ? AND ticket = ?"

        def read(connection: Any) -> tuple[Lot, ...]:
            rows = [row for ticket in tickets for row in connection.execute(sql, (member, ticket))]
            return to_structs(Lot, rows)

        return await self._run(read)

    async def lapsed(self, member: int, asset: str, since: date) -> tuple[Lot, ...]:
        """Lots of an asset with something expired, whose last day is not before `since`."""
        rows = await self._all(
            f"SELECT {columns(Lot)} FROM lot WHERE member = ? AND asset = ? AND expired > 0 AND last_day >= ?",
            (member, asset, since.isoformat()),
        )
        return to_structs(Lot, rows)

    async def all_lots(self, member: int) -> tuple[Lot, ...]:
        """Every lot the member ever had."""
        rows = await self._all(f"SELECT {columns(Lot)} FROM lot WHERE member = ?", (member,))
        return to_structs(Lot, rows)

    async def postings(self, member: int) -> tuple[Posting, ...]:
        """Every posting of the member, in order."""
        rows = await self._all(
            f"SELECT {columns(Posting)} FROM posting WHERE member = ? ORDER BY n", (member,)
        )
        return to_structs(Posting, rows)

    async def save_data(self, changes: Changes) -> None:
        """Write what changed in a member's books."""
        member = changes.record.member
        tables: tuple[tuple[str, Sequence[msgspec.Struct]], ...] = (
            (upsert("lot", Lot, ("member", "lot"), owner=True), changes.lots),
            (upsert("grant_slice", SliceRow, ("id", "lot"), owner=True), changes.slices),
            (upsert("owed", Owed, ("member", "n"), owner=True), changes.owed),
            (upsert("cover", Cover, ("member", "n", "lot"), owner=True), changes.covers),
            (upsert("posting", Posting, ("member", "n"), owner=True), changes.postings),
        )

        def write(connection: Any) -> None:
            connection.execute(upsert("member", MemberRecord, ("member",)), to_row(changes.record))
            grants = [to_row(row) for row in changes.grants]
            connection.executemany(upsert('"grant"', GrantRow, ("id",)), grants)
            for sql, rows in tables:
                connection.executemany(sql, [(member, *to_row(row)) for row in rows])

        await self._run(write)

    async def mark_applied(self, member: int, dev: int, inc: int, seq: int) -> bool:
        """True the first time an entry is applied to a member, false ever after."""
        sql = "INSERT INTO applied VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
        return await self._do(sql, (member, dev, inc, seq)) == 1

    async def merge(self, old: int, into: int, postings_from: int, owed_from: int) -> None:
        """Move the books of `old` to `into`; its postings and debts are numbered on from the given ones."""

        def write(connection: Any) -> None:
            run = connection.execute
            for table, offset in (("posting", postings_from), ("owed", owed_from), ("cover", owed_from)):
                run(f"UPDATE {table} SET member = ?, n = n + ? WHERE member = ?", (into, offset, old))
            for table in OWNED:
                run(f"UPDATE OR IGNORE {table} SET member = ? WHERE member = ?", (into, old))
            run("UPDATE member SET state = 'merged', alias = ? WHERE member = ?", (into, old))

        await self._run(write)

    async def add_pii(self, member: int, what: str, sha256: bytes) -> None:
        """The member's newest sealed blob of a kind."""
        await self._do(
            "INSERT INTO pii VALUES (?, ?, ?) ON CONFLICT (member, what) DO UPDATE SET sha256 = excluded.sha256",
            (member, what, sha256),
        )

    async def add_consent(self, row: ConsentRow) -> None:
        """Keep a consent."""
        key = ("member", "purpose", "sold_ms", "dev", "inc", "seq")
        await self._do(upsert("consent", ConsentRow, key), to_row(row))

    async def touch_scope(self, member: int, store: str, at_ms: int) -> None:
        """The member was seen at a store."""
        await self._do(
            "INSERT INTO scope VALUES (?, ?, ?) ON CONFLICT (member, store) "
            "DO UPDATE SET last_ms = max(last_ms, excluded.last_ms)",
            (member, store, at_ms),
        )

    async def scopes(self, member: int) -> tuple[str, ...]:
        """Stores whose tills know the member."""
        rows = await self._all("SELECT store FROM scope WHERE member = ? ORDER BY store", (member,))
        return tuple(store for (store,) in rows)

    async def members(self) -> tuple[int, ...]:
        """All members that are not merged into another."""
        rows = await self._all("SELECT member FROM member WHERE state <> 'merged' ORDER BY member")
        return tuple(member for (member,) in rows)


def _member_card(connection: Any, member: int) -> MemberCard:
    cards = connection.execute("SELECT token FROM card WHERE member = ? ORDER BY token", (member,))
    tokens = tuple(bytes(token) for (token,) in cards)
    keys = connection.execute("SELECT key FROM contact WHERE member = ? ORDER BY key", (member,))
    return MemberCard(tokens, tuple(bytes(key) for (key,) in keys))


def _member_data(connection: Any, member: int, lots: Sequence[str], tickets: Sequence[str]) -> MemberData:
    def read(sql: str, *values: Any) -> Any:
        return connection.execute(sql, values).fetchall()

    record = read(f"SELECT {columns(MemberRecord)} FROM member WHERE member = ?", member)
    if not record:
        raise KeyError(member)
    chosen = f"SELECT {columns(Lot)} FROM lot WHERE member = ? AND "
    found = read(chosen + "(available > 0 OR granted > 0)", member)
    for lot in lots:
        found += read(chosen + "lot = ?", member, lot)
    for ticket in tickets:
        found += read(chosen + "ticket = ?", member, ticket)
    covers = read(f"SELECT {columns(Cover)} FROM cover WHERE member = ? AND quantity > 0", member)
    owed = read(
        f"SELECT {columns(Owed)} FROM owed WHERE member = ?1 AND "
        "(quantity > 0 OR n IN (SELECT n FROM cover WHERE member = ?1 AND quantity > 0))",
        member,
    )
    debtors = to_structs(Owed, owed)
    for lot in sorted({cover[1] for cover in covers} | {debt.lot for debt in debtors if debt.lot}):
        found += read(chosen + "lot = ?", member, lot)
    slices = read(f"SELECT {columns(SliceRow)} FROM grant_slice WHERE member = ? AND rem > 0", member)
    for lot in lots:
        slices += read(
            f"SELECT {columns(SliceRow)} FROM grant_slice WHERE member = ? AND lot = ?", member, lot
        )
    grants = read(
        f'SELECT {columns(GrantRow)} FROM "grant" WHERE id IN '
        "(SELECT id FROM grant_slice WHERE member = ? AND rem > 0)",
        member,
    )
    return MemberData(
        to_struct(MemberRecord, record[0]),
        to_structs(Lot, dict.fromkeys(found)),
        to_structs(GrantRow, grants),
        to_structs(SliceRow, dict.fromkeys(slices)),
        debtors,
        to_structs(Cover, covers),
    )
