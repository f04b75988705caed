"""The day job: every store's members through every business day, each once, in the order of the days.

A transaction does a batch of members and writes down how far it came, so that a crash loses and doubles nothing,
several processes may work at once, and pushes get their turn between batches.
"""

import logging
from collections.abc import Iterator
from datetime import date, timedelta
from typing import ClassVar

import msgspec

from rules.sentences import mark
from sync.ledger.caller import LedgerRefusal
from sync.ledger.day_member import Today, live, today_of
from sync.ledger.day_rows import DayRow, Tally, add_up, tallied, tally_of
from sync.ledger.operation import Operation
from sync.ledger.scope import leave_stores
from sync.ledger.service import Ledger
from sync.ledger.touched import Touched
from sync.ledger.work import Work

MEMBERS_AT_ONCE = 200
BATCHES_AT_ONCE = 20
ONE_DAY = timedelta(days=1)
FAILED = "failed"
_log = logging.getLogger("assidu.ledger")


class Part(msgspec.Struct, frozen=True):
    """What a batch brought: a store's day and what happened; `last` when the day is done with it."""

    store: str
    day: date
    tally: Tally
    last: bool = False


class Done(msgspec.Struct, frozen=True):
    """What was done of the days that waited. With `more` ask again from `store`, in a dry run from (store, member)."""

    parts: tuple[Part, ...]
    more: bool
    store: str = ""
    member: int = 0


async def do_batch(
    ledger: Ledger, until: date | None = None, size: int = MEMBERS_AT_ONCE, first: str = ""
) -> Part | None:
    """The next batch of the first store with a day to do, up to `until` or its own today; None when all is done.

    Stores before `first` are not looked at: whoever goes on from the store of the last batch looks at each one once.
    """

    async def batch(work: Work) -> Part | None:
        for row in await work.tx.stores():
            day = await _next_day(work, row.store, until) if row.store >= first else None
            if day is not None:
                return await _do(work, row.store, day, size)
        return None

    return await ledger.write(batch)


async def _next_day(work: Work, store: str, until: date | None) -> date | None:
    """The first day that is not done; a store that never had one begins with its today."""
    row = await work.tx.last_day(store)
    end = await work.today(store)
    end = end if until is None else min(end, until)
    day = end if row is None else row.day + ONE_DAY * row.done
    return day if day <= end else None


async def _do(work: Work, store: str, day: date, size: int) -> Part:
    row = await work.tx.take_day(store, day)
    if row.done:  # by another process, a moment ago
        return Part(store, day, {})
    members = await work.tx.members_at(store, row.member, size)
    tally = await _live_all(work, store, members, day)
    await leave_stores(work, members, day)
    last = len(members) < size
    upto = members[-1] if members else row.member
    sums = add_up(tally_of(row), tally)
    await work.tx.save_day(DayRow(store, day, upto, int(last), tallied(sums)))
    return Part(store, day, tally, last)


async def _live_all(work: Work, store: str, members: tuple[int, ...], day: date) -> Tally:
    """Bring members through a day, and before it through those that failed, up to one that fails again."""
    await work.tx.lock(Touched(members=members))
    missed = await work.tx.missed_days(members, day)
    days = {on: await today_of(work, store, on) for on in sorted({day, *[on for on, _ in missed]})}
    sums: Tally = {}
    stuck: set[int] = set()
    for on, member in (*missed, *[(day, member) for member in members]):
        if on == day or member not in stuck:
            tally = await _live_one(work, member, days[on])
            if FAILED in tally:
                stuck.add(member)
            elif on < day:
                await work.tx.drop_missed(member, on)
            sums = add_up(sums, tally)
    return sums


async def _live_one(work: Work, member: int, today: Today) -> Tally:
    try:
        async with work.tx.savepoint():
            record = await work.tx.member(member)
            if record is None or record.member != member:  # merged into another meanwhile
                return {}
            return await live(work, record, today)
    except Exception as error:  # noqa: BLE001 - a fault of ours with one member must not stop the others
        _log.error("day %s of member %d: %s", today.day, member, type(error).__name__)
    await work.tx.add_missed(member, today.day)
    return {FAILED: (1, 0)}


class _Undo(Exception):
    """What a dry run found out; carries it out of the transaction that is undone."""

    def __init__(self, found: Done | None) -> None:
        super().__init__()
        self.found = found


async def try_batch(ledger: Ledger, until: date | None, store: str, after: int) -> Done | None:
    """What the next members after (store, member) would live through, all days together; None at the end.

    Nothing is kept of it. `until` may lie ahead.
    """

    async def batch(work: Work) -> None:
        raise _Undo(await _try(work, until, store, after))

    try:
        await ledger.write(batch)
    except _Undo as undo:
        return undo.found
    raise AssertionError("a dry run is always undone")


async def _try(work: Work, until: date | None, store: str, after: int) -> Done | None:
    for row in await work.tx.stores():
        if row.store < store:
            continue
        begin = await work.tx.last_day(row.store)
        days = tuple(await _open_days(work, row.store, begin, until))
        size = max(1, MEMBERS_AT_ONCE // max(1, len(days)))
        members = (
            await work.tx.members_at(row.store, after if row.store == store else 0, size) if days else ()
        )
        if members:
            parts = [
                Part(row.store, day, await _live_all(work, row.store, _left(members, begin, day), day))
                for day in days
            ]
            return Done(tuple(parts), True, row.store, members[-1])
    return None


async def _open_days(work: Work, store: str, begin: DayRow | None, until: date | None) -> Iterator[date]:
    today = await work.today(store)
    end = until or today
    first = min(today, end) if begin is None else begin.day + ONE_DAY * begin.done
    return (first + ONE_DAY * n for n in range((end - first).days + 1))


def _left(members: tuple[int, ...], begin: DayRow | None, day: date) -> tuple[int, ...]:
    """Those of `members` for whom `day` is not done yet."""
    if begin is None or begin.day != day:
        return members
    return tuple([member for member in members if member > begin.member])


class RunDay(Operation[Done], frozen=True):
    """Do the days that wait, from `store` on, up to `until` or today.

    `dry` only tells what would happen, from (store, member) on.
    """

    until: date | None = None
    dry: bool = False
    store: str = ""
    member: int = 0

    name: ClassVar[str] = "day"
    answer: ClassVar[type[msgspec.Struct]] = Done

    async def run(self, ledger: Ledger) -> Done:
        """Some batches. Raises LedgerRefusal for a day that no store has begun, unless it is dry."""
        if self.dry:
            return await self._try(ledger)
        if self.until is not None:
            await ledger.read(self._check)
        parts: list[Part] = []
        store = self.store
        for _ in range(BATCHES_AT_ONCE):
            part = await do_batch(ledger, self.until, first=store)
            if part is None:
                return Done(tuple(parts), False)
            parts.append(part)
            store = part.store
        return Done(tuple(parts), True, store)

    async def _check(self, work: Work) -> None:
        days = [await work.today(row.store) for row in await work.tx.stores()]
        if self.until is not None and days and self.until > max(days):
            raise LedgerRefusal(
                "not_yet", mark("This day has not begun anywhere: give a day up to today, or add --dry-run.")
            )

    async def _try(self, ledger: Ledger) -> Done:
        store, member = self.store, self.member
        parts: list[Part] = []
        for _ in range(BATCHES_AT_ONCE):
            done = await try_batch(ledger, self.until, store, member)
            if done is None:
                return Done(tuple(parts), False)
            parts += done.parts
            store, member = done.store, done.member
        return Done(tuple(parts), True, store, member)
