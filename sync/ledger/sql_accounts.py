"""Members and their books, in SQL."""

from collections.abc import Mapping, Sequence
from datetime import date

import msgspec

from sync.ledger.records import (
    MOVED_AWAY,
    Arrival,
    Changes,
    ConsentRow,
    Cover,
    GrantRow,
    Lot,
    MemberData,
    MemberRecord,
    Owed,
    Posting,
    SliceRow,
    Visits,
)
from sync.ledger.rows import columns, to_row, to_struct, to_structs, upsert
from sync.ledger.sql_cards import SqlCards

OWNED: dict[str, tuple[str, ...]] = {
    "lot": ("lot",),
    "grant_slice": (),
    '"grant"': (),
    "sale": ("sold_order",),
    "settled": ("ticket", "rule", "asset"),
    "scope": ("store",),
    "applied": ("dev", "inc", "seq"),
    "consent": ("purpose", "sold_ms", "dev", "inc", "seq"),
    "card": (),
    "contact": ("key",),
    "refund": (),
    "pii": ("what",),
    "outbound": (),
}
"""Tables of an account, with the rest of their keys: where both members have a row, the one that stays is kept."""


class SqlAccounts(SqlCards):
    """`port.AccountOperations` in SQL."""

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

    async def members_of_contact(self, key: bytes) -> tuple[int, ...]:
        """Whose contact this is."""
        rows = await self._all("SELECT member FROM contact WHERE key = ? ORDER BY member", (key,))
        return tuple([int(member) for (member,) in rows])

    async def add_contacts(self, member: int, keys: Sequence[bytes]) -> None:
        """Hardened keyed hashes by which the member may be found."""
        await self._many(
            "INSERT INTO contact VALUES (?, ?) ON CONFLICT DO NOTHING", ((k, member) for k in keys)
        )

    async def member(self, member: int) -> MemberRecord | None:
        """The member's row, the one it was merged into if so."""
        sql = f"SELECT {columns(MemberRecord)} FROM member WHERE member = ?{self._lock}"
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
        sql = f"SELECT {columns(MemberRecord)} FROM member WHERE member = ?{self._lock}"
        record = await self._one(sql, (member,))
        if record is None:
            raise KeyError(member)
        owed, covers = await self._debts(member)
        pledged = {cover.lot for cover in covers} | {debt.lot for debt in owed if debt.lot}
        slices = await self._slices(member, lots)
        grants = await self._all(
            f'SELECT {columns(GrantRow)} FROM "grant" WHERE id IN '
            "(SELECT id FROM grant_slice WHERE member = ? AND rem > 0)",
            (member,),
        )
        return MemberData(
            to_struct(MemberRecord, record),
            await self._open_lots(member, (*lots, *sorted(pledged)), tickets),
            to_structs(GrantRow, grants),
            slices,
            owed,
            covers,
        )

    async def _open_lots(self, member: int, names: Sequence[str], tickets: Sequence[str]) -> tuple[Lot, ...]:
        """What can still move, the lots of these names, and those of these tickets; each once."""
        chosen = f"SELECT {columns(Lot)} FROM lot WHERE member = ? AND "
        found = await self._all(chosen + "(available > 0 OR granted > 0)", (member,))
        for ticket in tickets:
            found += await self._all(chosen + "ticket = ?", (member, ticket))
        for name in names:
            found += await self._all(chosen + "lot = ?", (member, name))
        return to_structs(Lot, dict.fromkeys(found))

    async def _debts(self, member: int) -> tuple[tuple[Owed, ...], tuple[Cover, ...]]:
        """What is still owed, and what other lots bore of it."""
        covers = await self._all(
            f"SELECT {columns(Cover)} FROM cover WHERE member = ? AND quantity > 0", (member,)
        )
        owed = await self._all(
            f"SELECT {columns(Owed)} FROM owed WHERE member = ? AND "
            "(quantity > 0 OR n IN (SELECT n FROM cover WHERE member = ? AND quantity > 0))",
            (member, member),
        )
        return to_structs(Owed, owed), to_structs(Cover, covers)

    async def _slices(self, member: int, lots: Sequence[str]) -> tuple[SliceRow, ...]:
        """What tills still hold of the member, and all slices of these lots; each once."""
        chosen = f"SELECT {columns(SliceRow)} FROM grant_slice WHERE member = ? AND "
        slices = await self._all(chosen + "rem > 0", (member,))
        named = 'id IN (SELECT id FROM "grant" WHERE member = ?) AND lot = ?'  # by key: there are many slices
        for lot in lots:
            slices += await self._all(chosen + named, (member, member, lot))
        return to_structs(SliceRow, dict.fromkeys(slices))

    async def known(self, members: Sequence[int]) -> set[int]:
        """Which of these members exist."""
        rows = await self._all(f"SELECT member FROM member WHERE member {self._any}", (self._set(members),))
        return {int(member) for (member,) in rows}

    async def add_members(self, rows: Sequence[Arrival], at_ms: int) -> None:
        """Add many members at once; a card that is taken stays where it is."""
        await self._many(upsert("member", MemberRecord, ("member",)), [to_row(row.record) for row in rows])
        each = [(row.record.member, row) for row in rows]
        for sql, values in (
            ("INSERT INTO card VALUES (?, ?)", [(card, m) for m, row in each for card in row.cards]),
            ("INSERT INTO contact VALUES (?, ?)", [(key, m) for m, row in each for key in row.contacts]),
            (
                "INSERT INTO scope (member, store, last_ms) VALUES (?, ?, ?)",
                [(m, row.record.store, at_ms) for m, row in each],
            ),
        ):
            await self._many(f"{sql} ON CONFLICT DO NOTHING", values)
        lots = [(m, *to_row(lot)) for m, row in each for lot in row.lots]
        await self._many(upsert("lot", Lot, ("member", "lot"), owner=True), lots)
        postings = [(m, *to_row(posting)) for m, row in each for posting in row.postings]
        await self._many(upsert("posting", Posting, ("member", "n"), owner=True), postings)

    async def lots(self, member: int, tickets: Sequence[str]) -> tuple[Lot, ...]:
        """The lots that were born of the named tickets."""
        sql = f"SELECT {columns(Lot)} FROM lot WHERE member = ? AND ticket = ?"
        return to_structs(Lot, [row for one in tickets for row in await self._all(sql, (member, one))])

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
        await self.save_member(changes.record)
        await self._many(upsert('"grant"', GrantRow, ("id",)), [to_row(row) for row in changes.grants])
        for sql, rows in tables:
            await self._many(sql, [(member, *to_row(row)) for row in rows])

    async def forget_used(self, account: int, before: date) -> None:
        """Drop the lots of an account, and their postings, that are used up and older than `before`."""
        used = "available = 0 AND granted = 0 AND earned_on < ?"
        values = (account, account, before.isoformat())
        await self._do(
            f"DELETE FROM posting WHERE member = ? AND lot IN (SELECT lot FROM lot WHERE member = ? AND {used})",
            values,
        )
        await self._do(f"DELETE FROM lot WHERE member = ? AND {used}", values[1:])

    async def mark_applied(self, member: int, dev: int, inc: int, seq: int) -> bool:
        """True the first time an entry is applied to a member, false ever after."""
        sql = "INSERT INTO applied VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
        return await self._do(sql, (member, dev, inc, seq)) == 1

    async def merge(self, old: int, into: int, postings_from: int, owed_from: int) -> None:
        """Move the books of `old` to `into`; its postings and debts are numbered on from the given ones."""
        for table, offset in (("posting", postings_from), ("owed", owed_from), ("cover", owed_from)):
            await self._do(f"UPDATE {table} SET member = ?, n = n + ? WHERE member = ?", (into, offset, old))
        await self._drop_moved(old, into)
        await self._do('UPDATE "grant" SET signed_for = member WHERE member = ? AND signed_for = 0', (old,))
        for table, key in OWNED.items():
            sql, values = f"UPDATE {table} SET member = ? WHERE member = ?", [into, old]
            if key:
                same = " AND ".join(f"other.{column} = {table}.{column}" for column in key)
                sql += f" AND NOT EXISTS (SELECT 1 FROM {table} AS other WHERE other.member = ? AND {same})"
                values.append(into)
            await self._do(sql, values)
        await self._do("DELETE FROM missed_day WHERE member = ?", (old,))
        await self._do("UPDATE member SET state = 'merged', alias = ? WHERE member = ?", (into, old))

    async def _drop_moved(self, old: int, into: int) -> None:
        """What is left at `into` of tickets that moved from it to `old`, whose they are now."""
        await self._do(
            "DELETE FROM sale WHERE member = ? AND ticket LIKE ? AND sold_order IN"
            " (SELECT other.sold_order FROM sale AS other WHERE other.member = ?)",
            (into, f"{MOVED_AWAY}%", old),
        )
        await self._do(
            "DELETE FROM settled WHERE member = ? AND live = 0 AND EXISTS (SELECT 1 FROM settled AS other"
            " WHERE other.member = ? AND other.ticket = settled.ticket AND other.rule = settled.rule"
            " AND other.asset = settled.asset AND other.live = 1)",
            (into, old),
        )

    async def add_pii(self, member: int, what: str, sha256: bytes) -> None:
        """The member's newest sealed blob of a kind; the one before is dropped."""
        before = "SELECT sha256 FROM pii WHERE member = ? AND what = ? AND sha256 <> ?"
        await self._do(f"DELETE FROM blob_sealed WHERE sha256 IN ({before})", (member, what, sha256))
        await self._do(
            "INSERT INTO pii VALUES (?, ?, ?) ON CONFLICT (member, what) DO UPDATE SET sha256 = excluded.sha256",
            (member, what, sha256),
        )

    async def drop_person(self, member: int) -> tuple[bytes, ...]:
        """Drop what tells who the member is, and the sealed blobs of it; the cards that are nobody's now."""
        both = "member IN (SELECT member FROM member WHERE member = ? OR alias = ?)"
        sealed = f"DELETE FROM blob_sealed WHERE sha256 IN (SELECT sha256 FROM pii WHERE {both})"
        await self._do(sealed, (member, member))
        for table in ("pii", "contact", "consent", "blocked_card", "phone_key", "shown_code"):
            await self._do(f"DELETE FROM {table} WHERE {both}", (member, member))
        cards = await self._all("DELETE FROM card WHERE member = ? RETURNING token", (member,))
        return tuple(sorted(bytes(token) for (token,) in cards))

    async def pii(self, member: int) -> tuple[str, ...]:
        """What is kept sealed of the member."""
        rows = await self._all("SELECT what FROM pii WHERE member = ? ORDER BY what", (member,))
        return tuple([str(what) for (what,) in rows])

    async def consents(self, member: int) -> tuple[ConsentRow, ...]:
        """The member's consents, in order of time."""
        rows = await self._all(
            f"SELECT {columns(ConsentRow)} FROM consent WHERE member = ? ORDER BY sold_ms, purpose", (member,)
        )
        return to_structs(ConsentRow, rows)

    async def drop_sealed(self, hashes: Sequence[bytes]) -> None:
        """Drop sealed blobs."""
        await self._many("DELETE FROM blob_sealed WHERE sha256 = ?", ((one,) for one in hashes))

    async def add_consent(self, row: ConsentRow) -> None:
        """Keep a consent."""
        key = ("member", "purpose", "sold_ms", "dev", "inc", "seq")
        await self._do(upsert("consent", ConsentRow, key), to_row(row))

    async def touch_scope(self, member: int, store: str, at_ms: int) -> None:
        """The member was seen at a store."""
        await self._do(
            "INSERT INTO scope (member, store, last_ms) VALUES (?, ?, ?) ON CONFLICT (member, store) "
            "DO UPDATE SET last_ms = excluded.last_ms, away = 0 WHERE excluded.last_ms > scope.last_ms",
            (member, store, at_ms),
        )

    async def visits(self, member: int) -> tuple[Visits, ...]:
        """Stores whose tills know the member, and how often it comes there."""
        rows = await self._all(
            f"SELECT {columns(Visits)} FROM scope WHERE member = ? ORDER BY store", (member,)
        )
        return to_structs(Visits, rows)

    async def save_visits(self, member: int, row: Visits) -> None:
        """Write how often the member comes to a store."""
        await self._do(upsert("scope", Visits, ("member", "store"), owner=True), (member, *to_row(row)))

    async def scopes(self, member: int) -> tuple[str, ...]:
        """Stores whose tills know the member."""
        rows = await self._all(
            "SELECT store FROM scope WHERE member = ? AND away = 0 ORDER BY store", (member,)
        )
        return tuple(store for (store,) in rows)

    async def in_scope(self, store: str, members: Sequence[int]) -> set[int]:
        """Which of these members the tills of a store know."""
        rows = await self._all(
            f"SELECT member FROM scope WHERE member {self._any} AND store = ? AND away = 0 AND NOT EXISTS "
            "(SELECT 1 FROM member m WHERE m.member = scope.member AND m.erased <> '')",
            (self._set(members), store),
        )
        return {int(member) for (member,) in rows}

    async def leave_stores(self, members: Sequence[int], before_ms: int) -> tuple[tuple[int, str], ...]:
        """Those of these members who were last seen at a store before `before_ms`, and the store: it is left now.

        Nobody leaves the store of their enrolment.
        """
        rows = await self._all(
            f"UPDATE scope SET away = 1 WHERE member {self._any} AND last_ms < ? AND away = 0 AND store <> "
            "(SELECT m.store FROM member m WHERE m.member = scope.member) RETURNING member, store",
            (self._set(members), before_ms),
        )
        return tuple(sorted((int(member), store) for member, store in rows))

    async def regions_of(self, members: Sequence[int]) -> Mapping[int, frozenset[str]]:
        """The regions in whose stores each of these members was ever seen."""
        rows = await self._all(
            "SELECT DISTINCT scope.member, store.region FROM scope JOIN store ON store.store = scope.store "
            f"WHERE scope.member {self._any} AND store.region <> ''",
            (self._set(members),),
        )
        found: dict[int, set[str]] = {}
        for member, region in rows:
            found.setdefault(int(member), set()).add(region)
        return {member: frozenset(regions) for member, regions in found.items()}

    async def members(self) -> tuple[int, ...]:
        """All members that are not merged into another."""
        rows = await self._all("SELECT member FROM member WHERE state <> 'merged' ORDER BY member")
        return tuple(member for (member,) in rows)
