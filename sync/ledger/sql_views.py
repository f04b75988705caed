"""Open books of many members at once, in SQL: one statement a table, however many they are."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from sync.card_marks import Blocked, BlockReason, PhoneKey
from sync.ledger.records import (
    Cover,
    GrantRow,
    Lot,
    MemberCard,
    MemberData,
    MemberRecord,
    Owed,
    SliceRow,
)
from sync.ledger.rows import columns, to_struct
from sync.ledger.session import Session

R = TypeVar("R", bound=msgspec.Struct)

_PLEDGED = (
    "EXISTS (SELECT 1 FROM cover WHERE cover.member = lot.member AND cover.lot = lot.lot AND cover.quantity > 0) "
    "OR EXISTS (SELECT 1 FROM owed WHERE owed.member = lot.member AND owed.lot = lot.lot AND (owed.quantity > 0 OR "
    "EXISTS (SELECT 1 FROM cover WHERE cover.member = owed.member AND cover.n = owed.n AND cover.quantity > 0)))"
)
OWED = (
    "quantity > 0 OR EXISTS (SELECT 1 FROM cover "
    "WHERE cover.member = owed.member AND cover.n = owed.n AND cover.quantity > 0)"
)


class SqlViews(Session):
    """What tills are shown of members."""

    async def views(self, members: Sequence[int]) -> tuple[tuple[MemberData, MemberCard], ...]:
        """Open books and keyed hashes of several members, without those that were merged away."""
        records = await self._each(MemberRecord, "member", members, "alias IS NULL")
        lots = await self._each(Lot, "lot", members, f"available > 0 OR granted > 0 OR {_PLEDGED}")
        slices = await self._each(SliceRow, "grant_slice", members, "rem > 0")
        grants = await self._each(
            GrantRow,
            '"grant"',
            members,
            'EXISTS (SELECT 1 FROM grant_slice s WHERE s.id = "grant".id AND s.rem > 0)',
        )
        owed = await self._each(Owed, "owed", members, OWED)
        covers = await self._each(Cover, "cover", members, "quantity > 0")
        blocked = await self._each(Blocked, "blocked_card", members, "why <> ?", (BlockReason.FOUND.value,))
        phones = await self._each(PhoneKey, "phone_key", members, "kid > 0")
        cards, contacts = (
            await self._keys("card", "token", members),
            await self._keys("contact", "key", members),
        )
        return tuple(
            [
                (
                    MemberData(record, lots[one], grants[one], slices[one], owed[one], covers[one]),
                    MemberCard(cards[one], contacts[one], blocked[one], next(iter(phones[one]), None)),
                )
                for one in members
                for record in records[one]
            ]
        )

    async def lines(self, members: Sequence[int]) -> tuple[tuple[MemberData, MemberCard], ...]:
        """As `views`, but only what a line in the list of all members takes: records, lots that are left, cards."""
        records = await self._each(MemberRecord, "member", members, "alias IS NULL")
        lots = await self._each(Lot, "lot", members, "available > 0 OR granted > 0")
        cards = await self._keys("card", "token", members)
        return tuple(
            [
                (MemberData(record, lots[one], (), (), (), ()), MemberCard(cards[one], ()))
                for one in members
                for record in records[one]
            ]
        )

    async def _each(
        self,
        struct: type[R],
        table: str,
        members: Sequence[int],
        which: str,
        values: Sequence[Any] = (),
    ) -> Mapping[int, tuple[R, ...]]:
        """Rows of each member, of which `which` is true with its `values`."""
        rows = await self._all(
            f"SELECT {table}.member, {columns(struct)} FROM {table} "
            f"WHERE {table}.member {self._any} AND ({which})",
            (self._set(members), *values),
        )
        found: dict[int, list[R]] = defaultdict(list)
        for member, *row in rows:
            found[member].append(to_struct(struct, row))
        return _Each({member: tuple(held) for member, held in found.items()})

    async def _keys(self, table: str, column: str, members: Sequence[int]) -> Mapping[int, tuple[bytes, ...]]:
        rows = await self._all(
            f"SELECT member, {column} FROM {table} WHERE member {self._any} ORDER BY {column}",
            (self._set(members),),
        )
        found: dict[int, list[bytes]] = defaultdict(list)
        for member, key in rows:
            found[member].append(bytes(key))
        return _Each({member: tuple(held) for member, held in found.items()})


class _Each(dict[int, tuple[Any, ...]]):
    """Nothing for members without rows."""

    def __missing__(self, member: int) -> tuple[Any, ...]:
        return ()
