"""A ledger process of the crash tests: the real application on a real socket, and what its owner does by command."""

import asyncio
import datetime
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from nacl.pwhash import argon2id

from sync.delegation import GRANTS
from sync.ledger.app import make_app
from sync.ledger.arrivals import NewMember
from sync.ledger.audit import check
from sync.ledger.backup import back_up, restore
from sync.ledger.books import Origin
from sync.ledger.database import Database
from sync.ledger.grants import LEASE, issue
from sync.ledger.live import Wakes
from sync.ledger.open import open_ledger, server_seed
from sync.ledger.port import Transaction
from sync.ledger.serve import _Server
from sync.ledger.service import Ledger
from sync.ledger.verify import CheckJournals
from sync.ledger.work import Work
from sync.lists import Product, StaffMember
from sync.numbers import check_digit
from sync.system_clock import SystemClock
from sync.tokens import card_token
from sync.wire import Want, pack
from tests.crash.disk import Disk
from tests.crash.process import Fault, Points, serve

BADGE, PIN = "BDG-CRASH1", "1234"
STORE = "halles"
MEMBERS = 4
OPENING = 1_000_000
DAY_MS = 86_400_000
COFFEE = "2000000001005"
PROGRAMME = b"""format = 1
[programme]
id = "crash"
name = "Crash"
version = 1
effective_from = 2025-01-01
effective_to = 2099-01-01
timezone = "Europe/Paris"
currency = "EUR"
unit = "point"

[[rule]]
id = "base"
kind = "earn.amount"
points = 1
per = 1.00

[[rule]]
id = "five"
kind = "burn.money"
points = 100
value = 5.00
"""


class Books(msgspec.Struct, frozen=True):
    """What stands at the ledger: faults of its own checks, entries by place, points by member, grants of a till.

    `points` are less what is owed.
    """

    faults: tuple[str, ...]
    entries: dict[tuple[int, int, int], tuple[bytes, str]]
    points: dict[int, int]
    held: dict[tuple[str, str], int]
    last_gno: int


def card(n: int) -> str:
    """The n-th card number of the chain."""
    body = f"29{n:010d}"
    return body + check_digit(body)


def product(cents: int) -> Product:
    """A coffee at a price."""
    return Product(COFFEE, "F001", {"en": "Espresso"}, "coffee", "", cents)


class LaterClock(SystemClock):
    """The machine's clock, some days ahead."""

    days = 0

    def wall_ms(self) -> int:
        return super().wall_ms() + self.days * DAY_MS


def ledger_life(pipe: Any, database: Database, watch: Path | None, port: int, days: int) -> None:
    """Serve on `port`, say so, and do what comes through the pipe: ("arm", fault) or (function, value…)."""
    points = Points(None if watch is None else Disk(watch))
    clock = LaterClock()
    clock.days = days
    asyncio.run(_serve(pipe, database, points, port, clock))


async def _serve(pipe: Any, database: Database, points: Points, port: int, clock: LaterClock) -> None:
    ledger = await open_ledger(database, clock, points)
    wakes = Wakes(ledger)
    server = _Server(make_app(ledger, server_seed(database), wakes), wakes, None)
    loop = asyncio.get_running_loop()

    def ready() -> None:
        values = pipe, loop, ledger, points, clock, server.stopper()
        threading.Thread(target=_obey, args=values, daemon=True).start()
        pipe.send((True, None))

    with socket.create_server(("127.0.0.1", port)) as listener:
        await server.run_on(listener, ready)
    await ledger.close()


def _obey(
    pipe: Any,
    loop: asyncio.AbstractEventLoop,
    ledger: Ledger,
    points: Points,
    clock: LaterClock,
    stop: Callable[[], None],
) -> None:
    while True:
        try:
            what, *values = pipe.recv()
        except EOFError:
            what = "stop"
        if what == "stop":
            return stop()
        if what == "arm":
            points.arm(*values)
            pipe.send((True, None))
        elif what == "days":
            [clock.days] = values
            pipe.send((True, None))
        elif what == "disarm":
            points.disarm()
            pipe.send((True, tuple(points.seen)))
        else:
            work = asyncio.run_coroutine_threadsafe(what(ledger, *values), loop)
            try:
                pipe.send((True, work.result()))
            except Exception as error:
                pipe.send((False, repr(error)))


async def open_shop(ledger: Ledger) -> None:
    """A store with a programme, a product, somebody at the till, and members with many points."""
    await ledger.add_store(STORE, "Halles", "Europe/Paris")
    await ledger.publish("programme", "crash", PROGRAMME, datetime.date(2025, 1, 1))
    await ledger.publish("catalogue", "shop", pack((product(160),)))  # type: ignore[arg-type]
    key = await ledger.lookup_key()
    pin = argon2id.str(PIN.encode(), opslimit=argon2id.OPSLIMIT_MIN, memlimit=argon2id.MEMLIMIT_MIN).decode()
    staff = (StaffMember("camille", "Camille", "cashier", card_token(key, BADGE), pin),)
    await ledger.publish("staff", "shop", pack(staff))  # type: ignore[arg-type]
    for n in range(MEMBERS):
        await new_member(ledger, 1000 + n, OPENING)


async def new_member(ledger: Ledger, number: int, points: int = 0) -> int:
    """A member with the card of that number; 0 when it is here already."""
    token = card_token(await ledger.lookup_key(), card(number))
    opening = {"points": points} if points else {}
    return await ledger.add_members(
        [NewMember(number, (token,), STORE, datetime.date(2026, 1, 1), f"Member {number}", opening=opening)]
    )


async def new_price(ledger: Ledger, cents: int) -> None:
    """The coffee costs something else from now on."""
    await ledger.publish("catalogue", "shop", pack((product(cents),)))  # type: ignore[arg-type]


async def code(ledger: Ledger, till: str) -> str:
    """A pairing code."""
    return await ledger.make_pairing_code(STORE, till)


async def lend(ledger: Ledger, member: int, points: int) -> None:
    """Points of a member for every till there is, to be spent without a line."""

    async def job(work: Work) -> None:
        for till in await work.tx.incarnations():
            if till.may_hold:
                books = await work.books(member, Origin(0, 0, 0, await work.today(STORE, "")))
                await issue(work, till, books, LEASE, "", [Want("points", points)], ledger.signer(GRANTS))
                await work.tx.save_data(books.changes())

    await ledger.write(job)


async def epoch(ledger: Ledger) -> int:
    """How often the ledger was restored, and one."""
    return ledger.epoch


async def operate(ledger: Ledger, operation: Any) -> Any:
    """What the ledger answers to an operation of its owner."""
    return await operation.run(ledger)


async def read_books(ledger: Ledger, dev: int, inc: int) -> Books:
    """Everything that is compared, of all members and of the till `dev`, whose life is `inc`."""
    journals = await ledger.read(CheckJournals()._check)

    async def look(tx: Transaction) -> Books:
        entries = {}
        for one in await tx.incarnations(dev):
            for row in await tx.inbox_after(dev, one.inc, 0, 1 << 30):
                entries[dev, one.inc, row.seq] = (row.data, row.disposition)
        held = {}
        for member in await tx.members():
            data = await tx.member_data(member)
            mine = {grant.id for grant in data.grants if (grant.dev, grant.inc) == (dev, inc)}
            held |= {(one.id, one.lot): one.rem for one in data.slices if one.id in mine and one.rem}
        till = await tx.incarnation(dev, inc)
        return Books((*journals.faults, *await check(tx)), entries, {}, held, till.last_gno if till else 0)

    books = await ledger._storage.read(look)
    points = {}
    for member in await ledger.read(lambda work: work.tx.members()):
        found = await ledger.balances(member)
        if found is not None:
            points[member] = found.balance() - found.deficit.get("points", 0)
    return msgspec.structs.replace(books, points=points)


def owner_life(pipe: Any, watch: Path | None, what: str, database: Path, copy: Path) -> None:
    """A command of the owner beside or instead of a ledger: ("do", fault) backs up or restores."""
    points = Points(None if watch is None else Disk(watch))

    def do(_: str, fault: Fault | None) -> tuple[str, ...]:
        points.arm(fault)
        if what == "backup":
            back_up(database, copy, points)
        else:
            now_ms = time.time_ns() // 1_000_000
            asyncio.run(restore(copy, database, now_ms, replace=True, crash=points))
        points.disarm()
        return tuple(points.seen)

    serve(pipe, do)
