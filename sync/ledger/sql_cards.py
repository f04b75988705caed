"""Blocked cards, keys of phones, and the codes that phones have shown, in SQL."""

from sync.card_marks import Blocked, PhoneKey
from sync.ledger.rows import columns, to_row, to_structs
from sync.ledger.shown import ShownCode
from sync.ledger.sql_views import SqlViews


class SqlCards(SqlViews):
    """`port.CardOperations` in SQL. A word about a card or a phone counts if none later in order of sale is there."""

    async def save_blocked(self, member: int, row: Blocked, order: str) -> bool:
        """Keep that a card of `member` is blocked or found; whether no later word was there."""
        changed = await self._do(
            "INSERT INTO blocked_card (card, member, why, day, at_order) VALUES (?, ?, ?, ?, ?) ON CONFLICT (card) "
            "DO UPDATE SET member = excluded.member, why = excluded.why, day = excluded.day, "
            "at_order = excluded.at_order WHERE excluded.at_order >= blocked_card.at_order",
            (row.card, member, row.why, row.day.isoformat(), order),
        )
        return changed > 0

    async def save_phone(self, member: int, key: PhoneKey, order: str) -> bool:
        """Keep which phone stands for `member`; whether no later word was there."""
        changed = await self._do(
            "INSERT INTO phone_key (member, kid, public, at_order) VALUES (?, ?, ?, ?) ON CONFLICT (member) "
            "DO UPDATE SET kid = excluded.kid, public = excluded.public, at_order = excluded.at_order "
            "WHERE excluded.at_order >= phone_key.at_order",
            (member, key.kid, key.public, order),
        )
        return changed > 0

    async def unbind_card(self, token: bytes) -> None:
        """The card is nobody's."""
        await self._do("DELETE FROM card WHERE token = ?", (token,))

    async def move_person(self, old: int, into: int) -> bool:
        """After `SqlAccounts.merge`: blocked cards and shown codes move, the phone where `into` has none.

        What both have of a person is dropped at `old`. Whether its phone stands for `into` now.
        """
        for table in ("blocked_card", "shown_code"):
            await self._do(f"UPDATE {table} SET member = ? WHERE member = ?", (into, old))
        moved = await self._do(
            "UPDATE phone_key SET member = ? WHERE member = ? AND NOT EXISTS"
            " (SELECT 1 FROM phone_key AS other WHERE other.member = ?)",
            (into, old, into),
        )
        await self._do(
            "DELETE FROM blob_sealed WHERE sha256 IN (SELECT sha256 FROM pii WHERE member = ?)", (old,)
        )
        for table in ("pii", "contact", "consent", "scope", "phone_key", "lease_due"):
            await self._do(f"DELETE FROM {table} WHERE member = ?", (old,))
        return moved == 1

    async def add_shown(self, row: ShownCode) -> tuple[ShownCode, ...]:
        """Keep that a ticket was shown a code; the tickets of other tills that were shown the same one."""
        names = columns(ShownCode)
        await self._do(
            f"INSERT INTO shown_code ({names}) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", to_row(row)
        )
        sql = f"SELECT {names} FROM shown_code WHERE code = ? AND dev <> ? ORDER BY ticket"
        return to_structs(ShownCode, await self._all(sql, (row.code, row.dev)))

    async def claim_code(self, code: bytes, dev: int, at_ms: int, keep_ms: int) -> int:
        """The till that was shown a code first within the last `keep_ms`: `dev` unless another one was."""
        await self._do("DELETE FROM claimed_code WHERE at_ms < ?", (at_ms - keep_ms,))
        await self._do(
            "INSERT INTO claimed_code (code, dev, at_ms) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            (code, dev, at_ms),
        )
        row = await self._one("SELECT dev FROM claimed_code WHERE code = ?", (code,))
        assert row is not None
        return int(row[0])

    async def shown_twice(self) -> tuple[ShownCode, ...]:
        """Every showing of the codes that were shown to more than one till, newest day last."""
        twice = "SELECT code FROM shown_code GROUP BY code HAVING count(DISTINCT dev) > 1"
        names = columns(ShownCode)
        sql = f"SELECT {names} FROM shown_code WHERE code IN ({twice}) ORDER BY day, code, ticket"
        return to_structs(ShownCode, await self._all(sql))
