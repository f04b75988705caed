"""Tills as their owner sees them: what each holds and has left to send, whose key is refused, who is written off.

Nothing but the till's own word frees a grant, except the override here, whose amount is counted (G2 of
ledger-and-sync.md section 4.3): what the till spent before, and sends later, may have been spent twice.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import msgspec

from rules.sentences import said
from sync.ledger.books import AVAILABLE, Origin, Why, granted, replace
from sync.ledger.caller import LedgerRefusal
from sync.ledger.ended import REVOKED, end, write_no_more
from sync.ledger.grants import LEASE, recall
from sync.ledger.operation import Operation
from sync.ledger.operation_rows import FreedRow, HeldRow
from sync.ledger.records import Incarnation
from sync.ledger.recovery import end_if_heard
from sync.ledger.service import Ledger
from sync.ledger.shares import save_shares
from sync.ledger.store_tills import tell_store
from sync.ledger.work import Work
from sync.shares import is_shared

AT_ONCE = 100  # members a transaction: a push waits no longer than these take
WRITTEN_OFF = "written_off"


class Device(msgspec.Struct, frozen=True):
    """One life of a till. `state` is open, closed (it lives on under another number), revoked or written_off.

    `seen_ms` is the last push (ms UTC, 0 for none), `accepted` the last entry the ledger has, `backlog` what the till
    had left to send then, `held` what it holds by asset, `freed` what a write-off took out of its grants.
    """

    dev: int
    inc: int
    store: str
    till: str
    state: str
    seen_ms: int
    accepted: int
    backlog: int
    held: Mapping[str, int]
    freed: Mapping[str, int]


class DeviceList(msgspec.Struct, frozen=True):
    """All lives of all tills, by number."""

    devices: tuple[Device, ...]


class ListDevices(Operation[DeviceList], frozen=True):
    """All tills, or those of one store."""

    store: str = ""

    name: ClassVar[str] = "devices-list"
    answer: ClassVar[type[msgspec.Struct]] = DeviceList

    async def run(self, ledger: Ledger) -> DeviceList:
        """Them."""

        async def look(work: Work) -> tuple[Device, ...]:
            held: dict[tuple[int, int], Counter[str]] = {}
            for dev, inc, _, asset, units in await work.tx.held():
                held.setdefault((dev, inc), Counter())[asset] += units
            freed: dict[tuple[int, int], Counter[str]] = {}
            for row in await work.tx.freed():
                freed.setdefault((row.dev, row.inc), Counter())[row.asset] += row.quantity
            lives = await work.tx.incarnations()
            return tuple([_device(one, held, freed) for one in lives if self.store in ("", one.store)])

        return DeviceList(await ledger.read(look))


def _device(one: Incarnation, held: Mapping[Any, Counter[str]], freed: Mapping[Any, Counter[str]]) -> Device:
    key = one.dev, one.inc
    return Device(
        *key,
        store=one.store,
        till=one.till,
        state=WRITTEN_OFF if one.written_off_ms and one.state == "open" else one.state,
        seen_ms=one.seen_ms,
        accepted=one.acc_seq,
        backlog=one.backlog,
        held=dict(sorted(held.get(key, {}).items())),
        freed=dict(sorted(freed.get(key, {}).items())),
    )


class Revoked(msgspec.Struct, frozen=True):
    """A till is shut out, now or already before (`new` is false); `held` is what it keeps encumbered, by asset."""

    till: str
    store: str
    new: bool
    held: Mapping[str, int]


class RevokeDevice(Operation[Revoked], frozen=True):
    """A till whose key is worth nothing from its next request on; what it holds stays encumbered."""

    dev: int

    name: ClassVar[str] = "devices-revoke"
    answer: ClassVar[type[msgspec.Struct]] = Revoked

    async def run(self, ledger: Ledger) -> Revoked:
        """Revoke it. Raises LedgerRefusal for a number that no till has."""

        async def revoke(work: Work) -> Revoked:
            lives = await _lives(work, self.dev)
            for one in lives:
                if one.state != "revoked":
                    await end(work, one, REVOKED)
            await tell_store(work, lives[-1].store)
            await end_if_heard(work)
            new = any(one.state != "revoked" for one in lives)
            return Revoked(lives[-1].till, lives[-1].store, new, _sums(await work.tx.held_by(self.dev)))

        return await ledger.write(revoke)


class WrittenOffDevice(msgspec.Struct, frozen=True):
    """What a write-off frees, or has freed, by asset, and of how many accounts."""

    till: str
    store: str
    freed: Mapping[str, int]
    accounts: int


class WriteOffDevice(Operation[WrittenOffDevice], frozen=True):
    """A till that will not come back: what it holds is its members' again, and counted. Only said without `go`."""

    dev: int
    go: bool = False

    name: ClassVar[str] = "devices-write-off"
    answer: ClassVar[type[msgspec.Struct]] = WrittenOffDevice

    async def run(self, ledger: Ledger) -> WrittenOffDevice:
        """Free it, in several transactions; run again, it goes on. Raises LedgerRefusal for an unknown number."""

        async def look(work: Work) -> tuple[Incarnation, tuple[HeldRow, ...]]:
            return (await _lives(work, self.dev))[-1], await work.tx.held_by(self.dev)

        async def mark(work: Work) -> None:
            for one in await _lives(work, self.dev):
                if not one.written_off_ms:
                    lost = replace(one, written_off_ms=work.now_ms)
                    await work.tx.save_incarnation(lost)
                    await write_no_more(work, lost)
                    await tell_store(work, one.store)
            await end_if_heard(work)

        if self.go:
            await ledger.write(mark)  # first, so that it is given nothing new meanwhile
        till, held = await ledger.read(look)
        accounts = sorted({row.member for row in held})
        for start in range(0, len(accounts), AT_ONCE) if self.go else ():
            part = set(accounts[start : start + AT_ONCE])
            rows = [row for row in held if row.member in part]

            async def free(work: Work, rows: Sequence[HeldRow] = rows) -> None:
                await free_slices(work, rows, WRITTEN_OFF)

            await ledger.write(free)
        return WrittenOffDevice(till.till, till.store, _sums(held), len(accounts))


async def _lives(work: Work, dev: int) -> tuple[Incarnation, ...]:
    lives = await work.tx.incarnations(dev)
    if not lives:
        raise LedgerRefusal(
            "unknown_device", said("There is no till number {dev}: list them first.", dev=dev)
        )
    return lives


def _sums(held: Sequence[HeldRow]) -> dict[str, int]:
    sums: Counter[str] = Counter()
    for row in held:
        sums[row.asset] += row.rem
    return dict(sorted(sums.items()))


async def free_slices(work: Work, rows: Sequence[HeldRow], why: str) -> None:
    """Move what is still in these slices back to available, and write down whose word it was not."""
    for member in sorted({row.member for row in rows}):
        await _free(work, member, [row for row in rows if row.member == member], why)


async def _free(work: Work, member: int, rows: Sequence[HeldRow], why: str) -> None:
    record = await work.tx.member(member)
    assert record is not None, "a slice belongs to an account"
    zone = record.store or (await work.tx.stores())[0].store  # what a campaign has is no store's own
    day = (await work.moment(zone, work.now_ms)).bdate
    books = await work.books(record.member, Origin(0, 0, 0, day), [row.lot for row in rows])
    freed = []
    for row in rows:
        part = books.in_grant(row.id, row.lot)
        if part:
            books.move(
                row.lot, granted(row.id), AVAILABLE, part, Why("OVERRIDE", books.grants[row.id].ticket)
            )
            freed.append(
                FreedRow(record.member, row.id, row.lot, row.asset, row.dev, row.inc, part, why, work.now_ms)
            )
        if books.grants[row.id].kind == LEASE:  # a till that turns up after all must not go on spending it
            await recall(work, books.grants[row.id])
    await work.tx.add_freed(freed)
    await (save_shares(work, books) if is_shared(member) else work.close(books, record.store))
