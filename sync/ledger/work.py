"""What the application of one entry shares: the transaction, the time, calendars, programmes, the books."""

import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import msgspec

from rules.account import Account
from rules.calendar import StoreTime, store_time
from rules.errors import ProgrammeError
from rules.kinds.tiers import TIERS, tier_of
from rules.programme.load import load_programme
from rules.programme.model import Programme
from sync.ledger.amends import amends_of
from sync.ledger.books import AVAILABLE, CONVERTED, Books, Origin, Why, replace
from sync.ledger.debits import GRACE_DAYS, credit, expire, lapse_all, lapse_unvisited
from sync.ledger.effect import effects_of, in_order
from sync.ledger.given_rows import in_force
from sync.ledger.port import Transaction
from sync.ledger.records import Lot, MemberRecord, Sale, StoreRow
from sync.ledger.sizing import visited
from sync.shares import is_shared
from sync.thin import THIN

RECOVERY = "recovery"
"""The ledger's value that says since when (ms UTC) it is in recovery mode; empty where it is not."""
_fields = msgspec.json.Decoder(dict[str, Any])


class Quarantined(Exception):
    """An entry cannot be applied now and waits; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Keys(msgspec.Struct, frozen=True):
    """The keys of the ledger that every till of the chain shares, and the secret half of the sealing key.

    `roles` are the number and the seed of the key that it signs with in each role.
    """

    lookup: bytes
    permutation: bytes
    sealing: bytes
    sealing_public: bytes
    roles: Mapping[str, tuple[int, bytes]] = {}


class Sending(msgspec.Struct, frozen=True):
    """What `sale` has done elsewhere is `outbound` (JSON) from now on, by the entry `origin`."""

    sale: Sale
    origin: Origin
    outbound: bytes


class Work:
    """One transaction's work. `programmes` is kept between transactions: a programme never changes."""

    def __init__(
        self,
        tx: Transaction,
        now_ms: int,
        keys: Keys,
        programmes: dict[str, Programme],
        random: Callable[[int], bytes],
    ) -> None:
        self.tx = tx
        self.now_ms = now_ms
        self.keys = keys
        self.random = random
        self.sending: list[Sending] = []
        self._programmes = programmes
        self._position: int | None = None
        self._hears: bool | None = None
        self._stores: dict[str, StoreRow] = {}
        self._moments: dict[tuple[str, int, str], StoreTime] = {}
        self._held: dict[tuple[str, date], Programme | None] = {}

    async def position(self) -> int:
        """The last position that was there when this was first asked: the same on engines that give them later."""
        if self._position is None:
            self._position = await self.tx.counter("pos")
        return self._position

    async def hears_tills(self) -> bool:
        """Whether it was restored and still hears its tills, as of when this was first asked.

        What is free in the books may then be a till's, which has not said so yet: it turns into nothing else until all
        have. (What lapses meanwhile still bears what a till drew of it in time.)
        """
        if self._hears is None:
            self._hears = bool(await self.tx.value(RECOVERY))
        return self._hears

    async def programme(self, sha256: str) -> Programme | None:
        """The published programme whose file has this hash, or None, as for ""."""
        if not sha256:
            return None
        if sha256 not in self._programmes:
            try:
                data = await self.tx.blob(bytes.fromhex(sha256))
                if data is None:
                    return None
                self._programmes[sha256] = load_programme(data)
            except (ValueError, ProgrammeError):
                return None
        return self._programmes[sha256]

    async def programme_on(self, day: date, store: str) -> Programme | None:
        """The published programme that holds for a business date at a store, or None."""
        held = in_force(await self.tx.published(), day, store)
        return None if held is None else await self.programme(held.sha256.hex())

    async def store(self, store: str) -> StoreRow:
        """A store that is known. Raises Quarantined."""
        if store not in self._stores:
            row = await self.tx.store(store)
            if row is None:
                raise Quarantined("store")
            self._stores[store] = row
        return self._stores[store]

    async def moment(self, store: str, at_ms: int, programme: Programme | None = None) -> StoreTime:
        """Business date and minute in a store's calendar."""
        key = store, at_ms, "" if programme is None else programme.sha256
        if key not in self._moments:
            row = await self.store(store)
            at = datetime.fromtimestamp(at_ms / 1000, UTC)
            ends = time() if programme is None else programme.header.business_day_ends
            self._moments[key] = store_time(at, row.timezone, ends)
        return self._moments[key]

    async def today(self, store: str, programme: str = "") -> date:
        """The business date of a store now, whose day ends as the programme of this hash says.

        For "", as of a member who has bought nothing yet, it ends as the programme in force there says.
        """
        named = await self.programme(programme)
        if named is None:
            return await self.business_day(store, self.now_ms)
        return (await self.moment(store, self.now_ms, named)).bdate

    async def business_day(self, store: str, at_ms: int) -> date:
        """The business date of a store at a moment, whose day ends as the programme in force there says."""
        calendar = (await self.moment(store, at_ms)).bdate
        if (store, calendar) not in self._held:
            self._held[store, calendar] = await self.programme_on(calendar, store)
        return (await self.moment(store, at_ms, self._held[store, calendar])).bdate

    async def books(
        self, member: int, origin: Origin, lots: Sequence[str] = (), tickets: Sequence[str] = ()
    ) -> Books:
        """The books of a member, open parts and what is named."""
        return Books(await self.tx.member_data(member, lots, tickets), origin)

    async def close(self, books: Books, store: str) -> None:
        """Bring the books up to the store's day, write them and wake the stores."""
        await self.bring_up(books, await self.today(store, books.record.programme))
        await self.save(books)
        await self.tx.mark_due(books.member)
        await self.announce(books.member)

    async def bring_up(self, books: Books, today: date) -> None:
        """Let credits repay, lots lapse and full cards form as on `today`, and tell a tier that is new then."""
        credit(books)
        expire(books, today)
        if books.record.erased:
            if not await self.hears_tills():
                lapse_all(books)
            return
        programme = await self.programme(books.record.programme)
        lapse_unvisited(books, programme, today - timedelta(days=GRACE_DAYS))
        if programme is not None:
            await self._convert(books, today, programme)
            _tell_tier(books, programme, today)

    async def save(self, books: Books) -> None:
        """Write what changed in the books, and the effects that others read."""
        await self.tx.save_data(books.changes())
        effects = in_order((*effects_of(books.member, books.postings), *books.told))
        await self.tx.add_effects([replace(one, at_ms=self.now_ms) for one in effects])

    async def visited(self, member: int, store: str, at_ms: int) -> None:
        """The member came to a store at `at_ms` UTC, whose tills know it from now on."""
        before = {row.store: row for row in await self.tx.visits(member)}
        await self.tx.save_visits(member, visited(before.get(store), store, at_ms))

    async def announce(self, member: int) -> None:
        """Tell every store that the member's row has changed: in full where it is known, else thin."""
        for store in await self.tx.scopes(member):
            await self.tx.log(f"store:{store}", str(member))
        if not is_shared(member):
            await self.tx.log(THIN, str(member))

    async def _convert(self, books: Books, today: date, programme: Programme) -> None:
        if not programme.conversions or await self.hears_tills():
            return
        for one in programme.conversions:
            units = [lot for lot in books.free_lots(one.source) if lot.usable(today)]
            cards = sum(lot.available for lot in units) // one.need
            if not cards:
                continue
            left, why = cards * one.need, Why("CONVERT", "", one.rule)
            for lot in units:
                part = min(left, lot.available)
                if part:
                    books.move(lot.lot, AVAILABLE, CONVERTED, part, why)
                left -= part
            made = Lot(
                await self.lot_name(),
                one.target,
                cards,
                today,
                today,
                one.last_day(today),
                "CONVERT",
                rule=one.rule,
            )
            books.issue(made, AVAILABLE, why)

    async def lot_name(self) -> str:
        """The name of a lot that the centre makes."""
        return f"c-{await self.tx.advance('lot', 1)}"

    async def new_member(self, member: int, store: str, state: str, since: date | None) -> MemberRecord:
        """Make an account; what the rules know of it is its number and its place in control groups."""
        account = new_account(self.keys, member, since)
        row = MemberRecord(member, state, None, store, since, b"", history_of(account), bucket=account.bucket)
        await self.tx.save_member(row)
        await self.tx.touch_scope(member, store, self.now_ms)
        return row


def new_account(keys: Keys, member: int, since: date | None) -> Account:
    """The rules account of a new member; its place in control groups comes from a keyed hash."""
    digest = hmac.digest(keys.lookup, b"assidu-bucket/1\0" + str(member).encode(), hashlib.sha256)
    return Account(member=member, since=since, bucket=int.from_bytes(digest[:8]) % 100)


def account_of(record: MemberRecord, history: bytes) -> Account:
    """The rules account stored as `history`, with the profile as it is known now."""
    account = msgspec.json.decode(history, type=Account)
    birthday = tuple(int(part) for part in record.birthday.split("-")) if record.birthday else None
    return replace(
        account,
        member=record.member,
        since=record.since,
        birthday=birthday,
        bucket=record.bucket,
        sponsor=record.sponsor,
        fields=_fields.decode(record.fields),
        amends=amends_of(record),
    )


def _tell_tier(books: Books, programme: Programme, day: date) -> None:
    record = books.record
    if programme.rule(TIERS) is None and not record.tier:
        return
    tier = tier_of(account_of(record, record.history), programme, day)
    if tier != record.tier:
        books.record = replace(record, tier=tier)
        books.tell("tier", day, rule=TIERS, detail=tier)


def history_of(account: Account) -> bytes:
    """What is kept of an account between tickets: counters, not holdings, which the books keep."""
    return msgspec.json.encode(replace(without_holdings(account), fields={}, amends=None), order="sorted")


def without_holdings(account: Account) -> Account:
    """`account` with its counters alone; profile fields are kept with the member and nowhere else."""
    return replace(account, holdings=(), balance={}, deficit={}, usable=None)
