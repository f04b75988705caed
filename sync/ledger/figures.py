"""What the ledger tells a till for its store's manager: rows of every till of the store, what looks wrong, the books.

Each page is read by itself, so that no till that sells waits behind a manager's figures.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any, ClassVar, TypeVar

import msgspec

from rules.programme.model import Programme
from rules.sentences import mark
from rules.tools.offers import worth
from sync.figures import (
    Cohort,
    FiguresRequest,
    Offers,
    Provision,
    RuleCost,
    StoreFigures,
    cohorts_of,
    offers_of,
    rows_of,
)
from sync.ledger.caller import DeviceId, LedgerRefusal
from sync.ledger.operation import Operation
from sync.ledger.other_stores import elsewhere
from sync.ledger.records import Incarnation
from sync.ledger.service import Ledger
from sync.ledger.work import Work
from sync.patterns import patterns_of
from sync.seen import Seen

R = TypeVar("R")
PAGE = 500
ACCOUNTS_AT_ONCE = 5_000
ONE_DAY_MS = 86_400_000
AHEAD = 1  # days by which some store may be ahead
DAYS = 16  # two weeks, and what a store's day and the clock's differ by
CHAIN_EVERY_MS = 3_600_000
PATIENCE_S = 2.0  # the books of a small chain are counted in less; nobody waits for those of a large one
WENT = {"BURN": "burned", "CONVERT": "burned", "EXPIRE": "lapsed"}
"""What units go by that a cause takes; by every other one they were taken back. Whatever adds some has issued them."""
CAUSES = (
    *WENT,
    "ACCRUE",
    "TOP_UP",
    "HONOUR",
    "ADJUST",
    "CLAWBACK",
    "VOID",
    "REPAY",
    "RESTORE",
    "REINSTATE",
    "TRANSFER",
)


async def store_figures(ledger: Ledger, device: DeviceId, request: FiguresRequest) -> StoreFigures:
    """Figures of the store of `device`; Raises LedgerRefusal for an unknown till."""
    till = await ledger.read(lambda work: work.tx.incarnation(device.dev, device.inc))
    if till is None or till.state == "revoked":
        raise LedgerRefusal("unknown_device", mark("The ledger does not know this till: pair it."))
    now, since_ms = request.now, ledger.now_ms() - DAYS * ONE_DAY_MS
    seen = await seen_at(ledger, till.store, since_ms)
    more = await elsewhere(ledger, till.store, seen, now.before, since_ms)
    rows = tuple(row for row in rows_of(seen, now) if row.first >= now.before)
    return StoreFigures(ledger.now_ms(), rows, patterns_of(seen, now.before, more))


async def seen_at(ledger: Ledger, store: str, since_ms: int) -> Seen:
    """What the tills of a store have written since `since_ms` and sent."""
    seen = Seen()
    for life in await ledger.read(lambda work: work.tx.incarnations()):
        if life.store == store and life.last_sold_ms >= since_ms:
            await _read(ledger, seen, life, since_ms)
    return seen


async def _read(ledger: Ledger, seen: Seen, life: Incarnation, since_ms: int) -> None:
    before = life.acc_seq + 1
    while before > 1:
        upto = before
        rows = await ledger.read(lambda work: work.tx.inbox_before(life.dev, life.inc, upto, PAGE))  # noqa: B023
        for row in rows:
            seen.add(life.till, row.data, row.sold_ms)
        if len(rows) < PAGE or all(row.sold_ms < since_ms for row in rows):
            return
        before = rows[-1].seq


class Chain:
    """The chain's provision and what its rules gave and took this month, counted again once an hour."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._until_ms = 0
        self._task: asyncio.Task[Books] | None = None
        self._books: Books | None = None
        self._cohorts: dict[str, tuple[date, tuple[Cohort, ...]]] = {}
        self._offers: dict[str, tuple[int, tuple[Offers, ...]]] = {}

    async def figures(self, device: DeviceId, request: FiguresRequest) -> StoreFigures:
        """Those of the store of `device`, and the chain's. Raises LedgerRefusal."""
        found, today = await store_figures(self._ledger, device, request), request.now.day
        store = await self._ledger.read(lambda work: _store_of(work, device))
        if self._cohorts.get(store, (None,))[0] != today:
            self._cohorts[store] = today, await cohorts_at(self._ledger, store, today)
        offers = await self._offered(store, today)
        found = msgspec.structs.replace(found, cohorts=self._cohorts[store][1], offers=offers)
        return await self.add(found, today)

    async def _offered(self, store: str, today: date) -> tuple[Offers, ...]:
        first, now_ms = today.replace(day=1), self._ledger.now_ms()
        made_ms, known = self._offers.get(store, (0, ()))
        if now_ms - made_ms < CHAIN_EVERY_MS and all(one.first == first for one in known):
            return known
        days = (today - first).days + 1 + AHEAD
        seen = await seen_at(self._ledger, store, now_ms - days * ONE_DAY_MS)
        self._offers[store] = now_ms, offers_of(seen.sold(first), first)
        return self._offers[store][1]

    async def add(self, figures: StoreFigures, today: date) -> StoreFigures:
        """`figures` with the chain's; without them while they are being counted for the first time."""
        if self._task is None and self._ledger.now_ms() >= self._until_ms:
            self._task = asyncio.create_task(count(self._ledger, today.replace(day=1), today))
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=PATIENCE_S)
            self._take()
        if self._books is None:
            return figures
        return msgspec.structs.replace(figures, provision=self._books.provision, costs=self._books.costs)

    def _take(self) -> None:
        if self._task is None or not self._task.done():
            return
        done, self._task = self._task, None
        self._books = done.result()
        self._until_ms = self._ledger.now_ms() + CHAIN_EVERY_MS


async def _store_of(work: Work, device: DeviceId) -> str:
    till = await work.tx.incarnation(device.dev, device.inc)
    return "" if till is None else till.store


async def cohorts_at(ledger: Ledger, store: str, today: date) -> tuple[Cohort, ...]:
    """Who of a store's own members still comes, by the month in which they joined."""
    counts = await _paged(ledger, lambda work, after, last: work.tx.joined(store, after, last))
    first = date(1970, 1, 1)
    return cohorts_of(
        [
            (date.fromisoformat(f"{month}-01"), first + timedelta(days=day) if day else None, members)
            for month, day, members in counts
        ],
        today,
    )


class Books(msgspec.Struct, frozen=True):
    """The chain's provision by asset, what each rule gave and took, and the currency of the cents ("": unknown)."""

    provision: tuple[Provision, ...]
    costs: tuple[RuleCost, ...]
    currency: str = ""


async def count(ledger: Ledger, first: date, last: date) -> Books:
    """The books from the begin of `first` to the end of `last`, which is today: `closed` is what is held now."""
    moved: Counter[tuple[str, str]] = Counter()
    rules: Counter[tuple[str, str, bool]] = Counter()
    for n in range((last - first).days + 1 + AHEAD):
        day = first + timedelta(days=n)
        for cause, rule, asset, units in await ledger.read(
            lambda work, day=day: work.tx.posted_sums(CAUSES, day)  # type: ignore[misc]
        ):
            way = "issued" if units > 0 else WENT.get(cause, "clawed")
            moved[way, asset] += units
            if rule and way != "lapsed":
                rules[rule, asset, way == "burned"] += units
    kept = await _kept(ledger)
    programme = await _programme(ledger, last)
    units_worth = {} if programme is None else worth(programme, {})
    assets = sorted({asset for _, asset in moved} | set(kept))
    provision = tuple(
        _provision(first, asset, moved, kept[asset], units_worth.get(asset)) for asset in assets
    )
    named = sorted({(rule, asset) for rule, asset, _ in rules})
    costs = tuple(
        RuleCost(rule, asset, rules[rule, asset, False], -rules[rule, asset, True], first)
        for rule, asset in named
    )
    return Books(provision, costs, "" if programme is None else programme.header.currency)


def _provision(
    first: date, asset: str, moved: Counter[tuple[str, str]], closed: int, unit: Fraction | None
) -> Provision:
    changed = {way: moved[way, asset] for way in ("issued", "burned", "lapsed", "clawed")}
    return Provision(
        first,
        asset,
        closed - sum(changed.values()),
        changed["issued"],
        -changed["burned"],
        -changed["lapsed"],
        -changed["clawed"],
        closed,
        -1 if unit is None else round(unit * closed),
    )


async def _kept(ledger: Ledger) -> Counter[str]:
    """What every member holds, by asset, some thousand accounts at a time; shares of stores apart."""
    held: Counter[str] = Counter()
    for asset, units in await _paged(ledger, lambda work, after, last: work.tx.held_sums(after, last)):
        held[asset] += units
    return held


async def _paged(
    ledger: Ledger, ask: Callable[[Work, int, int], Coroutine[Any, Any, tuple[R, ...]]]
) -> list[R]:
    """What `ask` says of the members above a number up to another one, some thousand at a time."""
    found: list[R] = []
    after = 0

    async def page(work: Work) -> tuple[tuple[R, ...], int]:
        accounts = await work.tx.accounts_after(after, ACCOUNTS_AT_ONCE)
        return (await ask(work, after, accounts[-1]), accounts[-1]) if accounts else ((), 0)

    while True:
        part, last = await ledger.read(page)
        if not last:
            return found
        found += part
        after = last


async def _programme(ledger: Ledger, day: date) -> Programme | None:
    """The programme of `day`, which says what units are worth; None where there is none."""

    async def read(work: Work) -> Programme | None:
        stores = await work.tx.stores()
        return await work.programme_on(day, stores[0].store) if stores else None

    return await ledger.read(read)


class ReadProvision(Operation[Books], frozen=True):
    """The chain's provision since `first`, and what its rules gave and took since."""

    first: date

    name: ClassVar[str] = "provision"
    answer: ClassVar[type[msgspec.Struct]] = Books
    answer_s: ClassVar[float] = 600.0

    async def run(self, ledger: Ledger) -> Books:
        """Count it."""
        return await count(ledger, self.first, datetime.fromtimestamp(ledger.now_ms() / 1000, UTC).date())
