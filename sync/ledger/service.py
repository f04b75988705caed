"""The central ledger as its callers see it: tills through HTTP, the shop's files at start, reports."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from datetime import date
from typing import Any, TypeVar

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from rules.programme.load import load_programme
from rules.programme.model import Programme
from rules.sentences import mark, sentence_of
from rules.ticket import Event
from sync.clock import Clock
from sync.delegation import GRANTS, RULES, Sign
from sync.ledger import holds, pairing, pull, recovery, report
from sync.ledger.accept import BAD_CHAIN, Refused, accept, anchor, check_size, end_life
from sync.ledger.account_view import member_rows
from sync.ledger.admission import LARGE_BYTES
from sync.ledger.arrivals import NewMember, add_members
from sync.ledger.batch import apply_all
from sync.ledger.caller import DeviceId, LedgerRefusal
from sync.ledger.given_rows import PROGRAMME
from sync.ledger.grants import missed_grants
from sync.ledger.keys import numbers, open_keys, signers
from sync.ledger.leases import review
from sync.ledger.outbound import record_event
from sync.ledger.overruns import lend_all
from sync.ledger.part import Part, read_part
from sync.ledger.port import Storage, Transaction
from sync.ledger.publications import put
from sync.ledger.records import Incarnation, StoreRow
from sync.ledger.shares import fund_stores
from sync.ledger.waiting import Waiting
from sync.ledger.waits import recovering
from sync.ledger.work import Keys, Work
from sync.wire import (
    AccountAnswer,
    Anchor,
    Cursor,
    Disposition,
    HoldAnswer,
    HoldRequest,
    PairAnswer,
    PairRequest,
    PullAnswer,
    PullRequest,
    PushAnswer,
    PushRequest,
    pack,
)

T = TypeVar("T")
Turn = Callable[[], AbstractAsyncContextManager[None]]
SCOPE_KEY_BYTES = 32


class Ledger:
    """All that the ledger does; one instance per database, used from one event loop."""

    def __init__(
        self,
        storage: Storage,
        clock: Clock,
        random: Callable[[int], bytes],
        server_key: Ed25519PrivateKey,
    ) -> None:
        self._storage = storage
        self._clock = clock
        self._random = random
        self._server_key = server_key
        self._keys: Keys | None = None
        self._signers: dict[str, Sign] = {}
        self._epoch = 0
        self._programmes: dict[str, Programme] = {}
        self._waiting = Waiting()
        self.backlogs = storage.backlogs

    async def open(self) -> None:
        """Open the storage, bring its schema up to date and make the keys of a new ledger."""
        self._storage.on_change(self._waiting.tell)
        await self._storage.open()
        await self.read_keys()

    async def read_keys(self) -> None:
        """Take the ledger's keys as they stand in its database."""
        self._keys, self._epoch = await self._storage.write(lambda tx: open_keys(tx, self._random))
        self._signers = signers(self._server_key.sign, self.keys)

    async def close(self) -> None:
        """Give the storage back."""
        await self._storage.close()

    @property
    def server_public_key(self) -> bytes:
        """The raw Ed25519 public key that every till pins."""
        return self._server_key.public_key().public_bytes_raw()

    def signer(self, role: str) -> Sign:
        """What signs in a role (sync/delegation.py) a message that begins with the domain of what it is."""
        return self._signers[role]

    @property
    def epoch(self) -> int:
        """The ledger's epoch: it rises when an older copy was restored."""
        return self._epoch

    @property
    def keys(self) -> Keys:
        """The chain's shared keys, once the ledger is open."""
        assert self._keys is not None, "open the ledger first"
        return self._keys

    def now_ms(self) -> int:
        """The ledger's time in ms since 1970 UTC."""
        return self._clock.wall_ms()

    async def lookup_key(self) -> bytes:
        """The key of the keyed hashes of cards (needed to read a shop's member list)."""
        return self.keys.lookup

    def _work(self, tx: Transaction) -> Work:
        return Work(tx, self._clock.wall_ms(), self.keys, self._programmes, self._random)

    async def write(self, job: Callable[[Work], Coroutine[Any, Any, T]], last: bool = False) -> T:
        """Run `job` in a write transaction; those who wait for changes are woken after its commit."""
        try:
            return await self._storage.write(lambda tx: job(self._work(tx)), last)
        except Refused as refused:
            raise LedgerRefusal(refused.code, sentence_of(refused)) from refused

    async def read(self, job: Callable[[Work], Coroutine[Any, Any, T]]) -> T:
        """Run `job` on one consistent state."""
        return await self._storage.read(lambda tx: job(self._work(tx)))

    async def push(self, device: DeviceId, request: PushRequest, turn: Turn = nullcontext) -> PushAnswer:
        """Accept, apply and settle a batch. Raises LedgerRefusal for a bad chain, signature or size.

        What asks nothing of the database is done before its `turn`, while others are being written.
        """
        if (request.dev, request.inc) != (device.dev, device.inc):
            raise LedgerRefusal("wrong_device", mark("The batch is of another till: pair this till again."))
        try:
            last = check_size(request) > LARGE_BYTES
        except Refused as refused:
            raise LedgerRefusal(refused.code, sentence_of(refused)) from refused
        part = read_part(request, device.key)
        try:
            async with turn():
                return await self.write(lambda work: self._push(work, device, request, part), last)
        except LedgerRefusal as refused:
            if refused.code == BAD_CHAIN:
                await self.write(lambda work: end_life(work, device.dev, device.inc))
            raise

    async def _push(self, work: Work, device: DeviceId, request: PushRequest, part: Part) -> PushAnswer:
        till = await _till(work.tx, device)
        awaited = await recovery.expected(work, till) if self._epoch > 1 else None
        if awaited is not None:
            till = await recovery.welcome(work, till, awaited, request)
        taken = await accept(work, till, request, part)
        if awaited is not None and not taken.fence:
            head = await recovery.hear(work, taken.incarnation, request, self.server_public_key)
            taken = msgspec.structs.replace(taken, incarnation=head)
        if request.held and not taken.fence:
            await work.tx.save_holding(till.dev, till.inc, pack(request.held), work.now_ms)
        done = await apply_all(work, taken.rows, till.store)
        if taken.enrols:
            await pairing.refill_blocks(work, till)
        if awaited is not None and not (taken.fence or taken.expected_seq):
            await recovery.heard(work, taken.incarnation, request)
        given = None if taken.fence else await anchor(work, taken.incarnation, request)
        head = taken.incarnation
        has_all = taken.fence or (awaited is None and request.last_gno >= head.last_gno)
        became = [Disposition(row.seq, *what) for row, what in zip(taken.rows, done, strict=True)]
        return PushAnswer(
            accepted_seq=head.acc_seq,
            accepted_hash=head.acc_hash,
            durable_seq=head.dur_seq,
            dispositions=tuple(became),
            grants=() if has_all else await missed_grants(work.tx, till.dev, till.inc, request.last_gno),
            ratchet=b"" if taken.fence else head.ratchet,
            anchor=None if given is None else Anchor(given.id, given.server_ms, given.mono_ms, given.boot),
            ledger_epoch=self._epoch,
            expected_seq=taken.expected_seq,
            fence=taken.fence,
            known_gno=-1 if awaited is None else head.last_gno,
        )

    async def account(self, device: DeviceId, token: bytes) -> AccountAnswer:
        """The member behind a card token, or none."""

        async def look_up(work: Work) -> AccountAnswer:
            till = await _till(work.tx, device)
            member = await work.tx.member_of_card(token)
            record = None if member is None else await work.tx.member(member)
            if record is None:
                return AccountAnswer(None, till.acc_seq)
            rows = await member_rows(work, till, (record.member,), await work.tx.counter("pos"))
            return AccountAnswer(rows[0], till.acc_seq)

        return await self.read(look_up)

    async def hold(self, device: DeviceId, request: HoldRequest) -> HoldAnswer:
        """Move what the till asks for from available to a grant of that till, as far as it goes."""

        async def reserve(work: Work) -> HoldAnswer:
            till = await _till(work.tx, device)
            if not till.may_hold:
                raise Refused("fenced", mark("This till must be paired again before it can reserve points."))
            if self._epoch > 1 and (await recovering(work.tx) or await recovery.expected(work, till)):
                raise Refused(
                    "recovering", mark("The ledger was restored and is still hearing its tills: try later.")
                )
            return await holds.hold(work, till, request, self.signer(GRANTS))

        return await self.write(reserve)

    async def pull(self, device: DeviceId, request: PullRequest) -> PullAnswer:
        """Changes after the till's cursors, from one consistent read."""

        async def changes(work: Work) -> PullAnswer:
            till = await _till(work.tx, device)
            answer = await pull.pull(work, till, request, self._epoch, self.signer(RULES))
            return msgspec.structs.replace(answer, roles=numbers(self.keys))

        return await self.read(changes)

    async def blob(self, sha256: bytes) -> bytes | None:
        """A published blob by its hash."""
        return await self._storage.read(lambda tx: tx.blob(sha256))

    async def positions(self, device: DeviceId) -> dict[str, int]:
        """The last position of each bucket the till reads."""

        async def look(tx: Transaction) -> dict[str, int]:
            return dict(await tx.positions(pull.buckets_of(await _till(tx, device))))

        return await self._storage.read(look)

    async def wait_change(
        self, device: DeviceId, cursors: Sequence[Cursor], timeout_s: float
    ) -> dict[str, int]:
        """Wait until a bucket of the till is ahead of its cursor; the positions, or {} after `timeout_s`.

        With 0 seconds it looks once and does not wait.
        """
        read = {cursor.bucket: cursor.pos for cursor in cursors if cursor.epoch in (0, self._epoch)}
        end = asyncio.get_running_loop().time() + timeout_s
        while True:
            now = await self.positions(device)
            if any(pos > read.get(bucket, 0) for bucket, pos in now.items()):
                return now
            try:
                with self._waiting.listening(now) as bell:
                    async with asyncio.timeout_at(end):
                        await bell.wait()
            except TimeoutError:
                return {}

    async def device_key(self, dev: int, inc: int) -> bytes | None:
        """The Ed25519 public key of an incarnation; None when it is unknown or revoked."""
        till = await self._storage.read(lambda tx: tx.incarnation(dev, inc))
        return None if till is None or till.state == "revoked" else till.public_key

    async def make_pairing_code(self, store: str, till_name: str) -> str:
        """A one-time code of 32 typed characters for a new till of `store`. Raises LedgerRefusal."""
        return await self.write(
            lambda work: pairing.make_pairing_code(work, self.server_public_key, store, till_name)
        )

    async def pair(self, request: PairRequest) -> PairAnswer:
        """Make the till that knows an open code a device. Raises LedgerRefusal."""

        async def welcome(work: Work) -> PairAnswer | None:
            place = await pairing.find_code(work, request.secret)
            if place is None:
                return None  # the try has been counted, which must be committed
            sign = self.signer(RULES)
            return await pairing.pair(work, request, place, self.server_public_key, self._epoch, sign)

        answer = await self.write(welcome)
        if answer is None:
            raise LedgerRefusal(
                "bad_code", mark("This pairing code is not open (any more): make a new one at the ledger.")
            )
        return answer

    async def set_card_prefix(self, prefix: str) -> None:
        """The first two digits of the chain's card numbers, told to tills at pairing."""
        await self.write(lambda work: work.tx.save_value(pairing.CARD_PREFIX, prefix.encode()))

    async def add_store(self, store: str, name: str, timezone: str, region: str = "") -> None:
        """Make or rename a store; `region` is the set of stores it belongs to."""

        async def add(work: Work) -> None:
            known = await work.tx.store(store)
            key = self._random(SCOPE_KEY_BYTES) if known is None else known.scope_key
            await work.tx.save_store(StoreRow(store, name, timezone, key, region))

        await self.write(add)

    async def publish(
        self,
        what: str,
        name: str,
        data: bytes,
        effective_from: date | None = None,
        stores: Sequence[str] = (),
    ) -> bytes:
        """Publish a programme, catalogue or staff list by content; returns its SHA-256. Idempotent.

        Raises rules.errors.ProgrammeError for a programme with faults: nothing of it is published.
        """
        if what == PROGRAMME:
            load_programme(data, name)
        row = await self.write(lambda work: put(work, what, name, data, effective_from, stores))
        return row.sha256

    async def has_programme(self) -> bool:
        """Whether a programme is published."""
        published = await self._storage.read(lambda tx: tx.published())
        return any(row.what == PROGRAMME and not row.withdrawn for row in published)

    async def add_members(self, rows: Sequence[NewMember]) -> int:
        """Add members that are not known yet; returns how many were new. Raises LedgerRefusal."""
        return await self.write(lambda work: add_members(work, rows))

    async def record_event(self, member: int, event: Event, at_ms: int) -> bool:
        """Book an event that no till wrote, dated `at_ms` (UTC) in the calendar of the member's store.

        False when this was called with the same name and ref before. Raises LedgerRefusal for a member nobody
        knows and for a day without a programme.
        """
        return await self.write(lambda work: record_event(work, member, event, at_ms))

    async def review_leases(self, most: int) -> int:
        """Look at the leases of up to `most` members of whom something has changed; how many were left to look at.

        Moves what their stores may need without a line to one till each, and asks back what is in the wrong place.
        Each in a transaction of their own: a till that sends waits for one member at most.
        """
        if await self._storage.read(recovering):
            return 0
        due = await self._storage.read(lambda tx: tx.due(most))
        for member in due:
            await self.write(lambda work, member=member: review(work, self.signer(GRANTS), member))  # type: ignore[misc]
        return len(due)

    async def fund_days(self) -> None:
        """Give every store what a move to a new programme lets it redeem on each of the next days.

        And lend all tills what they may give beyond what they share.
        """
        await self.write(fund_stores)
        await self.write(lend_all)

    async def retry_quarantined(self) -> int:
        """Apply again what was put aside, in order; how many entries are applied now."""
        return await self.write(report.retry)

    async def honoured(self, first: date = date.min, last: date = date.max) -> tuple[report.Honoured, ...]:
        """Promises that were kept although settlement gave less, from `first` to `last` inclusive."""
        return await self._storage.read(lambda tx: report.honoured(tx, first, last))

    async def written_off(
        self, first: date = date.min, last: date = date.max
    ) -> tuple[report.WrittenOff, ...]:
        """Vouchers and free items that were used and then taken back, from `first` to `last` inclusive."""
        return await self._storage.read(lambda tx: report.written_off(tx, first, last))

    async def quarantine(self) -> tuple[report.Aside, ...]:
        """Entries that are put aside, and why."""
        return await self._storage.read(report.quarantine)

    async def balances(self, member: int) -> report.Balances | None:
        """Where everything of a member is, per asset; None for an unknown member."""
        return await self._storage.read(lambda tx: report.balances(tx, member))


async def _till(tx: Transaction, device: DeviceId) -> Incarnation:
    till = await tx.incarnation(device.dev, device.inc)
    if till is None or till.state == "revoked" or (device.kept and device.key != till.public_key):
        raise LedgerRefusal("unknown_device", mark("The ledger does not know this till: pair it."))
    return till
